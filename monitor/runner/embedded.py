"""One asyncio process: lanes of due work on one store, and the clock that rings for them.

    polls → reads → holds → outbox; digests beside them

What is due lives in the store. APScheduler only rings; a lane that is rung claims, works, and rings the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from monitor.flow.decide import decide
from monitor.flow.deliver import Deliverer
from monitor.flow.digests import cut_due, late_cuts
from monitor.flow.poll import Poller
from monitor.flow.read import Reader
from monitor.flow.reports import Listener, Settled
from monitor.flow.setup import Current
from monitor.model.state import FeedState, OwedRead
from monitor.model.telling import Stage
from monitor.ports import Clock, Store, Tx
from monitor.runner.hosts import Hosts
from monitor.runner.lane import Lane
from monitor.text.urls import host_of

LEASE = timedelta(minutes=5)
"""Longer than any poll or read can take: its parts have deadlines of their own."""
CATCH_UP_SECONDS = 600.0
"""How long after a start or a sleep a missed digest waits for the news it would otherwise lack."""
RING_SECONDS = (0.25, 1.0)
"""Shortest and longest time between two rings while hosts rest: one that rests briefly may come after a long one."""
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Services:
    """What the runner calls."""

    store: Store
    poller: Poller
    reader: Reader
    deliverer: Deliverer
    current: Current
    clock: Clock


class Embedded:
    """The lanes of one process."""

    def __init__(self, services: Services, listener: Listener) -> None:
        pacing = services.current.setup.settings.service.pacing
        self._services = services
        self._store = services.store
        self._clock = services.clock
        self._listen = listener
        self._poll_hosts = Hosts(services.clock.monotonic)
        self._page_hosts = Hosts(services.clock.monotonic)
        self._woke_at = services.clock.monotonic()
        self.polls: Lane[FeedState] = Lane("polls", pacing.polls, self._claim_polls, self._poll)
        self.reads: Lane[OwedRead] = Lane("reads", pacing.pages, self._claim_reads, self._read, self._after_read)
        self.holds: Lane[int] = Lane("holds", 1, self._claim_holds, self._settle_hold, self._ring_outbox)
        self.outbox: Lane[str] = Lane("outbox", 8, self._claim_channels, self._deliver)
        self.digests: Lane[int] = Lane("digests", 1, self._claim_cut, self._no_work)
        self._delivering: set[str] = set()
        self._waiting_for_hosts: set[str] = set()
        """Names of lanes that will be rung when a host is free."""

    @property
    def lanes(self) -> tuple[Lane[FeedState], Lane[OwedRead], Lane[int], Lane[str], Lane[int]]:
        return (self.polls, self.reads, self.holds, self.outbox, self.digests)

    @property
    def faults(self) -> int:
        """Jobs that ended in an error nobody foresaw, since the start."""
        return sum(lane.faults for lane in self.lanes)

    def ring(self) -> None:
        """Let every lane look for due work."""
        for lane in self.lanes:
            lane.bell.set()

    def woke(self) -> None:
        """The process slept, or the clock was set: missed digests wait for the news again."""
        self._woke_at = self._clock.monotonic()
        self.ring()

    async def settle(self) -> None:
        """Work until nothing is due at the clock's present time: polls and pages, then digests, then the outbox."""
        while True:
            # What ends while the lanes are asked may owe more to a lane asked already: only a round that began and
            # ended with nothing in flight was the last.
            busy = self._in_flight()
            started = [await lane.pump() for lane in (self.polls, self.reads, self.holds, self.outbox)]
            tasks = self._in_flight()
            if tasks:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            elif busy or any(started):
                continue
            elif not await self._wait_for_hosts() and not await self.digests.pump():
                return

    def _in_flight(self) -> list[asyncio.Task[None]]:
        return [task for lane in self.lanes for task in lane.in_flight]

    async def drain(self, seconds: float) -> int:
        """End what is in flight; how many jobs were cut off."""
        return sum(await asyncio.gather(*(lane.drain(seconds) for lane in self.lanes)))

    async def _wait_for_hosts(self) -> bool:
        """Whether feeds or pages are due whose hosts only rest: then sleep until the first is free."""
        now, waits = self._clock.now(), list[float]()
        pages, feeds = self._page_hosts.next_free(), self._poll_hosts.next_free()
        if pages is not None and await self._store.read(lambda tx: bool(tx.reads_due(now))):
            waits.append(pages)
        if feeds is not None and await self._store.read(lambda tx: bool(tx.feeds_due(now))):
            waits.append(feeds)
        if waits:
            await asyncio.sleep(min(waits))
        return bool(waits)

    async def _claim_polls(self, free: int) -> Sequence[FeedState]:
        now, busy = self._clock.now(), self._poll_hosts.busy()
        states = await self._store.write(lambda tx: tx.claim_feeds(now, free, now + LEASE, busy))
        for state in states:
            self._poll_hosts.take(host_of(state.url))
        return states

    async def _poll(self, state: FeedState) -> None:
        pause = self._services.current.setup.settings.service.pacing.feed_pause
        try:
            report = await self._services.poller.poll(state)
            self._listen(report)
            if report.new or report.revised or report.told:
                self._after_news()
        finally:
            self._poll_hosts.give_back(host_of(state.url), 0.0 if state.feed.own else pause.total_seconds())
            self._ring_when_free(self.polls.name, self.polls.bell, self._poll_hosts)

    async def _claim_reads(self, free: int) -> Sequence[OwedRead]:
        now, busy = self._clock.now(), self._page_hosts.busy()
        owed = await self._store.write(lambda tx: tx.claim_reads(now, free, now + LEASE, busy))
        for one in owed:
            self._page_hosts.take(host_of(one.url))
        return owed

    async def _read(self, owed: OwedRead) -> None:
        rest = self._services.current.setup.settings.service.pacing.page_pause
        try:
            self._listen(await self._services.reader.read(owed))
            rest = await self._services.reader.pause(owed)
        finally:
            self._page_hosts.give_back(host_of(owed.url), rest.total_seconds())
            self._ring_when_free(self.reads.name, self.reads.bell, self._page_hosts)

    def _ring_when_free(self, name: str, bell: asyncio.Event, hosts: Hosts) -> None:
        """Ring when the first resting host is free, and again for those after it; one timer a lane, so that a thousand
        hosts that come free in one second ring a few times, not a thousand."""
        wait = None if name in self._waiting_for_hosts else hosts.next_free()
        if wait is None:
            return

        def ring() -> None:
            self._waiting_for_hosts.discard(name)
            bell.set()
            self._ring_when_free(name, bell, hosts)

        self._waiting_for_hosts.add(name)
        shortest, longest = RING_SECONDS
        asyncio.get_running_loop().call_later(min(max(wait, shortest), longest), ring)

    async def _claim_holds(self, free: int) -> Sequence[int]:
        pacing, now = self._services.current.setup.settings.service.pacing, self._clock.now()
        longer = pacing.page_wait_max - pacing.page_wait
        return await self._store.read(lambda tx: [e for e in tx.due_holds(now, 50) if _is_over(tx, e, now, longer)])

    async def _settle_hold(self, entry_id: int) -> None:
        now, setup = self._clock.now(), self._services.current.setup

        def work(tx: Tx) -> Settled | None:
            return decide(tx, setup, entry_id, Stage.FEED, now) if tx.held(entry_id) is not None else None

        settled = await self._store.write(work)
        if settled is not None:
            self._listen(settled)

    async def _claim_channels(self, free: int) -> Sequence[str]:
        now = self._clock.now()
        due = await self._store.read(lambda tx: tx.due_channels(now))
        channels = [c for c in due if c not in self._delivering][:free]
        self._delivering.update(channels)
        return channels

    async def _deliver(self, channel: str) -> None:
        try:
            await self._services.deliverer.deliver(channel, self._listen)
        finally:
            self._delivering.discard(channel)

    async def _claim_cut(self, free: int) -> Sequence[int]:
        """Cuts what is due; a missed digest first waits for polls and pages to catch up."""
        now, setup = self._clock.now(), self._services.current.setup
        if self._catching_up() and await self._store.read(lambda tx: late_cuts(tx, setup, now)):
            return ()
        cuts = await self._store.write(lambda tx: cut_due(tx, setup, now))
        for cut in cuts:
            self._listen(cut)
        if cuts:
            self.outbox.bell.set()
        return [cut.window_id for cut in cuts]

    def _catching_up(self) -> bool:
        if self._clock.monotonic() - self._woke_at > CATCH_UP_SECONDS:
            return False
        return not (self.polls.idle and self.reads.idle)

    async def _no_work(self, window_id: int) -> None:
        """A window is cut where it is claimed; its delivery is the outbox's work."""

    def _after_news(self) -> None:
        """What a poll owes beside news, such as an alarm, is found when the clock rings."""
        self.reads.bell.set()
        self.holds.bell.set()
        self.outbox.bell.set()

    def _after_read(self) -> None:
        self.polls.bell.set()
        self.outbox.bell.set()

    def _ring_outbox(self) -> None:
        self.outbox.bell.set()


def _is_over(tx: Tx, entry_id: int, now: datetime, longer: timedelta) -> bool:
    """A due hold goes on a little where the fetch of its page has begun."""
    due = tx.held(entry_id)
    return due is not None and (now >= due + longer or not tx.read_is_leased(entry_id))
