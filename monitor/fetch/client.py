"""The fetcher: one URL, politely. A request becomes a result, whatever the server does.

    request → [hop: check → ask → redirect?]* → status → type → body → result

Rules by number are those of a polite feed fetcher as the project keeps them: 1–6, 8, 9, 11 (conditional requests), 25
(Retry-After), 32–35 (redirects), 37–39 (what we say of ourselves), 44 (robot checks).
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import httpx

from monitor.errors import SecretError
from monitor.fetch import headers as h
from monitor.fetch import outcomes
from monitor.fetch.addresses import Allowed, allow_line, literal, port_refusal, refusal
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
from monitor.model.news import FetchOutcome, FetchRequest, FetchResult
from monitor.model.settings import Service
from monitor.ports import Clock, Secrets


@dataclass(slots=True)
class _Trip:
    """One fetch on its way: where it stands, and what it has met."""

    request: FetchRequest
    url: httpx.URL
    credentials: Credentials | None
    own: tuple[tuple[str, int], ...]
    """Hosts and ports that the user's own configuration names."""
    redirects: int = 0
    permanent: bool = True
    visited: set[str] = field(default_factory=set)
    doing: str = "waiting for an answer"

    def ended(self, outcome: FetchOutcome, detail: str = "") -> FetchResult:
        return FetchResult(
            outcome=outcome,
            url=redacted(self.request.url),
            final_url=str(self.url),
            detail=detail,
            permanent=self.permanent and self.redirects > 0,
            redirects=self.redirects,
        )


class HttpFetcher:
    """`ports.Fetcher` over HTTP. Construction reads `service.ca_file` (ConfigError when it cannot be read); connections
    are made on first use, in the loop that runs then."""

    def __init__(self, service: Service, secrets: Secrets, version: str, clock: Clock) -> None:
        self._secrets = secrets
        self._clock = clock
        self._allowed = Allowed.parse(service.allow_private)
        self._proxied = service.proxy is not None
        self._agent = h.user_agent(version, service.contact)
        self._transport = AiohttpTransport(client_context(service.ca_file), self._guard, service.proxy)

    async def fetch(self, request: FetchRequest) -> FetchResult:
        """Get one URL within its deadline and byte limit. Never raises for what a server, a name or a URL does."""
        began = self._clock.monotonic()
        trip = self._set_out(request)
        result = trip if isinstance(trip, FetchResult) else await self._within_deadline(trip)
        return replace(result, elapsed=timedelta(seconds=self._clock.monotonic() - began))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    def _guard(self, host: str, address: str) -> str | None:
        return None if self._allowed.has_host(host) else refusal(ipaddress.ip_address(address), self._allowed)

    def _set_out(self, request: FetchRequest) -> _Trip | FetchResult:
        url = parsed(request.url)
        if url is None:
            return _failed(request, FetchOutcome.BAD_URL, "this is not an http or https URL: correct it")
        try:
            credentials = credentials_of(request, self._secrets)
        except SecretError as error:
            return _failed(request, FetchOutcome.FORBIDDEN, f"the feed's secret cannot be used: {error}")
        return _Trip(request, without_userinfo(url), credentials, _own_ports(request, url))

    async def _within_deadline(self, trip: _Trip) -> FetchResult:
        seconds = trip.request.deadline.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                return await self._follow(trip)
        except TimeoutError:
            return trip.ended(FetchOutcome.TIMEOUT, f"{trip.url.host}: not done within {seconds:g} s ({trip.doing})")
        except httpx.TransportError as error:
            line = allow_line(trip.url.host, self._allowed)
            return trip.ended(*outcomes.of_error(error, trip.url.host, line))

    async def _follow(self, trip: _Trip) -> FetchResult:
        while True:
            refused = self._refused(trip.url, trip.own)
            if refused is not None:
                return trip.ended(FetchOutcome.PRIVATE_ADDRESS, refused)
            trip.visited.add(str(trip.url))
            response = await self._transport.handle_async_request(self._request(trip))
            try:
                if response.status_code not in REDIRECT_CODES:
                    return await self._finish(trip, response)
                stopped = _turn(trip, response)
                if stopped is not None:
                    return replace(stopped, status=response.status_code, headers=_pairs(response))
            finally:
                await response.aclose()

    def _refused(self, url: httpx.URL, own: tuple[tuple[str, int], ...]) -> str | None:
        """What can be said before dialling: the port, and an address spelled out in the URL."""
        if self._proxied:
            return None
        host, ip = url.host, literal(url.host)
        line = allow_line(host, self._allowed)
        reason = port_refusal(host, Origin.of(url).port, own, self._allowed)
        if reason is not None:
            return outcomes.port_line(host, reason, line)
        kind = self._guard(host, str(ip)) if ip is not None else None
        return None if kind is None else outcomes.address_line(host, str(ip), kind, line)

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

    async def _finish(self, trip: _Trip, response: httpx.Response) -> FetchResult:
        """The last answer of a trip: its class, and its body where there is one to read."""
        pairs = _pairs(response)
        named = _first(pairs)
        url, held = str(trip.url), trip.request.validators
        conditional = bool(h.conditions(held, url))
        verdict = outcomes.of_status(response.status_code, named, conditional)
        if verdict is None:
            result = await self._read(trip, response, named)
        else:
            result = trip.ended(*verdict)
        if result.outcome is FetchOutcome.OK:
            result = replace(result, validators=h.validators_of(named, url))
        elif result.outcome is FetchOutcome.NOT_MODIFIED:
            result = replace(result, validators=h.refreshed(held, named, url))
        else:
            result = replace(result, retry_after=h.retry_after(named, self._clock.now()))
        return replace(result, status=response.status_code, headers=pairs)

    async def _read(self, trip: _Trip, response: httpx.Response, named: Mapping[str, str]) -> FetchResult:
        limit, kind = trip.request.byte_limit, trip.request.kind
        media = h.media_type(named)
        if kind == "page" and not h.is_page_type(media):
            return trip.ended(FetchOutcome.WRONG_TYPE, f"{media[:60]} is not read: only pages of text are")
        if kind != "robots" and (h.content_length(named) or 0) > limit:
            return trip.ended(FetchOutcome.TOO_LARGE, _limit_line(trip.url.host, limit))
        trip.doing = "reading the body"
        try:
            body = await read_body(response.aiter_raw(), h.content_codings(named), limit)
        except BodyTooLarge as error:
            head = error.head if kind == "robots" else b""
            return replace(trip.ended(FetchOutcome.TOO_LARGE, _limit_line(trip.url.host, limit)), body=head)
        except BadCoding as error:
            detail = f"{trip.url.host}: the body could not be decompressed ({error}): the publisher has to mend it"
            return trip.ended(FetchOutcome.BAD_ENCODING, detail)
        return replace(trip.ended(FetchOutcome.OK), body=body)


