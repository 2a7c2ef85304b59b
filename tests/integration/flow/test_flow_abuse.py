"""Feeds that are traps: each ends in an outcome a person can read, and the others are polled as if nothing were."""

from __future__ import annotations

import gzip
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor.app import Application, compose
from monitor.model.news import FetchOutcome
from monitor.model.state import FeedState
from monitor.testing.clock import SteppedClock
from monitor.testing.newsroom import Answer, Newsroom

GOOD = b"<rss version='2.0'><channel><title>T</title><item><title>Calm day</title><guid>1</guid></item></channel></rss>"
TEN_GIGABYTES = gzip.compress(bytes(10_000_000), 9) * 1000
LAUGHS = (
    "<?xml version='1.0'?><!DOCTYPE rss [<!ENTITY a0 'ha'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
    + "]><rss version='2.0'><channel><title>T</title><item><title>&a9;&a9;</title><guid>1</guid></item></channel></rss>"
).encode()
OUTLETS = ("good", "bomb", "endless", "laughs")
XML = {"Content-Type": "application/rss+xml"}


def config(room: Newsroom) -> str:
    urls = {name: room[name].url("/feed.xml") for name in OUTLETS} | {"private": "http://10.0.0.1/feed.xml"}
    feeds = "".join(f'[[feeds]]\nid = "{i}"\nurl = "{url}"\nown = true\ninterval = "10m"\n' for i, url in urls.items())
    return f"""
[service]
state = "state"
allow_private = ["127.0.0.0/8"]
[service.pacing]
deadline = "3s"
worker_deadline = "10s"
[[rules]]
id = "storm"
any = ["storm"]
{feeds}"""


@pytest.fixture
async def states(tmp_path: Path) -> dict[str, FeedState]:
    """The state of every feed after one round over all of them, and then a second over those that are due again."""
    async with Newsroom(OUTLETS) as room:
        room["good"].put("/feed.xml", Answer(200, GOOD, XML))
        room["bomb"].put("/feed.xml", Answer(200, TEN_GIGABYTES, {**XML, "Content-Encoding": "gzip"}))
        room["endless"].put("/feed.xml", Answer(200, b"<rss>" + b" " * 1000, XML, endless=True))
        room["laughs"].put("/feed.xml", Answer(200, LAUGHS, XML))
        clock = SteppedClock(datetime(2026, 11, 23, 8, tzinfo=UTC))
        loaded = compose(config(room), tmp_path / "config.toml", {})
        async with Application(loaded, {}, lambda _: None, clock, random.Random(1)) as app:  # noqa: S311 - jitter
            await app.settle()
            clock.set(clock.now() + timedelta(minutes=11))
            await app.settle()
            assert await app.store.integrity_check() == "ok"
            return {state.feed.id: state for state in await app.store.read(lambda tx: tx.feed_states())}


async def test_each_trap_has_its_own_outcome(states: dict[str, FeedState]) -> None:
    """A private address, a 10 GB gzip bomb, a feed that never ends, an entity bomb: told apart, in one line each."""
    outcomes = {name: state.last_outcome for name, state in states.items()}
    assert outcomes.pop("laughs") in (FetchOutcome.UNPARSABLE, FetchOutcome.NOT_A_FEED)
    assert outcomes.pop("endless") in (FetchOutcome.TOO_LARGE, FetchOutcome.TIMEOUT)
    assert outcomes == {
        "good": FetchOutcome.OK,
        "bomb": FetchOutcome.TOO_LARGE,
        "private": FetchOutcome.PRIVATE_ADDRESS,
    }
    assert 'allow_private = ["127.0.0.0/8", "10.0.0.1/32"]' in states["private"].last_detail
    assert all("\n" not in state.last_detail for state in states.values())


async def test_the_others_are_polled_as_if_nothing_were(states: dict[str, FeedState]) -> None:
    """The good feed beside them was polled in both rounds."""
    good = states["good"]
    assert good.last_polled_at == datetime(2026, 11, 23, 8, 11, tzinfo=UTC)
    assert (good.failures, good.format_entries) == (0, 1)
