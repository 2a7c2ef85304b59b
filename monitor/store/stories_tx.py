"""Stories and what they are found by (`ports.StoryTx`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, delete, func, insert, select

from monitor.model.news import JoinReason
from monitor.model.state import EntryRecord
from monitor.store import rows, schema
from monitor.store.schema import entries, fingerprints, stories, story_members
from monitor.store.statements import Part, chunks, put

_SHARED = (
    select(schema.shingles.c.entry_id, func.count().label("shared"))
    .where(schema.shingles.c.shingle.in_(bindparam("b_shingles", expanding=True)))
    .group_by(schema.shingles.c.entry_id)
)
_PLACED = (
    select(story_members.c.story_id, fingerprints.c.entry_id, fingerprints.c.held)
    .join(story_members, story_members.c.entry_id == fingerprints.c.entry_id)
    .where(
        fingerprints.c.entry_id.in_(bindparam("b_ids", expanding=True)),
        fingerprints.c.at >= bindparam("b_since", type_=fingerprints.c.at.type),
    )
)
_JOIN = put(story_members, "entry_id")
_FINGERPRINT = put(fingerprints, "entry_id")


class StoriesTx(Part):
    def story_of(self, entry_id: int) -> int | None:
        wanted = select(story_members.c.story_id).where(story_members.c.entry_id == entry_id)
        return self._c.execute(wanted).scalar_one_or_none()

    def put_fingerprint(
        self, entry_id: int, url_keys: Collection[str], shingles: Collection[int], at: datetime
    ) -> None:
        for table in (schema.url_keys, schema.shingles):
            self._c.execute(delete(table).where(table.c.entry_id == entry_id))
        distinct = set(shingles)
        self._c.execute(_FINGERPRINT, {"entry_id": entry_id, "held": len(distinct), "at": at})
        if url_keys:
            self._c.execute(
                insert(schema.url_keys), [{"entry_id": entry_id, "key": key} for key in sorted(set(url_keys))]
            )
        if distinct:
            self._c.execute(insert(schema.shingles), [{"entry_id": entry_id, "shingle": h} for h in sorted(distinct)])

    def stories_by_url(self, url_keys: Collection[str], since: datetime) -> list[int]:
        wanted = (
            select(story_members.c.story_id)
            .join(schema.url_keys, schema.url_keys.c.entry_id == story_members.c.entry_id)
            .join(fingerprints, fingerprints.c.entry_id == story_members.c.entry_id)
            .where(schema.url_keys.c.key.in_(list(url_keys)), fingerprints.c.at >= since)
            .distinct()
        )
        return sorted(self._c.execute(wanted).scalars())

    def shingle_overlap(self, shingles: Collection[int], since: datetime) -> list[tuple[int, int, int, int]]:
        shared: Counter[int] = Counter()
        for some in chunks(set(shingles)):
            for row in self._c.execute(_SHARED, {"b_shingles": some}):
                shared[row.entry_id] += row.shared
        found = [
            (row.story_id, row.entry_id, shared[row.entry_id], row.held)
            for some in chunks(shared)
            for row in self._c.execute(_PLACED, {"b_ids": some, "b_since": since})
        ]
        return sorted(found, key=lambda one: (-one[2], one[0], one[1]))

    def begin_story(self, entry_id: int, at: datetime) -> int:
        """The entry is its first member."""
        story_id: int = self._c.execute(insert(stories).returning(stories.c.id), {"begun_at": at}).scalar_one()
        self.join_story(story_id, entry_id, JoinReason.FIRST, 1.0, at)
        return story_id

    def join_story(self, story_id: int, entry_id: int, reason: JoinReason, score: float, at: datetime) -> None:
        """An entry stands in one story: joining another leaves the first."""
        values = {"entry_id": entry_id, "story_id": story_id, "reason": reason, "score": score, "at": at}
        self._c.execute(_JOIN, values)

    def members(self, story_id: int) -> list[tuple[EntryRecord, JoinReason, float]]:
        wanted = (
            select(entries, story_members.c.reason, story_members.c.score)
            .join(story_members, story_members.c.entry_id == entries.c.id)
            .where(story_members.c.story_id == story_id)
            .order_by(entries.c.seen_at, entries.c.id)
        )
        return [(rows.entry_record(row), row.reason, row.score) for row in self._c.execute(wanted)]
