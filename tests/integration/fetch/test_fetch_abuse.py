"""The fetcher against servers that mean harm or know no better: each has its own outcome, within its budget."""

from __future__ import annotations

import asyncio
import gc
import random
import socket
import time
import tracemalloc
import zlib
from typing import Any

import pytest

from monitor.model.news import FetchOutcome
from monitor.model.settings import Service


async def drip(writer: asyncio.StreamWriter, data: bytes, pause: float = 0.05) -> None:
    for number in range(len(data)):
        writer.write(data[number : number + 1])
        await writer.drain()
        await asyncio.sleep(pause)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0177.1", "127.1", "[::ffff:127.0.0.1]", "[::1]"]
)
async def test_a_private_address_is_refused_in_every_spelling(web: Any, make_fetch: Any, host: str) -> None:
    """Nothing is dialled, and the refusal prints the config line that would allow it."""
    result = await make_fetch(Service())(web.url("/feed", host))
    assert result.outcome is FetchOutcome.PRIVATE_ADDRESS
    assert "loopback" in result.detail
    assert "allow_private = [" in result.detail
    assert web.connections == 0


async def test_the_line_of_a_refusal_allows_what_was_refused(web: Any, make_fetch: Any) -> None:
    """The entries it prints, put into the config, let the same request through: an address, and a name."""
    for host in ("127.0.0.1", "localhost"):
        url = web.reply("/feed", 200, [], b"x").replace("127.0.0.1", host)
        refused = await make_fetch(Service())(url)
        entry = refused.detail.partition('allow_private = ["')[2].partition('"')[0]
        assert (await make_fetch(Service(allow_private=(entry,)))(url)).outcome is FetchOutcome.OK


@pytest.mark.parametrize(
    "to",
    [
        *("http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "http://[fd00::1]/", "http://0x0a000001/"),
        *("http://[64:ff9b::a00:1]/", "http://[2002:a00:1::]/", "http://100.64.0.1/", "http://224.0.0.1/"),
    ],
)
async def test_a_redirect_to_a_private_address_is_refused(web: Any, fetch: Any, to: str) -> None:
    """Each hop is judged like the first."""
    result = await fetch(web.redirect("/feed", to))
    assert result.outcome is FetchOutcome.PRIVATE_ADDRESS
    assert result.redirects == 1


async def test_a_redirect_to_an_odd_port_needs_the_allow_list(web: Any, make_fetch: Any) -> None:
    """The user's own feed may stand on any port; where a redirect leads may not."""
    fetch = make_fetch(Service(allow_private=("127.0.0.0/8",)))
    result = await fetch(web.redirect("/feed", "http://example.invalid:8443/feed"))
    assert result.outcome is FetchOutcome.PRIVATE_ADDRESS
    assert 'allow_private = ["127.0.0.0/8", "example.invalid"]' in result.detail


async def test_a_page_on_an_odd_port_needs_its_feed_there_or_the_allow_list(make_fetch: Any) -> None:
    """A feed's entries cannot make us knock at arbitrary ports."""
    result = await make_fetch(Service())("http://example.invalid:25/page", "page")
    assert result.outcome is FetchOutcome.PRIVATE_ADDRESS
    assert "25" in result.detail


async def test_a_gzip_bomb_of_ten_gigabytes_costs_nothing(web: Any, fetch: Any) -> None:
    """The limit holds after decompression: it is cut off after the first pieces, with little memory."""

    async def bomb(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n")
        squeezer = zlib.compressobj(9, wbits=31)
        for _ in range(10_000):
            writer.write(squeezer.compress(bytes(1_000_000)))
            await writer.drain()
            await asyncio.sleep(0)  # this server shares our loop

    url = web.script("/bomb", bomb)
    gc.collect()
    tracemalloc.start()
    result = await fetch(url, limit=2_000_000, seconds=5)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert result.outcome is FetchOutcome.TOO_LARGE
    assert "2,000,000" in result.detail
    assert result.body == b""
    assert peak < 12_000_000


async def test_a_body_that_never_ends_is_cut_off_at_the_limit(web: Any, fetch: Any) -> None:
    """Without a length, whatever it says."""

    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n<rss>")
        while True:
            writer.write(b"<item/>" * 1000)
            await writer.drain()
            await asyncio.sleep(0)  # this server shares our loop

    result = await fetch(web.script("/feed", endless), limit=100_000)
    assert result.outcome is FetchOutcome.TOO_LARGE


async def test_a_body_announced_too_large_is_not_begun(web: Any, fetch: Any) -> None:
    """The length alone is enough."""
    url = web.raw("/feed", b"HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\n")
    assert (await fetch(url, limit=1_000_000)).outcome is FetchOutcome.TOO_LARGE


@pytest.mark.parametrize(
    "data",
    [b"HTTP/1.1 200 OK\r\nServer: slow\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + b"x" * 500],
    ids=["headers", "body"],
)
async def test_bytes_that_drip_run_into_the_total_deadline(web: Any, fetch: Any, data: bytes) -> None:
    """A slow-loris keeps every read alive: only the whole is bounded."""

    async def slow(writer: asyncio.StreamWriter) -> None:
        await drip(writer, data, 0.01)

    began = time.monotonic()
    result = await fetch(web.script("/feed", slow), seconds=0.2)
    assert result.outcome is FetchOutcome.TIMEOUT
    assert "0.2 s" in result.detail
    assert time.monotonic() - began < 1


async def test_the_deadline_covers_the_redirects_too(web: Any, fetch: Any) -> None:
    """Hops that each take a little do not add up beyond it."""
    for number in range(5):
        web.reply(f"/{number}", 302, [("Location", f"/{number + 1}")], delay=0.08)
    assert (await fetch(web.url("/0"), seconds=0.2)).outcome is FetchOutcome.TIMEOUT


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nX-Giant: " + b"a" * 70_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: 1\r\n" % n for n in range(5000)) + b"\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\nhello\r\n0\r\n\r\n",
        b"\x16\x03\x01\x00\x05hello",
        b"HTTP/1.1 200 \x1b[31mOK\x9b\r\nX\x00: 1\r\n\r\n",
    ],
    ids=["ssh", "status", "colon", "length", "lengths", "giant", "many", "chunk", "binary", "control"],
)
async def test_what_is_not_http_is_malformed(web: Any, fetch: Any, data: bytes) -> None:
    """Its own outcome, told from a connection that broke."""
    result = await fetch(web.raw("/feed", data))
    assert result.outcome is FetchOutcome.MALFORMED
    assert result.detail.isprintable()


