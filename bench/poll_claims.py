"""How long it takes to claim 100 due feeds out of 100,000, commit and fsync included; and what a bare fsync costs."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import statistics
import tempfile
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.model.news import FetchOutcome
from monitor.model.settings import Feed
from monitor.model.state import FeedState, PollResult
from monitor.store.sqlite import SqlStore, open_store
from monitor.text.urls import host_of

NOW = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
LEASE = timedelta(minutes=5)
AT_ONCE = 100
DUE = 0.3
"""Share of the feeds that is due: what a sleep of twenty minutes leaves of an hourly pace."""
_SPREAD = "UPDATE feeds SET next_at = next_at + (rowid * 7919 % :feeds) * :hour / :feeds - :due"
_FSYNC_BYTES = 16_384
"""What one claim writes to the log, roughly."""


def bare_fsync_ms(folder: Path, times: int = 50) -> float:
    """Median milliseconds of a write of 16 KB at the end of a file and its fsync."""
    took = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(times):
            began = time.perf_counter()
            file.write(b"x" * _FSYNC_BYTES)
            file.flush()
            os.fsync(file.fileno())
            took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000


async def claim_times(path: Path, feeds: int, a_host: int, times: int) -> list[float]:
    """Milliseconds of each claim; every host has `a_host` feeds. What was claimed is polled before the next claim."""
    await _fill(path, feeds, a_host)
    store, took = await open_store(path), []
    try:
        for _ in range(times):
            began = time.perf_counter()
            claimed = await store.write(lambda tx: tx.claim_feeds(NOW, AT_ONCE, NOW + LEASE))
            took.append((time.perf_counter() - began) * 1000)
            assert len({host_of(state.url) for state in claimed}) == AT_ONCE
            await _finish(store, claimed)
    finally:
        await store.aclose()
    return took


async def _fill(path: Path, feeds: int, a_host: int) -> None:
    store = await open_store(path)
    configured = [Feed(f"f{n}", f"https://h{n // a_host}.example/{n}.xml", f"Feed {n}") for n in range(feeds)]
    await store.write(lambda tx: tx.sync_feeds(configured, NOW))
    await store.aclose()
    hour, due = (int(length / timedelta(microseconds=1)) for length in (HOUR, HOUR * DUE))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(_SPREAD, {"feeds": feeds, "hour": hour, "due": due})


async def _finish(store: SqlStore, claimed: list[FeedState]) -> None:
    for state in claimed:
        result = PollResult(
            feed_id=state.feed.id,
            fence=state.fence,
            at=NOW,
            outcome=FetchOutcome.NOT_MODIFIED,
            detail="",
            url=state.url,
            validators=None,
            body_hash=None,
            next_at=NOW + HOUR,
            failures=0,
            failing_since=None,
            gone=False,
            seeded=True,
        )
        assert await store.write(lambda tx, result=result: tx.finish_poll(result))  # type: ignore[misc]  # a bound default


def p95(took: list[float]) -> float:
    return statistics.quantiles(took, n=20)[-1]


def measure(folder: Path, feeds: int, times: int) -> dict[str, float]:
    """`claim_ms_100k` is the median over hosts with one feed each; further keys for the tail and for shared hosts."""
    alone = asyncio.run(claim_times(folder / "alone.db", feeds, 1, times))
    shared = asyncio.run(claim_times(folder / "shared.db", feeds, 50, times))
    return {
        "claim_ms_100k": statistics.median(alone),
        "claim_p95_ms_100k": p95(alone),
        "claim_shared_ms_100k": statistics.median(shared),
        "claim_shared_p95_ms_100k": p95(shared),
        "fsync_ms": bare_fsync_ms(folder),
    }
