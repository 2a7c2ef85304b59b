"""The demo's judgement: what is missing, strange, repeated or wrongly said is told, and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from email.message import EmailMessage

import pytest

from monitor.demo.arrivals import Arrival, Sections, from_hooks, from_mails
from monitor.demo.content import load, steady
from monitor.demo.expected import Due, Verdict, compare, expected, expected_alerts
from monitor.testing import Hook, Mail

DUE = Due("alert", "desk", "mail", "Rafah crossing reopens", frozenset({"rafah-crossing"}))
CAME = Arrival("alert", "desk", "mail", "Rafah crossing reopens", ("<1@x>",), 1)
HEADLINES = ["Rafah crossing reopens to patients", "Rafah crossing reopens"]


def test_all_as_due() -> None:
    """What was due and came once is as expected."""
    verdict = compare([DUE], [CAME])
    assert verdict == Verdict((), (), (), ())
    assert verdict.as_expected


@pytest.mark.parametrize(
    ("arrived", "field"),
    [
        ([], "missed"),
        ([CAME, replace(CAME, recipient="risk")], "unexpected"),
        ([CAME, replace(CAME, what="Another headline")], "unexpected"),
        ([CAME, replace(CAME, kind="update")], "unexpected"),
        ([replace(CAME, copies=2)], "duplicates"),
        ([CAME, replace(CAME, ids=("<2@x>",))], "duplicates"),
        ([replace(CAME, headline_only=True)], "faults"),
        ([replace(CAME, late=True)], "faults"),
        ([replace(CAME, rules=frozenset({"gaza-truce"}))], "faults"),
    ],
)
def test_one_thing_wrong(arrived: list[Arrival], field: str) -> None:
    """Each way of being wrong is told in its own place, and only there."""
    verdict = compare([DUE], arrived)
    assert not verdict.as_expected
    wrong = {name for name in ("missed", "unexpected", "duplicates", "faults") if getattr(verdict, name)}
    assert wrong == {field}


def test_digest_by_webhook_is_compared_section_by_section() -> None:
    """A story that stands in another section than it should is told twice: where it lacks and where it is."""
    due = Due("digest", "desk", "hook", "morning", sections=Sections(stories=frozenset({"A"}), without_full_text=1))
    shown = Sections(mentions=frozenset({"A"}), without_full_text=2)
    came = Arrival("digest", "desk", "hook", "morning", ("1",), 1, sections=shown)
    faults = compare([due], [came]).faults
    assert [f.partition("morning: ")[2] for f in faults] == [
        "stories lack «A»",
        "mentions hold «A»",
        "2 read by headline only, not 1",
    ]


def test_digest_by_mail_shows_every_headline() -> None:
    """A headline that the text of a digest lacks is told."""
    due = Due("digest", "desk", "mail", "morning", sections=Sections(stories=frozenset({"A b", "C"})))
    came = Arrival("digest", "desk", "mail", "morning", ("1",), 1, text="1 NEW A b")
    assert [f.partition("morning: ")[2] for f in compare([due], [came]).faults] == ["does not show «C»"]


def mail(text: str, list_id: str = "<alerts.newsroom.invalid>") -> Mail:
    """A mail to the desk as the product words it."""
    message = EmailMessage()
    message["Message-ID"], message["List-Id"] = "<msg_1@newsroom.invalid>", list_id
    message.set_content(text)
    return Mail(message, "monitor@newsroom.invalid", ("desk@newsroom.invalid",), [message.as_bytes()])


def test_mail_is_read_back() -> None:
    """Kind, headline and marks of an alert are found though the line is folded; the longer headline wins."""
    text = (
        "ALERT  Rafah crossing reopens to\n  patients  [rafah-crossing]  (headline only, late)\n  “Quoted (at all).”\n"
    )
    (came,) = from_mails([mail(text)], HEADLINES)
    assert came.key == ("alert", "desk", "mail", "Rafah crossing reopens to patients")
    assert (came.headline_only, came.late) == (True, True)


def test_quoted_brackets_are_no_marks() -> None:
    """What stands in brackets in the quotation marks nothing."""
    text = "ALERT  Rafah crossing reopens  [rafah-crossing]\n  “It is (headline only) a word.” Courier\n"
    (came,) = from_mails([mail(text)], HEADLINES)
    assert (came.what, came.headline_only) == ("Rafah crossing reopens", False)


def test_digest_mail_is_known_by_its_list() -> None:
    """A digest is known by its List-Id, whatever it says."""
    (came,) = from_mails([mail("[Gaza desk] 1 new", "<digest-morning.newsroom.invalid>")], HEADLINES)
    assert came.key == ("digest", "desk", "mail", "morning")


def hook(message_id: str, type: str, data: dict[str, object]) -> Hook:
    """An accepted webhook."""
    body = json.dumps({"type": type, "data": {"recipient": {"id": "desk"}, **data}}).encode()
    return Hook("/hook", message_id, 0.0, body, str(hash(body)), "", 204)


def part(number: int, of: int, stories: list[str]) -> dict[str, object]:
    """One part of a digest."""
    sections: dict[str, object] = {name: [] for name in ("mentions", "day_zero", "withdrawn", "troubles")}
    coverage = {"without_full_text": 0, "statement": "Feeds checked: 1 of 1."}
    head = {"digest": {"id": "morning"}, "window": {"id": 7}, "part": number, "parts": of, "coverage": coverage}
    return {**head, **sections, "stories": [{"title": t} for t in stories]}


def test_parts_of_a_digest_are_one() -> None:
    """The parts of one digest are one arrival with all their stories."""
    hooks = [hook("1", "digest.created", part(1, 2, ["A"])), hook("2", "digest.created", part(2, 2, ["B"]))]
    (came,) = from_hooks(hooks)
    assert (came.key, came.ids, came.copies) == (("digest", "desk", "hook", "morning"), ("1", "2"), 1)
    assert came.sections is not None
    assert came.sections.stories == {"A", "B"}


def test_a_part_that_lacks_is_told() -> None:
    """A digest of which a part did not come is not the digest that was due."""
    (came,) = from_hooks([hook("1", "digest.created", part(1, 2, ["A"]))])
    assert came.what == "morning (1 of 2 parts)"


def test_repeated_hook_is_counted() -> None:
    """The same id accepted twice is one arrival with two copies."""
    story: dict[str, object] = {"story": {"title": "T", "rules": [{"id": "r"}], "headline_only": True, "late": False}}
    (came,) = from_hooks([hook("1", "alert.created", story), hook("1", "alert.created", story)])
    assert (came.copies, came.rules, came.headline_only) == (2, frozenset({"r"}), True)


def test_expectations_hold_together() -> None:
    """Every expected message is due once, and names things that the newsroom has."""
    due = expected(load())
    assert len({d.key for d in due}) == len(due)
    kinds = {d.kind for d in due}
    assert kinds == {"alert", "withdrawn", "alarm", "digest"}
    assert {(d.recipient, d.channel) for d in due} == {("desk", "mail"), ("desk", "hook"), ("risk", "mail")}


def test_alerts_so_far() -> None:
    """What is due grows by step, from nothing on day zero; of articles that were left out nothing is due."""
    content = load()
    counts = [len(expected_alerts(content, step)) for step in range(len(content.steps))]
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert counts[-1] == sum(d.kind == "alert" for d in expected(content))
    calm = steady(content)
    told = {d.what for d in expected_alerts(calm, len(content.steps))}
    assert content.article("coastal-road").title not in told
    assert content.article("border-committee").title in told
