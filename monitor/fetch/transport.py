"""httpx on aiohttp: httpx is the client API, aiohttp moves the bytes.

Bodies come raw, as sent; cookies, environment variables and redirects are ignored; URLs go out exactly as given. Every
error of aiohttp becomes an httpx one, those that need telling apart by a class of their own:

httpx.TransportError
├── httpx.ConnectError          the address does not answer
│   ├── AddressRefused          no address of the host may be dialled
│   ├── NameNotResolved
│   └── TlsFailed
├── httpx.ReadError             the connection broke
├── httpx.RemoteProtocolError   the answer is not HTTP
├── httpx.ProxyError            the proxy did not let us through
├── httpx.TimeoutException
└── httpx.UnsupportedProtocol   the URL cannot be asked
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from dataclasses import dataclass, field

import aiohttp
import httpx
import yarl
from aiohttp.abc import AbstractResolver
from aiohttp.http_exceptions import HttpProcessingError

_FIELD_LIMIT = 65536
"""Bytes in one header field; aiohttp's own 8 KB fail on real servers' Content-Security-Policy."""
_IDLE_SECONDS = 3.0
"""How long an idle connection is kept: long enough for robots.txt, its page and the next page of that host. An open TLS
connection holds a third of a megabyte and a descriptor, and most hosts are not asked again for an hour."""
_NO_AUTO_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")

Guard = Callable[[str, str], str | None]
"""(host asked for, address about to be dialled) → why it is refused, or None."""


def name_resolver() -> AbstractResolver:
    """Look-ups by c-ares: they neither block the loop nor wait for a thread. Five seconds, then once more for ten: a
    name server that is silent costs its own hosts no more than half of a request's time."""
    return aiohttp.AsyncResolver(timeout=5, tries=2)


class AddressRefused(httpx.ConnectError):
    """Nothing was dialled: the guard refused every address. `address` is the first of them, `reason` why."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address} is {reason}")
        self.address = address
        self.reason = reason


class NameNotResolved(httpx.ConnectError):
    """The host's name leads to no address."""


class TlsFailed(httpx.ConnectError):
    """No trusted TLS connection; the message says why, in OpenSSL's words."""


@dataclass(slots=True)
class _Dial:
    """What the connector did for one request; found through a context variable, since aiohttp's socket factory is told
    the address alone, and may call it from tasks of its own."""

    host: str
    refused: list[tuple[str, str]] = field(default_factory=list)
    tried: int = 0


_dial: ContextVar[_Dial | None] = ContextVar("dial", default=None)


class AiohttpTransport(httpx.AsyncBaseTransport):
    """One pool of connections. `guard` judges each address at the moment it is dialled, literal or resolved; with a
    `proxy` (an http URL) the proxy dials, so the guard is not asked."""

    def __init__(
        self,
        tls: ssl.SSLContext,
        guard: Guard | None = None,
        proxy: str | None = None,
        resolver: Callable[[], AbstractResolver] | None = None,
    ) -> None:
        self._tls = tls
        self._guard = guard if proxy is None else None
        self._proxy = yarl.URL(proxy) if proxy else None
        self._make_resolver = resolver or name_resolver
        self._session: aiohttp.ClientSession | None = None
        self._resolver: AbstractResolver | None = None
        self._closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. The body of the answer is streamed, and must be read or closed."""
        if self._closed:
            raise httpx.ConnectError("we are shutting down")
        dial = _Dial(request.url.host)
        token = _dial.set(dial)
        try:
            answer = await self._ask(request, dial)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            if self._proxy is not None and isinstance(error, aiohttp.ClientConnectorDNSError):
                raise _proxy_error(error) from error
            raise _mapped(error, dial) from error
        finally:
            _dial.reset(token)
        return httpx.Response(answer.status, headers=list(answer.raw_headers), stream=_Stream(answer), request=request)

    async def _ask(self, request: httpx.Request, dial: _Dial) -> aiohttp.ClientResponse:
        """Ask, and once more when a pooled connection turns out to have been closed meanwhile (RFC 9112 §9.3.1). A
        fresh connection that breaks is not tried again here: a server in trouble is not asked twice a poll."""
        try:
            return await self._send(request)
        except aiohttp.ClientConnectorError:
            raise
        except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
            if dial.tried or request.method not in ("GET", "HEAD"):
                raise
            return await self._send(request)

    async def _send(self, request: httpx.Request) -> aiohttp.ClientResponse:
        return await (self._session or self._open()).request(
            request.method,
            yarl.URL(str(request.url), encoded=True),
            headers=[(name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers.raw],
            data=await request.aread() or None,
            allow_redirects=False,
            timeout=_timeout(request),
        )

    async def aclose(self) -> None:
        """Close every connection; requests under way fail."""
        self._closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()
        if self._resolver is not None:
            await self._resolver.close()

    def _open(self) -> aiohttp.ClientSession:
        """Made on first use, since aiohttp binds a session to the loop that runs."""
        self._resolver = self._make_resolver()
        connector = aiohttp.TCPConnector(
            ssl=self._tls,
            resolver=self._resolver,
            limit=0,  # how much is in flight is settled when work is claimed
            keepalive_timeout=_IDLE_SECONDS,
            socket_factory=self._socket,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=_NO_AUTO_HEADERS,
            auto_decompress=False,
            trust_env=False,
            max_field_size=_FIELD_LIMIT,
            proxy=self._proxy,
        )
        self._session._retry_connection = False  # it asks again even on a fresh connection; `_ask` knows better
        return self._session

    def _socket(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """aiohttp's socket factory: the last moment before the dialling."""
        family, kind, proto, _, where = info
        dial = _dial.get() or _Dial("")
        reason = self._guard(dial.host, str(where[0])) if self._guard else None
        if reason is not None:
            dial.refused.append((str(where[0]), reason))
            raise PermissionError(errno.EACCES, "address refused")
        dial.tried += 1
        return socket.socket(family, kind, proto)


