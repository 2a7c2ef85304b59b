"""One page owed.

claimed read → robots.txt → fetch → extract in a worker → best of page and feed → match on full text
  → one transaction: article revision, matches, decision — or the next try, with its reason
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.articles.ladder import best, feed_article, wall
from monitor.flow.decide import decide
from monitor.flow.reports import Settled, WasRead
from monitor.flow.setup import Current, Setup
from monitor.model.news import Article, FetchOutcome, FetchRequest, FetchResult, Match, Page
from monitor.model.state import OwedRead
from monitor.model.telling import Stage
from monitor.ports import Clock, Fetcher, Robots, Store, Tx, Workers, WorkFailed
from monitor.text.urls import host_of

RETRIES = (
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
)
"""Waits after the first, second, … failed try: a page is tried for about three days."""
MISSING_TRIES = 2
"""404 and 410 are tried once more: a page can be slower to appear than its feed."""
MAX_KILLS = 3
"""A page that has killed this many workers is not tried again."""
FINAL = frozenset({FetchOutcome.WRONG_TYPE, FetchOutcome.PRIVATE_ADDRESS, FetchOutcome.BAD_URL, FetchOutcome.TOO_LARGE})
"""Outcomes that another try would not change."""


@dataclass(frozen=True, slots=True)
class _Verdict:
    """How one try ended: an article, or why there is none."""

    outcome: str
    detail: str
    article: Article | None = None
    final: bool = False
    kills: int = 0
    counts: bool = True
    wait: timedelta | None = None
    """At least this long before the next try."""
    throttled: bool = False


class Reader:
    """Reads pages. Holds its adapters, no state."""

    def __init__(
        self,
        store: Store,
        fetcher: Fetcher,
        robots: Robots,
        workers: Workers,
        current: Current,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._store = store
        self._fetcher = fetcher
        self._robots = robots
        self._workers = workers
        self._current = current
        self._clock = clock
        self._rng = rng

    async def pause(self, owed: OwedRead) -> timedelta:
        """How long this page's host is left alone after it: the configured pause, or a longer Crawl-delay."""
        pause = self._current.setup.settings.service.pacing.page_pause
        if not self._asks_robots(owed):
            return pause
        return max(pause, (await self._robots.check(owed.url)).crawl_delay or pause)

    async def read(self, owed: OwedRead) -> WasRead:
        """Carry one claimed page through; never raises for what a server or a page does."""
        setup = self._current.setup
        verdict = await self._try(owed, setup)
        matches: tuple[Match, ...] = ()
        if verdict.article is not None:
            matches = setup.match(owed.entry, verdict.article)
        now, jitter = self._clock.now(), self._rng.random()
        return await self._store.write(lambda tx: _record(tx, setup, owed, verdict, matches, now, jitter))

    def _asks_robots(self, owed: OwedRead) -> bool:
        feed = self._current.setup.feed(owed.feed_id)
        return feed is None or feed.robots

    async def _try(self, owed: OwedRead, setup: Setup) -> _Verdict:
        if self._asks_robots(owed):
            robots = await self._robots.check(owed.url)
            if not robots.allowed:
                return _Verdict(FetchOutcome.ROBOTS, robots.detail, final=not robots.unreachable)
        pacing = setup.settings.service.pacing
        request = FetchRequest(owed.url, "page", pacing.page_bytes, pacing.deadline, feed=setup.feed(owed.feed_id))
        result = await self._fetcher.fetch(request)
        if result.outcome is not FetchOutcome.OK:
            return _refused(result, owed)
        page = Page(result.final_url, result.body, result.header("content-type") or "")
        extracted, kills = await self._extract(page, owed.kills)
        if isinstance(extracted, WorkFailed):
            return _failed(extracted, kills)
        return _judge(owed, extracted)

    async def _extract(self, page: Page, kills: int) -> tuple[Article | WorkFailed, int]:
        """A page that kills its worker is read once more in the fast way before it is put off."""
        extracted = await self._workers.extract(page, fast=kills > 0)
        if not isinstance(extracted, WorkFailed) or not extracted.killed_its_worker:
            return extracted, kills
        if kills > 0:
            return extracted, kills + 1
        again = await self._workers.extract(page, fast=True)
        killed_again = isinstance(again, WorkFailed) and again.killed_its_worker
        return again, kills + 1 + killed_again


