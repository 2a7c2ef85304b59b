"""One POST of a webhook: what servers and networks do with it, and what is made of that."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.fetch.post import HttpPost
from monitor.model.news import FetchOutcome
from monitor.model.settings import Service
from monitor.ports import Post, Posted

LOOPBACK = Service(allow_private=("127.0.0.0/8",), contact="https://example.org/about")
MakePost = Callable[[Service], HttpPost]


@pytest.fixture
async def make_post() -> AsyncIterator[MakePost]:
    """Posts that are closed at the end of the test."""
    made: list[HttpPost] = []

    def make(service: Service) -> HttpPost:
        made.append(HttpPost(service, "0.1"))
        return made[-1]

    yield make
    for post in made:
        await post.aclose()


@pytest.fixture
def post(make_post: MakePost) -> Post:
    """One that may dial loopback."""
    return make_post(LOOPBACK)


async def send(post: Post, url: str, body: bytes = b"{}", seconds: float = 2.0) -> Posted:
    return await post(
        url, {"content-type": "application/json", "webhook-id": "msg_1"}, body, timedelta(seconds=seconds)
    )


@pytest.mark.parametrize("status", [200, 201, 204, 301, 307, 400, 401, 404, 410, 429, 500, 503, 599])
async def test_every_status_is_an_answer(web: Any, post: Post, status: int) -> None:
    """It comes back as it is, with the headers, names in lower case; judging it is the channel's business."""
    url = web.reply("/in", status, [("Retry-After", "30"), ("Location", "/elsewhere")])
    posted = await send(post, url)
    assert (posted.status, posted.error) == (status, None)
    assert posted.header("retry-after") == "30"
    assert [asked.line for asked in web.asked] == ["POST /in HTTP/1.1"]


async def test_the_request_is_what_was_asked_for(post: Post) -> None:
    """Headers and bytes arrive as given, with the length and the program's name; there is no cookie and no chunk."""
    async with listening(b"HTTP/1.1 204 No Content\r\nSet-Cookie: a=b\r\n\r\n") as (url, heard):
        for _ in range(2):
            assert (await send(post, url + "/in?key=1", b'{"type":"ping"}')).status == 204
    head, _, body = heard[1].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    assert lines[0] == "POST /in?key=1 HTTP/1.1"
    assert body == b'{"type":"ping"}'
    assert (fields["content-type"], fields["webhook-id"]) == ("application/json", "msg_1")
    assert fields["content-length"] == "15"
    assert fields["user-agent"].startswith("news-monitor/0.1")
    assert "https://example.org/about" in fields["user-agent"]
    assert not {"cookie", "transfer-encoding"} & fields.keys()


@asynccontextmanager
async def listening(answer: bytes, then: bytes = b"", every: float = 0.0) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that keeps the bytes it hears, says `answer`, and goes on with `then` for ever, where it is given."""
    heard: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
                heard.append(head + await reader.readexactly(length))
                writer.write(answer)
                while then:
                    writer.write(then)
                    await writer.drain()
                    await asyncio.sleep(every)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # the client left
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard
    finally:
        server.close()


async def test_a_redirect_is_not_followed(web: Any, other: Any, post: Post) -> None:
    """The new place is never asked: a payload goes where it was addressed."""
    url = web.redirect("/in", other.reply("/elsewhere", 204), 307)
    assert (await send(post, url)).status == 307
    assert other.asked == []


async def test_a_server_that_says_nothing_ends_in_time(web: Any, post: Post) -> None:
    """The time-out is for the whole of it, and the outcome says how long was waited."""
    url = web.reply("/in", 204, delay=30)
    began = time.monotonic()
    posted = await send(post, url, seconds=0.3)
    assert time.monotonic() - began < 2
    assert (posted.status, posted.error, posted.detail) == (None, FetchOutcome.TIMEOUT, "no answer within 0.3 s")


async def test_time_outs_leave_the_pool_usable(web: Any, post: Post) -> None:
    """After many posts that were cut off the next one goes through."""
    slow, quick = web.reply("/slow", 204, delay=30), web.reply("/quick", 204)
    posted = await asyncio.gather(*(send(post, slow, seconds=0.1) for _ in range(40)))
    assert {p.error for p in posted} == {FetchOutcome.TIMEOUT}
    assert (await send(post, quick)).status == 204


@pytest.mark.parametrize("kind", ["endless", "promised"])
async def test_an_answer_without_end_is_not_read(post: Post, kind: str) -> None:
    """Its head is the answer, whether the body never ends or never comes."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"
    more = b"x" * 65536 if kind == "endless" else b""
    async with listening(head, more, 0.001) as (url, _):
        began = time.monotonic()
        posted = await send(post, url + "/in", seconds=5)
        assert posted.status == 200
        assert time.monotonic() - began < 2


