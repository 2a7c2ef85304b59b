"""Rules 13 to 24: when a feed is asked, as its server sees it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.config import parse
from monitor.errors import ConfigError
from monitor.model.news import FetchOutcome
from monitor.testing.newsroom import Answer
from tests.samples.guest import RSS, START, Guest, feed, lines, rss

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
JITTER = 5 * MINUTE
"""The most that is added at random; a tenth of the wait where that is less."""


def is_about(wait: timedelta, length: timedelta) -> bool:
    """The length, or a little more: never less."""
    return length <= wait <= length + JITTER


async def test_rule_13_an_hour_by_default(guest: Guest) -> None:
    """Asked at once, not within the hour, and then again."""
    guest.watch(guest.outlet.put("/feed.xml", feed("one", ETag='"1"')))
    await guest.start()
    assert is_about(await guest.wait(), HOUR)
    await guest.after(minutes=59, seconds=59)
    assert len(guest.outlet.asked()) == 1
    await guest.after(minutes=6)
    assert len(guest.outlet.asked()) == 2


@pytest.mark.parametrize(("own", "accepted"), [("false", False), ("true", True)])
def test_rule_13_a_quarter_of_an_hour_at_least(tmp_path: Path, own: str, accepted: bool) -> None:
    """A shorter interval is refused unless the server is the user's own."""
    text = f'[[feeds]]\nurl = "https://example.org/f"\ninterval = "5m"\nown = {own}\n[[rules]]\nid = "a"\nany = ["b"]\n'
    if accepted:
        assert parse(text, "c", tmp_path, {}).settings.feeds[0].interval == 5 * MINUTE
        return
    with pytest.raises(ConfigError, match="15 minutes"):
        parse(text, "c", tmp_path, {})


def dated(step: timedelta, count: int) -> bytes:
    """A document whose entries came one every `step`, the last just now."""
    names = [f"e{number}" for number in range(count)]
    return rss(*names, dates={name: START - step * number for number, name in enumerate(names)})


@pytest.mark.parametrize(
    ("body", "keys", "wait"),
    [
        (dated(12 * MINUTE, 20), {}, 2 * HOUR),
        (dated(5 * MINUTE, 5), {}, 15 * MINUTE),
        (dated(12 * HOUR, 20), {}, 6 * HOUR),
        (dated(6 * MINUTE, 20) + b"<!--" + b"x" * 1_000_000 + b"-->", {}, DAY),
        (dated(12 * HOUR, 20), {"interval": '"30m"'}, 30 * MINUTE),
    ],
    ids=["half", "floor", "cap", "large", "interval"],
)
async def test_rule_14_without_validators_half_the_time_an_entry_stays_listed(
    guest: Guest, body: bytes, keys: dict[str, str], wait: timedelta
) -> None:
    """Twenty entries of four hours: two hours. A quarter of an hour at least, six at most; a megabyte is fetched daily;
    an interval that the user set is kept to."""
    guest.watch(guest.outlet.put("/feed.xml", Answer(200, body, RSS)), **keys)
    await guest.start()
    assert wait * 0.9 <= await guest.wait() <= wait * 1.2 + JITTER


NOW, LATER = "Mon, 23 Nov 2026 06:10:00 GMT", "Mon, 23 Nov 2026 09:10:00 GMT"
SYNDICATION = "<s:updatePeriod xmlns:s='http://purl.org/rss/1.0/modules/syndication/'>daily</s:updatePeriod>"


@pytest.mark.parametrize(
    ("headers", "channel", "wait"),
    [
        ({"Cache-Control": "max-age=7200"}, "", 2 * HOUR),
        ({"Cache-Control": "max-age=7200", "Age": "1800"}, "", 90 * MINUTE),
        ({"Cache-Control": "max-age=60"}, "", HOUR),
        ({"Expires": LATER, "Date": NOW}, "", 3 * HOUR),
        ({"Cache-Control": "max-age=7200", "Expires": LATER, "Date": NOW}, "", 2 * HOUR),
        ({"Cache-Control": "max-age=9999999"}, "", DAY),
        ({}, "<ttl>240</ttl>", 4 * HOUR),
        ({"Cache-Control": "max-age=7200"}, "<ttl>240</ttl>", 4 * HOUR),
        ({}, SYNDICATION, DAY),
    ],
)
async def test_rule_15_the_wait_is_the_longest_that_is_asked_for(
    guest: Guest, headers: dict[str, str], channel: str, wait: timedelta
) -> None:
    """max-age less Age, else Expires; ttl; updatePeriod; never less than the interval nor more than a day."""
    answer = Answer(200, rss("one", channel=channel), {**RSS, "ETag": '"1"', **headers})
    guest.watch(guest.outlet.put("/feed.xml", answer))
    await guest.start()
    assert is_about(await guest.wait(), wait)


