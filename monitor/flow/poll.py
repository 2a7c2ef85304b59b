"""One poll of one feed.

claimed feed → conditional fetch → (unchanged: nothing but the validators)
  → parse what is new of it in a worker → identify → decide new | known | revised against the store
  → match new and revised entries on feed text
  → one transaction: entries, keys, articles, matches, pages owed, holds, decisions, validators, next poll
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from monitor.articles.ladder import feed_article
from monitor.feeds.gaps import lost_touch
from monitor.feeds.identity import Change, ChangeKind, entangled, identify_all, listed_item
from monitor.feeds.identity import decide as decide_changes
from monitor.flow.archive import Archivist, Filled
from monitor.flow.decide import decide
from monitor.flow.reports import Polled, Settled
from monitor.flow.setup import Current, Setup
from monitor.flow.standing import Facts, settle
from monitor.model.news import (
    Article,
    EntryKey,
    FetchOutcome,
    FetchRequest,
    FetchResult,
    Identified,
    KeyKind,
    Match,
    ParsedFeed,
)
from monitor.model.settings import Pacing
from monitor.model.state import FeedState, KnownEntry, ListedItem
from monitor.model.telling import Stage
from monitor.ports import Clock, Fetcher, Store, Tx, Workers, WorkFailed
from monitor.routing.route import is_critical

MANY = 5
"""Fewer entries under new guids are no change of the publisher's ways."""


@dataclass(frozen=True, slots=True)
class _Fresh:
    """A new or revised entry with the verdict on its feed text."""

    identified: Identified
    article: Article
    matches: tuple[Match, ...]
    entry_id: int | None = None
    """Of a revision."""


@dataclass(frozen=True, slots=True)
class _Got:
    """What one fetch and parse brought."""

    outcome: FetchOutcome
    detail: str
    parsed: ParsedFeed | None = None
    body_hash: str | None = None
    unread: tuple[ListedItem, ...] = ()
    """Items left out because they had been read before."""


@dataclass(frozen=True, slots=True)
class _Added:
    """What became of an entry that was new when the poll looked."""

    identified: Identified
    entry_id: int
    is_new: bool
    settled: Settled | None = None
    """None for one that waits for its page or matched nothing."""


class Poller:
    """Polls feeds. Holds its adapters, no state."""

    def __init__(
        self, store: Store, fetcher: Fetcher, workers: Workers, current: Current, clock: Clock, rng: random.Random
    ) -> None:
        self._store = store
        self._fetcher = fetcher
        self._workers = workers
        self._current = current
        self._clock = clock
        self._rng = rng
        self._archivist = Archivist(store, fetcher, workers)

    async def poll(self, state: FeedState) -> Polled:
        """Carry one claimed feed through; never raises for what a server or a feed does."""
        setup = self._current.setup
        pacing = setup.settings.service.pacing
        result = await self._fetch(state, pacing)
        got = await self._parse(state, result)
        identified, known = await self._identify(state, got)
        if got.unread and entangled(identified, known, got.unread):
            got = await self._parse(state, result, whole=True)
            identified, known = await self._identify(state, got)
        changes = decide_changes(identified, known)
        gap = _has_gap(state, got, identified, known)
        filled = await self._fill(state, result, pacing) if gap else Filled()
        fresh = await self._match(setup, (*changes, *filled.changes))
        now, jitter = self._clock.now(), self._rng.random()
        work = _Work(state, result, got, changes, filled, gap, fresh, now, jitter)
        try:
            return await self._store.write(lambda tx: _record(tx, setup, work))
        except _Superseded:
            detail = "another poll of this feed came between; nothing recorded"
            return Polled(state.feed.id, got.outcome, detail)

    async def _fetch(self, state: FeedState, pacing: Pacing) -> FetchResult:
        held = None if _is_to_be_asked_whole(state, self._clock.now()) else state.validators
        request = FetchRequest(state.url, "feed", pacing.feed_bytes, pacing.deadline, held, state.feed)
        return await self._fetcher.fetch(request)

    async def _fill(self, state: FeedState, result: FetchResult, pacing: Pacing) -> Filled:
        """What the feed's own archive holds of the stretch since the last poll."""
        since = state.last_success_at
        return Filled() if since is None else await self._archivist.fill(state, result, pacing, since)

    async def _identify(
        self, state: FeedState, got: _Got
    ) -> tuple[tuple[Identified, ...], Mapping[EntryKey, KnownEntry]]:
        """The entries with their names, and what is known of any of these."""
        identified = identify_all(got.parsed.entries, got.unread) if got.parsed else ()
        keys = [key for one in identified for key in one.keys]
        return identified, await self._store.read(lambda tx: tx.known(state.feed.id, keys)) if keys else {}

    async def _parse(self, state: FeedState, result: FetchResult, whole: bool = False) -> _Got:
        if result.outcome is not FetchOutcome.OK:
            return _Got(result.outcome, result.detail, body_hash=state.body_hash)
        body_hash = hashlib.blake2b(result.body, digest_size=16).hexdigest()
        if body_hash == state.body_hash:
            return _Got(FetchOutcome.OK, "unchanged", body_hash=body_hash)
        listed = () if whole else await self._store.read(lambda tx: tx.listed(state.feed.id))
        held = {item.fingerprint: item for item in listed}
        parsed = await self._workers.parse(result.body, result.final_url, dict(result.headers), frozenset(held))
        if isinstance(parsed, WorkFailed):
            outcome = FetchOutcome.NOT_A_FEED if parsed.not_a_feed else FetchOutcome.UNPARSABLE
            return _Got(outcome, parsed.detail, body_hash=state.body_hash)
        unread = tuple(held[fingerprint] for fingerprint in parsed.seen)
        return _Got(FetchOutcome.OK, _read_detail(parsed), parsed, body_hash, unread)

    async def _match(self, setup: Setup, changes: Sequence[Change]) -> tuple[_Fresh, ...]:
        fresh = []
        for change in changes:
            if change.kind is ChangeKind.NEW:
                article = feed_article(change.identified.entry)
                fresh.append(_Fresh(change.identified, article, setup.match(change.identified.entry, article)))
            elif change.kind is ChangeKind.REVISED and change.entry_id is not None:
                fresh.append(await self._match_revision(setup, change.identified, change.entry_id))
        return tuple(fresh)

    async def _match_revision(self, setup: Setup, identified: Identified, entry_id: int) -> _Fresh:
        """An edited headline is matched with the best text held; the page is not asked for again."""
        held = await self._store.read(lambda tx: tx.article(entry_id))
        article = feed_article(identified.entry)
        if held is not None and held.article.text_source.is_full and not article.text_source.is_full:
            article = held.article
        return _Fresh(identified, article, setup.match(identified.entry, article), entry_id)


