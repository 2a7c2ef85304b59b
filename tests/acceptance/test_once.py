"""`monitor once`: from the feeds to file, mail and webhook in one go, and an exit code that says how it went."""

from __future__ import annotations

import signal
import subprocess
import time

from monitor.testing.newsroom import Answer
from tests.acceptance.site import COMMAND, Site, is_alive, surroundings, until

DAWN = "A truce was agreed between both sides at dawn, mediators said after a night of talks."


def test_day_zero_then_news(site: Site) -> None:
    """The first run seeds and tells nobody; what is published after it is told once on every endpoint."""
    site.publish("wire", "before", "Truce holds for a second week", "The truce held, observers said.")
    site.configure()
    first = site.run("once").ended(0)
    assert first.out == "1 feed polled · 1 new entry · 1 page read · 0 messages sent\n"
    assert site.told("alert.created") == [] == site.files(".eml")
    site.publish("wire", "dawn", "Truce agreed at dawn", DAWN)
    second = site.run("once", "--all").ended(0)
    assert second.out == "1 feed polled · 1 new entry · 1 page read · 3 messages sent\n"
    assert second.err.splitlines()[0] == "[1/1] wire: 1 new"
    assert f"  read {site.room['wire'].url('/dawn')}: page" in second.err
    assert "  alert to mail:desk@example.org: delivered (250 2.0.0 queued)" in second.err
    (hook,) = site.told("alert.created")
    (mail,) = site.mail.to("desk@example.org")
    (eml,) = site.files(".eml")
    assert hook["story"]["title"] == "Truce agreed at dawn"
    assert "Truce agreed at dawn" in str(mail.message["Subject"])
    assert "desk@example.org" in str(mail.message["To"])
    assert "Truce agreed at dawn" in eml.read_text("utf-8")
    third = site.run("once", "--all").ended(0)
    assert third.out == "1 feed polled · 0 new entries · 0 pages read · 0 messages sent\n"
    assert len(site.hooks.hooks) == len(site.mail.mails) == 1


def test_what_is_not_due_is_left_alone(site: Site) -> None:
    """Without --all a feed whose time has not come is not asked, and the person is told why nothing happened."""
    site.seed()
    asked = len(site.room.asked)
    ran = site.run("once").ended(0)
    assert ran.out.startswith("no feed was due (`monitor feeds` says when; --all polls all)")
    assert len(site.room.asked) == asked


def test_a_failing_feed_is_exit_code_10(site: Site) -> None:
    """The others are carried through all the same; the failure is told with its reason."""
    site.feeds = ("wire", "broken")
    site.seed()
    site.room["broken"].put("/feed.xml", Answer(503))
    site.publish("wire", "dawn", "Truce agreed at dawn", DAWN)
    ran = site.run("once", "--all", "--json").ended(10)
    answer = ran.json
    assert {key: answer[key] for key in ("polled", "new", "read", "unread", "alerts", "digests", "sent")} == {
        "polled": 2, "new": 1, "read": 1, "unread": 0, "alerts": 1, "digests": 0, "sent": 3,
    }  # fmt: skip
    assert [(f["feed"], f["outcome"]) for f in answer["failed"]] == [("broken", "server-error")]
    assert answer["unsent"] == []
    assert ran.err == ""
    assert len(site.told("alert.created")) == 1


def test_a_webhook_that_answers_500_is_exit_code_11(site: Site) -> None:
    """The mail goes out all the same; the delivery stays owed, with its reason."""
    site.seed()
    site.publish("wire", "dawn", "Truce agreed at dawn", DAWN)
    site.hooks.answer_next(500)
    ran = site.run("once", "--all").ended(11)
    assert "2 messages sent, 1 not sent: see `monitor outbox`" in ran.out
    assert "retry (HTTP 500)" in ran.err
    pending = site.run("outbox", "--state", "pending", "--json").ended(0).json
    assert [(d["endpoint"], d["attempts"], d["last_error"]) for d in pending] == [
        (f"hook:{site.hooks.url()}", 1, "HTTP 500")
    ]


def test_a_secret_that_cannot_be_had_pauses_its_channel_only(site: Site) -> None:
    """The reference is named, the other channels deliver; exit code 11."""
    site.seed()
    site.publish("wire", "dawn", "Truce agreed at dawn", DAWN)
    ran = site.run("once", "--all", HOOK_KEY="").ended(11)
    assert "env:HOOK_KEY" in ran.err
    assert len(site.mail.mails) == 1
    told = site.run("status").ended(0).out
    assert "wrong      channel hook: paused until" in told


def test_interrupted_by_hand(site: Site) -> None:
    """Ctrl-C while a page hangs ends it within seconds: no traceback, no process left; the next run goes on."""
    site.seed()
    headers = {"Content-Type": "text/html"}
    site.publish("wire", "slow", "Truce talks drag on", DAWN, page=Answer(200, b"<p>late</p>", headers, delay=30))
    process = subprocess.Popen(
        [COMMAND, "once", "--all"], cwd=site.folder, env=surroundings(site.environ), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    until(lambda: site.room["wire"].asked("/slow"), "the page to be asked for")
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=15)
    assert time.monotonic() - began < 8
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "interrupted" in err
    assert not is_alive(process.pid)
    assert out == ""
    site.room["wire"].put("/slow", Answer(404))
    again = site.run("once").ended(0)
    assert "1 put off" in again.out
    assert len(site.told("alert.created")) == 1
