"""Match → story → decision → deliveries owed, inside the transaction of the phase that calls it.

verdict of an entry (its current matches)
  → the story it belongs to (begun or joined)
  → route: one decision a recipient, each with its reason
  → deliveries owed to the recipient's endpoints, items in the recipient's digests
  → or, where an alert rested on feed text that the page does not bear out, its open withdrawal
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from monitor.flow.reports import Settled
from monitor.flow.setup import Setup, headline
from monitor.model.news import JoinReason, Prominence, StoryChoice
from monitor.model.settings import Endpoint, Priority, Recipient, WebhookChannel
from monitor.model.state import ArticleRecord, Cause, DecisionRecord, EntryRecord
from monitor.model.telling import Action, Decision, DeliveryKind, Reason, Stage
from monitor.ports import Tx
from monitor.routing.route import Candidate, route
from monitor.stories import COPY_WINDOW, URL_WINDOW, Overlap, choose, fingerprint, outlet_of, plausible


def decide(tx: Tx, setup: Setup, entry_id: int, stage: Stage, now: datetime, looking_back: bool = False) -> Settled:
    """Settle one entry by its current matches. Calling it again with the same verdict changes nothing."""
    record, article = tx.entry(entry_id), tx.article(entry_id)
    if record is None or article is None:
        raise LookupError(f"entry {entry_id} is not held")
    matches = tuple(m.match for m in tx.matches(entry_id))
    earlier = tx.decisions(entry_id)
    tx.drop_hold(entry_id)
    tx.mark_decided(entry_id, stage)
    story_id = _story(tx, record, article, now) if matches else tx.story_of(entry_id)
    title = headline(record.entry, article.article)
    if story_id is None:
        return Settled(entry_id, None, title)
    candidate = Candidate(
        matches, _stage(stage, earlier), article.article.text_source.is_full, record.day_zero, looking_back
    )
    decisions = route(candidate, tx.told(story_id), setup.settings)
    alerts = sum(_record(tx, setup, record, story_id, d, earlier, now) for d in decisions)
    withdrawals = sum(_withdraw(tx, setup, record, story_id, r, decisions, earlier, now) for r in _alerted(earlier))
    _clear_digests(tx, entry_id, decisions, earlier)
    rules = tuple(dict.fromkeys(rule for d in decisions for rule in d.rules))
    return Settled(entry_id, story_id, title, alerts, withdrawals, rules, not candidate.full_text)


def new_delivery_id() -> str:
    """Unique over installations: receivers recognise a repeat by it."""
    return f"msg_{uuid.uuid4().hex}"


def owe(
    tx: Tx,
    endpoints: Sequence[Endpoint],
    recipient: str,
    kind: DeliveryKind,
    subject: str,
    seq: int,
    cause: Cause,
    rules: Sequence[str],
    now: datetime,
    due_at: datetime | None = None,
) -> int:
    """One delivery an endpoint, due now or at `due_at`; returns how many were not owed before."""
    return sum(
        tx.add_delivery(new_delivery_id(), recipient, endpoint, kind, subject, seq, now, cause, rules, due_at)
        for endpoint in endpoints
    )


def _stage(stage: Stage, earlier: Sequence[DecisionRecord]) -> Stage:
    """Full text after a decision on feed text is late."""
    return Stage.LATE if stage is Stage.FULL and any(d.stage is Stage.FEED for d in earlier) else stage


def _story(tx: Tx, record: EntryRecord, article: ArticleRecord, now: datetime) -> int:
    """The story of an entry: the one it stands in, one that its URL or text leads to, or a new one."""
    mark = fingerprint(record.entry, article.article)
    tx.put_fingerprint(record.id, mark.url_keys, mark.shingles, now)
    held = tx.story_of(record.id)
    if held is not None:
        return held
    same_url = tx.stories_by_url(mark.url_keys, now - URL_WINDOW) if mark.url_keys else []
    rows = tx.shingle_overlap(mark.shingles, now - COPY_WINDOW) if mark.shingles else []
    alike = plausible([Overlap(*row) for row in rows], mark.shingles)
    choice = choose(same_url, [_with_outlet(tx, record, overlap) for overlap in alike], mark.shingles)
    return _place(tx, record.id, choice, now)


def _with_outlet(tx: Tx, record: EntryRecord, overlap: Overlap) -> Overlap:
    other = tx.entry(overlap.entry_id)
    own = outlet_of(record.entry, record.feed_id)
    return replace(overlap, same_outlet=other is not None and outlet_of(other.entry, other.feed_id) == own)


def _place(tx: Tx, entry_id: int, choice: StoryChoice, now: datetime) -> int:
    if choice.story_id is None:
        return tx.begin_story(entry_id, now)
    tx.join_story(choice.story_id, entry_id, choice.reason, choice.score, now)
    return choice.story_id


def _record(
    tx: Tx,
    setup: Setup,
    record: EntryRecord,
    story_id: int,
    decision: Decision,
    earlier: Sequence[DecisionRecord],
    now: datetime,
) -> int:
    """Keep a decision and owe what it asks for; returns the number of deliveries. A verdict that only confirms what
    was decided for this recipient before is not kept twice."""
    if _confirms(decision, [d for d in earlier if d.recipient == decision.recipient]):
        return 0
    decision_id = tx.add_decision(record.id, story_id, decision, now)
    recipient = setup.recipient(decision.recipient)
    if recipient is None or decision.action not in (Action.ALERT, Action.UPGRADE):
        return 0
    kind = DeliveryKind.ALERT if decision.action is Action.ALERT else DeliveryKind.UPDATE
    subject = str(story_id)
    seq = tx.next_seq(recipient.id, kind, subject)
    cause = Cause(story_id=story_id, decision_id=decision_id)
    return owe(tx, recipient.endpoints, recipient.id, kind, subject, seq, cause, decision.rules, now)


def _confirms(decision: Decision, earlier: Sequence[DecisionRecord]) -> bool:
    if not earlier:
        return False
    last = earlier[-1]
    if decision.reason is Reason.ALREADY_TOLD and last.action in (Action.ALERT, Action.UPGRADE):
        return set(decision.rules) == set(last.rules)
    return (decision.action, decision.reason, decision.rules) == (last.action, last.reason, last.rules)


def _alerted(earlier: Sequence[DecisionRecord]) -> list[DecisionRecord]:
    """The decisions by which this very entry alerted somebody and that were not withdrawn, one a recipient."""
    standing: dict[str, DecisionRecord] = {}
    for d in earlier:
        if d.action in (Action.ALERT, Action.UPGRADE):
            standing[d.recipient] = d
        elif d.action == Action.WITHDRAW:
            standing.pop(d.recipient, None)
    return list(standing.values())


def _withdraw(
    tx: Tx,
    setup: Setup,
    record: EntryRecord,
    story_id: int,
    alerted: DecisionRecord,
    decisions: Sequence[Decision],
    earlier: Sequence[DecisionRecord],
    now: datetime,
) -> int:
    """Take an alert back when nothing it told of holds any more, neither here nor in another article of its story."""
    recipient = setup.recipient(alerted.recipient)
    if recipient is None or any(d.recipient == alerted.recipient for d in decisions):
        return 0
    if _borne_by_another(tx, record.id, story_id, alerted.rules):
        return 0
    decision = Decision(
        recipient=recipient.id,
        action=Action.WITHDRAW,
        reason=Reason.CLEARED,
        rules=alerted.rules,
        priority=Priority(alerted.priority),
        prominence=Prominence(alerted.prominence),
        stage=Stage.LATE,
        digests=tuple(d.id for d in setup.settings.digests_of(recipient)),
    )
    tx.drop_digest_items(record.id, recipient.id)
    decision_id = tx.add_decision(record.id, story_id, decision, now)
    return _owe_withdrawal(tx, setup, recipient, story_id, decision_id, alerted.rules, now)


def _owe_withdrawal(
    tx: Tx, setup: Setup, recipient: Recipient, story_id: int, decision_id: int, rules: Sequence[str], now: datetime
) -> int:
    """To the webhooks that got the alert; people read it in their next digest."""
    webhooks = {c.id for c in setup.settings.channels if isinstance(c, WebhookChannel)}
    endpoints = [e for e in tx.alerted_endpoints(recipient.id, story_id) if e.channel in webhooks]
    subject = str(story_id)
    seq = tx.next_seq(recipient.id, DeliveryKind.WITHDRAWN, subject)
    cause = Cause(story_id=story_id, decision_id=decision_id)
    owe(tx, endpoints, recipient.id, DeliveryKind.WITHDRAWN, subject, seq, cause, rules, now)
    return 1


def _borne_by_another(tx: Tx, entry_id: int, story_id: int, rules: Sequence[str]) -> bool:
    others = (member.id for member, _, _ in tx.members(story_id) if member.id != entry_id)
    return any(m.match.rule in rules for other in others for m in tx.matches(other))


def _clear_digests(tx: Tx, entry_id: int, decisions: Sequence[Decision], earlier: Sequence[DecisionRecord]) -> None:
    """An item that the full text cleared before its digest was cut does not stand in it."""
    kept = {d.recipient for d in decisions} | {d.recipient for d in _alerted(earlier)}
    for recipient in {d.recipient for d in earlier} - kept:
        tx.drop_digest_items(entry_id, recipient)


def origins(members: Sequence[tuple[EntryRecord, JoinReason, float]]) -> int:
    """How many members came of themselves: wire copies and repeats of a URL are of one origin."""
    return max(1, sum(reason is JoinReason.FIRST for _, reason, _ in members))
