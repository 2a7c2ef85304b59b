"""The scripted newsroom answers as told and remembers what it was asked."""

from __future__ import annotations

import asyncio
import urllib.request
from collections.abc import AsyncIterator
from urllib.error import HTTPError

import aiohttp
import pytest
from multidict import CIMultiDict

from monitor.testing import Answer, Newsroom

XML = {"Content-Type": "application/rss+xml"}


@pytest.fixture
async def room() -> AsyncIterator[Newsroom]:
    async with Newsroom(("north", "south")) as started:
        yield started


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_outlets_are_hosts_of_their_own(room: Newsroom, http: aiohttp.ClientSession) -> None:
    """Two outlets have two loopback addresses and do not know each other's paths."""
    url = room["north"].put("/rss", Answer(body=b"<rss/>", headers=XML))
    async with http.get(url) as answer:
        assert (answer.status, await answer.read(), answer.content_type) == (200, b"<rss/>", "application/rss+xml")
    async with http.get(room["south"].url("/rss")) as answer:
        assert answer.status == 404
    assert room["north"].host != room["south"].host
    assert [a.outlet for a in room.asked] == ["north", "south"]


async def test_script_goes_on_by_requests(room: Newsroom, http: aiohttp.ClientSession) -> None:
    """An answer holds for its number of requests, the last one for ever."""
    url = room["north"].put("/page", Answer(403, times=2), Answer(200, b"here"))
    assert [await _status(http, url) for _ in range(4)] == [403, 403, 200, 200]


async def test_script_goes_on_by_steps(room: Newsroom, http: aiohttp.ClientSession) -> None:
    """An answer of a later step holds from that step on, even where an earlier one was not used up."""
    url = room["north"].put("/page", Answer(503, times=9), Answer(200, b"here", step=2))
    seen = []
    for step in range(4):
        room.step(step)
        seen.append(await _status(http, url))
    assert seen == [503, 503, 200, 200]


async def test_nothing_before_its_step(room: Newsroom, http: aiohttp.ClientSession) -> None:
    """A path whose only answer belongs to a later step is not there yet."""
    url = room["north"].put("/page", Answer(200, b"here", step=1))
    assert await _status(http, url) == 404
    room.step(1)
    assert await _status(http, url) == 200


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        ({}, 200),
        ({"If-None-Match": '"v1"'}, 304),
        ({"If-None-Match": 'W/"v1", "v2"'}, 304),
        ({"If-None-Match": '"v0"'}, 200),
        ({"If-Modified-Since": "Mon, 23 Nov 2026 06:00:00 GMT"}, 304),
        ({"If-Modified-Since": "Sun, 22 Nov 2026 06:00:00 GMT"}, 200),
        ({"If-None-Match": '"v0"', "If-Modified-Since": "Mon, 23 Nov 2026 06:00:00 GMT"}, 200),
    ],
)
async def test_conditional(room: Newsroom, http: aiohttp.ClientSession, shown: dict[str, str], status: int) -> None:
    """Validators are compared as RFC 9110 has it: a tag decides where one is shown, a date only without one."""
    url = room["north"].put("/rss", Answer(body=b"<rss/>", headers={"ETag": '"v1"'}, conditional=True))
    async with http.get(url, headers=shown) as answer:
        assert answer.status == status
        assert answer.headers["ETag"] == '"v1"'
        assert await answer.read() == (b"<rss/>" if status == 200 else b"")


async def test_unconditional_by_default(room: Newsroom, http: aiohttp.ClientSession) -> None:
    """Without `conditional` no validators are sent and none are compared."""
    url = room["north"].put("/rss", Answer(body=b"<rss/>"))
    async with http.get(url, headers={"If-None-Match": "*"}) as answer:
        assert answer.status == 200
        assert "ETag" not in answer.headers


async def test_remembers_what_was_asked(room: Newsroom, http: aiohttp.ClientSession) -> None:
    """Method, path with query, headers and the status said are kept, by outlet and by path."""
    url = room["north"].put("/rss?page=2", Answer(body=b"<rss/>"))
    async with http.get(url, headers={"X-Probe": "yes"}) as answer:
        await answer.read()
    asked = room["north"].asked("/rss?page=2")
    assert [(a.method, a.status, a.header("x-probe")) for a in asked] == [("GET", 200, "yes")]
    assert room["south"].asked() == []


async def test_delay_and_drip(room: Newsroom, http: aiohttp.ClientSession) -> None:
    """A slow answer comes late and in pieces, and is whole in the end."""
    loop = asyncio.get_running_loop()
    url = room["north"].put("/slow", Answer(body=b"x" * 10, delay=0.05, drip=(2, 0.02)))
    began = loop.time()
    async with http.get(url) as answer:
        headers_after = loop.time() - began
        assert await answer.read() == b"x" * 10
    assert headers_after >= 0.05
    assert loop.time() - began >= 0.05 + 4 * 0.02


