"""A newsroom on loopback: many outlets, each on an address of its own, each path with a script of answers.

Linux answers on all of 127.0.0.0/8, so every outlet gets 127.1.x.y and counts as a host of its own: one connection a
host serialises nothing. A path's script is a list of answers; an answer may hold for so many requests (`times`) and
only from a step on (`step`), so that a story unfolds as the newsroom is moved on with `Newsroom.step`.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import web
from multidict import CIMultiDict

from monitor.testing.serving import Serving, listen

LAST_MODIFIED = "Mon, 23 Nov 2026 06:00:00 GMT"
"""Of every conditional answer that names no other: a server that knows its files, and nothing of the real date."""
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to one request."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent as given; a `CIMultiDict` may hold a name twice. An ETag or Last-Modified given here is the one that is
    compared."""
    conditional: bool = False
    """Send validators, and 304 to whoever shows them."""
    delay: float = 0.0
    """Seconds before the first byte."""
    drip: tuple[int, float] | None = None
    """So many bytes at a time, with so many seconds between."""
    drop_after: int | None = None
    """Cut the connection after so many bytes of the body; 0 cuts it after the headers."""
    endless: bool = False
    """Repeat the body until the client goes away."""
    raw: bytes | None = None
    """Sent in place of everything else, status line and headers included (`delay` and `drip` hold for it too); then the
    connection is closed."""
    times: int | None = None
    """For so many requests, then the next answer of the script holds; None: for ever."""
    step: int = 0
    """Not before the newsroom has come to this step."""

    @property
    def etag(self) -> str:
        return self.headers.get("ETag") or f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'

    @property
    def last_modified(self) -> str:
        return self.headers.get("Last-Modified") or LAST_MODIFIED


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it came."""

    at: float
    """`time.monotonic`."""
    method: str
    outlet: str
    path: str
    """With its query."""
    headers: tuple[tuple[str, str], ...]
    """As spelt and ordered by the client."""
    status: int
    """Of the answer; 0 for a raw one."""

    def header(self, name: str) -> str | None:
        """The first value of a header, by its name in any case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


NOT_FOUND = Answer(404, b"<html><title>404</title><body>No such page.</body></html>", {"Content-Type": "text/html"})


class _Script:
    """The answers of one path and how often each was given."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        self.answers = list(answers)
        self._given: dict[int, int] = {}

    def take(self, step: int) -> Answer:
        """The next answer: of those whose step has come, the latest step's first that is not used up."""
        here = [(n, a) for n, a in enumerate(self.answers) if a.step <= step]
        if not here:
            return NOT_FOUND
        latest = max(a.step for _, a in here)
        ready = [(n, a) for n, a in here if a.step == latest]
        number, answer = next(((n, a) for n, a in ready if not self._used_up(n, a)), ready[-1])
        self._given[number] = self._given.get(number, 0) + 1
        return answer

    def _used_up(self, number: int, answer: Answer) -> bool:
        return answer.times is not None and self._given.get(number, 0) >= answer.times


