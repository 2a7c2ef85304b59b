"""A scripted HTTP server on loopback that records what it was asked, and fetchers to ask it with."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import pytest
from aiohttp.abc import AbstractResolver

from monitor.fetch.client import HttpFetcher
from monitor.model.news import FetchRequest, FetchResult, Validators
from monitor.model.settings import Feed, SecretRef, Service
from monitor.ports import Secrets

Script = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Asked:
    """One request as it stood on the wire."""

    line: str
    headers: tuple[tuple[str, str], ...]

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


class Server:
    """Answers by path, keeps connections alive, and forgets nothing it was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        self._scripts: dict[str, Script] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._scheme = "http"
        self.port = 0

    async def start(self, tls: ssl.SSLContext | None = None) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls, backlog=400)
        self._scheme = "https" if tls else "http"
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self._scheme}://{host}:{self.port}{path}"

    def script(self, path: str, script: Script) -> str:
        """Let a coroutine write the whole answer. Returns the URL."""
        self._scripts[path] = script
        return self.url(path)

    def raw(self, path: str, data: bytes) -> str:
        async def write(writer: asyncio.StreamWriter) -> None:
            writer.write(data)
            writer.close()

        return self.script(path, write)

    def reply(
        self, path: str, status: int = 200, headers: Sequence[tuple[str, str]] = (), body: bytes = b"", delay: float = 0
    ) -> str:
        async def write(writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(delay)
            length = [] if status in (204, 304) else [("Content-Length", str(len(body)))]
            head = "".join(f"{name}: {value}\r\n" for name, value in [*headers, *length])
            writer.write(f"HTTP/1.1 {status} Said\r\n{head}\r\n".encode("latin-1") + body)

        return self.script(path, write)

    def redirect(self, path: str, to: str, status: int = 302) -> str:
        return self.reply(path, status, [("Location", to)])

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while not writer.is_closing():
                await self._answer(reader, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # the client left, or the test is over
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *rest = head.strip().split("\r\n")
        self.asked.append(Asked(line, tuple((n, v.strip()) for n, _, v in (each.partition(":") for each in rest))))
        path = line.split(" ")[1]
        await self._scripts.get(path, _not_found)(writer)


async def _not_found(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")


class RealClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


def _secret(ref: SecretRef) -> str:
    return f"value-of-{ref.name}"


class Fetch(Protocol):
    """One fetch by a fetcher that lives as long as the test."""

    async def __call__(
        self,
        url: str,
        kind: str = "feed",
        *,
        validators: Validators | None = None,
        feed: Feed | None = None,
        limit: int = 1_000_000,
        seconds: float = 2.0,
    ) -> FetchResult: ...


class MakeFetcher(Protocol):
    """Fetchers that are closed at the end of the test."""

    def __call__(
        self, service: Service, secrets: Secrets = ..., resolver: Callable[[], AbstractResolver] | None = None
    ) -> HttpFetcher: ...


MakeFetch = Callable[[Service], Fetch]
LOOPBACK = Service(allow_private=("127.0.0.0/8",), contact="https://example.org/about")


def _fetch_by(fetcher: HttpFetcher) -> Fetch:
    async def fetch(
        url: str,
        kind: str = "feed",
        *,
        validators: Validators | None = None,
        feed: Feed | None = None,
        limit: int = 1_000_000,
        seconds: float = 2.0,
    ) -> FetchResult:
        return await fetcher.fetch(FetchRequest(url, kind, limit, timedelta(seconds=seconds), validators, feed))

    return fetch


@pytest.fixture
async def make_fetcher() -> AsyncIterator[MakeFetcher]:
    made: list[HttpFetcher] = []

    def make(
        service: Service, secrets: Secrets = _secret, resolver: Callable[[], AbstractResolver] | None = None
    ) -> HttpFetcher:
        made.append(HttpFetcher(service, secrets, "0.1", RealClock(), resolver))
        return made[-1]

    yield make
    for fetcher in made:
        await fetcher.aclose()


@pytest.fixture
def make_fetch(make_fetcher: MakeFetcher) -> MakeFetch:
    return lambda service: _fetch_by(make_fetcher(service))


@pytest.fixture
def fetch(make_fetch: MakeFetch) -> Fetch:
    """By a fetcher that may dial 127.0.0.0/8."""
    return make_fetch(LOOPBACK)


@pytest.fixture
async def web() -> AsyncIterator[Server]:
    server = Server()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def other() -> AsyncIterator[Server]:
    """A second server: another port, so another origin."""
    server = Server()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
def ca(tmp_path: Path) -> tuple[Path, ssl.SSLContext]:
    """A private authority made for this test: its PEM file, and a server context for localhost signed by it."""
    return _private_ca(tmp_path)


@pytest.fixture
async def secure(ca: tuple[Path, ssl.SSLContext]) -> AsyncIterator[Server]:
    server = Server()
    await server.start(ca[1])
    yield server
    await server.stop()


def _private_ca(folder: Path) -> tuple[Path, ssl.SSLContext]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    now = datetime.now(UTC)

    def certificate(name: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
        )

    def key_id(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())

    root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = (
        certificate("Test authority", "Test authority", root_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    leaf = (
        certificate("localhost", "Test authority", leaf_key)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(key_id(root_key), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(root.public_bytes(pem))
    (folder / "leaf.pem").write_bytes(leaf.public_bytes(pem))
    (folder / "leaf.key").write_bytes(
        leaf_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "leaf.pem", folder / "leaf.key")
    return folder / "ca.pem", context
