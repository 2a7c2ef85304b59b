"""The fetcher: one URL, politely. A request becomes a result, whatever the server does.

    request → [hop: check → ask → redirect?]* → status → type → body → result

Rules by number are those of a polite feed fetcher as the project keeps them: 1–6, 8, 9, 11 (conditional requests), 25
(Retry-After), 32–35 (redirects), 37–39 (what we say of ourselves), 44 (robot checks).
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache

import httpx
from aiohttp.abc import AbstractResolver

from monitor.errors import SecretError
from monitor.fetch import headers as h
from monitor.fetch import outcomes
from monitor.fetch.addresses import Allowed, allow_line, literal, port_refusal, refusal, unwrapped
from monitor.fetch.body import BadCoding, BodyTooLarge, read_body
from monitor.fetch.credentials import Credentials, credentials_of
from monitor.fetch.redirects import (
    MAX_REDIRECTS,
    PERMANENT_CODES,
    REDIRECT_CODES,
    Origin,
    looks_like_login,
    parsed,
    redacted,
    shown,
    target,
    without_userinfo,
)
from monitor.fetch.tls import client_context
from monitor.fetch.transport import AiohttpTransport
from monitor.model.news import FetchOutcome, FetchRequest, FetchResult, Validators
from monitor.model.settings import Service
from monitor.ports import Clock, Secrets

Headers = tuple[tuple[str, str], ...]
_Judged = tuple[FetchOutcome, str, bytes]


@dataclass(slots=True)
class _Trip:
    """One fetch on its way: where it stands, and what it has met."""

    request: FetchRequest
    url: httpx.URL
    credentials: Credentials | None
    began: float
    redirects: int = 0
    permanent: bool = True
    visited: set[str] = field(default_factory=set)
    doing: str = "waiting for an answer"


@dataclass(frozen=True, slots=True)
class _End:
    """How a trip ended, as far as its last answer tells."""

    outcome: FetchOutcome
    detail: str = ""
    status: int | None = None
    headers: Headers = ()
    body: bytes = b""
    validators: Validators | None = None
    retry_after: timedelta | None = None


class HttpFetcher:
    """`ports.Fetcher` over HTTP. Construction reads `service.ca_file` (ConfigError when it cannot be read); connections
    are made on first use, in the loop that runs then.

    With `service.proxy` the proxy looks names up and dials, so whether an address is private is the proxy's to judge,
    and neither addresses nor ports are checked here. `resolver` makes the look-up of names; aiodns unless given.
    """

    def __init__(
        self,
        service: Service,
        secrets: Secrets,
        version: str,
        clock: Clock,
        resolver: Callable[[], AbstractResolver] | None = None,
    ) -> None:
        self._secrets = secrets
        self._clock = clock
        self._allowed = Allowed.parse(service.allow_private)
        self._refusal = lru_cache(maxsize=1024)(lambda address: refusal(ipaddress.ip_address(address), self._allowed))
        self._proxied = service.proxy is not None
        self._agent = h.user_agent(version, service.contact)
        self._transport = AiohttpTransport(client_context(service.ca_file), self._guard, service.proxy, resolver)

    async def fetch(self, request: FetchRequest) -> FetchResult:
        """Get one URL within its deadline and byte limit. Never raises for what a server, a name or a URL does."""
        url = parsed(request.url)
        if url is None:
            return _failed(request, FetchOutcome.BAD_URL, "this is not an http or https URL: correct it")
        try:
            credentials = credentials_of(request, self._secrets)
        except SecretError as error:
            return _failed(request, FetchOutcome.FORBIDDEN, f"the feed's secret cannot be used: {error}")
        trip = _Trip(request, without_userinfo(url), credentials, self._clock.monotonic())
        return self._result(trip, await self._within_deadline(trip))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    def _guard(self, host: str, address: str) -> str | None:
        return None if self._allowed.has_host(host) else self._refusal(address)

    def _result(self, trip: _Trip, end: _End) -> FetchResult:
        return FetchResult(
            outcome=end.outcome,
            url=redacted(trip.request.url),
            final_url=str(trip.url),
            detail=_one_line(end.detail),
            status=end.status,
            headers=end.headers,
            body=end.body,
            validators=end.validators,
            retry_after=end.retry_after,
            permanent=trip.permanent and trip.redirects > 0,
            redirects=trip.redirects,
            elapsed=timedelta(seconds=self._clock.monotonic() - trip.began),
        )

    async def _within_deadline(self, trip: _Trip) -> _End:
        seconds = trip.request.deadline.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(trip)
        except TimeoutError:
            return _End(FetchOutcome.TIMEOUT, f"{trip.url.host}: not done within {seconds:g} s ({trip.doing})")
        except httpx.TransportError as error:
            line = allow_line(trip.url.host, self._allowed)
            return _End(*outcomes.of_error(error, trip.url.host, line))

    async def _follow(self, trip: _Trip) -> _End:
        while True:
            refused = self._refused(trip)
            if refused is not None:
                return _End(*refused)
            trip.visited.add(str(trip.url))
            response = await self._transport.handle_async_request(self._request(trip))
            try:
                headers = _pairs(response)
                if response.status_code not in REDIRECT_CODES:
                    return await self._finish(trip, response, headers)
                stopped = _turn(trip, response.status_code, dict(reversed(headers)))
                if stopped is not None:
                    return _End(*stopped, response.status_code, headers)
            finally:
                await response.aclose()

    def _refused(self, trip: _Trip) -> outcomes.Verdict | None:
        """What can be said before dialling: the port, and an address spelled out in the URL."""
        if self._proxied:
            return None
        host, ip = trip.url.host, literal(trip.url.host)
        reason = port_refusal(host, Origin.of(trip.url).port, _own_ports(trip.request), self._allowed)
        if reason is not None:
            line = outcomes.port_line(host, reason, allow_line(host, self._allowed))
            return FetchOutcome.PRIVATE_ADDRESS, line
        if ip is None:
            return None
        kind = self._guard(host, str(ip))
        if kind is not None:
            line = outcomes.address_line(host, str(unwrapped(ip)), kind, allow_line(host, self._allowed))
            return FetchOutcome.PRIVATE_ADDRESS, line
        if ip.version == 4 and host.rstrip(".") != str(ip):
            return FetchOutcome.BAD_URL, f"{host} is an address in disguise: write {ip}"
        return None

    def _request(self, trip: _Trip) -> httpx.Request:
        request, url = trip.request, trip.url
        sent = [
            ("User-Agent", self._agent),
            ("Accept", h.accept(request.kind)),
            ("Accept-Encoding", h.ACCEPT_ENCODING),
            *h.conditions(request.validators, str(url)),
            *(trip.credentials.for_url(url) if trip.credentials else ()),
        ]
        return httpx.Request("GET", url, headers=sent)

    async def _finish(self, trip: _Trip, response: httpx.Response, headers: Headers) -> _End:
        """The last answer of a trip: its class, and its body where there is one to read."""
        named = dict(reversed(headers))  # the first value of each
        status, url, held = response.status_code, str(trip.url), trip.request.validators
        outcome, detail, body = await self._judged(trip, response, named)
        validators = retry = None
        if outcome is FetchOutcome.OK:
            validators = h.validators_of(named, url)
        elif outcome is FetchOutcome.NOT_MODIFIED:
            validators = h.refreshed(held, named, url)
        else:
            retry = h.retry_after(named, self._clock.now())
        return _End(outcome, detail, status, headers, body, validators, retry)

    async def _judged(self, trip: _Trip, response: httpx.Response, named: Mapping[str, str]) -> _Judged:
        conditional = bool(h.conditions(trip.request.validators, str(trip.url)))
        verdict = outcomes.of_status(response.status_code, named, conditional)
        if verdict is None:
            verdict = _before_reading(trip.request, named)
        if verdict is not None:
            return *verdict, b""
        trip.doing = "reading the body"
        try:
            coding = h.content_codings(named)
            return FetchOutcome.OK, "", await read_body(response.aiter_raw(), coding, trip.request.byte_limit)
        except BodyTooLarge as error:
            return *_too_large(trip.request), error.head if trip.request.kind == "robots" else b""
        except BadCoding as error:
            return FetchOutcome.BAD_ENCODING, f"{trip.url.host}: the body could not be decompressed: {error}", b""


def _before_reading(request: FetchRequest, named: Mapping[str, str]) -> outcomes.Verdict | None:
    """What the headers alone rule out. A robots.txt is read as far as the limit goes, whatever its length."""
    media = h.media_type(named)
    if request.kind == "page" and not h.is_page_type(media):
        return FetchOutcome.WRONG_TYPE, f"{media[:60]} is not read: only pages of text are"
    if request.kind != "robots" and (h.content_length(named) or 0) > request.byte_limit:
        return _too_large(request)
    return None


def _too_large(request: FetchRequest) -> outcomes.Verdict:
    return FetchOutcome.TOO_LARGE, f"the body is larger than the limit of {request.byte_limit:,} bytes"


def _turn(trip: _Trip, status: int, named: Mapping[str, str]) -> outcomes.Verdict | None:
    """Take the trip to where a redirect leads, or say why it ends here."""
    to = target(trip.url, named["location"]) if "location" in named else None
    if to is None:
        return FetchOutcome.MALFORMED, f"{shown(trip.url)} redirects to nothing that is a web address"
    if looks_like_login(trip.url, to):
        detail = f"leads to what looks like a login or consent page ({shown(to)}), which a program cannot pass"
        return FetchOutcome.LOGIN_REDIRECT, detail
    if str(to) in trip.visited:
        return FetchOutcome.TOO_MANY_REDIRECTS, f"redirects in a circle, back to {shown(to)}"
    if trip.redirects == MAX_REDIRECTS:
        return FetchOutcome.TOO_MANY_REDIRECTS, f"more than {MAX_REDIRECTS} redirects, the next one to {shown(to)}"
    trip.redirects += 1
    trip.permanent = trip.permanent and status in PERMANENT_CODES
    trip.url = to
    return None


def _one_line(text: str) -> str:
    """What a server had a hand in, fit for a terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def _failed(request: FetchRequest, outcome: FetchOutcome, detail: str) -> FetchResult:
    url = redacted(request.url)
    return FetchResult(outcome=outcome, url=url, final_url=url, detail=_one_line(detail))


def _own_ports(request: FetchRequest) -> tuple[tuple[str, int], ...]:
    """Hosts and ports that the user chose: those of the feed's URL, and of what is asked as a feed. A robots.txt is
    looked at before its page, whose own port is then judged."""
    feed_url = parsed(request.feed.url) if request.feed else None
    chosen = (feed_url, parsed(request.url) if request.kind in ("feed", "robots") else None)
    return tuple((each.host, Origin.of(each).port) for each in chosen if each is not None)


def _pairs(response: httpx.Response) -> Headers:
    return tuple((name.lower().decode("latin-1"), _text(value)) for name, value in response.headers.raw)


def _text(value: bytes) -> str:
    """A header's value as text; UTF-8 where it is that, since real Locations hold it, else byte for byte."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")
