"""From matches to decisions. The unit of telling is (recipient, story): one event is one message, the watches that
fired are badges on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.model.news import Match, Prominence
from monitor.model.settings import Priority, Reaction, Recipient, Rule, Settings
from monitor.model.telling import Action, Decision, Reason, Stage, Told


@dataclass(frozen=True, slots=True)
class Candidate:
    """One entry with its verdict, ready to be routed."""

    matches: tuple[Match, ...]
    stage: Stage
    full_text: bool
    """Whether the article's own text was matched, rather than a headline or summary."""
    day_zero: bool = False
    looking_back: bool = False
    """Found by a rule newer than the entry."""


@dataclass(frozen=True, slots=True)
class _Fired:
    rule: Rule
    prominence: Prominence

    @property
    def reaction(self) -> Reaction:
        return self.rule.subject if self.prominence is Prominence.SUBJECT else self.rule.mention


def is_critical(matches: Sequence[Match], settings: Settings) -> bool:
    """Whether any of these matches alerts under a critical rule, so that it does not wait for the page."""
    fired = _fired(matches, settings)
    return any(f.rule.priority is Priority.CRITICAL and f.reaction is Reaction.ALERT for f in fired)


def route(candidate: Candidate, told: Mapping[str, Told], settings: Settings) -> tuple[Decision, ...]:
    """One decision for every recipient who watches any of the rules that fired."""
    fired = _fired(candidate.matches, settings)
    decisions = (_for_recipient(candidate, fired, r, told.get(r.id), settings) for r in settings.recipients)
    return tuple(d for d in decisions if d is not None)


def _fired(matches: Sequence[Match], settings: Settings) -> tuple[_Fired, ...]:
    """Most urgent first, then in the order of the config; rules no longer configured fall out."""
    rules = {rule.id: rule for rule in settings.rules}
    order = {rule.id: place for place, rule in enumerate(settings.rules)}
    fired = [_Fired(rules[m.rule], m.prominence) for m in matches if m.rule in rules]
    return tuple(sorted(fired, key=lambda f: (-f.rule.priority.rank, order[f.rule.id])))


def _for_recipient(
    candidate: Candidate, fired: Sequence[_Fired], recipient: Recipient, told: Told | None, settings: Settings
) -> Decision | None:
    digests = settings.digests_of(recipient)
    watched = [f for f in fired if recipient.is_alerted_by(f.rule.id) or any(d.covers(f.rule.id) for d in digests)]
    if not watched:
        return None
    alerting = [f for f in watched if f.reaction is Reaction.ALERT and recipient.is_alerted_by(f.rule.id)]
    shown = [f for f in watched if f.reaction is not Reaction.IGNORE]
    badges = alerting or shown or watched
    action, reason = _verdict(candidate, watched, alerting, told)
    return Decision(
        recipient=recipient.id,
        action=action,
        reason=reason,
        rules=tuple(f.rule.id for f in _badges_first(badges, shown or watched)),
        priority=badges[0].rule.priority,
        prominence=_prominence(shown or watched),
        stage=candidate.stage,
        digests=tuple(d.id for d in digests if any(d.covers(f.rule.id) for f in shown)),
        headline_only=not candidate.full_text,
    )


def _badges_first(first: Sequence[_Fired], everything: Sequence[_Fired]) -> list[_Fired]:
    return [*first, *(f for f in everything if f not in first)]


def _prominence(fired: Sequence[_Fired]) -> Prominence:
    return Prominence.SUBJECT if any(f.prominence is Prominence.SUBJECT for f in fired) else Prominence.MENTION


def _verdict(
    candidate: Candidate, watched: Sequence[_Fired], alerting: Sequence[_Fired], told: Told | None
) -> tuple[Action, Reason]:
    if not alerting:
        return Action.SUPPRESS, _why_not_alerting(watched)
    if candidate.day_zero:
        return Action.SUPPRESS, Reason.DAY_ZERO
    if candidate.looking_back:
        return Action.SUPPRESS, Reason.LOOKING_BACK
    if told is None:
        return Action.ALERT, Reason.LATE if candidate.stage is Stage.LATE else Reason.FIRST
    if alerting[0].rule.priority is Priority.CRITICAL and told.priority is not Priority.CRITICAL:
        return Action.UPGRADE, Reason.UPGRADED
    return Action.SUPPRESS, Reason.ALREADY_TOLD


def _why_not_alerting(watched: Sequence[_Fired]) -> Reason:
    if any(f.reaction is Reaction.ALERT for f in watched):
        return Reason.NOT_SUBSCRIBED
    if any(f.reaction is Reaction.DIGEST and f.prominence is Prominence.SUBJECT for f in watched):
        return Reason.RULE_SAYS_DIGEST
    if any(f.reaction is Reaction.DIGEST for f in watched):
        return Reason.MENTION
    return Reason.RULE_SAYS_IGNORE
