"""The clock is set forward or back an hour under the running daemon: no poll and no digest is lost or doubled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

from monitor.app import compose
from monitor.commands import in_daemon
from monitor.daemon.main import Daemon
from monitor.testing.hooks import WebhookReceiver
from monitor.testing.newsroom import Answer, Newsroom

FEED = b"<rss version='2.0'><channel><title>T</title><item><title>Calm day</title><guid>1</guid></item></channel></rss>"
HOUR = timedelta(hours=1)


def config(feed: str, hook: str) -> str:
    return f"""
[service]
state = "state"
allow_private = ["127.0.0.0/8"]
[service.pacing]
workers = 1
[channels.hook]
kind = "webhook"
secrets = ["env:HOOK_KEY"]
[[recipients]]
id = "desk"
endpoints = ["hook:{hook}"]
timezone = "UTC"
digest = {{ at = "07:00" }}
[[feeds]]
id = "outlet"
url = "{feed}"
own = true
interval = "1s"
[[rules]]
id = "storm"
any = ["storm"]
"""


async def until(condition: Callable[[], bool], seconds: float = 12.0) -> None:
    """Wait for a condition in real time; fail when it does not come."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - other threads and servers bring it about, none sets an event
            await asyncio.sleep(0.05)


@asynccontextmanager
async def serving(folder: Path, room: Newsroom, hooks: WebhookReceiver) -> AsyncIterator[Daemon]:
    """A daemon that has polled once."""
    room["outlet"].put("/feed.xml", Answer(200, FEED, conditional=True))
    text = config(room["outlet"].url("/feed.xml"), hooks.url())
    daemon = Daemon(compose(text, folder / "config.toml", {}), {"HOOK_KEY": hooks.keys[0]}, in_daemon)
    task = asyncio.create_task(daemon.run())
    try:
        await until(lambda: len(room.asked) >= 2)
        yield daemon
    finally:
        daemon.stop()
        await asyncio.wait_for(task, 10)


async def test_set_back_an_hour(tmp_path: Path) -> None:
    """Polls go on at once, and when the hour has passed again no second digest of that date is cut."""
    begin = datetime(2026, 11, 24, 6, 59, 58, tzinfo=UTC)
    async with Newsroom() as room, WebhookReceiver(now=None) as hooks:
        with time_machine.travel(begin, tick=True) as clock:
            async with serving(tmp_path, room, hooks):
                await until(lambda: len(hooks.hooks) == 1, 25)
                asked = len(room.asked)
                clock.shift(-HOUR)
                await until(lambda: len(room.asked) >= asked + 3)
                clock.shift(HOUR)
                asked = len(room.asked)
                await until(lambda: len(room.asked) >= asked + 3)
    assert [h.payload["type"] for h in hooks.hooks] == ["digest.created"]


async def test_set_forward_past_the_digest(tmp_path: Path) -> None:
    """An hour is skipped with the digest's time in it, as after a sleep: the digest comes at once, and polls go on."""
    begin = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
    async with Newsroom() as room, WebhookReceiver(now=None) as hooks:
        with time_machine.travel(begin, tick=True) as clock:
            async with serving(tmp_path, room, hooks):
                asked = len(room.asked)
                clock.shift(HOUR)
                await until(lambda: len(hooks.hooks) == 1)
                await until(lambda: len(room.asked) >= asked + 3)
    (hook,) = hooks.hooks
    assert hook.payload["type"] == "digest.created"
