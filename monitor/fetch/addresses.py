"""Which addresses may be dialled. Pure: tables and arithmetic, no look-up.

`ipaddress.is_global` is not enough: it passes multicast, NAT64 (64:ff9b::/96), 6to4, fec0::/10 and ::127.0.0.1. So the
special-purpose registries stand here (IANA, RFC 6890 and its updates), and of IPv6 only 2000::/3 is public at all.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

WEB_PORTS = frozenset({80, 443})

_IPV4: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(net), name)
    for net, name in (
        ("0.0.0.0/8", "this network"),
        ("10.0.0.0/8", "a private network"),
        ("100.64.0.0/10", "a carrier's private network (CGNAT)"),
        ("127.0.0.0/8", "this machine (loopback)"),
        ("168.63.129.16/32", "a cloud's own service"),
        ("169.254.0.0/16", "link-local, where clouds keep their metadata"),
        ("172.16.0.0/12", "a private network"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "for documentation only"),
        ("192.88.99.0/24", "a 6to4 relay"),
        ("192.168.0.0/16", "a private network"),
        ("198.18.0.0/15", "for benchmarks only"),
        ("198.51.100.0/24", "for documentation only"),
        ("203.0.113.0/24", "for documentation only"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_IPV6: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(net), name)
    for net, name in (
        ("::1/128", "this machine (loopback)"),
        ("::/128", "this machine (unspecified)"),
        ("fc00::/7", "a private network (unique local)"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "a private network (site-local)"),
        ("ff00::/8", "multicast"),
        ("2001::/32", "a Teredo tunnel"),
        ("2001:db8::/32", "for documentation only"),
        ("2001::/23", "reserved for protocols"),
        ("2002::/16", "a 6to4 tunnel"),
        ("3fff::/20", "for documentation only"),
    )
)
_IPV6_PUBLIC = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
"""RFC 6052: the last 32 bits are the IPv4 address that is really reached."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What `allow_private` of [service] lists."""

    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()
    entries: tuple[str, ...] = ()
    """As configured."""

    @classmethod
    def parse(cls, entries: Iterable[str]) -> Allowed:
        """Read networks (CIDR), single addresses and host names."""
        kept = tuple(entry.strip() for entry in entries)
        networks = tuple(net for entry in kept if (net := _network(entry)) is not None)
        hosts = frozenset(entry.lower().rstrip(".") for entry in kept if _network(entry) is None)
        return cls(networks, hosts, kept)

    def has_host(self, host: str) -> bool:
        return host.lower().rstrip(".") in self.hosts

    def has(self, ip: Address) -> bool:
        return any(ip in net for net in self.networks)


NOTHING_ALLOWED = Allowed()


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return None


def unwrapped(ip: Address) -> Address:
    """The IPv4 address that an IPv4-mapped (::ffff:0:0/96) or NAT64 (64:ff9b::/96) address leads to, else itself."""
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            return ip.ipv4_mapped
        if ip in _NAT64:
            return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip


def refusal(ip: Address, allowed: Allowed = NOTHING_ALLOWED) -> str | None:
    """Why this address is not dialled: what kind of address it is; None when it may be."""
    if allowed.has(ip):
        return None
    real = unwrapped(ip)
    if real != ip and allowed.has(real):
        return None
    if isinstance(real, IPv4Address):
        return next((name for net, name in _IPV4 if real in net), None)
    special = next((name for net, name in _IPV6 if real in net), None)
    return special if special is not None or real in _IPV6_PUBLIC else "not a public address"


@lru_cache(maxsize=4096)
def literal(host: str) -> Address | None:
    """The address that a host spells out, in any spelling that `inet_aton` takes (decimal, hexadecimal, octal, one to
    four parts); None for a name. Brackets and a zone (`fe80::1%eth0`) are understood."""
    bare = host.strip("[]")
    try:
        return ipaddress.ip_address(bare)
    except ValueError:
        return _aton(bare.rstrip("."))


def _aton(text: str) -> IPv4Address | None:
    parts = text.split(".")
    if len(parts) > 4:
        return None
    numbers = [_number(part) for part in parts]
    if any(number is None for number in numbers):
        return None
    *head, last = [number for number in numbers if number is not None]
    if any(number > 255 for number in head) or last >= 256 ** (4 - len(head)):
        return None
    return IPv4Address(sum(number << (24 - 8 * i) for i, number in enumerate(head)) + last)


def _number(part: str) -> int | None:
    """One part as C reads it: 0x… is hexadecimal, 0… octal."""
    if not part.isascii() or not part.isalnum() or len(part) > 24:
        return None
    base = 16 if part[:2].lower() == "0x" else 8 if part.startswith("0") and part != "0" else 10
    try:
        return int(part, base)
    except ValueError:
        return None


def port_refusal(host: str, port: int, own: Iterable[tuple[str, int]], allowed: Allowed) -> str | None:
    """Why a host is not asked on this port: only 80 and 443, what the user's own feed URL names (`own`), and hosts on
    the allow-list are."""
    if port in WEB_PORTS or (host, port) in own or allowed.has_host(host):
        return None
    ip = literal(host)
    if ip is not None and (allowed.has(ip) or allowed.has(unwrapped(ip))):
        return None
    return f"port {port} is not a web port (80, 443)"


def allow_line(host: str, allowed: Allowed) -> str:
    """The config line that would allow this host, entries that stand there already included."""
    ip = literal(host)
    entry = host.lower().rstrip(".") if ip is None else f"{unwrapped(ip)}/{unwrapped(ip).max_prefixlen}"
    entries = (*allowed.entries, entry)
    return f"allow_private = [{', '.join(f'{chr(34)}{each}{chr(34)}' for each in entries)}]"
