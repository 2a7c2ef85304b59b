"""A monitor that is a guest on a newsroom's servers, under a clock by hand."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from monitor.app import Application, compose
from monitor.commands import Desk, feeds, refresh, status
from monitor.fetch.client import HttpFetcher
from monitor.flow.reports import Report
from monitor.model.news import FetchRequest, FetchResult, ParsedFeed, Validators
from monitor.model.state import EntryRecord, FeedState, Gap
from monitor.ports import WorkFailed
from monitor.testing.clock import SteppedClock
from monitor.testing.newsroom import Answer, Asked, Newsroom, Outlet
from monitor.workers.pool import WorkerPool

START = datetime(2026, 11, 23, 6, 10, tzinfo=UTC)
"""A Monday."""
RSS = {"Content-Type": "application/rss+xml"}
HEAD = """
[service]
state = "state"
contact = "https://example.org/about"
allow_private = ["127.0.0.0/8"]
[service.pacing]
page_pause = "0s"
feed_pause = "{pause}"
deadline = "5s"
workers = 1
[[recipients]]
id = "desk"
endpoints = ["file:out"]
timezone = "UTC"
digest = {{ at = "07:00" }}
[[rules]]
id = "comet"
any = ["comet"]
"""


class SharedPool(WorkerPool):
    """Real workers, kept from test to test: starting one takes a second. It counts what it is asked."""

    parsed = 0

    async def parse(
        self, body: bytes, url: str, headers: Mapping[str, str], seen: frozenset[bytes] = frozenset()
    ) -> ParsedFeed | WorkFailed:
        self.parsed += 1
        return await super().parse(body, url, headers, seen)

    async def aclose(self, drain: timedelta = timedelta(0)) -> None:
        """It outlives the application."""

    def end(self) -> None:
        self._pool.stop()  # type: ignore[no-untyped-call]  # Pebble types its pool in part
        self._pool.join()


@dataclass
class Guest:
    """A monitor that is a guest on the newsroom's servers."""

    folder: Path
    room: Newsroom
    pool: SharedPool
    clock: SteppedClock = field(default_factory=lambda: SteppedClock(START))
    pause: str = "0s"
    tables: list[str] = field(default_factory=list)
    listen: Callable[[Report], None] = lambda report: None
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    app: Application = None  # type: ignore[assignment]  # opened by `start`

    @property
    def outlet(self) -> Outlet:
        return self.room["outlet"]

    def watch(self, url: str, feed_id: str = "feed", **keys: str) -> str:
        """Add a feed to the configuration; `keys` are TOML values."""
        lines = "".join(f"{name} = {value}\n" for name, value in keys.items())
        self.tables.append(f'[[feeds]]\nid = "{feed_id}"\nname = "The {feed_id}"\nurl = "{url}"\n{lines}')
        return url

    async def start(self) -> None:
        """Open the monitor and poll once."""
        text = HEAD.format(pause=self.pause) + "".join(self.tables)
        loaded = compose(text, self.folder / "config.toml", {})
        app = Application(loaded, {}, self.listen, self.clock, random.Random(7))  # noqa: S311 - jitter
        self.app = await self.stack.enter_async_context(app)
        await self.app.settle()

    async def restart(self) -> None:
        await self.stack.aclose()
        await self.start()

    async def after(self, **time: float) -> None:
        """Let so much time pass, then work until nothing is due."""
        self.clock.set(self.clock.now() + timedelta(**time))
        await self.app.settle()

    async def when_due(self, feed_id: str = "feed") -> None:
        """Go to the moment at which a feed is due, and poll."""
        self.clock.set(max(self.clock.now(), (await self.state(feed_id)).next_at))
        await self.app.settle()

    async def state(self, feed_id: str = "feed") -> FeedState:
        found = await self.app.store.read(lambda tx: tx.feed_state(feed_id))
        assert found is not None
        return found

    async def wait(self, feed_id: str = "feed") -> timedelta:
        """From the last poll to the next."""
        state = await self.state(feed_id)
        assert state.last_polled_at is not None
        return state.next_at - state.last_polled_at

    async def entries(self) -> list[EntryRecord]:
        def all_of(tx: Any) -> list[EntryRecord]:
            found = [tx.entry(number) for number in range(1, 200)]
            return [record for record in found if record is not None]

        return await self.app.store.read(all_of)

    async def titles(self) -> list[str]:
        return [record.entry.title for record in await self.entries()]

    async def gaps(self) -> list[Gap]:
        return await self.app.store.read(lambda tx: tx.gaps(START - timedelta(days=1), START + timedelta(days=400)))

    @property
    def desk(self) -> Desk:
        return Desk(self.app.store, self.app.current.setup, self.clock, self.app.senders)

    async def refresh(self) -> None:
        """As `monitor feeds refresh` does."""
        await refresh(self.desk, {})
        await self.app.settle()

    async def status(self) -> Any:
        return await status(self.desk, {})

    def told(self) -> list[str]:
        """Each alarm that was written, oldest first."""
        return [mail for mail in self._mails() if "<alarms." in mail]

    def digests(self) -> list[str]:
        return [mail for mail in self._mails() if "<alarms." not in mail]

    def _mails(self) -> list[str]:
        files = sorted((self.folder / "state" / "out").glob("*.eml"), key=lambda p: p.stat().st_mtime_ns)
        return [str(message_from_bytes(path.read_bytes(), policy=default)) for path in files]

    async def feeds(self) -> Any:
        """As `monitor feeds` shows them."""
        return await feeds(self.desk, {})


def rss(*titles: str, channel: str = "", dates: Mapping[str, datetime] | None = None) -> bytes:
    """A feed with these entries, newest first, without links: no page is owed."""
    items = "".join(
        f"<item><title>{title}</title><guid isPermaLink='false'>id-{title}</guid>{_date(dates, title)}</item>"
        for title in titles
    )
    return f"<rss version='2.0'><channel><title>T</title>{channel}{items}</channel></rss>".encode()


def _date(dates: Mapping[str, datetime] | None, title: str) -> str:
    return f"<pubDate>{dates[title]:%a, %d %b %Y %H:%M:%S} GMT</pubDate>" if dates and title in dates else ""


def feed(*titles: str, **headers: str) -> Answer:
    """A 200 with these headers (underscores for hyphens)."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(200, rss(*titles), {**RSS, **given})


class Fetch:
    """One fetch at a time by a real fetcher."""

    def __init__(self, fetcher: HttpFetcher) -> None:
        self._fetcher = fetcher

    async def __call__(self, url: str, validators: Validators | None = None) -> FetchResult:
        return await self._fetcher.fetch(FetchRequest(url, "feed", 1_000_000, timedelta(seconds=3), validators))


def lines(asked: list[Asked], *names: str) -> list[tuple[str | None, ...]]:
    """The values of these headers in each request."""
    return [tuple(one.header(name) for name in names) for one in asked]
