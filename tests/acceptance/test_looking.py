"""Commands that look, and those that write through the daemon: what they say, and that the state folder alone answers
in the same shape. (docs/commands.md, executed, has each of them without a daemon.)"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from monitor.testing.newsroom import Answer
from tests.acceptance.site import Seeded, Site, opened, until

DAWN = "A truce was agreed between both sides at dawn, mediators said after a night of talks."
LOOKS = ("status", "feeds", "matches", "outbox", "digest preview desk")
GATE = "The Rafah crossing reopened for an hour, a border official told reporters on the Egyptian side."


@pytest.fixture(scope="module")
def rested(tmp_path_factory: pytest.TempPathFactory, seeded: Seeded) -> Iterator[Site]:
    """Two stories told, two deliveries owed, one feed failing; no daemon runs yet."""
    with opened(tmp_path_factory.mktemp("looking"), seeded) as made:
        made.feeds = ("wire", "daily", "broken")
        made.seed(due=True)
        made.room["broken"].put("/feed.xml", Answer(503))
        made.publish("wire", "dawn", "Truce agreed at dawn", DAWN)
        made.publish("daily", "gate", "Rafah crossing reopens", GATE)
        made.hooks.answer_next(400, times=1000)
        made.run("once").ended(11)
        yield made


@pytest.fixture(scope="module")
def alone(rested: Site) -> dict[str, Any]:
    """What the state folder answers, by command."""
    return {line: rested.run(*line.split(), "--json").ended(0).json for line in LOOKS}


@pytest.fixture(scope="module")
def site(rested: Site, alone: dict[str, Any]) -> Iterator[Site]:
    """The same beside a daemon."""
    with rested.daemon():
        yield rested


@pytest.mark.parametrize("line", LOOKS)
def test_a_daemon_answers_as_its_folder_does(site: Site, alone: dict[str, Any], line: str) -> None:
    """The same keys in the same shape, whoever is asked."""
    assert shape(site.run(*line.split(), "--json").ended(0).json) == shape(alone[line])


def shape(value: Any) -> Any:
    """The keys of an answer without its values; of a list, its first element."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return None


def test_status(site: Site) -> None:
    """What it is doing, what is late, what is wrong: about ten lines of at most 80 columns, and all of it as JSON."""
    answer = site.run("status", "--json").ended(0).json
    assert {"at", "running", "started_at", "state", "counts", "next_digests", "late", "wrong"} <= answer.keys()
    assert (answer["running"], answer["state"]) == (True, str(site.state))
    counts = answer["counts"]
    assert (counts["feeds"], counts["feeds_failing"], counts["alerts_today"]) == (3, 1, 2)
    assert counts["deliveries_pending"] == 2
    assert [d["digest"] for d in answer["next_digests"]] == ["desk"]
    assert any("feed broken: server-error" in line for line in answer["wrong"])
    told = site.run("status").ended(0).out.splitlines()
    assert len(told) <= 12
    assert max(map(len, told)) <= 80
    assert told[0].startswith("daemon     running since")
    assert "feeds      3: 2 well, 1 failing; next poll in" in "\n".join(told)
    assert "wrong      feed broken: server-error" in "\n".join(told)


def test_feeds(site: Site) -> None:
    """The state of each, those in trouble first with their reason; the next poll and the delay it can promise."""
    answer = site.run("feeds", "--json").ended(0).json
    assert [(f["id"], f["state"], f["failures"]) for f in answer] == [
        ("broken", "failing", 1), ("daily", "ok", 0), ("wire", "ok", 0),
    ]  # fmt: skip
    assert "HTTP 503" in answer[0]["why"]
    assert 3600 <= answer[1]["promised"] <= 7200
    assert {"next_at", "last_polled_at", "last_success_at", "last_new_at", "format", "url"} <= answer[1].keys()
    told = site.run("feeds").ended(0).out.splitlines()
    assert told[0].split() == ["feed", "state", "polled", "next", "delay"]
    assert told[1].startswith("broken  failing 1×")
    assert "HTTP 503 Service Unavailable" in told[2]
    assert max(map(len, told)) <= 80