@dataclass(frozen=True, slots=True)
class _Work:
    """All that the transaction of one poll records."""

    state: FeedState
    result: FetchResult
    got: _Got
    changes: Sequence[Change]
    """Of the document itself."""
    filled: Filled
    """What an archive gave beside it."""
    gap: bool
    fresh: Sequence[_Fresh]
    now: datetime
    jitter: float

    @property
    def seeding(self) -> bool:
        """The first poll that gives entries: what it holds is read and shown, and alerts nobody."""
        return not self.state.seeded and self.got.parsed is not None


def _is_to_be_asked_whole(state: FeedState, now: datetime) -> bool:
    """A feed whose server may be stuck at 304 gives its whole document once in the time that the user set (rule 10)."""
    every = state.feed.drop_validators
    return every is not None and state.body_at is not None and now - state.body_at >= every


def _has_gap(
    state: FeedState, got: _Got, identified: Sequence[Identified], known: Mapping[EntryKey, KnownEntry]
) -> bool:
    """Two successive polls that share no entry: what stood between them was never seen. A document that was empty
    before had nothing to lose."""
    if not state.seeded or not state.format_entries or got.unread:
        return False
    return lost_touch(identified, known)


def _is_renamed(changes: Sequence[Change]) -> bool:
    """Whether most of a poll was known by anything but its guid: the publisher has changed its guids."""
    renamed = sum(
        c.entry_id is not None and c.by is not KeyKind.GUID and bool(c.identified.entry.guid) for c in changes
    )
    return renamed >= MANY and 2 * renamed > len(changes)


def _read_detail(parsed: ParsedFeed) -> str:
    entries = f"{parsed.count} entries"
    return f"{entries}, not well-formed but readable" if parsed.salvaged else entries


class _Superseded(Exception):
    """Another poll of the feed came between: the transaction is rolled back."""


def _record(tx: Tx, setup: Setup, work: _Work) -> Polled:
    feed, got = work.state.feed, work.got
    for change in work.changes:
        if change.entry_id is not None and change.aliases:
            tx.add_keys(feed.id, change.entry_id, change.aliases)
    looked_at = _record_new(tx, setup, work)
    added = [one for one in looked_at if one.is_new]
    revised = [_record_revision(tx, setup, f, f.entry_id, work.now) for f in work.fresh if f.entry_id is not None]
    if not settle(tx, setup, _facts(work, added, len(revised))):
        raise _Superseded
    _record_listed(tx, work, looked_at)
    settled = tuple(s for s in (*(one.settled for one in added), *revised) if s is not None)
    matched = sum(bool(f.matches) for f in work.fresh)
    return Polled(feed.id, got.outcome, got.detail, len(added), len(revised), matched, settled)


