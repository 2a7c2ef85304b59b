"""Which addresses may be dialled."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.fetch.addresses import Allowed, allow_line, literal, port_refusal, refusal

REFUSED = [
    ("127.0.0.1", "loopback"),
    ("127.255.255.254", "loopback"),
    ("0.0.0.0", "this network"),  # noqa: S104 - a case, nothing binds
    ("10.1.2.3", "private"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.168.1.1", "private"),
    ("100.64.0.1", "CGNAT"),
    ("100.100.100.200", "CGNAT"),
    ("169.254.169.254", "link-local"),
    ("168.63.129.16", "cloud"),
    ("192.0.0.8", "reserved"),
    ("192.0.2.1", "documentation"),
    ("198.18.0.1", "benchmarks"),
    ("203.0.113.5", "documentation"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.250", "multicast"),
    ("255.255.255.255", "reserved"),
    ("::", "unspecified"),
    ("::1", "loopback"),
    ("::127.0.0.1", "not a public address"),
    ("::ffff:127.0.0.1", "loopback"),
    ("::ffff:169.254.169.254", "link-local"),
    ("64:ff9b::10.0.0.1", "private"),
    ("64:ff9b:1::8.8.8.8", "not a public address"),
    ("2002:7f00:1::", "6to4"),
    ("2002:808:808::1", "6to4"),
    ("2001:0:53aa:64c::1", "Teredo"),
    ("2001:db8::1", "documentation"),
    ("2001:2::1", "reserved"),
    ("3fff::1", "documentation"),
    ("fc00::1", "unique local"),
    ("fd12:3456::1", "unique local"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
    ("fd00:ec2::254", "unique local"),
    ("100::1", "not a public address"),
    ("5f00::1", "not a public address"),
]


@pytest.mark.parametrize(("address", "kind"), REFUSED)
def test_an_address_that_is_not_public_is_refused_by_its_kind(address: str, kind: str) -> None:
    """Each special range is refused, and the reason names it."""
    assert kind in (refusal(ipaddress.ip_address(address)) or "")


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "192.169.0.1", "223.255.255.255"),
        *("2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"),
    ],
)
def test_a_public_address_is_dialled(address: str) -> None:
    """Neighbours of the special ranges, mapped and NAT64 forms of public addresses included."""
    assert refusal(ipaddress.ip_address(address)) is None


@given(st.ip_addresses())
def test_whatever_python_calls_not_global_is_refused(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """The tables are never more generous than `is_global`, NAT64's public half apart."""
    nat64 = ip in ipaddress.ip_network("64:ff9b::/96") or (ip.version == 6 and ip.ipv4_mapped is not None)
    if not ip.is_global and not nat64:
        assert refusal(ip) is not None


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("017700000001", "127.0.0.1"),
        ("0177.0.0.01", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("127.0.1", "127.0.0.1"),
        ("0", "0.0.0.0"),  # noqa: S104 - a case, nothing binds
        ("127.0.0.1.", "127.0.0.1"),
        ("[::1]", "::1"),
        ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
    ],
)
def test_an_address_is_known_in_every_spelling(host: str, address: str) -> None:
    """Decimal, hexadecimal, octal, short and bracketed forms are the addresses that the system would dial."""
    assert literal(host) == ipaddress.ip_address(address)


@pytest.mark.parametrize(
    "host", ["example.org", "localhost", "1.2.3.4.5", "256.1.1.1", "0x", "4294967296", "1.2.3.four", "", "1..2", "٣"]
)
def test_a_name_is_no_address(host: str) -> None:
    """What the system would look up is not read as an address."""
    assert literal(host) is None


def test_the_allow_list_opens_networks_addresses_and_names() -> None:
    """A network, a bare address and a host name each allow what they name and nothing beside it."""
    allowed = Allowed.parse(["10.0.0.0/8", "192.168.1.7", "fd00::/8", "Intranet.Example."])
    assert refusal(ipaddress.ip_address("10.9.9.9"), allowed) is None
    assert refusal(ipaddress.ip_address("::ffff:10.9.9.9"), allowed) is None
    assert refusal(ipaddress.ip_address("64:ff9b::10.9.9.9"), allowed) is None
    assert refusal(ipaddress.ip_address("192.168.1.7"), allowed) is None
    assert refusal(ipaddress.ip_address("192.168.1.8"), allowed) is not None
    assert refusal(ipaddress.ip_address("fd12::1"), allowed) is None
    assert allowed.has_host("intranet.example")
    assert not allowed.has_host("intranet.example.org")


@pytest.mark.parametrize(
    ("host", "port", "is_refused"),
    [
        ("example.org", 80, False),
        ("example.org", 443, False),
        ("example.org", 8080, True),
        ("own.example", 8080, False),
        ("own.example", 25, True),
        ("named.example", 25, False),
        ("10.0.0.1", 9000, False),
        ("11.0.0.1", 9000, True),
    ],
)
def test_odd_ports_need_the_users_word(host: str, port: int, is_refused: bool) -> None:
    """80 and 443, the port of the user's own feed URL, and hosts on the allow-list; nothing else."""
    allowed = Allowed.parse(["10.0.0.0/8", "named.example"])
    assert (port_refusal(host, port, [("own.example", 8080)], allowed) is not None) is is_refused


@pytest.mark.parametrize(
    ("host", "line"),
    [
        ("Intranet.example", 'allow_private = ["10.0.0.0/8", "intranet.example"]'),
        ("0x7f.1", 'allow_private = ["10.0.0.0/8", "127.0.0.1/32"]'),
        ("fd00::1", 'allow_private = ["10.0.0.0/8", "fd00::1/128"]'),
        ("::ffff:192.168.0.1", 'allow_private = ["10.0.0.0/8", "192.168.0.1/32"]'),
    ],
)
def test_the_line_that_would_allow_it_can_be_pasted(host: str, line: str) -> None:
    """It names exactly this host, keeps what is allowed already, and allows it once it is there."""
    assert allow_line(host, Allowed.parse(["10.0.0.0/8"])) == line
    entries = line.split("[")[1].rstrip("]").replace('"', "").split(", ")
    ip, allowed = literal(host), Allowed.parse(entries)
    assert allowed.has_host(host) if ip is None else refusal(ip, allowed) is None