async def test_rule_15_a_feeds_own_hints_hold_after_a_304(guest: Guest) -> None:
    """They stand in the document, which a 304 does not bring: what was read last still counts, restarts included."""
    answer = Answer(200, rss("one", channel="<ttl>240</ttl>"), RSS, conditional=True)
    guest.watch(guest.outlet.put("/feed.xml", answer))
    await guest.start()
    for _ in range(2):
        await guest.when_due()
        await guest.restart()
    assert [one.status for one in guest.outlet.asked()] == [200, 304, 304]
    assert is_about(await guest.wait(), 4 * HOUR)


async def test_rule_16_cache_control_is_honoured(guest: Guest) -> None:
    """What is fresh for three hours is not asked for in two."""
    guest.watch(guest.outlet.put("/feed.xml", feed("one", Cache_Control="public, max-age=10800", ETag='"1"')))
    await guest.start()
    await guest.after(hours=2, minutes=59)
    assert len(guest.outlet.asked()) == 1
    await guest.after(minutes=7)
    assert len(guest.outlet.asked()) == 2


async def test_rule_17_no_cache_disables_max_age_and_revalidates(guest: Guest) -> None:
    """After the usual hour, with a condition."""
    guest.watch(guest.outlet.put("/feed.xml", feed("one", Cache_Control="no-cache, max-age=10800", ETag='"1"')))
    await guest.start()
    assert is_about(await guest.wait(), HOUR)
    await guest.when_due()
    assert lines(guest.outlet.asked(), "If-None-Match") == [(None,), ('"1"',)]


async def test_rule_18_freshness_counts_from_a_304(guest: Guest) -> None:
    """A 304 that says three hours is believed."""
    first = Answer(200, rss("one"), {**RSS, "ETag": '"1"'}, times=1)
    guest.watch(guest.outlet.put("/feed.xml", first, Answer(304, headers={"Cache-Control": "max-age=10800"})))
    await guest.start()
    assert is_about(await guest.wait(), HOUR)
    await guest.when_due()
    assert is_about(await guest.wait(), 3 * HOUR)


async def test_rule_19_skip_hours_are_honoured(guest: Guest) -> None:
    """Not from seven to nine o'clock GMT; after a 304 neither."""
    skip = "<skipHours><hour>7</hour><hour>8</hour></skipHours>"
    guest.watch(guest.outlet.put("/feed.xml", Answer(200, rss("one", channel=skip), RSS, conditional=True)))
    await guest.start()
    assert (await guest.state()).next_at == datetime(2026, 11, 23, 9, tzinfo=UTC)
    for _ in range(22):
        await guest.when_due()
        assert (await guest.state()).next_at.hour not in (7, 8)


async def test_rule_19_skip_days_are_honoured(guest: Guest) -> None:
    """A feed that rests at the weekend is not asked at the weekend."""
    skip = "<skipDays><day>Saturday</day><day>Sunday</day></skipDays>"
    guest.watch(guest.outlet.put("/feed.xml", Answer(200, rss("one", channel=skip), RSS, conditional=True)))
    await guest.start()
    await guest.after(days=4, hours=17)
    assert (await guest.state()).next_at == datetime(2026, 11, 30, tzinfo=UTC)


async def test_rule_20_jitter_only_adds(guest: Guest) -> None:
    """Thirty waits of one feed: none shorter than its hour, none equal to another by more than chance."""
    guest.watch(guest.outlet.put("/feed.xml", feed("one", ETag='"1"')), interval='"60m"')
    await guest.start()
    waits = []
    for _ in range(30):
        waits.append(await guest.wait())
        await guest.when_due()
    assert all(HOUR <= wait <= HOUR + JITTER for wait in waits)
    assert len(set(waits)) > 25


