"""Troubles of feeds told to a person: once each, together, never for a blip."""

from __future__ import annotations

from datetime import timedelta

from monitor.testing.newsroom import Answer
from tests.samples.guest import RSS, START, Guest, feed, rss

NAMES = ("outlet", "second", "third", "fourth")


async def for_hours(guest: Guest, hours: int) -> None:
    """Let hours pass, poll by poll."""
    for _ in range(hours):
        await guest.after(hours=1)


async def test_a_blip_is_not_told(guest: Guest) -> None:
    """Four failures over hours, then well: no word of it."""
    answers = [Answer(500, times=1)] * 4
    guest.watch(guest.outlet.put("/feed.xml", feed("zero"), *answers, feed("one")))
    guest.outlet.put("/feed.xml", *answers, feed("one"))
    await guest.start()
    await for_hours(guest, 30)
    assert (await guest.state()).failures == 0
    assert guest.told() == []


async def test_a_feed_that_keeps_failing_is_told_once_and_so_is_its_recovery(guest: Guest) -> None:
    """One message for days of failure, one when it is well."""
    guest.watch(guest.outlet.put("/feed.xml", Answer(500)))
    await guest.start()
    await for_hours(guest, 80)
    assert len(guest.told()) == 1
    assert "The feed keeps failing" in guest.told()[0]
    guest.outlet.put("/feed.xml", feed("one"))
    await for_hours(guest, 10)
    assert len(guest.told()) == 2
    assert "The feed is well again" in guest.told()[1]
    await for_hours(guest, 30)
    assert len(guest.told()) == 2


async def test_feeds_that_fail_together_make_one_message(guest: Guest) -> None:
    """Four of different hosts answer 500 from the same hour on: one alarm that names them, and when they come back
    together, one recovery."""
    for name in NAMES:
        guest.watch(guest.room[name].put("/feed.xml", Answer(500)), name)
    await guest.start()
    await for_hours(guest, 60)
    (alarm,) = guest.told()
    assert "4 feeds keep failing" in alarm
    assert all(f"The {name}" in alarm for name in NAMES)
    for name in NAMES:
        guest.room[name].put("/feed.xml", feed(name))
    await guest.refresh()
    await for_hours(guest, 10)
    assert len(guest.told()) == 2
    assert "4 feeds are well again" in guest.told()[1]


async def test_a_feed_that_fell_silent_is_told_and_its_return_too(guest: Guest) -> None:
    """It brought something every two hours for a week, then answers 304 for days: one alarm after five of its usual
    gaps, well after the night's; the digest and `feeds` name it; the next entry ends it."""
    titles: list[str] = []
    guest.watch(guest.outlet.put("/feed.xml", feed("start")))
    await guest.start()
    for number in range(84):
        titles.insert(0, f"n{number}")
        guest.outlet.put("/feed.xml", Answer(200, rss(*titles[:15]), RSS, conditional=True))
        await guest.after(hours=2)
    assert guest.told() == []
    await for_hours(guest, 9)
    assert guest.told() == []
    await for_hours(guest, 30)
    (alarm,) = guest.told()
    assert "The feed has fallen silent" in alarm
    (view,) = await guest.feeds()
    assert (view.state, "newest entry appeared" in view.why) == ("silent", True)
    assert any("silent" in digest and "The feed" in digest for digest in guest.digests())
    guest.outlet.put("/feed.xml", Answer(200, rss("back", *titles[:14]), RSS, conditional=True))
    await for_hours(guest, 8)
    assert len(guest.told()) == 2
    assert "The feed is well again" in guest.told()[1]


async def test_a_feed_that_was_always_slow_is_not_silent(guest: Guest) -> None:
    """An entry every two days is its way: six days more are not yet five of its gaps."""
    names = [f"n{number}" for number in range(12)]
    dates = {name: START - timedelta(days=1 + number) for number, name in enumerate(names)}
    guest.watch(guest.outlet.put("/feed.xml", Answer(200, rss(*names, dates=dates), RSS, conditional=True)))
    await guest.start()
    await for_hours(guest, 72)
    assert guest.told() == []


async def test_new_ids_for_old_entries_are_told_and_tell_nothing_twice(guest: Guest) -> None:
    """The publisher changes its guids: the entries are known by their links, no gap is counted, and a person hears that
    it happened; what is really new among them is new."""
    outlet = guest.outlet

    def listing(scheme: str, *slugs: str) -> bytes:
        items = "".join(
            f"<item><title>About {slug}</title><link>{outlet.url('/' + slug)}</link>"
            f"<guid isPermaLink='false'>{scheme}-{slug}</guid></item>"
            for slug in slugs
        )
        return f"<rss version='2.0'><channel><title>T</title>{items}</channel></rss>".encode()

    slugs = [f"s{number}" for number in range(8)]
    guest.watch(outlet.put("/feed.xml", Answer(200, listing("old", *slugs), RSS, times=1)))
    outlet.add("/feed.xml", Answer(200, listing("new", "fresh", *slugs), RSS))
    await guest.start()
    await guest.when_due()
    await guest.after(minutes=15)
    assert len(await guest.entries()) == 9
    assert await guest.gaps() == []
    (told,) = guest.told()
    assert "The feed has renamed its entries" in told