class _Stream(httpx.AsyncByteStream):
    """The raw body of an answer. Closed before its end, its connection is closed too."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._answer.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise _mapped(error, _Dial("")) from error

    async def aclose(self) -> None:
        if self._answer.content.at_eof():
            self._answer.release()
        else:
            self._answer.close()


def _timeout(request: httpx.Request) -> aiohttp.ClientTimeout:
    """httpx's timeouts; the total deadline is the caller's `asyncio.timeout`, which aiohttp's pool survives."""
    given = request.extensions.get("timeout") or {}
    return aiohttp.ClientTimeout(total=None, sock_connect=given.get("connect"), sock_read=given.get("read"))


def _mapped(error: BaseException, dial: _Dial) -> httpx.TransportError:
    """The httpx error for one of aiohttp's, most particular first."""
    if dial.refused and not dial.tried:
        return AddressRefused(*dial.refused[0])
    for kinds, make in _ERRORS:
        if isinstance(error, kinds):
            return make(error)
    return httpx.ReadError(_words(error))


def _words(error: BaseException) -> str:
    """What the system said, without host, URL or class names."""
    inner = getattr(error, "os_error", error)
    number = getattr(inner, "errno", None)
    known = os.strerror(number).lower() if isinstance(number, int) and number > 0 else ""
    text = known or getattr(inner, "strerror", None) or str(inner) or type(error).__name__
    return str(text).partition("\n")[0][:200]


def _complaint(error: BaseException) -> str:
    """What aiohttp's parser found wrong, without the server's bytes that it quotes."""
    return str(getattr(error, "message", "")).partition(":")[0].partition("\n")[0][:200].lower() or "unreadable"


def _tls_failed(error: BaseException) -> TlsFailed:
    inner = getattr(error, "certificate_error", None) or getattr(error, "os_error", error)
    return TlsFailed(str(getattr(inner, "verify_message", "") or getattr(inner, "reason", "") or _words(error)))


def _proxy_error(error: BaseException) -> httpx.ProxyError:
    status = getattr(error, "status", None)
    return httpx.ProxyError(f"it answered {status}" if status else _words(error))


def _response_error(error: BaseException) -> httpx.RemoteProtocolError:
    return httpx.RemoteProtocolError(_complaint(error))


def _payload_error(error: BaseException) -> httpx.TransportError:
    cause = error.__cause__
    if isinstance(cause, HttpProcessingError) and "not enough data" not in str(cause).lower():
        return httpx.RemoteProtocolError(_complaint(cause))
    return httpx.ReadError("the connection closed before the end of the body")


_ERRORS: tuple[
    tuple[type[BaseException] | tuple[type[BaseException], ...], Callable[[BaseException], httpx.TransportError]], ...
] = (
    ((aiohttp.ClientHttpProxyError, aiohttp.ClientProxyConnectionError), _proxy_error),
    ((aiohttp.ClientSSLError, ssl.SSLError), _tls_failed),
    (aiohttp.ClientConnectorDNSError, lambda e: NameNotResolved(_words(e))),
    (aiohttp.ConnectionTimeoutError, lambda e: httpx.ConnectTimeout("connecting took too long")),
    ((aiohttp.ServerTimeoutError, asyncio.TimeoutError), lambda e: httpx.ReadTimeout("no bytes for too long")),
    (aiohttp.ClientConnectorError, lambda e: httpx.ConnectError(_words(e))),
    (aiohttp.ClientResponseError, _response_error),
    (aiohttp.ClientPayloadError, _payload_error),
    (aiohttp.ServerDisconnectedError, lambda e: httpx.ReadError("the server closed the connection without an answer")),
    ((aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, ValueError), lambda e: httpx.UnsupportedProtocol("not a URL")),
)
