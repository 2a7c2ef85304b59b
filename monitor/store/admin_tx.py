"""Rules known, counts, and the store itself (`ports.AdminTx`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, case, delete, false, func, select, text, true, type_coerce, update

from monitor.model.state import StoreCounts
from monitor.model.telling import Action, DeliveryState
from monitor.store.columns import MICROSECOND, UtcTime
from monitor.store.deliveries_tx import UNSENT
from monitor.store.schema import (
    channel_pauses,
    decisions,
    deliveries,
    entries,
    feeds,
    holds,
    hosts,
    matches,
    notes,
    poll_leases,
    reads,
    rules,
)
from monitor.store.statements import Part, put

_PUT_RULE = put(rules, "id")
_PUT_NOTE = put(notes, "key")
_SIZE = text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
_DUE_TIMES = {
    feeds: ("next_at",),
    poll_leases: ("lease_until",),
    hosts: ("hold_until",),
    reads: ("next_at", "lease_until"),
    holds: ("decide_at",),
    deliveries: ("next_at", "lease_until"),
    channel_pauses: ("until",),
}


class AdminTx(Part):
    def rule_versions(self) -> dict[str, str]:
        return {row.id: row.version for row in self._c.execute(select(rules).order_by(rules.c.id))}

    def put_rule_versions(self, versions: Mapping[str, str], now: datetime) -> None:
        self._c.execute(delete(rules).where(rules.c.id.not_in(list(versions))))
        values = [{"id": rule, "version": version, "known_at": now} for rule, version in versions.items()]
        if values:
            self._c.execute(_PUT_RULE, values)

    def counts(self, now: datetime, day_start: datetime) -> StoreCounts:
        """`now` is not needed by this backend: leases that ran out are counted as owed, like the others."""
        return StoreCounts(
            **self._feeds(),
            **self._entries(day_start),
            **self._outbox(),
            holds=self._scalar(select(func.count()).select_from(holds)),
            matches_today=self._scalar(
                select(func.count()).where(matches.c.current == true(), matches.c.at >= day_start)
            ),
            alerts_today=self._scalar(
                select(func.count()).where(
                    decisions.c.action.in_((Action.ALERT.value, Action.UPGRADE.value)), decisions.c.at >= day_start
                )
            ),
            size_bytes=self._scalar(_SIZE),
        )

    def _scalar(self, statement: Any) -> Any:
        return self._c.execute(statement).scalar_one()

    def _feeds(self) -> dict[str, Any]:
        live = (feeds.c.removed == false()) & (feeds.c.gone == false())
        row = self._c.execute(
            select(
                func.count().label("feeds"),
                _count_of(feeds.c.failures > 0).label("feeds_failing"),
                _count_of(feeds.c.gone == true()).label("feeds_gone"),
                _count_of(feeds.c.last_polled_at.is_(None)).label("feeds_never_polled"),
                func.min(case((live, feeds.c.next_at))).label("next_poll_at"),
            ).where(feeds.c.removed == false())
        ).one()
        return dict(row._mapping)

    def _entries(self, day_start: datetime) -> dict[str, Any]:
        owed = select(func.count().label("n"), func.min(entries.c.seen_at).label("oldest"))
        joined = owed.select_from(reads.join(entries, entries.c.id == reads.c.entry_id))
        unread = self._c.execute(joined.where(reads.c.owed == true())).one()
        return {
            "entries": self._scalar(select(func.count()).select_from(entries)),
            "entries_today": self._scalar(select(func.count()).where(entries.c.seen_at >= day_start)),
            "reads_owed": unread.n,
            "oldest_read_owed_at": unread.oldest,
        }

    def _outbox(self) -> dict[str, Any]:
        unsent = deliveries.c.state.in_(UNSENT)
        counted = select(deliveries.c.state, func.count().label("n")).group_by(deliveries.c.state)
        by_state = {row.state: row.n for row in self._c.execute(counted)}
        return {
            "deliveries_pending": by_state.get(DeliveryState.PENDING, 0) + by_state.get(DeliveryState.LEASED, 0),
            "deliveries_dead": by_state.get(DeliveryState.DEAD, 0),
            "deliveries_held": by_state.get(DeliveryState.HELD, 0),
            "oldest_pending_at": self._scalar(select(func.min(deliveries.c.created_at)).where(unsent)),
        }

    def shift_due(self, by: timedelta) -> None:
        waiting = ((reads, reads.c.owed == true()), (deliveries, deliveries.c.state.in_(UNSENT)))
        for table, names in _DUE_TIMES.items():
            moved = {name: type_coerce(table.c[name], BigInteger) + by // MICROSECOND for name in names}
            statement = update(table).values({name: type_coerce(to, UtcTime()) for name, to in moved.items()})
            self._c.execute(statement.where(*(only for one, only in waiting if one is table)))

    def get_note(self, key: str) -> str | None:
        return self._c.execute(select(notes.c.value).where(notes.c.key == key)).scalar_one_or_none()

    def put_note(self, key: str, value: str) -> None:
        self._c.execute(_PUT_NOTE, {"key": key, "value": value})


def _count_of(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
