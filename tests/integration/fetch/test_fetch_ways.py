"""Other ways to the server: TLS under a private authority, a proxy, names, resolvers."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from monitor.errors import ConfigError
from monitor.fetch.tls import client_context
from monitor.fetch.transport import AiohttpTransport
from monitor.model.news import FetchOutcome, FetchRequest
from monitor.model.settings import Service


async def test_a_private_authority_is_trusted_when_it_is_given(secure: Any, ca: Any, make_fetch: Any) -> None:
    """With `ca_file` the fetch succeeds; without it the outcome says which setting is missing."""
    url = secure.reply("/feed", 200, [], b"x").replace("127.0.0.1", "localhost")
    without = await make_fetch(Service(allow_private=("localhost",)))(url)
    assert without.outcome is FetchOutcome.TLS
    assert "ca_file" in without.detail
    with_it = await make_fetch(Service(allow_private=("localhost",), ca_file=ca[0]))(url)
    assert with_it.outcome is FetchOutcome.OK


async def test_a_certificate_for_another_name_is_refused(secure: Any, ca: Any, make_fetch: Any) -> None:
    """The authority alone is not enough."""
    result = await make_fetch(Service(allow_private=("127.0.0.1",), ca_file=ca[0]))(secure.url("/feed"))
    assert result.outcome is FetchOutcome.TLS
    assert "127.0.0.1" in result.detail


async def test_plain_http_behind_https_is_a_tls_failure(fetch: Any) -> None:
    """A server that speaks no TLS."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        result = await fetch(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/feed")
    assert result.outcome is FetchOutcome.TLS


@pytest.mark.parametrize("content", [None, "no certificate at all"])
def test_an_authority_file_that_cannot_be_used_is_a_config_error(tmp_path: Path, content: str | None) -> None:
    """It names the file and the setting."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError, match="ca_file") as caught:
        client_context(path)
    assert str(path) in str(caught.value)


@dataclass
class Proxy:
    """A forwarding proxy on loopback: absolute-form requests and CONNECT, all of it led to one server."""

    target_port: int
    lines: list[str] = field(default_factory=list)
    refuse_with: int | None = None
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await self._pass_on(reader, writer)
        writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        line = head.split(b"\r\n")[0].decode()
        self.lines.append(line)
        if self.refuse_with:
            writer.write(f"HTTP/1.1 {self.refuse_with} No\r\nContent-Length: 0\r\n\r\n".encode())
            return
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        if line.startswith("CONNECT"):
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        else:
            url = line.split(" ")[1]
            up_writer.write(head.replace(url.encode(), b"/" + url.split("/", 3)[3].encode(), 1))
        await asyncio.gather(_pipe(reader, up_writer), _pipe(up_reader, writer))


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def proxy_to(port: int) -> AsyncIterator[Proxy]:
    proxy = Proxy(port)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()


async def test_plain_requests_go_through_the_proxy(web: Any, make_fetcher: Any, make_fetch: Any) -> None:
    """In absolute form; the proxy looks names up and dials, so a name only it knows is reached."""
    web.reply("/feed", 200, [], b"x")
    async with proxy_to(web.port) as proxy:
        result = await make_fetch(Service(proxy=proxy.url))("http://only-inside.invalid/feed")
    assert result.outcome is FetchOutcome.OK
    assert proxy.lines == ["GET http://only-inside.invalid/feed HTTP/1.1"]
    assert web.asked[0].header("Host") == "only-inside.invalid"


async def test_tls_requests_go_through_a_tunnel(secure: Any, ca: Any, make_fetch: Any) -> None:
    """CONNECT, then TLS to the server itself, under the private authority."""
    secure.reply("/feed", 200, [], b"x")
    async with proxy_to(secure.port) as proxy:
        fetch = make_fetch(Service(proxy=proxy.url, ca_file=ca[0]))
        result = await fetch("https://localhost/feed")
        assert result.outcome is FetchOutcome.OK
        assert proxy.lines == ["CONNECT localhost:443 HTTP/1.1"]
        wrong = await fetch("https://other.example/feed")
        assert wrong.outcome is FetchOutcome.TLS


async def test_a_proxy_that_refuses_or_is_down_is_named(make_fetch: Any) -> None:
    """The trouble is the proxy's, and the detail says so."""
    async with proxy_to(1) as proxy:
        proxy.refuse_with = 502
        result = await make_fetch(Service(proxy=proxy.url))("https://example.invalid/feed")
        assert result.outcome is FetchOutcome.CONNECT
        assert "proxy" in result.detail
        assert "502" in result.detail
    down = await make_fetch(Service(proxy=proxy.url))("http://example.invalid/feed")
    assert down.outcome is FetchOutcome.CONNECT
    assert "proxy" in down.detail


