"""Filling a gap: a feed that keeps archives (RFC 5005) is followed back to where the last poll left off.

Only after a gap, a few documents at most, one after the other on the host that is being polled anyway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.feeds.archive import previous_archive
from monitor.feeds.identity import Change, ChangeKind, decide, identify_all
from monitor.model.news import EntryKey, FetchOutcome, FetchRequest, FetchResult, Identified
from monitor.model.settings import Pacing
from monitor.model.state import FeedState, KnownEntry
from monitor.ports import Fetcher, Store, Workers, WorkFailed

DOCUMENTS = 5
"""At most so many archives are fetched for one gap."""
OVERLAP = timedelta(days=1)
"""Entries dated earlier than this before the gap were never part of it."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What the archives gave."""

    changes: tuple[Change, ...] = ()
    """New entries only."""
    reached: bool = False
    """An archive led back to what was known: nothing is missing in between."""


@dataclass(frozen=True, slots=True)
class _Document:
    identified: tuple[Identified, ...]
    body: bytes
    url: str


class Archivist:
    """Follows archives back. Holds its adapters, no state."""

    def __init__(self, store: Store, fetcher: Fetcher, workers: Workers) -> None:
        self._store = store
        self._fetcher = fetcher
        self._workers = workers

    async def fill(self, state: FeedState, result: FetchResult, pacing: Pacing, since: datetime) -> Filled:
        """New entries of the archives behind a poll's document, back to `since`."""
        changes: list[Change] = []
        body, url, seen = result.body, result.final_url, {result.final_url}
        for _ in range(DOCUMENTS):
            previous = previous_archive(body, url)
            if previous is None or previous in seen:
                break
            seen.add(previous)
            await asyncio.sleep(0 if state.feed.own else pacing.feed_pause.total_seconds())
            document = await self._get(state, previous, pacing)
            if document is None:
                break
            known = await self._known(state, document.identified)
            changes += _of_the_gap(decide(document.identified, known), since)
            if _reaches(document.identified, known, since):
                return Filled(tuple(changes), True)
            body, url = document.body, document.url
        return Filled(tuple(changes))

    async def _get(self, state: FeedState, url: str, pacing: Pacing) -> _Document | None:
        request = FetchRequest(url, "feed", pacing.feed_bytes, pacing.deadline, None, state.feed)
        result = await self._fetcher.fetch(request)
        if result.outcome is not FetchOutcome.OK:
            return None
        parsed = await self._workers.parse(result.body, result.final_url, dict(result.headers))
        if isinstance(parsed, WorkFailed):
            return None
        return _Document(identify_all(parsed.entries), result.body, result.final_url)

    async def _known(self, state: FeedState, identified: Sequence[Identified]) -> Mapping[EntryKey, KnownEntry]:
        keys = [key for one in identified for key in one.keys]
        return await self._store.read(lambda tx: tx.known(state.feed.id, keys)) if keys else {}


def _of_the_gap(changes: Sequence[Change], since: datetime) -> list[Change]:
    """What is new and not older than the gap. An archive revises nothing: what is known was seen fresher."""
    earliest = since - OVERLAP
    new = (c for c in changes if c.kind is ChangeKind.NEW)
    return [c for c in new if (date := c.identified.entry.published_at) is None or date >= earliest]


def _reaches(identified: Sequence[Identified], known: Mapping[EntryKey, KnownEntry], since: datetime) -> bool:
    """Whether a document goes back beyond the gap: it holds what was known, or what is older."""
    dates = (one.entry.published_at for one in identified)
    return any(key in known for one in identified for key in one.keys) or any(d < since for d in dates if d)
