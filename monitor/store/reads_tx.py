"""Pages owed (the rest of `ports.EntryTx`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Update, and_, bindparam, func, or_, select, true, update

from monitor.model.state import OwedRead
from monitor.store import rows
from monitor.store.prepared import Prepared
from monitor.store.schema import entries, holds, hosts, reads
from monitor.store.statements import Part, one_a_host, put
from monitor.text.urls import host_of

OWED, READ = "owed", "read"
_now = bindparam("b_now", type_=reads.c.next_at.type)
_leased = reads.alias("leased")
_is_due = and_(
    reads.c.owed == true(),
    reads.c.next_at <= _now,
    or_(reads.c.lease_until.is_(None), reads.c.lease_until <= _now),
    reads.c.host.not_in(select(hosts.c.host).where(hosts.c.hold_until > _now)),
)
_DUE = (
    select(reads.c.entry_id, reads.c.host)
    .where(
        _is_due,
        reads.c.host.not_in(bindparam("b_closed", expanding=True)),
        reads.c.host.not_in(select(_leased.c.host).where(_leased.c.lease_until > _now)),
    )
    .order_by(reads.c.next_at, reads.c.entry_id)
    .limit(bindparam("b_count"))
)
_COUNT_DUE = select(func.count()).select_from(reads).where(_is_due)
_AWAITED = _DUE.where(reads.c.entry_id.in_(select(holds.c.entry_id)))
_LEASE = (
    update(reads)
    .where(reads.c.entry_id.in_(bindparam("b_ids", expanding=True)))
    .values(lease_until=bindparam("b_until"), fence=reads.c.fence + 1)
    .returning(reads)
)
_ENTRIES = select(entries).where(entries.c.id.in_(bindparam("b_ids", expanding=True)))
_OWE = Prepared(put(reads, "entry_id"), reads.columns.keys())
_FENCE = Prepared(select(reads.c.fence).where(reads.c.entry_id == bindparam("b_id")))


class ReadsTx(Part):
    def owe_read(self, entry_id: int, url: str, next_at: datetime) -> None:
        """Owed anew where it was owed before: an attempt under way becomes stale."""
        row = self._first(_FENCE, {"b_id": entry_id})
        values = {
            "entry_id": entry_id,
            "url": url,
            "host": host_of(url),
            "owed": True,
            "next_at": next_at,
            "lease_until": None,
            "fence": 0 if row is None else row.fence + 1,
            "attempts": 0,
            "kills": 0,
            "outcome": OWED,
            "detail": "",
        }
        self._run(_OWE, values)

    def claim_reads(
        self, now: datetime, limit: int, lease_until: datetime, busy_hosts: Collection[str] = ()
    ) -> list[OwedRead]:
        """A host with a read under a living lease is busy too."""
        awaited = one_a_host(self._due(_AWAITED, now), busy_hosts, limit)
        taken = self._lease(awaited, lease_until)
        closed = {*busy_hosts, *(row.host for row in taken)}
        others = one_a_host(self._due(_DUE, now), closed, limit - len(taken))
        taken += self._lease(others, lease_until)
        return self._with_entries(taken)

    def _due(self, statement: Select[Any], now: datetime) -> Any:
        def due(closed: Collection[str], count: int) -> Sequence[Any]:
            return self._c.execute(statement, {"b_now": now, "b_closed": list(closed), "b_count": count}).all()

        return due

    def _lease(self, due: Sequence[Any], lease_until: datetime) -> list[Any]:
        """The leased rows, in the order of those due."""
        if not due:
            return []
        ids = [row.entry_id for row in due]
        leased = {row.entry_id: row for row in self._c.execute(_LEASE, {"b_ids": ids, "b_until": lease_until})}
        return [leased[entry_id] for entry_id in ids]

    def _with_entries(self, owed: Sequence[Any]) -> list[OwedRead]:
        if not owed:
            return []
        ids = [row.entry_id for row in owed]
        held = {row.id: row for row in self._c.execute(_ENTRIES, {"b_ids": ids})}
        return [rows.owed_read(row, held[row.entry_id]) for row in owed]

    def finish_read(self, entry_id: int, fence: int) -> bool:
        return self._end(entry_id, fence, owed=False, outcome=READ, detail="")

    def retry_read(
        self, entry_id: int, fence: int, next_at: datetime, outcome: str, detail: str, kills: int, counts: bool = True
    ) -> bool:
        """`kills` is the new total."""
        attempts = reads.c.attempts + (1 if counts else 0)
        return self._end(
            entry_id, fence, next_at=next_at, attempts=attempts, kills=kills, outcome=outcome, detail=detail
        )

    def give_up_read(self, entry_id: int, fence: int, outcome: str, detail: str) -> bool:
        attempts = reads.c.attempts + 1
        return self._end(entry_id, fence, owed=False, attempts=attempts, outcome=outcome, detail=detail)

    def _end(self, entry_id: int, fence: int, **values: Any) -> bool:
        fenced: Update = update(reads).where(
            reads.c.entry_id == entry_id, reads.c.fence == fence, reads.c.owed == true()
        )
        return self._c.execute(fenced.values(lease_until=None, **values)).rowcount == 1

    def reads_due(self, now: datetime) -> int:
        return self._c.execute(_COUNT_DUE, {"b_now": now}).scalar_one()

    def read_is_leased(self, entry_id: int) -> bool:
        leased = select(reads.c.lease_until).where(reads.c.entry_id == entry_id, reads.c.owed == true())
        return self._c.execute(leased).scalar_one_or_none() is not None

    def read_outcomes(self) -> dict[str, int]:
        counted = select(reads.c.outcome, func.count().label("n")).group_by(reads.c.outcome)
        return {row.outcome: row.n for row in self._c.execute(counted.order_by(reads.c.outcome))}