async def test_rule_21_a_restart_polls_nothing_again(guest: Guest) -> None:
    """Due times stand in the store."""
    guest.watch(guest.outlet.put("/feed.xml", feed("one")))
    await guest.start()
    due = (await guest.state()).next_at
    for _ in range(3):
        await guest.restart()
    assert len(guest.outlet.asked()) == 1
    assert (await guest.state()).next_at == due


async def test_rule_22_a_manual_refresh_is_conditional(guest: Guest) -> None:
    """It is a poll like any other, only now."""
    guest.watch(guest.outlet.put("/feed.xml", Answer(200, rss("one"), RSS, conditional=True)))
    await guest.start()
    await guest.refresh()
    assert [one.status for one in guest.outlet.asked()] == [200, 304]


async def test_rule_22_a_manual_refresh_respects_a_429(guest: Guest) -> None:
    """Neither the feed that was told to wait nor another on its host is asked."""
    guest.watch(guest.outlet.put("/feed.xml", Answer(429, headers={"Retry-After": "7200"})))
    guest.watch(guest.outlet.put("/other.xml", feed("one")), "other")
    await guest.start()
    before = len(guest.outlet.asked())
    await guest.refresh()
    await guest.after(hours=1, minutes=58)
    await guest.refresh()
    assert len(guest.outlet.asked()) == before
    await guest.after(minutes=10)
    assert len(guest.outlet.asked("/feed.xml")) == 2


async def test_rule_23_a_backlog_is_spread(guest: Guest) -> None:
    """After a day asleep: each feed once, one a host at a time with a pause between, and not in step afterwards."""
    guest.pause = "1s"
    names = ("outlet", "second", "third")
    for name in names:
        for number in range(3):
            url = guest.room[name].put(f"/{number}.xml", feed(f"{name} {number}", ETag='"1"'))
            guest.watch(url, f"{name}-{number}")
    await guest.start()
    slept_from = len(guest.room.asked)
    await guest.after(days=1)
    woken = guest.room.asked[slept_from:]
    assert len(woken) == len({(one.outlet, one.path) for one in woken}) == 9
    for name in names:
        times = sorted(one.at for one in woken if one.outlet == name)
        assert all(later - earlier >= 0.95 for earlier, later in pairwise(times))
    due = {(await guest.state(f"{name}-{number}")).next_at for name in names for number in range(3)}
    assert len(due) == 9


async def test_rule_24_one_request_a_host_at_a_time(guest: Guest) -> None:
    """Four feeds of a slow server are asked one after the other, those of other hosts meanwhile."""
    slow = 0.3
    for number in range(4):
        answer = Answer(200, rss(f"n{number}"), RSS, delay=slow)
        guest.watch(guest.outlet.put(f"/{number}.xml", answer), f"slow-{number}")
    guest.watch(guest.room["second"].put("/feed.xml", feed("quick")), "quick")
    await guest.start()
    times = [one.at for one in guest.outlet.asked()]
    assert len(times) == 4
    assert all(later - earlier >= slow for earlier, later in pairwise(times))
    assert guest.room["second"].asked()[0].at < times[1]


async def test_a_learnt_rhythm_moves_the_polls_and_promises_so(guest: Guest) -> None:
    """A feed that publishes every morning is asked oftener then, and `feeds` shows the delay that is promised."""
    chance = random.Random(3)  # noqa: S311 - a fixed seed is the point
    mornings = [START - timedelta(days=d) + timedelta(minutes=chance.randrange(40)) for d in range(1, 14)]
    names = [f"day {number}" for number in range(13)]
    body = rss(*names, dates=dict(zip(names, mornings, strict=True)))
    guest.watch(guest.outlet.put("/feed.xml", Answer(200, body, RSS, conditional=True)))
    await guest.start()
    waits = {}
    while guest.clock.now() < START + timedelta(hours=30):
        waits[guest.clock.now()] = (await guest.state()).promised
        await guest.when_due()
    morning = [w for at, w in waits.items() if w and at.day == 24 and 5 <= at.hour <= 7]
    evening = [w for at, w in waits.items() if w and 16 <= at.hour <= 22]
    assert morning
    assert min(morning) < HOUR / 2 < min(evening)
    assert (await guest.state()).last_outcome is FetchOutcome.NOT_MODIFIED