async def test_a_header_of_sixty_kilobytes_is_read(web: Any, fetch: Any) -> None:
    """Real servers send policies of that size."""
    url = web.reply("/feed", 200, [("Content-Security-Policy", "x" * 60_000)], b"x")
    assert (await fetch(url)).outcome is FetchOutcome.OK


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    ],
    ids=["nothing", "headers", "length", "chunked"],
)
async def test_a_connection_that_breaks_gives_no_half_feed(web: Any, fetch: Any, data: bytes) -> None:
    """A body cut short is a failed connection, not a feed that lost its entries."""
    result = await fetch(web.raw("/feed", data))
    assert result.outcome is FetchOutcome.CONNECT
    assert result.body == b""
    assert len(web.asked) == 1


async def test_a_refused_connection_is_told_from_a_slow_one(fetch: Any) -> None:
    """A port where nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        result = await fetch(f"http://127.0.0.1:{held.getsockname()[1]}/feed")
    assert result.outcome is FetchOutcome.CONNECT
    assert "connection refused" in result.detail


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "nonsense"])
async def test_a_coding_we_did_not_ask_for_is_refused_by_name(web: Any, fetch: Any, coding: str) -> None:
    """Brotli among them: what cannot be bounded is neither asked for nor decoded."""
    result = await fetch(web.reply("/feed", 200, [("Content-Encoding", coding)], b"\x8b\x00\x80"))
    assert result.outcome is FetchOutcome.BAD_ENCODING
    assert coding in result.detail


@pytest.mark.parametrize(
    "url",
    [
        "",
        "feed.xml",
        "ftp://example.org/x",
        "http://",
        "http://a b/",
        "http://0x08080808/",
        "http://x:99999/",
        "http://0177.0.0.1/",
    ],
)
async def test_what_is_no_web_address_is_an_outcome(fetch: Any, url: str) -> None:
    """Nothing raises, whatever the config or an entry holds."""
    assert (await fetch(url, seconds=0.5)).outcome is FetchOutcome.BAD_URL


async def test_a_name_that_does_not_exist_is_a_dns_failure(make_fetch: Any) -> None:
    """`.invalid` never resolves (RFC 6761)."""
    result = await make_fetch(Service())("http://news.invalid/feed", seconds=3)
    assert result.outcome is FetchOutcome.DNS
    assert "news.invalid" in result.detail


async def test_cancelled_requests_leave_the_pool_alive(web: Any, fetch: Any) -> None:
    """Two hundred requests that ran into their deadline or were given up, then a good one."""

    async def never(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    slow, good = web.script("/never", never), web.reply("/feed", 200, [], b"x")
    late = await asyncio.gather(*(fetch(slow, seconds=0.3) for _ in range(100)))
    assert {each.outcome for each in late} == {FetchOutcome.TIMEOUT}
    tasks = [asyncio.create_task(fetch(slow)) for _ in range(100)]
    await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert all(task.cancelled() for task in tasks)
    assert (await fetch(good, seconds=1)).outcome is FetchOutcome.OK


async def test_a_connection_is_used_again(web: Any, fetch: Any) -> None:
    """Answers read to their end, and answers without a body, leave it in the pool."""
    url = web.reply("/feed", 200, [], b"x")
    for _ in range(3):
        assert (await fetch(url)).outcome is FetchOutcome.OK
    assert web.connections == 1


async def test_a_pooled_connection_that_was_closed_meanwhile_costs_no_poll(web: Any, fetch: Any) -> None:
    """It is replaced by a fresh one at once."""
    url = web.reply("/feed", 200, [], b"x")
    await fetch(url)

    async def gone(writer: asyncio.StreamWriter) -> None:
        web.reply("/feed", 200, [], b"again")
        writer.close()

    web.script("/feed", gone)
    result = await fetch(url)
    assert (result.outcome, result.body) == (FetchOutcome.OK, b"again")
    assert (len(web.asked), web.connections) == (3, 2)


async def test_no_answer_makes_a_fetch_raise(web: Any, fetch: Any) -> None:
    """Three hundred mutilated answers, from a fixed seed: each ends in an outcome, and the last good one in OK."""
    chance = random.Random(20260301)  # noqa: S311 - a fixed seed is the point
    whole = (
        b'HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nETag: "a"\r\nRetry-After: 5\r\n'
        b"Location: /feed\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\n\x1f\x8b\x08\x00\x00\r\n0\r\n\r\n"
    )
    for _ in range(300):
        broken = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            broken[chance.randrange(len(broken))] = chance.randrange(256)
        broken[9:12] = chance.choice([b"200", b"301", b"304", b"503"])
        result = await fetch(web.raw("/feed", bytes(broken[: chance.randrange(20, len(broken) + 1)])))
        assert isinstance(result.outcome, FetchOutcome)
        assert result.detail.isprintable()
    assert (await fetch(web.reply("/good", 200, [], b"x"))).outcome is FetchOutcome.OK