class Outlet:
    """One virtual host. Its `base` is known once the newsroom has started."""

    def __init__(self, name: str, room: Newsroom, host: str, port: int) -> None:
        self.name = name
        self.host = host
        self.port = port
        """0 until started, unless one was asked for."""
        self._room = room
        self._scripts: dict[str, _Script] = {}

    @property
    def base(self) -> str:
        return f"http://{self.host}:{self.port}"

    def url(self, path: str) -> str:
        return self.base + path

    def put(self, path: str, *answers: Answer) -> str:
        """Script a path (its query counts), in place of an earlier script; returns its URL. No answers: 404."""
        self._scripts[path] = _Script(answers)
        return self.url(path)

    def add(self, path: str, *answers: Answer) -> str:
        """Append to a path's script; returns its URL."""
        self._scripts.setdefault(path, _Script(())).answers.extend(answers)
        return self.url(path)

    def asked(self, path: str | None = None) -> list[Asked]:
        """The requests of this outlet, oldest first; of one path when it is named."""
        return [a for a in self._room.asked if a.outlet == self.name and path in (None, a.path)]

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer as scripted, and remember what was asked."""
        script = self._scripts.get(request.path_qs)
        answer = script.take(self._room.at_step) if script else NOT_FOUND
        unchanged = answer.conditional and _is_known(request, answer)
        status = 0 if answer.raw is not None else 304 if unchanged else answer.status
        self._room.asked.append(_record(request, self.name, status))
        await asyncio.sleep(answer.delay)
        if answer.raw is not None:
            return await _send_raw(request, answer.raw, answer.drip)
        return await _send(request, answer, status)


class Newsroom(Serving):
    """All outlets. `with Newsroom() as room:` in a thread, `async with` in the running loop."""

    def __init__(self, outlets: Sequence[str] = ("outlet",), ports: Mapping[str, int] | None = None) -> None:
        """`ports` asks for given ports: a restarted newsroom can keep its addresses."""
        super().__init__()
        wanted = ports or {}
        self.outlets = {
            name: Outlet(name, self, address(number), wanted.get(name, 0)) for number, name in enumerate(outlets)
        }
        self.asked: list[Asked] = []
        self.at_step = 0
        self._runners: list[web.ServerRunner] = []

    def __getitem__(self, name: str) -> Outlet:
        return self.outlets[name]

    def step(self, number: int) -> None:
        """Move the story on: answers of this step and before hold now."""
        self.at_step = number

    async def start(self) -> None:
        for outlet in self.outlets.values():
            runner, outlet.port = await listen(web.Server(outlet.handle), outlet.host, outlet.port)
            self._runners.append(runner)

    async def stop(self) -> None:
        await asyncio.gather(*(runner.cleanup() for runner in self._runners))
        self._runners.clear()


def address(number: int) -> str:
    """The loopback address of the n-th outlet: 127.1.0.1, 127.1.0.2, … 127.1.255.250."""
    high, low = divmod(number, 250)
    return f"127.1.{high}.{low + 1}"


def _record(request: web.BaseRequest, outlet: str, status: int) -> Asked:
    headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in request.raw_headers)
    return Asked(time.monotonic(), request.method, outlet, request.path_qs, headers, status)


def _is_known(request: web.BaseRequest, answer: Answer) -> bool:
    """RFC 9110, section 13.2.2: If-None-Match decides where it is given, else If-Modified-Since."""
    shown = request.headers.get("If-None-Match")
    if shown is not None:
        tags = [tag.strip().removeprefix("W/") for tag in shown.split(",")]
        return "*" in tags or answer.etag.removeprefix("W/") in tags
    return request.headers.get("If-Modified-Since") == answer.last_modified


async def _send(request: web.BaseRequest, answer: Answer, status: int) -> web.StreamResponse:
    body = b"" if status == 304 else answer.body
    response = web.StreamResponse(status=status, headers=CIMultiDict(answer.headers))
    if answer.conditional:
        response.headers["ETag"] = answer.etag
        response.headers["Last-Modified"] = answer.last_modified
    if answer.endless or status == 304:
        response.force_close()
    elif "Content-Length" not in answer.headers and "Transfer-Encoding" not in answer.headers:
        response.content_length = len(body)
    with suppress(ConnectionError):
        await response.prepare(request)
        if request.method != "HEAD":
            await _write(request, response, answer, body)
        await response.write_eof()
    return response


async def _write(request: web.BaseRequest, response: web.StreamResponse, answer: Answer, body: bytes) -> None:
    if answer.drop_after is not None:
        await response.write(body[: answer.drop_after])
        _cut(request)
        return
    size, wait = answer.drip or (_CHUNK, 0.0)
    while True:
        for start in range(0, len(body), size):
            await response.write(body[start : start + size])
            if wait:
                await asyncio.sleep(wait)
        if not answer.endless:
            return
        await asyncio.sleep(0)


async def _send_raw(request: web.BaseRequest, raw: bytes, drip: tuple[int, float] | None) -> web.StreamResponse:
    size, wait = drip or (max(1, len(raw)), 0.0)
    for start in range(0, len(raw), size):
        if request.transport is None:  # the client has gone
            break
        request.transport.write(raw[start : start + size])
        await asyncio.sleep(wait)
    _cut(request)
    return web.StreamResponse()


def _cut(request: web.BaseRequest) -> None:
    """Close without the end that was promised."""
    if request.transport is not None:
        request.transport.close()
