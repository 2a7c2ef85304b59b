"""Addresses that no feed may lead to, by every way to them: written out, by a redirect, by a name."""

from __future__ import annotations

import socket
import time
from datetime import timedelta
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from monitor.model.news import FetchOutcome, FetchRequest
from monitor.model.settings import Service

PRIVATE = {
    "loopback": "127.0.0.1",
    "all of loopback": "127.200.3.4",
    "this network": "0.0.0.0",  # noqa: S104 - a case, nothing binds
    "private 10": "10.0.0.1",
    "private 172": "172.16.9.9",
    "private 192": "192.168.1.1",
    "CGNAT": "100.64.0.1",
    "cloud metadata": "169.254.169.254",
    "a cloud's own": "168.63.129.16",
    "benchmarks": "198.18.0.1",
    "documentation": "203.0.113.7",
    "multicast": "224.0.0.1",
    "broadcast": "255.255.255.255",
    "IPv6 loopback": "::1",
    "IPv6 unspecified": "::",
    "IPv4-mapped": "::ffff:10.0.0.1",
    "IPv4-compatible": "::127.0.0.1",
    "NAT64": "64:ff9b::a00:1",
    "6to4": "2002:a00:1::",
    "Teredo": "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "IPv6 link-local": "fe80::1",
    "unique local": "fd00::1",
    "site-local": "fec0::1",
    "IPv6 multicast": "ff02::1",
}
SPELLINGS = ["0xa000001", "167772161", "012.0.0.1", "10.1", "0xa.0x0.0x0.0x1", "10.0.0.1.", "[::ffff:a00:1]"]
"""Of 10.0.0.1."""


def host_of(address: str) -> str:
    return f"[{address}]" if ":" in address else address


class Names(AbstractResolver):
    """Every name leads to these addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


async def refused(fetch: Any, url: str) -> None:
    began = time.monotonic()
    result = await fetch(url)
    assert result.outcome is FetchOutcome.PRIVATE_ADDRESS
    assert "allow_private = [" in result.detail
    assert result.body == b""
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("address", PRIVATE.values(), ids=PRIVATE)
async def test_an_address_written_out_is_refused(make_fetch: Any, address: str) -> None:
    """Before anything is dialled."""
    await refused(make_fetch(Service()), f"http://{host_of(address)}/feed")


@pytest.mark.parametrize("host", SPELLINGS)
async def test_an_address_in_disguise_is_refused(make_fetch: Any, host: str) -> None:
    """Decimal, octal, hexadecimal, short, with a dot at its end, or inside IPv6: as private, or as no URL at all."""
    result = await make_fetch(Service())(f"http://{host}/feed")
    assert result.outcome in (FetchOutcome.PRIVATE_ADDRESS, FetchOutcome.BAD_URL)
    assert result.body == b""


@pytest.mark.parametrize("address", PRIVATE.values(), ids=PRIVATE)
async def test_a_redirect_to_such_an_address_is_refused(web: Any, make_fetch: Any, address: str) -> None:
    """Each hop is judged like the first."""
    there = "127.0.0.2" if address == "127.0.0.1" else address  # the server itself stands at the first
    fetch = make_fetch(Service(allow_private=("127.0.0.1/32",)))
    await refused(fetch, web.redirect("/feed", f"http://{host_of(there)}/feed"))


@pytest.mark.parametrize("address", PRIVATE.values(), ids=PRIVATE)
async def test_a_name_that_leads_to_such_an_address_is_refused(make_fetcher: Any, address: str) -> None:
    """Judged at the dial by the address that would be dialled."""
    fetcher = make_fetcher(Service(), resolver=lambda: Names(address))

    async def fetch(url: str) -> Any:
        return await fetcher.fetch(FetchRequest(url, "feed", 1000, timedelta(seconds=2)))

    await refused(fetch, "http://innocent.example/feed")


async def test_an_endless_redirect_ends(make_fetch: Any, web: Any) -> None:
    """A server that always sends on to a new address: six requests, then no more."""
    for number in range(50):
        web.redirect(f"/{number}", f"/{number + 1}", 301)
    result = await make_fetch(Service(allow_private=("127.0.0.1",)))(web.url("/0"))
    assert result.outcome is FetchOutcome.TOO_MANY_REDIRECTS
    assert len(web.asked) == 6
