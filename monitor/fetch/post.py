"""One POST: for webhooks. The same guard at the dial, the same proxy and authorities as for feeds; no redirects."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Mapping
from datetime import timedelta

import httpx

from monitor.fetch import headers as h
from monitor.fetch import outcomes
from monitor.fetch.addresses import Allowed, allow_line, literal, refusal
from monitor.fetch.redirects import parsed
from monitor.fetch.tls import client_context
from monitor.fetch.transport import AiohttpTransport
from monitor.model.news import FetchOutcome
from monitor.model.settings import Service
from monitor.ports import Posted


class HttpPost:
    """Sends POSTs. Private addresses are refused unless `service.allow_private` names them."""

    def __init__(self, service: Service, version: str) -> None:
        self._allowed = Allowed.parse(service.allow_private)
        self._proxied = service.proxy is not None
        self._agent = h.user_agent(version, service.contact)
        self._transport = AiohttpTransport(client_context(service.ca_file), self._guard, service.proxy)

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes, timeout: timedelta) -> Posted:
        """Post `body` within `timeout` in all; the body of the answer is not read. Never raises for what a server or
        the network does."""
        target = parsed(url)
        if target is None:
            return Posted(None, error=FetchOutcome.BAD_URL, detail="this is not an http or https URL: correct it")
        refused = self._refused(target)
        if refused is not None:
            return refused
        sent = {"User-Agent": self._agent, **headers}
        try:
            async with asyncio.timeout(timeout.total_seconds()):
                request = httpx.Request("POST", target, headers=sent, content=body)
                response = await self._transport.handle_async_request(request)
                await response.aclose()
        except TimeoutError:
            return Posted(None, error=FetchOutcome.TIMEOUT, detail=f"no answer within {timeout.total_seconds():g} s")
        except httpx.TransportError as error:
            outcome, detail = outcomes.of_error(error, target.host, allow_line(target.host, self._allowed))
            return Posted(None, error=outcome, detail=detail)
        pairs = tuple((name.lower(), value) for name, value in response.headers.multi_items())
        return Posted(response.status_code, pairs)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()

    def _guard(self, host: str, address: str) -> str | None:
        return None if self._allowed.has_host(host) else refusal(ipaddress.ip_address(address), self._allowed)

    def _refused(self, target: httpx.URL) -> Posted | None:
        """An address spelled out in the URL is judged before dialling, so that the refusal can say what to do."""
        ip = literal(target.host)
        kind = self._guard(target.host, str(ip)) if ip is not None and not self._proxied else None
        if ip is None or kind is None:
            return None
        line = outcomes.address_line(target.host, str(ip), kind, allow_line(target.host, self._allowed))
        return Posted(None, error=FetchOutcome.PRIVATE_ADDRESS, detail=line)
