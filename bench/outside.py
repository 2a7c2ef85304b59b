"""The world outside, on loopback: an HTTP proxy that answers every host itself and never dials one.

    http:  absolute-form request → answer
    https: CONNECT → TLS under a certificate made for that host by a private authority → request → answer

Recorded is answered with validators, and with 304 to whoever shows them; anything else, robots.txt included, with 404.
It runs in a process of its own, so that neither its time nor its memory is the monitor's.
"""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from bench.recordings import FEEDS, PAGES, RecordedFeed, feed_of_pages, place, read_feeds, read_pages
from monitor.testing.tls import PrivateCA

LAST_MODIFIED = "Mon, 23 Nov 2026 00:00:00 GMT"
_START_SECONDS = 60.0
_HEAD_LIMIT = 256 * 1024
"""Bytes of a request's head; recorded links run to several kilobytes."""


@dataclass(frozen=True, slots=True)
class Document:
    """What stands at one place."""

    kind: str
    """`feed` or `page`."""
    body: bytes
    content_type: str

    @property
    def etag(self) -> str:
        return f'"{hashlib.blake2b(self.body, digest_size=8).hexdigest()}"'


@dataclass(frozen=True, slots=True)
class Request:
    """One request's head; names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Opened:
    """What the server's process tells when it listens."""

    port: int
    ca_file: Path
    feeds: tuple[tuple[str, str, str], ...]
    """(id, URL, name)."""


@dataclass(slots=True)
class Served:
    """What was asked and answered."""

    answers: Counter[str] = field(default_factory=Counter)
    """By kind and status: `feed 304`, `page 200`, `robots 404`."""
    most_at_once: int = 0
    """Requests to one host that were being answered at the same time, at the most."""
    broken: Counter[str] = field(default_factory=Counter)
    """Connections that ended in an error, by its class."""


def parse_head(head: bytes) -> Request:
    """A request's head, up to and with its empty line. Raise ValueError for what is none."""
    line, *fields = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    method, target, _ = line.split(" ")
    pairs = (each.partition(":") for each in fields)
    return Request(method, target, {name.strip().lower(): value.strip() for name, _, value in pairs})


def answer(request: Request, document: Document | None) -> tuple[int, bytes]:
    """Status and whole response. If-None-Match goes before If-Modified-Since (RFC 9110 §13.2.2)."""
    if request.method != "GET":
        return 405, _response("405 Method Not Allowed", "text/plain", b"", ("Allow: GET",))
    if document is None:
        return 404, _response("404 Not Found", "text/html", b"<html><body>Not recorded.</body></html>")
    validators = (f"ETag: {document.etag}", f"Last-Modified: {LAST_MODIFIED}")
    shown = request.headers.get("if-none-match")
    if shown == document.etag or (shown is None and request.headers.get("if-modified-since") == LAST_MODIFIED):
        return 304, _response("304 Not Modified", None, b"", validators)
    return 200, _response("200 OK", document.content_type, document.body, validators)


def _response(status: str, content_type: str | None, body: bytes, fields: tuple[str, ...] = ()) -> bytes:
    typed = () if content_type is None else (f"Content-Type: {content_type}", f"Content-Length: {len(body)}")
    return "\r\n".join((f"HTTP/1.1 {status}", *typed, *fields, "", "")).encode("latin-1") + body


def kind_of(target: str, document: Document | None) -> str:
    """What a request was for, as far as its answer shows."""
    if document is not None:
        return document.kind
    return "robots" if target == "/robots.txt" else "page"


class Outside:
    """The proxy. `documents` by host and target."""

    def __init__(self, documents: Mapping[tuple[str, str], Document], authority: PrivateCA) -> None:
        self.served = Served()
        self._documents = documents
        self._authority = authority
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._now: defaultdict[str, int] = defaultdict(int)
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """Listen on loopback; the port."""
        self._server = await asyncio.start_server(self._session, "127.0.0.1", 0, limit=_HEAD_LIMIT)
        return int(self._server.sockets[0].getsockname()[1])

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(reader, writer)
        except asyncio.IncompleteReadError as error:
            self.served.broken.update(["cut off in a request"] if error.partial else [])
        except (OSError, ValueError, asyncio.LimitOverrunError) as error:
            self.served.broken.update([type(error).__name__])
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inside = ""
        while True:
            request = parse_head(await reader.readuntil(b"\r\n\r\n"))
            if request.method == "CONNECT":
                inside = request.target.rpartition(":")[0].lower()
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await writer.start_tls(self._context(inside))
            else:
                await self._answer(writer, request, (inside, request.target) if inside else place(request.target))

    async def _answer(self, writer: asyncio.StreamWriter, request: Request, where: tuple[str, str]) -> None:
        host, target = where
        document = self._documents.get(where)
        self._now[host] += 1
        self.served.most_at_once = max(self.served.most_at_once, self._now[host])
        try:
            status, response = answer(request, document)
            writer.write(response)
            await writer.drain()
        finally:
            self._now[host] -= 1
        self.served.answers[f"{kind_of(target, document)} {status}"] += 1

    def _context(self, host: str) -> ssl.SSLContext:
        if host not in self._contexts:
            self._contexts[host] = self._authority.server_context(host)
        return self._contexts[host]


class OutsideProcess:
    """The proxy in its process. `with` starts it; `opened` tells where it is, `stop` what it served."""

    def __init__(self, recordings: Path, folder: Path) -> None:
        """`folder` exists and is where certificates go."""
        spawn = get_context("spawn")
        self._ours, theirs = spawn.Pipe()
        self._process: SpawnProcess = spawn.Process(target=_run, args=(recordings, folder, theirs), daemon=True)
        self._theirs = theirs
        self.opened: Opened

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def __enter__(self) -> OutsideProcess:
        self._process.start()
        self._theirs.close()
        if not self._ours.poll(_START_SECONDS):
            raise TimeoutError(f"the recordings were not served within {_START_SECONDS:g} s")
        self.opened = self._ours.recv()
        return self

    def __exit__(self, *_: object) -> None:
        self._ours.close()
        self._process.join(timeout=10)
        if self._process.is_alive():
            self._process.kill()

    def served(self) -> Served:
        """What it has answered so far."""
        self._ours.send("served?")
        served: Served = self._ours.recv()
        return served


def load(recordings: Path) -> tuple[list[RecordedFeed], dict[tuple[str, str], Document]]:
    """The feeds, the one made of pages among them, and all that is served."""
    pages = list(read_pages(recordings / PAGES))
    feeds = [*read_feeds(recordings / FEEDS), feed_of_pages(pages)]
    documents = {place(feed.url): Document("feed", feed.body, "application/xml") for feed in feeds}
    for page in pages:
        if page.url:
            html = page.html.encode("utf-8", "replace")
            documents[place(page.url)] = Document("page", html, "text/html; charset=utf-8")
    return feeds, documents


def _run(recordings: Path, folder: Path, pipe: Connection) -> None:
    asyncio.run(_until_left(recordings, folder, pipe))


async def _until_left(recordings: Path, folder: Path, pipe: Connection) -> None:
    """Serve, and answer questions about it, until the other end of the pipe is gone."""
    feeds, documents = load(recordings)
    authority = PrivateCA(folder)
    outside = Outside(documents, authority)
    port = await outside.start()
    pipe.send(Opened(port, authority.ca_file, tuple((f.id, f.url, f.name) for f in feeds)))
    try:
        while await asyncio.to_thread(pipe.recv):
            pipe.send(outside.served)
    except EOFError:
        return
