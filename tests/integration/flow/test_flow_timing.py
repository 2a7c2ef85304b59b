"""What waits, how long, and what comes of it: holds, pauses between pages, digests on time and after downtime."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from monitor.testing.newsroom import Answer

if TYPE_CHECKING:
    World = Any  # the fixture's type, in conftest.py


def publish(world: World, slug: str, title: str) -> None:
    world.publish(type(world.pieces[0])(slug, title))


def slow_page(world: World, slug: str, seconds: float) -> None:
    """A page that fires the rule and takes so long to come."""
    body = b"<html><body><article><p>Envoys agreed on a truce of sixty days, officials said, after a night of talks "
    body += b"in which the guns were silent for the first time in weeks.</p></article></body></html>"
    world.room["outlet"].put(f"/{slug}", Answer(200, body, {"Content-Type": "text/html"}, delay=seconds))


def pass_time(world: World, **time: float) -> None:
    world.clock.set(world.clock.now() + timedelta(**time))


async def poll(world: World) -> None:
    """Poll what is due and nothing else."""
    await world.app.runner.polls.pump()
    await world.app.runner.polls.drain(10)


async def settle_holds(world: World) -> bool:
    started: bool = await world.app.runner.holds.pump()
    await world.app.runner.holds.drain(10)
    return started


async def test_a_headline_waits_a_minute_for_a_page_not_begun(world: World) -> None:
    """At 59 seconds it waits, at 60 it goes out by headline only, where nobody has come to fetch the page."""
    await world.seed()
    slow_page(world, "talks", 0)
    publish(world, "talks", "Truce talks make headway")
    pass_time(world, minutes=11)
    await poll(world)
    pass_time(world, seconds=59)
    assert not await settle_holds(world)
    pass_time(world, seconds=1)
    assert await settle_holds(world)
    await world.app.runner.outbox.pump()
    await world.app.runner.outbox.drain(10)
    ((kind, data),) = world.told
    assert (kind, data["story"]["headline_only"]) == ("alert.created", True)


async def test_it_waits_half_a_minute_more_where_the_fetch_has_begun(world: World) -> None:
    """With the page under way it waits until 90 seconds; the page that then comes confirms and tells nothing more."""
    await world.seed()
    slow_page(world, "talks", 2.5)
    publish(world, "talks", "Truce talks make headway")
    pass_time(world, minutes=11)
    await poll(world)
    assert await world.app.runner.reads.pump()
    pass_time(world, seconds=89)
    assert not await settle_holds(world)
    pass_time(world, seconds=1)
    assert await settle_holds(world)
    await world.app.runner.outbox.pump()
    await world.app.runner.outbox.drain(10)
    await world.app.runner.reads.drain(10)
    await world.app.settle()
    ((kind, data),) = world.told
    assert (kind, data["story"]["headline_only"]) == ("alert.created", True)


async def test_crawl_delay_lies_between_two_pages_of_a_host(world: World) -> None:
    """One page of a host at a time, and a robots.txt that asks for a second between them gets it."""
    world.room["outlet"].put("/robots.txt", Answer(200, b"User-agent: *\nCrawl-delay: 1\n"))
    await world.seed()
    for slug in ("one", "two", "three"):
        slow_page(world, slug, 0)
        publish(world, slug, f"Envoys meet, part {slug}")
    await world.after(minutes=11)
    times = [a.at for a in world.room.asked if a.path in ("/one", "/two", "/three")]
    assert len(times) == 3
    assert min(later - earlier for earlier, later in pairwise(times)) >= 1.0


async def test_a_quiet_day_is_told_with_its_evidence(world: World) -> None:
    """Nothing found is a digest too, and says what was looked at."""
    await world.seed()
    world.page("rain", "Light rain is expected.")
    publish(world, "rain", "Rain expected")
    await world.after(minutes=50)
    await world.after(minutes=10)
    (digest,) = world.digests()
    assert (digest["stories"], digest["coverage"]["feeds_checked"], digest["coverage"]["entries"]) == ([], 1, 2)


async def test_after_days_down_one_merged_digest_says_so(world: World) -> None:
    """Three missed mornings are one digest, cut after the news of the downtime was read; it says that it is three."""
    await world.seed()
    await world.after(hours=2)
    await world.stack.aclose()
    world.page("talks", "Envoys agreed on a truce. " * 3)
    publish(world, "talks", "Truce agreed")
    pass_time(world, days=3)
    await world.start()
    await world.app.settle()
    first, merged = sorted(world.digests(), key=lambda d: d["window"]["id"])
    assert (first["window"]["merged_days"], merged["window"]["merged_days"]) == (1, 3)
    assert merged["window"]["start_at"] == first["window"]["end_at"]
    assert [item["title"] for item in merged["stories"]] == ["Truce agreed"]
    await world.after(hours=1)
    assert len(world.digests()) == 2
