"""Who is told of a match, and why not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from monitor.model.news import Match, Prominence
from monitor.model.settings import Digest, Endpoint, Priority, Reaction, Recipient, Rule, Service, Settings
from monitor.model.telling import Action, Reason, Stage, Told
from monitor.routing.route import Candidate, is_critical, route

AT = datetime(2026, 11, 23, 7, tzinfo=UTC)
TRUCE = Rule("truce", "Truce", any=("truce",))
CRISIS = Rule("crisis", "Crisis", any=("attack",), priority=Priority.CRITICAL)
CALM = Rule("calm", "Calm", any=("calm",), subject=Reaction.DIGEST, mention=Reaction.IGNORE)
DESK = Recipient("desk", "Desk", (Endpoint("file", "out"),), "UTC", alerts=("*",), digests=("daily",))
SETTINGS = Settings(
    Service(), rules=(TRUCE, CRISIS, CALM), recipients=(DESK,), digests=(Digest("daily", "Daily", time(7)),)
)


def match(rule: str, prominence: Prominence = Prominence.SUBJECT) -> Match:
    return Match(rule, "v1", prominence, ())


def candidate(*matches: Match, stage: Stage = Stage.FULL, **facts: bool) -> Candidate:
    return Candidate(matches, stage, **{"full_text": True, **facts})


def told(priority: Priority = Priority.NORMAL) -> dict[str, Told]:
    return {"desk": Told("desk", priority, AT, 1)}


def test_first_match_of_a_story_alerts() -> None:
    """A subject match in a story nobody was told of is an alert, and stands in the digest."""
    (decision,) = route(candidate(match("truce")), {}, SETTINGS)
    assert (decision.action, decision.reason, decision.digests) == (Action.ALERT, Reason.FIRST, ("daily",))


def test_two_watches_are_badges_on_one_decision() -> None:
    """However many watches fire, the recipient gets one decision, its badges most urgent first."""
    (decision,) = route(candidate(match("truce"), match("crisis")), {}, SETTINGS)
    assert decision.rules == ("crisis", "truce")
    assert decision.priority is Priority.CRITICAL


@pytest.mark.parametrize(
    ("found", "known", "expected"),
    [
        (candidate(match("truce")), told(), Reason.ALREADY_TOLD),
        (candidate(match("truce"), day_zero=True), {}, Reason.DAY_ZERO),
        (candidate(match("truce"), looking_back=True), {}, Reason.LOOKING_BACK),
        (candidate(match("truce", Prominence.MENTION)), {}, Reason.MENTION),
        (candidate(match("calm")), {}, Reason.RULE_SAYS_DIGEST),
        (candidate(match("calm", Prominence.MENTION)), {}, Reason.RULE_SAYS_IGNORE),
        (candidate(match("crisis")), told(Priority.CRITICAL), Reason.ALREADY_TOLD),
    ],
)
def test_every_no_has_its_reason(found: Candidate, known: dict[str, Told], expected: Reason) -> None:
    """What is not alerted is suppressed with the reason that holds."""
    (decision,) = route(found, known, SETTINGS)
    assert (decision.action, decision.reason) == (Action.SUPPRESS, expected)


def test_ignored_prominence_stands_in_no_digest() -> None:
    """A rule that ignores mentions puts them nowhere, and the decision is kept all the same."""
    (decision,) = route(candidate(match("calm", Prominence.MENTION)), {}, SETTINGS)
    assert decision.digests == ()


def test_critical_match_upgrades_a_story_told_lower() -> None:
    """A story told at normal priority is told once more when a critical rule fires in it."""
    (decision,) = route(candidate(match("crisis")), told(), SETTINGS)
    assert (decision.action, decision.reason) == (Action.UPGRADE, Reason.UPGRADED)


def test_late_page_alerts_marked_late() -> None:
    """Full text that came late and matches what nobody was told of alerts, and says so."""
    (decision,) = route(candidate(match("truce"), stage=Stage.LATE), {}, SETTINGS)
    assert (decision.action, decision.reason) == (Action.ALERT, Reason.LATE)


def test_headline_only_is_marked() -> None:
    """A decision on a headline or summary says so."""
    (decision,) = route(candidate(match("truce"), stage=Stage.FEED, full_text=False), {}, SETTINGS)
    assert decision.headline_only


def test_recipient_without_alerts_of_the_rule_reads_it_in_the_digest() -> None:
    """Not subscribed to its alerts: suppressed with that reason, but in the digest."""
    settings = replace(SETTINGS, recipients=(replace(DESK, alerts=("crisis",)),))
    (decision,) = route(candidate(match("truce")), {}, settings)
    assert (decision.reason, decision.digests) == (Reason.NOT_SUBSCRIBED, ("daily",))


def test_recipient_who_watches_nothing_of_it_gets_no_decision() -> None:
    """Neither alerts nor a digest of that rule: it is none of this recipient's business."""
    settings = replace(SETTINGS, recipients=(replace(DESK, alerts=("crisis",), digests=()),))
    assert route(candidate(match("truce")), {}, settings) == ()


def test_rule_no_longer_configured_decides_nothing() -> None:
    """A match of a rule that was removed meanwhile is not told."""
    assert route(candidate(match("gone")), {}, SETTINGS) == ()


@pytest.mark.parametrize(
    ("found", "expected"),
    [(match("crisis"), True), (match("crisis", Prominence.MENTION), False), (match("truce"), False)],
)
def test_only_a_critical_alert_does_not_wait(found: Match, expected: bool) -> None:
    """A critical rule does not wait for the page, unless what it found does not alert."""
    assert is_critical([found], SETTINGS) is expected
