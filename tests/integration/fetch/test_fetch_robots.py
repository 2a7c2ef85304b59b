"""robots.txt over the real fetcher."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.fetch.robots import HttpRobots
from monitor.model.settings import Service

RULES = b"""
User-agent: *
Disallow: /

User-agent: News-Monitor
User-agent: somebody
Disallow: /private/
Allow: /private/open
Crawl-delay: 3
"""


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = datetime(2026, 3, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return time.monotonic()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def robots(make_fetcher: Callable[[Service], Any], clock: Clock) -> HttpRobots:
    return HttpRobots(make_fetcher(Service(allow_private=("127.0.0.0/8",))), clock)


async def test_our_own_rules_win_over_those_for_everybody(web: Any, robots: HttpRobots) -> None:
    """Allowed and forbidden paths, the longest match, and the delay."""
    web.reply("/robots.txt", 200, [], RULES)
    free = await robots.check(web.url("/news/1"))
    assert (free.allowed, free.crawl_delay) == (True, timedelta(seconds=3))
    closed = await robots.check(web.url("/private/1"))
    assert (closed.allowed, closed.unreachable) == (False, False)
    assert "/private/1" in closed.detail
    assert (await robots.check(web.url("/private/open"))).allowed
    assert len(web.asked) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_a_client_error_allows(web: Any, robots: HttpRobots, status: int) -> None:
    """There is no file to obey."""
    web.reply("/robots.txt", status)
    assert (await robots.check(web.url("/x"))).allowed


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_server_in_trouble_is_left_alone_for_now(
    web: Any, robots: HttpRobots, clock: Clock, status: int
) -> None:
    """Refused as unreachable, not for good; asked again after a while, not at once."""
    web.reply("/robots.txt", status)
    verdict = await robots.check(web.url("/x"))
    assert (verdict.allowed, verdict.unreachable) == (False, True)
    assert str(status) in verdict.detail
    web.reply("/robots.txt", 404)
    assert (await robots.check(web.url("/x"))).unreachable
    clock.at += timedelta(minutes=11)
    assert (await robots.check(web.url("/x"))).allowed


async def test_a_host_that_cannot_be_reached_is_refused_for_now(robots: HttpRobots) -> None:
    """Nobody listens there."""
    verdict = await robots.check("http://127.0.0.1:1/x")
    assert (verdict.allowed, verdict.unreachable) == (False, True)


async def test_the_rules_hold_for_a_day_and_are_then_asked_conditionally(
    web: Any, robots: HttpRobots, clock: Clock
) -> None:
    """A 304 keeps them for another day; when the file cannot be had, the old rules go on."""
    web.reply("/robots.txt", 200, [("ETag", '"r"')], RULES)
    await robots.check(web.url("/x"))
    clock.at += timedelta(hours=23)
    await robots.check(web.url("/x"))
    assert len(web.asked) == 1
    clock.at += timedelta(hours=2)
    web.reply("/robots.txt", 304)
    assert not (await robots.check(web.url("/private/x"))).allowed
    assert web.asked[-1].header("If-None-Match") == '"r"'
    clock.at += timedelta(hours=25)
    web.reply("/robots.txt", 500)
    verdict = await robots.check(web.url("/private/x"))
    assert (verdict.allowed, verdict.unreachable) == (False, False)
    assert (await robots.check(web.url("/news"))).allowed


async def test_many_pages_of_a_host_ask_once(web: Any, other: Any, robots: HttpRobots) -> None:
    """One request in flight per scheme, host and port; one that is given up does not end the others'."""
    web.reply("/robots.txt", 200, [], RULES, delay=0.1)
    other.reply("/robots.txt", 404)
    checks = [asyncio.create_task(robots.check(web.url(f"/{n}"))) for n in range(20)]
    await asyncio.sleep(0.03)
    checks[0].cancel()
    assert (await robots.check(other.url("/1"))).allowed
    assert all(verdict.allowed for verdict in await asyncio.gather(*checks[1:]))
    assert (len(web.asked), len(other.asked)) == (1, 1)


async def test_a_file_beyond_the_limit_is_read_as_far_as_it_goes(web: Any, robots: HttpRobots) -> None:
    """Half a megabyte of it counts."""
    web.reply("/robots.txt", 200, [], RULES + b"# filler\n" * 200_000)
    assert not (await robots.check(web.url("/private/1"))).allowed
    assert (await robots.check(web.url("/1"))).allowed


async def test_a_file_made_to_be_slow_is_parsed_in_time(web: Any, robots: HttpRobots) -> None:
    """Twenty thousand agents sharing twenty thousand rules cost no more than a plain file of that size."""
    agents = b"".join(b"User-agent: a%d\n" % n for n in range(12_000))
    rules = b"".join(b"Disallow: /%d\n" % n for n in range(12_000))
    web.reply("/robots.txt", 200, [], RULES + b"\n" + agents + rules)
    began = time.monotonic()
    assert not (await robots.check(web.url("/private/1"))).allowed
    assert time.monotonic() - began < 3


async def test_a_page_in_html_in_its_place_forbids_nothing(web: Any, robots: HttpRobots) -> None:
    """Sites answer 200 with their home page."""
    web.reply("/robots.txt", 200, [("Content-Type", "text/html")], b"<html><body>Disallow: /</body></html>")
    assert (await robots.check(web.url("/x"))).allowed


async def test_what_is_no_url_is_left_to_its_fetch(robots: HttpRobots) -> None:
    """Its own outcome says better what is wrong."""
    assert (await robots.check("mailto:desk@example.org")).allowed


async def test_closing_ends_what_is_being_asked(web: Any, robots: HttpRobots) -> None:
    """No task outlives it."""
    web.reply("/robots.txt", 200, [], RULES, delay=5)
    check = asyncio.create_task(robots.check(web.url("/x")))
    await asyncio.sleep(0.05)
    await robots.aclose()
    with pytest.raises(asyncio.CancelledError):
        await check
