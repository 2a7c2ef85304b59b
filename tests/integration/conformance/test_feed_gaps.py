"""Coverage that was lost, dates that cannot be, and hosts whose names hang."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import cast

import aiohttp
import pytest

from monitor.model.news import FetchOutcome
from monitor.testing.newsroom import Answer
from tests.samples.guest import RSS, START, Guest, feed, rss

HOUR = timedelta(hours=1)


async def test_a_gap_is_dated_told_and_hurries_the_polls(guest: Guest) -> None:
    """Two polls that share no entry: the stretch between them is recorded, shown in `feeds` and in the digest, and the
    next polls stand closer until they lose nothing."""
    answers = [Answer(200, rss(f"a{n}", f"b{n}"), RSS, times=1) for n in range(2)]
    guest.watch(guest.outlet.put("/feed.xml", *answers, Answer(200, rss("c", "a1", "b1"), RSS, conditional=True)))
    await guest.start()
    await guest.when_due()
    (gap,) = await guest.gaps()
    assert (gap.start_at, gap.end_at, gap.filled) == (START, guest.clock.now(), False)
    waits = []
    for _ in range(6):
        waits.append(await guest.wait())
        await guest.when_due()
    assert waits[0] <= 35 * HOUR / 60
    assert waits[0] < waits[1] < waits[2] < HOUR <= waits[-1]
    (view,) = await guest.feeds()
    assert (view.state, "two polls shared no entry" in view.why) == ("ok", True)
    await guest.after(days=1)
    assert any("GAP The feed" in digest for digest in guest.digests())


async def test_what_is_new_after_a_pause_is_kept(guest: Guest) -> None:
    """A week of downtime: everything listed is new, all of it is taken, and the gap says so."""
    guest.watch(guest.outlet.put("/feed.xml", feed("old")))
    await guest.start()
    guest.outlet.put("/feed.xml", feed(*(f"n{number}" for number in range(40))))
    await guest.after(days=7)
    assert len(await guest.entries()) == 41
    assert [gap.end_at - gap.start_at for gap in await guest.gaps()] == [timedelta(days=7)]


async def test_an_empty_document_loses_nothing(guest: Guest) -> None:
    """A feed that lists nothing for a while and then something else has no gap to tell of; reordering is none."""
    steps = [rss("one", "two"), rss(), rss("three"), rss("two", "three", "one")]
    guest.watch(guest.outlet.put("/feed.xml", *(Answer(200, step, RSS, times=1) for step in steps)))
    await guest.start()
    for _ in range(3):
        await guest.when_due()
    assert sorted(await guest.titles()) == ["one", "three", "two"]
    assert await guest.gaps() == []


async def test_a_date_that_cannot_be_is_that_of_the_first_sight(guest: Guest) -> None:
    """In the future or missing: when it was first seen, whatever later polls say; a revision moves nothing either."""
    future = START + timedelta(days=400)
    steps = [
        rss("past", "future", "none", dates={"past": START - HOUR, "future": future}),
        rss("new", "past", "future", "none", dates={"past": START - HOUR, "future": future + HOUR}),
    ]
    guest.watch(guest.outlet.put("/feed.xml", Answer(200, steps[0], RSS)))
    await guest.start()
    first = {r.entry.title: r.entry.published_at for r in await guest.entries()}
    assert first == {"past": START - HOUR, "future": START, "none": START}
    guest.outlet.put("/feed.xml", Answer(200, steps[1].replace(b">future<", b">future, edited<"), RSS))
    await guest.when_due()
    dates = {r.entry.title: r.entry.published_at for r in await guest.entries()}
    assert dates == {"past": START - HOUR, "future, edited": START, "none": START, "new": guest.clock.now()}


class Names(asyncio.DatagramProtocol):
    """A name server on loopback: `*.well.example` is 127.1.0.1, `*.hangs.example` is never answered."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if b"\x05hangs" in data:
            return
        kind = data[data.index(b"\0", 12) + 1 : data.index(b"\0", 12) + 3]
        question = data[12 : data.index(b"\0", 12) + 5]
        found = kind == b"\0\x01"
        answer = b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04" + socket.inet_aton("127.1.0.1") if found else b""
        head = data[:2] + b"\x81\x80\0\x01" + (b"\0\x01" if found else b"\0\0") + b"\0\0\0\0"
        self._transport.sendto(head + question + answer, addr)


@pytest.fixture
async def names(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Look-ups go to the name server above."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Names, ("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    asked = aiohttp.AsyncResolver

    def resolver() -> aiohttp.AsyncResolver:
        return asked(nameservers=["127.0.0.1"], udp_port=port, timeout=2, tries=2)

    monkeypatch.setattr("monitor.fetch.transport.name_resolver", resolver)
    yield
    transport.close()


async def test_polls_and_pages_go_on_while_names_hang(guest: Guest, names: None) -> None:
    """Ten feeds whose names are never answered, and ten that are well, with a page each: the well ones are polled and
    read before the first of the others is given up, and those end in an outcome of their own."""
    port = guest.outlet.port
    guest.outlet.put("/robots.txt", Answer(404))
    for number in range(10):
        guest.watch(f"http://f{number}.hangs.example:{port}/feed.xml", f"hangs-{number}")
        host = f"http://f{number}.well.example:{port}"
        guest.outlet.put(f"/page-{number}", Answer(200, b"<html><body><p>Some words of news.</p></body></html>"))
        item = f"<item><title>n{number}</title><link>{host}/page-{number}</link></item>"
        body = f"<rss version='2.0'><channel><title>T</title>{item}</channel></rss>".encode()
        guest.watch(
            host + guest.outlet.put(f"/{number}.xml", Answer(200, body, RSS)).removeprefix(guest.outlet.base),
            f"well-{number}",
        )
    order: list[str] = []
    guest.listen = lambda report: order.append(type(report).__name__ + str(getattr(report, "outcome", "")))
    await guest.start()
    assert order.count("Polledok") == 10
    first_given_up = next(n for n, name in enumerate(order) if name in ("Polleddns", "Polledtimeout"))
    assert order[:first_given_up].count("Polledok") == 10
    assert sum(name.startswith("WasRead") for name in order[:first_given_up]) == 10
    hanging = [await guest.state(f"hangs-{number}") for number in range(10)]
    assert {state.last_outcome for state in hanging} <= {FetchOutcome.DNS, FetchOutcome.TIMEOUT}