def _turn(trip: _Trip, response: httpx.Response) -> FetchResult | None:
    """Take the trip to where a redirect leads, or say why it ends here."""
    to = target(trip.url, _first(_pairs(response)).get("location", ""))
    if to is None or "location" not in response.headers:
        return trip.ended(FetchOutcome.MALFORMED, f"{shown(trip.url)} redirects to nothing that is a web address")
    if looks_like_login(trip.url, to):
        detail = f"leads to what looks like a login or consent page ({shown(to)}): logging in is not done"
        return trip.ended(FetchOutcome.LOGIN_REDIRECT, detail)
    if str(to) in trip.visited:
        return trip.ended(FetchOutcome.TOO_MANY_REDIRECTS, f"redirects in a circle, back to {shown(to)}")
    if trip.redirects == MAX_REDIRECTS:
        return trip.ended(FetchOutcome.TOO_MANY_REDIRECTS, f"more than {MAX_REDIRECTS} redirects, then {shown(to)}")
    trip.redirects += 1
    trip.permanent = trip.permanent and response.status_code in PERMANENT_CODES
    trip.url = to
    return None


def _failed(request: FetchRequest, outcome: FetchOutcome, detail: str) -> FetchResult:
    url = redacted(request.url)
    return FetchResult(outcome=outcome, url=url, final_url=url, detail=detail)


def _own_ports(request: FetchRequest, url: httpx.URL) -> tuple[tuple[str, int], ...]:
    """Hosts and ports that the user chose: those of the feed's URL, and of what is asked as a feed. A robots.txt is
    looked at before its page, whose own port is then judged."""
    feed_url = parsed(request.feed.url) if request.feed else None
    chosen = (feed_url, url if request.kind in ("feed", "robots") else None)
    return tuple((each.host, Origin.of(each).port) for each in chosen if each is not None)


def _pairs(response: httpx.Response) -> tuple[tuple[str, str], ...]:
    return tuple((name.lower().decode("latin-1"), _text(value)) for name, value in response.headers.raw)


def _text(value: bytes) -> str:
    """A header's value as text; UTF-8 where it is that, since real Locations hold it, else byte for byte."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _first(pairs: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Each header's first value, by name."""
    return dict(reversed(pairs))


def _limit_line(host: str, limit: int) -> str:
    return f"{host}: the body is larger than the limit of {limit:,} bytes, set in [service]"