async def test_the_environment_chooses_no_proxy(web: Any, fetch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not in the config does not redirect our requests."""
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert (await fetch(web.reply("/feed", 200, [], b"x"))).outcome is FetchOutcome.OK


class Names(AbstractResolver):
    """Look-ups with scripted answers."""

    def __init__(self, answers: list[list[str]]) -> None:
        self._answers = answers

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        addresses = self._answers.pop(0) if self._answers else []
        if not addresses:
            await asyncio.sleep(60)
        return [ResolveResult(hostname=host, host=a, port=port, family=family, proto=0, flags=0) for a in addresses]

    async def close(self) -> None:
        """Nothing is held."""


async def test_a_name_with_one_private_address_is_dialled_at_the_others(web: Any) -> None:
    """Each address is judged as it is dialled: the private one is passed over."""

    def guard(host: str, address: str) -> str | None:
        return "not for us" if address == "127.0.0.2" else None

    web.reply("/feed", 200, [], b"x")
    transport = AiohttpTransport(client_context(), guard, resolver=lambda: Names([["127.0.0.2", "127.0.0.1"]]))
    async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
        answer = await client.get(f"http://mixed.example:{web.port}/feed")
    assert answer.content == b"x"


async def test_a_name_that_changes_its_answer_is_judged_by_what_is_dialled(web: Any, make_fetcher: Any) -> None:
    """Allowed at one address, it is refused once it leads to another: no earlier look-up is trusted."""
    url = web.raw("/feed", b"HTTP/1.0 200 OK\r\n\r\nx").replace("127.0.0.1", "rebound.example")
    names = [["127.0.0.1"], ["127.0.0.2"]]
    results = []
    for _ in range(2):
        fetcher = make_fetcher(Service(allow_private=("127.0.0.1/32",)), resolver=lambda: Names(names))
        results.append(await fetcher.fetch(request(url, 1)))
    assert [each.outcome for each in results] == [FetchOutcome.OK, FetchOutcome.PRIVATE_ADDRESS]
    assert "127.0.0.2" in results[1].detail


def request(url: str, seconds: float) -> FetchRequest:
    return FetchRequest(url, "feed", 1000, timedelta(seconds=seconds))


async def test_a_look_up_that_hangs_starves_nobody(web: Any, make_fetcher: Any) -> None:
    """Forty names without an answer run into their own deadlines while another host is fetched."""
    fetcher = make_fetcher(Service(allow_private=("127.0.0.0/8",)), resolver=lambda: Names([]))
    hung = [asyncio.create_task(fetcher.fetch(request(f"http://hang{n}.example/", 0.4))) for n in range(40)]
    good = await fetcher.fetch(request(web.reply("/feed", 200, [], b"x"), 0.3))
    assert good.outcome is FetchOutcome.OK
    assert {each.outcome for each in await asyncio.gather(*hung)} == {FetchOutcome.TIMEOUT}


async def test_a_name_server_that_never_answers_starves_nobody(web: Any, make_fetcher: Any) -> None:
    """The same with aiodns itself, asking a server that is silent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        server = f"127.0.0.1:{silent.getsockname()[1]}"
        fetcher = make_fetcher(
            Service(allow_private=("127.0.0.0/8",)), resolver=lambda: aiohttp.AsyncResolver(nameservers=[server])
        )
        hung = [asyncio.create_task(fetcher.fetch(request(f"http://hang{n}.example/", 0.4))) for n in range(40)]
        url = web.reply("/feed", 200, [], b"x").replace("127.0.0.1", "localhost")
        assert (await fetcher.fetch(request(url, 0.3))).outcome is FetchOutcome.OK
        assert {each.outcome for each in await asyncio.gather(*hung)} == {FetchOutcome.TIMEOUT}
        await fetcher.aclose()


async def test_names_of_this_machine_resolve(web: Any, fetch: Any) -> None:
    """localhost is found although no name server is asked for it."""
    assert (await fetch(web.reply("/feed", 200, [], b"x").replace("127.0.0.1", "localhost"))).outcome is FetchOutcome.OK


async def test_an_idle_connection_is_let_go_of(make_fetch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of hosts asked once an hour must not each hold a connection: it is closed once it has been idle."""
    monkeypatch.setattr("monitor.fetch.transport._IDLE_SECONDS", 0.05)
    left = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
        assert await reader.read() == b""
        left.set()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        result = await make_fetch(Service(allow_private=("127.0.0.1",)))(f"http://127.0.0.1:{port}/feed")
        assert result.outcome is FetchOutcome.OK
        await asyncio.wait_for(left.wait(), 2)