async def test_drop_midway(room: Newsroom, http: aiohttp.ClientSession) -> None:
    """A connection cut in the body is an error to the client, who had been promised more."""
    url = room["north"].put("/cut", Answer(body=b"x" * 1000, drop_after=100))
    async with http.get(url) as answer:
        assert answer.status == 200
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.read()


async def test_endless(room: Newsroom, http: aiohttp.ClientSession) -> None:
    """An endless answer gives far more than its body, for as long as somebody reads."""
    url = room["north"].put("/endless", Answer(body=b"<item/>" * 100, endless=True))
    async with http.get(url) as answer:
        got = 0
        async for chunk in answer.content.iter_chunked(65536):
            got += len(chunk)
            if got > 1_000_000:
                break
    assert got > 1_000_000


async def test_raw(room: Newsroom) -> None:
    """A raw answer is sent byte for byte, HTTP or not, and ends the connection."""
    north = room["north"]
    north.put("/odd", Answer(raw=b"220 smtp.example ready\r\n"))
    reader, writer = await asyncio.open_connection(north.host, north.port)
    writer.write(b"GET /odd HTTP/1.1\r\nHost: north\r\n\r\n")
    assert await reader.read() == b"220 smtp.example ready\r\n"
    writer.close()
    await writer.wait_closed()


async def test_raw_in_drips(room: Newsroom) -> None:
    """A raw answer can trickle: headers that take their time, for clients that must not wait for ever."""
    north = room["north"]
    north.put("/slow", Answer(raw=b"HTTP/1.1 200 OK\r\nX: 1\r\n\r\n", drip=(5, 0.02)))
    loop = asyncio.get_running_loop()
    reader, writer = await asyncio.open_connection(north.host, north.port)
    began = loop.time()
    writer.write(b"GET /slow HTTP/1.1\r\nHost: north\r\n\r\n")
    assert await reader.read() == b"HTTP/1.1 200 OK\r\nX: 1\r\n\r\n"
    assert loop.time() - began >= 5 * 0.02
    writer.close()
    await writer.wait_closed()


async def test_a_header_twice(room: Newsroom, http: aiohttp.ClientSession) -> None:
    """A name that is given twice is sent twice."""
    headers = CIMultiDict([("Cache-Control", "no-cache"), ("Cache-Control", "max-age=60")])
    async with http.get(room["north"].put("/rss", Answer(headers=headers))) as answer:
        assert answer.headers.getall("Cache-Control") == ["no-cache", "max-age=60"]


async def test_head_has_no_body(room: Newsroom, http: aiohttp.ClientSession) -> None:
    """HEAD gets the headers of GET and no body."""
    url = room["north"].put("/page", Answer(body=b"12345"))
    async with http.head(url) as answer:
        assert (answer.headers["Content-Length"], await answer.read()) == ("5", b"")


def test_in_a_thread() -> None:
    """`with` serves in a thread, for callers without a loop; afterwards nobody listens and the ports are free."""
    with Newsroom(("north", "south")) as room:
        url = room["south"].put("/page", Answer(body=b"here"))
        with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own server on loopback
            assert answer.read() == b"here"
        ports = {name: outlet.port for name, outlet in room.outlets.items()}
    with Newsroom(("north", "south"), ports) as again:
        assert {name: outlet.port for name, outlet in again.outlets.items()} == ports
        with pytest.raises(HTTPError, match="404"):
            urllib.request.urlopen(url)  # noqa: S310 - our own server on loopback


async def test_stop_ends_endless_answers() -> None:
    """Stopping does not wait for an answer that has no end."""
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession() as http:
        room = Newsroom()
        await room.start()
        url = room["outlet"].put("/endless", Answer(body=b"x" * 1000, endless=True, drip=(1, 0.01)))
        async with http.get(url) as answer:
            await answer.content.readany()
            began = loop.time()
            await room.stop()
    assert loop.time() - began < 5


async def test_many_outlets() -> None:
    """Three hundred outlets are three hundred addresses."""
    async with Newsroom([f"o{n}" for n in range(300)]) as room, aiohttp.ClientSession() as http:
        url = room["o299"].put("/rss", Answer(body=b"last"))
        async with http.get(url) as answer:
            assert await answer.read() == b"last"
        assert len({o.host for o in room.outlets.values()}) == 300


async def _status(http: aiohttp.ClientSession, url: str) -> int:
    async with http.get(url) as answer:
        await answer.read()
        return answer.status