def _facts(work: _Work, added: Sequence[_Added], revised: int) -> Facts:
    archived = {id(change.identified.entry) for change in work.filled.changes}
    return Facts(
        state=work.state,
        result=work.result,
        outcome=work.got.outcome,
        detail=work.got.detail,
        parsed=work.got.parsed,
        body_hash=work.got.body_hash,
        dates=tuple(e.published_at for e in (one.identified.entry for one in added) if id(e) not in archived),
        new=len(added),
        revised=revised,
        seeding=work.seeding,
        lost_touch=work.gap and bool(added),
        filled=work.filled.reached,
        renamed=_is_renamed(work.changes),
        now=work.now,
        jitter=work.jitter,
    )


def _record_new(tx: Tx, setup: Setup, work: _Work) -> list[_Added]:
    """Add the new entries; one that another poll added meanwhile is known by now."""
    new = [f for f in work.fresh if f.entry_id is None]
    read = _newest(new, work.state.feed.backfill) if work.seeding else new
    to_read = {id(fresh) for fresh in read}
    known = tx.known(work.state.feed.id, [key for fresh in new for key in fresh.identified.keys])
    holders = {key: entry.entry_id for key, entry in known.items()}
    added: list[_Added] = []
    for fresh in new:
        holder = next((holders[key] for key in fresh.identified.keys if key in holders), None)
        if holder is not None:
            tx.add_keys(work.state.feed.id, holder, fresh.identified.keys)
            added.append(_Added(fresh.identified, holder, is_new=False))
            continue
        entry_id = tx.add_entry(work.state.feed.id, _dated(fresh.identified, None, work.now), work.now, work.seeding)
        holders |= dict.fromkeys(fresh.identified.keys, entry_id)
        settled = _begin(tx, setup, fresh, entry_id, work.now) if id(fresh) in to_read else None
        added.append(_Added(fresh.identified, entry_id, is_new=True, settled=settled))
    return added


def _newest(fresh: Sequence[_Fresh], limit: int | None) -> Sequence[_Fresh]:
    """The newest `limit` by date, in the feed's order where dates are missing or equal; None is all."""
    if limit is None:
        return fresh
    oldest = datetime.min.replace(tzinfo=UTC)
    return sorted(fresh, key=lambda f: f.identified.entry.published_at or oldest, reverse=True)[:limit]


def _begin(tx: Tx, setup: Setup, fresh: _Fresh, entry_id: int, now: datetime) -> Settled | None:
    """First text, first verdict, and the page owed. What matched waits for its page, unless it is critical or there
    is no page to wait for."""
    entry = fresh.identified.entry
    revision = tx.add_article(entry_id, fresh.article, now)
    whole = fresh.article.text_source.is_full
    stage = Stage.FULL if whole else Stage.FEED
    tx.put_matches(entry_id, revision, stage, fresh.matches, now)
    owed = entry.url is not None and not whole
    if owed and entry.url is not None:
        tx.owe_read(entry_id, entry.url, now)
    if not fresh.matches:
        return None
    if owed and not is_critical(fresh.matches, setup.settings):
        tx.hold(entry_id, now + setup.settings.service.pacing.page_wait)
        return None
    return decide(tx, setup, entry_id, stage, now)


def _record_revision(tx: Tx, setup: Setup, fresh: _Fresh, entry_id: int, now: datetime) -> Settled | None:
    """An edited entry: a new revision, matched again. One whose page is awaited goes on waiting."""
    held = tx.entry(entry_id)
    tx.revise_entry(entry_id, _dated(fresh.identified, held.entry.published_at if held else None, now), now)
    revision = tx.add_article(entry_id, fresh.article, now)
    stage = Stage.FULL if fresh.article.text_source.is_full else Stage.FEED
    before = {m.match.rule for m in tx.matches(entry_id)}
    tx.put_matches(entry_id, revision, stage, fresh.matches, now)
    if tx.held(entry_id) is not None:
        return None
    if not fresh.matches and not before:
        return None
    return decide(tx, setup, entry_id, stage, now)


def _record_listed(tx: Tx, work: _Work, added: Sequence[_Added]) -> None:
    """What the document lists, so that the next poll reads only what is not among it. A repetition of an entry within
    the document is left out, and read each time."""
    parsed = work.got.parsed
    if parsed is None:
        return
    held = {id(c.identified.entry): (c.identified, c.entry_id) for c in work.changes if c.entry_id is not None}
    held |= {id(one.identified.entry): (one.identified, one.entry_id) for one in added}
    read = [
        listed_item(held[id(entry)][0], fingerprint, held[id(entry)][1])
        for entry, fingerprint in zip(parsed.entries, parsed.fingerprints, strict=False)
        if id(entry) in held
    ]
    tx.put_listed(work.state.feed.id, (*work.got.unread, *read))


def _dated(identified: Identified, held: datetime | None, now: datetime) -> Identified:
    """With a date that can be: one that is missing or lies in the future is that under which the entry is held, or was
    first seen. The names of the entry are made of what the feed gave, so that they stay the same."""
    date = identified.entry.published_at
    if date is not None and date <= now:
        return identified
    return replace(identified, entry=replace(identified.entry, published_at=held or now))
