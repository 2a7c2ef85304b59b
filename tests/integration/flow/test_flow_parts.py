"""Polls that read only what is new, through the whole monitor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pytest

from monitor.model.news import ParsedFeed
from monitor.ports import WorkFailed
from monitor.workers.pool import WorkerPool

if TYPE_CHECKING:
    World = Any  # the fixture's type, in conftest.py

Read = list[tuple[list[str], int]]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Read:
    """What the workers read of each document: the titles, and how many items were left out."""
    made: Read = []
    parse = WorkerPool.parse

    async def listen(pool: WorkerPool, *args: Any, **named: Any) -> ParsedFeed | WorkFailed:
        result = await parse(pool, *args, **named)
        assert isinstance(result, ParsedFeed)
        made.append(([entry.title for entry in result.entries], len(result.seen)))
        return result

    monkeypatch.setattr(WorkerPool, "parse", listen)
    return made


def publish(world: World, *pieces: tuple[str, str]) -> None:
    """Publish items, slug and title each, under the type the fixture knows."""
    kind = type(world.pieces[0])
    world.publish(*(kind(slug, title) for slug, title in pieces))


async def gaps(world: World) -> int:
    """How many gaps the store holds."""
    now = world.clock.now()
    start = now.replace(year=now.year - 1)
    return len(await world.app.store.read(lambda tx: tx.gaps(start, now.replace(year=now.year + 1))))


async def test_only_new_and_edited_items_are_read(world: World, read: Read) -> None:
    """A new item, an edited one, then nothing but another order: each poll reads that much, and no gap is seen."""
    await world.seed()
    publish(world, ("b", "Market day"), ("a", "Bridge closed"))
    await world.after(minutes=20)
    world.edit("b", "Market day moved")
    publish(world, ("c", "Ferry late"))
    await world.after(minutes=20)
    world.pieces.reverse()
    publish(world)
    await world.after(minutes=20)
    assert read == [
        (["Weather stays mild"], 0),
        (["Market day", "Bridge closed"], 1),
        (["Ferry late", "Market day moved"], 2),
        ([], 4),
    ]
    assert await gaps(world) == 0


async def test_after_a_restart_too(world: World, read: Read) -> None:
    """What the last document listed is in the store."""
    await world.seed()
    await world.restart()
    publish(world, ("a", "Bridge closed"))
    await world.after(minutes=20)
    assert read[-1] == (["Bridge closed"], 1)


async def test_the_whole_is_read_where_new_and_old_share_a_name(world: World, read: Read) -> None:
    """Another item under the guid and link of one that still stands there: only the whole poll can tell them apart."""
    await world.seed()
    publish(world, ("old", "Weather turns"))
    await world.after(minutes=20)
    assert read[1:] == [(["Weather turns"], 1), (["Weather turns", "Weather stays mild"], 0)]
    states: Mapping[str, int] = {
        s.feed.id: s.format_entries for s in await world.app.store.read(lambda tx: tx.feed_states())
    }
    assert states == {"outlet": 2}
