"""Decisions, and what is owed because of them (`ports.OutboxTx`, with `deliveries_tx`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, delete, exists, false, func, insert, select

from monitor.model.settings import Endpoint, Priority
from monitor.model.state import DecisionRecord
from monitor.model.telling import Action, Decision, DeliveryKind, DeliveryState, Told
from monitor.store import rows
from monitor.store.schema import decisions, deliveries, digest_items
from monitor.store.statements import Part, insert_new

TELLING = (DeliveryKind.ALERT, DeliveryKind.UPDATE)
_ADD_DECISION = insert(decisions).returning(decisions.c.id)
_ADD_ITEM = insert_new(digest_items, "entry_id", "recipient", "digest", "withdrawal")
_GIVEN_UP = (DeliveryState.DEAD, DeliveryState.HELD)
_last_withdrawal = (
    select(decisions.c.recipient, func.max(decisions.c.id).label("decision_id"))
    .where(decisions.c.story_id == bindparam("b_story"), decisions.c.action == Action.WITHDRAW.value)
    .group_by(decisions.c.recipient)
    .subquery()
)
_TOLD = (
    select(
        deliveries.c.recipient,
        deliveries.c.kind,
        deliveries.c.seq,
        deliveries.c.created_at,
        decisions.c.priority,
        decisions.c.rules,
    )
    .join(decisions, decisions.c.id == deliveries.c.decision_id)
    .outerjoin(_last_withdrawal, _last_withdrawal.c.recipient == deliveries.c.recipient)
    .where(
        deliveries.c.story_id == bindparam("b_story"),
        deliveries.c.kind.in_(TELLING),
        deliveries.c.state.not_in(_GIVEN_UP),
        deliveries.c.decision_id > func.coalesce(_last_withdrawal.c.decision_id, 0),
    )
    .order_by(deliveries.c.recipient, deliveries.c.number)
)


def select_decisions() -> Select[Any]:
    """Decisions, each with whether all that it owed was given up."""
    owed = deliveries.c.decision_id == decisions.c.id
    held = exists().where(owed, deliveries.c.state == DeliveryState.HELD)
    live = exists().where(owed, deliveries.c.state != DeliveryState.HELD)
    return select(decisions, (held & ~live).label("ended"))


class DecisionsTx(Part):
    def told(self, story_id: int) -> dict[str, Told]:
        """What is dead or held was given up: it reached nobody. `at` is when the last message was decided."""
        told: dict[str, Told] = {}
        for row in self._c.execute(_TOLD, {"b_story": story_id}):
            told[row.recipient] = _told_further(told.get(row.recipient), row)
        return told

    def add_decision(
        self, entry_id: int, story_id: int, decision: Decision, at: datetime, digest_items: bool = True
    ) -> int:
        values = _decision_values(entry_id, story_id, decision, at)
        decision_id: int = self._c.execute(_ADD_DECISION, values).scalar_one()
        item = {
            "entry_id": entry_id,
            "recipient": decision.recipient,
            "withdrawal": decision.action is Action.WITHDRAW,
            "decision_id": decision_id,
        }
        items = [item | {"digest": digest} for digest in decision.digests if digest_items]
        if items:
            self._c.execute(_ADD_ITEM, items)
        return decision_id

    def decision(self, decision_id: int) -> DecisionRecord | None:
        row = self._c.execute(_DECISION, {"b_id": decision_id}).one_or_none()
        return None if row is None else rows.decision_record(row)

    def decisions(self, entry_id: int) -> list[DecisionRecord]:
        return [rows.decision_record(row) for row in self._c.execute(_DECISIONS, {"b_entry": entry_id})]

    def decisions_between(self, recipient: str, since: datetime, until: datetime) -> list[DecisionRecord]:
        """Those of [since, until), oldest first."""
        own = select_decisions().where(decisions.c.recipient == recipient)
        wanted = own.where(decisions.c.at >= since, decisions.c.at < until).order_by(decisions.c.at, decisions.c.id)
        return [rows.decision_record(row) for row in self._c.execute(wanted)]

    def drop_digest_items(self, entry_id: int, recipient: str) -> int:
        pending = delete(digest_items).where(
            digest_items.c.entry_id == entry_id,
            digest_items.c.recipient == recipient,
            digest_items.c.withdrawal == false(),
            digest_items.c.window_id.is_(None),
        )
        return self._c.execute(pending).rowcount

    def alerted_endpoints(self, recipient: str, story_id: int) -> list[Endpoint]:
        """In the order in which they were first owed one."""
        alerts = _alerts(recipient, story_id, deliveries.c.channel, deliveries.c.address)
        found: Iterable[Any] = self._c.execute(alerts.order_by(deliveries.c.number))
        return list(dict.fromkeys(Endpoint(row.channel, row.address) for row in found))

    def alerted_at(self, recipient: str, story_id: int) -> datetime | None:
        """When the first alert went out or, where none has yet, was owed; a withdrawal does not undo it."""
        first = _alerts(recipient, story_id, func.min(deliveries.c.sent_at), func.min(deliveries.c.created_at))
        sent_at, owed_at = self._c.execute(first).one()
        at: datetime | None = sent_at or owed_at
        return at


_DECISION = select_decisions().where(decisions.c.id == bindparam("b_id"))
_DECISIONS = select_decisions().where(decisions.c.entry_id == bindparam("b_entry")).order_by(decisions.c.id)


def _alerts(recipient: str, story_id: int, *columns: Any) -> Select[Any]:
    """Alerts and updates of a story that are owed to a recipient or were sent."""
    return select(*columns).where(
        deliveries.c.recipient == recipient,
        deliveries.c.story_id == story_id,
        deliveries.c.kind.in_(TELLING),
        deliveries.c.state.not_in(_GIVEN_UP),
    )


def _decision_values(entry_id: int, story_id: int, decision: Decision, at: datetime) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "story_id": story_id,
        "recipient": decision.recipient,
        "action": decision.action.value,
        "reason": decision.reason.value,
        "rules": decision.rules,
        "priority": decision.priority.value,
        "prominence": decision.prominence.value,
        "stage": decision.stage,
        "headline_only": decision.headline_only,
        "at": at,
    }


def _told_further(before: Told | None, row: Any) -> Told:
    """What a recipient knows after one more message."""
    priority = Priority(row.priority)
    if before is None:
        return Told(row.recipient, priority, row.created_at, row.seq, tuple(row.rules))
    return Told(
        recipient=row.recipient,
        priority=max(before.priority, priority, key=lambda p: p.rank),
        at=row.created_at,
        seq=row.seq,
        rules=tuple(dict.fromkeys((*before.rules, *row.rules))),
    )