def test_matches(site: Site) -> None:
    """What was found and what was decided about it, narrowed by rule, feed, time and prominence."""
    answer = site.run("matches", "--json").ended(0).json
    assert {(m["rule"], m["feed_id"], m["prominence"]) for m in answer} == {
        ("truce", "wire", "subject"), ("crossing", "daily", "subject"),
    }  # fmt: skip
    assert answer[0]["told"] == ["desk: alert (first report of the story)"]
    narrow = site.run("matches", "--rule", "truce", "--since", "1h", "--limit", "5", "--prominence", "subject").ended(0)
    assert "Truce agreed at dawn" in narrow.out
    assert "Rafah" not in narrow.out
    assert site.run("matches", "--feed", "broken").ended(0).out == "Nothing matched (in this selection).\n"
    for wrong, why in (("--rule=trunce", "no rule 'trunce'; the config has truce, crossing"), ("--since=soon", "24h")):
        assert why in site.run("matches", wrong).ended(2).err


def test_outbox(site: Site) -> None:
    """What is owed and why, what was sent; one state of it; retrying takes the beginning of an id."""
    answer = site.run("outbox", "--json").ended(0).json
    assert sorted(d["state"] for d in answer) == ["pending", "pending", "sent", "sent", "sent", "sent"]
    owed = next(d for d in answer if d["state"] == "pending")
    assert (owed["kind"], owed["last_error"], owed["endpoint"]) == ("alert", "HTTP 400", f"hook:{site.hooks.url()}")
    told = site.run("outbox", "--state", "pending").ended(0).out
    assert told.count("pending") == 2
    assert f"{owed['id'][:16]}  pending  alert" in told
    assert "    HTTP 400\n" in told
    assert "states are pending, leased, sent" in site.run("outbox", "--state", "lost").ended(2).err
    assert site.run("outbox", "retry", owed["id"][:16], "--json").ended(0).json == {"retried": 0}
    assert "6 deliveries begin with 'msg_'" in site.run("outbox", "retry", "msg_").ended(2).err
    assert site.run("outbox", "retry", "nothing").ended(2).err.startswith("monitor: no delivery 'nothing'")


def test_digest_preview(site: Site, tmp_path: Path) -> None:
    """The digest as it would be now, as text and HTML, without one being cut or sent."""
    ran = site.run("digest", "preview", "desk", "--html", str(tmp_path / "preview.html")).ended(0)
    assert ran.out.startswith("Subject: ")
    assert "Truce agreed at dawn" in ran.out
    assert "COVERAGE" in ran.out
    assert "Truce agreed at dawn" in (tmp_path / "preview.html").read_text("utf-8")
    answer = site.run("digest", "preview", "desk", "--json").ended(0).json
    assert set(answer) == {"subject", "text", "html", "digest"}
    assert "no digest 'weekly'; the config has desk" in site.run("digest", "preview", "weekly").ended(2).err
    nowhere = site.run("digest", "preview", "desk", "--html", "absent/p.html").ended(2)
    assert "--html absent/p.html: No such file or directory; name a file in a folder that is there" in nowhere.err
    assert not site.told("digest.created")


def test_channel_test(site: Site) -> None:
    """A ping to every endpoint on the channel, now, and how it was answered; exit code 11 where it was not taken."""
    before = len(site.mail.mails)
    ran = site.run("channel", "test", "mail").ended(0)
    assert ran.out == "mail:desk@example.org: delivered (250 2.0.0 queued)\n"
    site.run("channel", "test", "mail", "--to", "other@example.org").ended(0)
    (other,) = site.mail.to("other@example.org")
    assert "other@example.org" in str(other.message["To"])
    assert len(site.mail.mails) == before + 2
    failed = site.run("channel", "test", "hook", "--json").ended(11).json
    assert [(p["verdict"], p["reason"]) for p in failed] == [("retry", "HTTP 400")]
    assert "no channel 'fax'; the config has" in site.run("channel", "test", "fax").ended(2).err


def test_feeds_refresh(site: Site) -> None:
    """Feeds are due now; a running daemon polls them at once."""
    assert "no feed 'wires'; `monitor feeds` lists them" in site.run("feeds", "refresh", "wires").ended(2).err
    asked = len(site.room["wire"].asked("/feed.xml"))
    assert site.run("feeds", "refresh", "wire", "--json").ended(0).json == {"due": 1}
    told = site.run("feeds", "refresh").ended(0).out
    assert told == "3 feeds are due now; the daemon polls them, or `monitor once` does.\n"
    until(lambda: len(site.room["wire"].asked("/feed.xml")) > asked, "the daemon to poll")
