"""A whole monitor on loopback: one outlet, real store, real workers, deliveries as files, and a clock by hand."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import pytest

from monitor.app import Application, compose
from monitor.flow.reports import Report
from monitor.testing.clock import SteppedClock
from monitor.testing.hooks import WebhookReceiver
from monitor.testing.newsroom import Answer, Newsroom

START = datetime(2026, 11, 23, 6, tzinfo=UTC)
FILLER = (
    "Officials on both sides declined to comment on the record, and people familiar with the matter asked not to be "
    "named because they were not allowed to speak to reporters. The meeting lasted for several hours."
)
RULES = """
[[rules]]
id = "truce"
name = "Truce"
any = ["truce"]
none = ["cricket"]

[[rules]]
id = "attack"
name = "Attack"
any = ["explosion"]
priority = "critical"
"""


@dataclass(frozen=True)
class Piece:
    """One item of the outlet's feed."""

    slug: str
    title: str
    summary: str = ""


@dataclass
class World:
    """The outlet, the receiver, and the monitor that watches and tells."""

    folder: Path
    room: Newsroom
    hooks: WebhookReceiver
    clock: SteppedClock
    rules: str = RULES
    pieces: list[Piece] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    app: Application = None  # type: ignore[assignment]  # opened by `start`

    def config(self) -> str:
        outlet = self.room["outlet"]
        return f"""
[service]
state = "state"
allow_private = ["127.0.0.0/8"]
[service.pacing]
page_pause = "0s"
deadline = "5s"
workers = 1

[channels.hook]
kind = "webhook"
secrets = ["env:HOOK_KEY"]

[[recipients]]
id = "desk"
endpoints = ["file:out", "hook:{self.hooks.url()}"]
timezone = "UTC"
digest = {{ at = "07:00" }}

[[feeds]]
id = "outlet"
name = "The Outlet"
url = "{outlet.url("/feed.xml")}"
language = "en"
own = true
interval = "10m"
{self.rules}"""

    async def start(self) -> None:
        loaded = compose(self.config(), self.folder / "config.toml", {})
        environ = {"HOOK_KEY": self.hooks.keys[0]}
        app = Application(loaded, environ, self.reports.append, self.clock, random.Random(7))  # noqa: S311 - jitter
        self.app = await self.stack.enter_async_context(app)

    async def restart(self) -> None:
        await self.stack.aclose()
        await self.start()

    def publish(self, *pieces: Piece) -> None:
        """Newest first, as feeds are."""
        self.pieces = [*pieces, *self.pieces]
        self._serve_feed()

    def edit(self, slug: str, title: str) -> None:
        self.pieces = [Piece(p.slug, title, p.summary) if p.slug == slug else p for p in self.pieces]
        self._serve_feed()

    def page(self, slug: str, text: str, status: int = 200) -> None:
        html = f"<html lang=en><head><title>{slug}</title></head><body><article>"
        html += "".join(f"<p>{escape(p)}</p>" for p in (*text.split("\n"), FILLER)) + "</article></body></html>"
        headers = {"Content-Type": "text/html; charset=utf-8"}
        self.room["outlet"].put(f"/{slug}", Answer(status, html.encode(), headers))

    def _serve_feed(self) -> None:
        outlet = self.room["outlet"]
        items = "".join(
            f"<item><title>{escape(p.title)}</title><link>{outlet.url('/' + p.slug)}</link><guid>{p.slug}</guid>"
            f"<description>{escape(p.summary)}</description></item>"
            for p in self.pieces
        )
        body = f"<rss version='2.0'><channel><title>The Outlet</title>{items}</channel></rss>"
        outlet.put("/feed.xml", Answer(200, body.encode(), {"Content-Type": "application/rss+xml"}, conditional=True))

    async def after(self, **time: float) -> None:
        """Let so much time pass on the clock, then work until nothing is due."""
        self.clock.set(self.clock.now() + timedelta(**time))
        await self.app.settle()

    async def seed(self) -> None:
        """Day zero with an old piece, so that what follows is news."""
        self.page("old", "Nothing of note.")
        self.publish(Piece("old", "Weather stays mild"))
        await self.start()
        await self.app.settle()

    @property
    def told(self) -> list[tuple[str, dict[str, Any]]]:
        """(type, data) of every webhook that arrived, in order."""
        return [(h.payload["type"], h.payload["data"]) for h in self.hooks.hooks]

    @property
    def types(self) -> list[str]:
        return [kind for kind, _ in self.told]

    def files(self, suffix: str) -> list[Path]:
        return sorted((self.folder / "state" / "out").glob(f"*{suffix}"))

    def digests(self) -> list[dict[str, Any]]:
        found = [json.loads(p.read_text(encoding="utf-8")) for p in self.files(".json")]
        return [one["data"] for one in found if one["type"] == "digest.created"]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Not started: a test seeds it, or publishes first."""
    async with Newsroom() as room, WebhookReceiver(now=None) as hooks:
        made = World(tmp_path, room, hooks, SteppedClock(START))
        made.room["outlet"].put("/robots.txt", Answer(404))
        try:
            yield made
        finally:
            await made.stack.aclose()
