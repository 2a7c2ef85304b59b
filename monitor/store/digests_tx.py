"""Windows, and what stands in them (`ports.DigestTx`)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, distinct, func, insert, select, true, update

from monitor.model.state import DigestItemRecord
from monitor.model.telling import Window
from monitor.store import rows
from monitor.store.decisions_tx import select_decisions
from monitor.store.schema import decisions, digest_items, digest_starts, entries, matches, reads, windows
from monitor.store.statements import Part, insert_new

_BEGIN = insert_new(windows, "recipient", "digest", "local_date").returning(windows)


class DigestsTx(Part):
    def last_window(self, recipient: str, digest: str) -> Window | None:
        own = select(windows).where(windows.c.recipient == recipient, windows.c.digest == digest)
        row = self._c.execute(own.order_by(windows.c.end_at.desc(), windows.c.id.desc()).limit(1)).one_or_none()
        return None if row is None else rows.window(row)

    def windows_started(self, recipient: str, digest: str, at: datetime) -> datetime:
        """A snapshot answers `at` too where nothing was recorded, and leaves the recording to a write."""
        own = select(digest_starts.c.at).where(digest_starts.c.recipient == recipient, digest_starts.c.digest == digest)
        started = self._c.execute(own).scalar_one_or_none()
        if started is None and self._can_write:
            self._c.execute(insert(digest_starts), {"recipient": recipient, "digest": digest, "at": at})
        return started or at

    def cut_window(
        self, recipient: str, digest: str, local_date: date, start_at: datetime, end_at: datetime, merged_days: int
    ) -> Window | None:
        """Items decided at or after `end_at` wait for the next one: a window is half-open."""
        values = {
            "recipient": recipient,
            "digest": digest,
            "local_date": local_date,
            "start_at": start_at,
            "end_at": end_at,
            "merged_days": merged_days,
        }
        row = self._c.execute(_BEGIN, values).one_or_none()
        if row is None:
            return None
        ripe = select(decisions.c.id).where(decisions.c.id == digest_items.c.decision_id, decisions.c.at < end_at)
        taken = update(digest_items).where(_pending(recipient, digest), ripe.exists())
        self._c.execute(taken.values(window_id=row.id))
        return rows.window(row)

    def window(self, window_id: int) -> Window | None:
        row = self._c.execute(select(windows).where(windows.c.id == window_id)).one_or_none()
        return None if row is None else rows.window(row)

    def window_items(self, window_id: int) -> list[DigestItemRecord]:
        """In the order in which they were put there."""
        return self._items(digest_items.c.window_id == window_id)

    def pending_items(self, recipient: str, digest: str) -> list[DigestItemRecord]:
        return self._items(_pending(recipient, digest))

    def _items(self, wanted: ColumnElement[bool]) -> list[DigestItemRecord]:
        columns = (digest_items.c.id.label("item_id"), digest_items.c.window_id)
        joined = (
            select_decisions().add_columns(*columns).join(digest_items, digest_items.c.decision_id == decisions.c.id)
        )
        found = self._c.execute(joined.where(wanted).order_by(digest_items.c.id))
        return [DigestItemRecord(row.item_id, rows.decision_record(row), row.window_id) for row in found]

    def oldest_unread(self) -> tuple[int, datetime | None]:
        owed = (
            select(func.count(), func.min(entries.c.seen_at))
            .select_from(reads.join(entries, entries.c.id == reads.c.entry_id))
            .where(reads.c.owed == true())
        )
        count, oldest = self._c.execute(owed).one()
        return count, oldest

    def rule_counts(self, since: datetime, until: datetime) -> dict[str, int]:
        counted = (
            select(matches.c.rule, func.count(distinct(matches.c.entry_id)).label("n"))
            .join(entries, entries.c.id == matches.c.entry_id)
            .where(matches.c.current == true(), entries.c.seen_at >= since, entries.c.seen_at < until)
            .group_by(matches.c.rule)
        )
        return {row.rule: row.n for row in self._c.execute(counted)}


def _pending(recipient: str, digest: str) -> Any:
    return (
        (digest_items.c.recipient == recipient) & (digest_items.c.digest == digest) & digest_items.c.window_id.is_(None)
    )