def _refused(result: FetchResult, owed: OwedRead) -> _Verdict:
    missing = result.outcome in (FetchOutcome.NOT_FOUND, FetchOutcome.GONE) and owed.attempts + 1 >= MISSING_TRIES
    return _Verdict(
        result.outcome,
        result.detail,
        final=missing or result.outcome in FINAL,
        wait=result.retry_after,
        throttled=result.outcome is FetchOutcome.THROTTLED,
    )


def _failed(failure: WorkFailed, kills: int) -> _Verdict:
    if failure.kind == "shutdown":
        return _Verdict(failure.kind, failure.detail, counts=False)
    if kills >= MAX_KILLS:
        detail = f"quarantined: this page killed {kills} workers, last by {failure.kind}"
        return _Verdict(FetchOutcome.UNREADABLE, detail, final=True, kills=kills)
    return _Verdict(FetchOutcome.UNREADABLE, failure.detail, kills=kills)


def _judge(owed: OwedRead, extracted: Article) -> _Verdict:
    """An interstitial is no article: it is tried again and never overwrites better text."""
    reason = wall(extracted, owed.entry.title)
    if reason:
        return _Verdict(FetchOutcome.UNREADABLE, reason)
    chosen = best(feed_article(owed.entry), extracted)
    if chosen.text_source.is_full:
        return _Verdict("read", "", chosen)
    return _Verdict(FetchOutcome.UNREADABLE, "the page holds less text than the feed")


def _record(
    tx: Tx, setup: Setup, owed: OwedRead, verdict: _Verdict, matches: tuple[Match, ...], now: datetime, jitter: float
) -> WasRead:
    if verdict.article is not None:
        return _record_article(tx, setup, owed, verdict.article, matches, now)
    if verdict.throttled and verdict.wait is not None:
        tx.hold_host(host_of(owed.url), now + verdict.wait, verdict.detail)
    if not _put_off(tx, owed, verdict, now, jitter):
        return WasRead(owed.entry_id, owed.url, verdict.outcome, "another read of this page came between")
    settled = _give_way(tx, setup, owed, verdict, now)
    return WasRead(owed.entry_id, owed.url, verdict.outcome, verdict.detail, None, settled)


def _record_article(
    tx: Tx, setup: Setup, owed: OwedRead, article: Article, matches: tuple[Match, ...], now: datetime
) -> WasRead:
    if not tx.finish_read(owed.entry_id, owed.fence):
        return WasRead(owed.entry_id, owed.url, "read", "another read of this page came between")
    revision = tx.add_article(owed.entry_id, article, now)
    matched_before = bool(tx.matches(owed.entry_id))
    tx.put_matches(owed.entry_id, revision, Stage.FULL, matches, now)
    settled = None
    if matches or matched_before:
        stage = Stage.LATE if owed.attempts else Stage.FULL
        settled = decide(tx, setup, owed.entry_id, stage, now)
    return WasRead(owed.entry_id, owed.url, "read", "", article.text_source, settled)


def _put_off(tx: Tx, owed: OwedRead, verdict: _Verdict, now: datetime, jitter: float) -> bool:
    if verdict.final or (verdict.counts and owed.attempts >= len(RETRIES)):
        return tx.give_up_read(owed.entry_id, owed.fence, verdict.outcome, verdict.detail)
    wait = RETRIES[min(owed.attempts, len(RETRIES) - 1)] * (1 + 0.1 * jitter) if verdict.counts else timedelta(0)
    next_at = now + max(wait, verdict.wait or timedelta(0))
    return tx.retry_read(
        owed.entry_id, owed.fence, next_at, verdict.outcome, verdict.detail, verdict.kills or owed.kills, verdict.counts
    )


def _give_way(tx: Tx, setup: Setup, owed: OwedRead, verdict: _Verdict, now: datetime) -> Settled | None:
    """A page that cannot be had now is not waited for: what the feed said goes out, marked as such."""
    if not verdict.counts or tx.held(owed.entry_id) is None:
        return None
    return decide(tx, setup, owed.entry_id, Stage.FEED, now)
