"""The outbox (the rest of `ports.OutboxTx`).

    pending ──claim──> leased ──DELIVERED──> sent
       ^                  │ ├─────DEAD, RETRY without a time──> dead
       ├──RETRY, PAUSE────┘ └─────lease over──> claimed again
       └── held(reason)

What a recipient's endpoint is owed about one subject goes out in the order in which it was decided: `thread` names
what a message belongs to, and none is claimed while an earlier one of its thread is not final.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, insert, literal_column, or_, select, update

from monitor.model.settings import Endpoint
from monitor.model.state import AttemptRecord, Cause, DeliveryRecord
from monitor.model.telling import Attempt, Delivery, DeliveryKind, DeliveryState, Payload, Verdict
from monitor.store import rows, schema
from monitor.store.schema import channel_pauses, deliveries, delivery_rules
from monitor.store.statements import Part, chunks, insert_new, put

_THREADS = {
    DeliveryKind.ALERT: "story",
    DeliveryKind.UPDATE: "story",
    DeliveryKind.WITHDRAWN: "story",
    DeliveryKind.DIGEST: "digest",
    DeliveryKind.ALARM: "alarm",
    DeliveryKind.CLEARED: "alarm",
    DeliveryKind.PING: "ping",
}
UNSENT: list[ColumnElement[str]] = [literal_column("'pending'"), literal_column("'leased'")]
"""Spelt out, because a bound value would keep SQLite from its partial indexes."""
_BY_CHANNEL, _BY_RECIPIENT, _BY_RULES = "channel", "recipient", "rules"

_now = bindparam("b_now", type_=deliveries.c.next_at.type)
_earlier = deliveries.alias("earlier")
_due = and_(
    deliveries.c.state.in_(UNSENT),
    or_(
        and_(deliveries.c.state == DeliveryState.PENDING, deliveries.c.next_at <= _now),
        and_(deliveries.c.state == DeliveryState.LEASED, deliveries.c.lease_until <= _now),
    ),
    ~exists().where(
        _earlier.c.recipient == deliveries.c.recipient,
        _earlier.c.channel == deliveries.c.channel,
        _earlier.c.address == deliveries.c.address,
        _earlier.c.thread == deliveries.c.thread,
        _earlier.c.number < deliveries.c.number,
        _earlier.c.state.in_(UNSENT),
    ),
    deliveries.c.channel.not_in(select(channel_pauses.c.channel).where(channel_pauses.c.until > _now)),
)
_DUE = (
    select(deliveries.c.number)
    .where(_due, deliveries.c.channel == bindparam("b_channel"))
    .order_by(deliveries.c.number)
    .limit(bindparam("b_limit"))
)
_DUE_CHANNELS = select(deliveries.c.channel).distinct().where(_due).order_by(deliveries.c.channel)
_LEASE = (
    update(deliveries)
    .where(deliveries.c.number.in_(bindparam("b_numbers", expanding=True)))
    .values(state=DeliveryState.LEASED, lease_until=bindparam("b_until"), fence=deliveries.c.fence + 1)
    .returning(deliveries)
)
_OWE = insert_new(deliveries, "recipient", "channel", "address", "kind", "subject", "seq")
_ONE = select(deliveries).where(deliveries.c.id == bindparam("b_id"))
_LOG = insert(schema.attempts)
_PAUSE = put(channel_pauses, "channel")


class DeliveriesTx(Part):
    def add_delivery(
        self,
        delivery_id: str,
        recipient: str,
        endpoint: Endpoint,
        kind: DeliveryKind,
        subject: str,
        seq: int,
        at: datetime,
        cause: Cause,
        rules: Sequence[str] = (),
        due_at: datetime | None = None,
    ) -> bool:
        values = {
            "id": delivery_id,
            "recipient": recipient,
            "channel": endpoint.channel,
            "address": endpoint.address,
            "kind": kind,
            "subject": subject,
            "seq": seq,
            "thread": f"{_THREADS[kind]}:{subject}",
            "created_at": at,
            "next_at": due_at or at,
            "story_id": cause.story_id,
            "decision_id": cause.decision_id,
            "window_id": cause.window_id,
            "episode_id": cause.episode_id,
        }
        return self._owe(values, rules)

    def _owe(self, values: dict[str, Any], rules: Sequence[str]) -> bool:
        fresh = {"state": DeliveryState.PENDING, "fence": 0, "attempts": 0, "last_error": "", "held_reason": ""}
        if not self._c.execute(_OWE, values | fresh).rowcount:
            return False
        named = [{"delivery_id": values["id"], "position": n, "rule": rule} for n, rule in enumerate(rules)]
        if named:
            self._c.execute(insert(delivery_rules), named)
        return True

    def next_seq(self, recipient: str, kind: DeliveryKind, subject: str) -> int:
        last = select(func.max(deliveries.c.seq)).where(
            deliveries.c.recipient == recipient, deliveries.c.kind == kind, deliveries.c.subject == subject
        )
        return (self._c.execute(last).scalar_one() or 0) + 1

    def claim_deliveries(self, now: datetime, channel: str, limit: int, lease_until: datetime) -> list[Delivery]:
        due = self._c.execute(_DUE, {"b_now": now, "b_channel": channel, "b_limit": limit})
        numbers = list(due.scalars())
        if not numbers:
            return []
        leased = self._c.execute(_LEASE, {"b_numbers": numbers, "b_until": lease_until})
        return [rows.delivery(row) for row in sorted(leased, key=lambda row: row.number)]

    def due_channels(self, now: datetime) -> list[str]:
        return list(self._c.execute(_DUE_CHANNELS, {"b_now": now}).scalars())

    def cause(self, delivery_id: str) -> Cause | None:
        row = self._c.execute(_ONE, {"b_id": delivery_id}).one_or_none()
        return None if row is None else Cause(row.story_id, row.decision_id, row.window_id, row.episode_id)

    def freeze(self, delivery_id: str, fence: int, payloads: Sequence[tuple[str, Payload]]) -> bool:
        """Bytes frozen before stay as they are, and nothing is added."""
        if not payloads or payloads[0][0] != delivery_id:
            raise ValueError("the first payload must be the delivery's own")
        own = self._c.execute(_ONE, {"b_id": delivery_id}).one_or_none()
        if own is None or not _is_leased_under(own, fence):
            return False
        if own.body is None:
            frozen = update(deliveries).where(deliveries.c.number == own.number)
            self._c.execute(frozen.values(rows.payload_values(payloads[0][1])))
            self._owe_parts(own, payloads[1:])
        return True

    def _owe_parts(self, first: Any, payloads: Sequence[tuple[str, Payload]]) -> None:
        same = ("recipient", "channel", "address", "kind", "subject", "thread", "created_at", "next_at")
        causes = ("story_id", "decision_id", "window_id", "episode_id")
        shared = {name: getattr(first, name) for name in (*same, *causes)}
        rules = self._rules_of([first.id]).get(first.id, ())
        seq = self._last_seq(first)
        for offset, (part_id, payload) in enumerate(payloads, 1):
            own = {"id": part_id, "seq": seq + offset}
            self._owe(shared | own | rows.payload_values(payload), rules)

    def _last_seq(self, delivery: Any) -> int:
        """Of the messages of this kind on this subject to this endpoint."""
        same = ("recipient", "channel", "address", "kind", "subject")
        alike = [deliveries.c[name] == getattr(delivery, name) for name in same]
        last: int = self._c.execute(select(func.max(deliveries.c.seq)).where(*alike)).scalar_one()
        return last

    def finish_attempt(
        self, delivery_id: str, fence: int, attempt: Attempt, at: datetime, retry_at: datetime | None
    ) -> bool:
        """False, too, where there is no such delivery."""
        own = self._c.execute(_ONE, {"b_id": delivery_id}).one_or_none()
        if own is None:
            return False
        logged = {"delivery_id": delivery_id, "at": at, "fence": fence}
        self._c.execute(_LOG, logged | {"verdict": attempt.verdict.value, "reason": attempt.reason})
        if not _is_leased_under(own, fence):
            return False
        finished = update(deliveries).where(deliveries.c.number == own.number)
        self._c.execute(finished.values(lease_until=None, **_after(own, attempt, at, retry_at)))
        return True

    def hold_deliveries(
        self,
        reason: str,
        channel: str | None = None,
        recipient: str | None = None,
        only_rules: Collection[str] | None = None,
    ) -> int:
        """A delivery that no rule caused (a digest, an alarm) is never held by `only_rules`."""
        held = 0
        if channel is not None:
            held += self._hold(_BY_CHANNEL, reason, deliveries.c.channel == channel)
        if recipient is not None:
            held += self._hold(_BY_RECIPIENT, reason, deliveries.c.recipient == recipient)
        if only_rules is not None:
            own = delivery_rules.c.delivery_id == deliveries.c.id
            other = own & delivery_rules.c.rule.not_in(list(only_rules))
            held += self._hold(_BY_RULES, reason, exists().where(own), ~exists().where(other))
        return held

    def _hold(self, by: str, reason: str, *wanted: ColumnElement[bool]) -> int:
        pending = update(deliveries).where(deliveries.c.state == DeliveryState.PENDING, *wanted)
        values = {"state": DeliveryState.HELD, "held_by": by, "held_reason": str(reason)}
        return self._c.execute(pending.values(values)).rowcount

    def owed_to(self) -> list[tuple[str, str]]:
        owed = select(deliveries.c.recipient, deliveries.c.channel).where(deliveries.c.state.in_(UNSENT)).distinct()
        ordered = owed.order_by(deliveries.c.recipient, deliveries.c.channel)
        return [(row.recipient, row.channel) for row in self._c.execute(ordered)]

    def release_deliveries(self, channel: str, now: datetime) -> int:
        held = update(deliveries).where(
            deliveries.c.channel == channel,
            deliveries.c.state == DeliveryState.HELD,
            deliveries.c.held_by == _BY_CHANNEL,
        )
        return self._c.execute(held.values(_pending(now))).rowcount

    def pause_channel(self, channel: str, until: datetime, reason: str) -> None:
        self._c.execute(_PAUSE, {"channel": channel, "until": until, "reason": reason})

    def paused_channels(self, now: datetime) -> dict[str, tuple[datetime, str]]:
        paused = select(channel_pauses).where(channel_pauses.c.until > now).order_by(channel_pauses.c.channel)
        return {row.channel: (row.until, row.reason) for row in self._c.execute(paused)}

    def outbox(self, states: Collection[str] = (), limit: int = 100) -> list[DeliveryRecord]:
        wanted = select(*(c for c in deliveries.c if c.name != "body")).order_by(deliveries.c.number.desc())
        if states:
            wanted = wanted.where(deliveries.c.state.in_([DeliveryState(state) for state in states]))
        found = self._c.execute(wanted.limit(limit)).all()
        named = self._rules_of([row.id for row in found])
        return [_delivery_record(row, named.get(row.id, ())) for row in found]

    def _rules_of(self, ids: Collection[str]) -> dict[str, tuple[str, ...]]:
        named: dict[str, tuple[str, ...]] = {}
        for some in chunks(ids):
            wanted = select(delivery_rules).where(delivery_rules.c.delivery_id.in_(some))
            for row in self._c.execute(wanted.order_by(delivery_rules.c.delivery_id, delivery_rules.c.position)):
                named[row.delivery_id] = (*named.get(row.delivery_id, ()), row.rule)
        return named

    def attempts(self, delivery_id: str) -> list[AttemptRecord]:
        """Oldest first."""
        log = schema.attempts
        wanted = select(log).where(log.c.delivery_id == delivery_id).order_by(log.c.id)
        return [AttemptRecord(row.delivery_id, row.at, row.verdict, row.reason) for row in self._c.execute(wanted)]

    def retry_deliveries(self, now: datetime, ids: Collection[str] = ()) -> int:
        stuck = update(deliveries).where(deliveries.c.state.in_((DeliveryState.DEAD, DeliveryState.HELD)))
        again = stuck.values(_pending(now) | {"attempts": 0})
        if not ids:
            return self._c.execute(again).rowcount
        return sum(self._c.execute(again.where(deliveries.c.id.in_(some))).rowcount for some in chunks(ids))


def _is_leased_under(row: Any, fence: int) -> bool:
    return bool(row.state is DeliveryState.LEASED and row.fence == fence)


def _pending(now: datetime) -> dict[str, Any]:
    return {"state": DeliveryState.PENDING, "next_at": now, "held_by": None, "held_reason": ""}


def _after(row: Any, attempt: Attempt, at: datetime, retry_at: datetime | None) -> dict[str, Any]:
    """What an attempt makes of a leased delivery."""
    if attempt.verdict is Verdict.PAUSE_CHANNEL:
        return {"state": DeliveryState.PENDING, "last_error": attempt.reason}
    counted = {"attempts": row.attempts + 1}
    if attempt.verdict is Verdict.DELIVERED:
        return counted | {"state": DeliveryState.SENT, "sent_at": at, "last_error": ""}
    if attempt.verdict is Verdict.RETRY and retry_at is not None:
        return counted | {"state": DeliveryState.PENDING, "next_at": retry_at, "last_error": attempt.reason}
    return counted | {"state": DeliveryState.DEAD, "last_error": attempt.reason}


def _delivery_record(row: Any, rules: tuple[str, ...]) -> DeliveryRecord:
    return DeliveryRecord(
        id=row.id,
        recipient=row.recipient,
        endpoint=str(Endpoint(row.channel, row.address)),
        kind=row.kind,
        subject=row.subject,
        seq=row.seq,
        state=row.state,
        created_at=row.created_at,
        next_at=row.next_at if row.state is DeliveryState.PENDING else None,
        attempts=row.attempts,
        last_error=row.last_error,
        sent_at=row.sent_at,
        held_reason=row.held_reason,
        rules=rules,
    )