async def test_a_server_that_is_not_there(post: Post) -> None:
    """A refused connection is an outcome, not an exception."""
    async with listening(b"") as (url, _):
        pass
    posted = await send(post, url)
    assert (posted.status, posted.error) == (None, FetchOutcome.CONNECT)
    assert "127.0.0.1" in posted.detail


async def test_a_server_that_speaks_no_http(post: Post) -> None:
    """So is an answer that is none."""
    async with listening(b"220 mail.example ESMTP\r\n") as (url, _):
        posted = await send(post, url)
    assert posted.status is None
    assert posted.error is not None


@pytest.mark.parametrize(
    ("host", "line"),
    [
        ("127.0.0.1", 'allow_private = ["127.0.0.1/32"]'),
        ("10.1.2.3", 'allow_private = ["10.1.2.3/32"]'),
        ("localhost", 'allow_private = ["localhost"]'),
    ],
)
async def test_private_addresses_are_refused(make_post: MakePost, web: Any, host: str, line: str) -> None:
    """Literal or resolved, before anything is sent; the refusal has the config line that would allow it."""
    web.reply("/in", 204)
    posted = await send(make_post(Service()), web.url("/in", host))
    assert (posted.status, posted.error) == (None, FetchOutcome.PRIVATE_ADDRESS)
    assert line in posted.detail
    assert web.connections == 0


async def test_the_line_of_the_refusal_allows_it(make_post: MakePost, web: Any) -> None:
    """Following the advice works."""
    url = web.reply("/in", 204)
    assert (await send(make_post(Service(allow_private=("127.0.0.1/32",))), url)).status == 204


@pytest.mark.parametrize("url", ["ftp://example.org/in", "not a url", "https://", "http://exa mple.org/"])
async def test_what_is_no_web_address_is_said_so(post: Post, url: str) -> None:
    """Nothing is dialled."""
    posted = await send(post, url)
    assert (posted.status, posted.error) == (None, FetchOutcome.BAD_URL)


async def test_details_never_repeat_the_url(post: Post) -> None:
    """Webhook addresses can hold secrets."""
    for url in ("ftp://example.org/s3cret", "http://127.0.0.1:9/s3cret?token=s3cret"):
        assert "s3cret" not in (await send(post, url, seconds=1)).detail


async def test_a_private_authority_is_trusted_when_it_is_given(
    make_post: MakePost, secure: Any, ca: tuple[Path, Any]
) -> None:
    """Without `ca_file` the outcome says which setting is missing; with it the post arrives."""
    url = secure.reply("/in", 204).replace("127.0.0.1", "localhost")
    without = await send(make_post(Service(allow_private=("localhost",))), url)
    assert without.error is FetchOutcome.TLS
    assert "ca_file" in without.detail
    assert (await send(make_post(Service(allow_private=("localhost",), ca_file=ca[0])), url)).status == 204


async def test_it_goes_through_the_proxy(make_post: MakePost) -> None:
    """In absolute form; the proxy is who looks the name up, so that an address is not judged here."""
    async with listening(b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n") as (proxy, heard):
        posted = await send(make_post(Service(proxy=proxy)), "http://10.9.8.7/in")
    assert posted.status == 202
    assert heard[0].startswith(b"POST http://10.9.8.7/in HTTP/1.1\r\n")
