"""What an answer or an error means: its outcome, and one line for a person that says what to do. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

import httpx

from monitor.fetch.transport import AddressRefused, NameNotResolved, TlsFailed
from monitor.model.news import FetchOutcome

Verdict = tuple[FetchOutcome, str]

_BY_STATUS: dict[int, Verdict] = {
    401: (FetchOutcome.FORBIDDEN, "the server wants a login: give this feed its `auth`"),
    403: (FetchOutcome.FORBIDDEN, "the server refuses us: ask the publisher, who finds us by our User-Agent"),
    404: (FetchOutcome.NOT_FOUND, "nothing stands at this address: look for its new one on the publisher's site"),
    407: (FetchOutcome.FORBIDDEN, "the proxy wants a login: let this machine through without one"),
    410: (FetchOutcome.GONE, "the publisher took it away for good: remove it, or give its new address"),
    429: (FetchOutcome.THROTTLED, "the server asks for fewer requests"),
    451: (FetchOutcome.FORBIDDEN, "withheld for legal reasons"),
}
_CHALLENGE_HEADERS = (("cf-mitigated", "challenge"), ("sg-captcha", "challenge"), ("x-amzn-waf-action", ""))
"""Cloudflare, SiteGround and AWS say so when their robot check answered instead of the server."""


def of_status(status: int, headers: Mapping[str, str], conditional: bool) -> Verdict | None:
    """The outcome of a final status (no redirect); None when there is a body to read."""
    if any(headers.get(name, "").lower().startswith(value) for name, value in _CHALLENGE_HEADERS if name in headers):
        return FetchOutcome.CHALLENGED, _line(status, "a robot check stands before it, and is not bypassed")
    if status == 304:
        return _not_modified(conditional)
    if 200 <= status < 300:
        return (
            None if status != 206 else (FetchOutcome.MALFORMED, _line(status, "a part came, the whole was asked for"))
        )
    if status in _BY_STATUS:
        outcome, remedy = _BY_STATUS[status]
        return outcome, _line(status, remedy)
    return _by_class(status, headers)


def _not_modified(conditional: bool) -> Verdict:
    if conditional:
        return FetchOutcome.NOT_MODIFIED, ""
    return FetchOutcome.MALFORMED, _line(304, "said «not modified» to a request without a condition")


def _by_class(status: int, headers: Mapping[str, str]) -> Verdict:
    if status == 503 and "retry-after" in headers:
        return FetchOutcome.THROTTLED, _line(status, "the server asks to come back later")
    if 500 <= status < 600:
        return FetchOutcome.SERVER_ERROR, _line(status, "the server's own fault: it is tried again later")
    if 400 <= status < 500:
        return FetchOutcome.CLIENT_ERROR, _line(status, "the server does not accept the request")
    return FetchOutcome.MALFORMED, _line(status, "a status that means nothing here")


def _line(status: int, remedy: str) -> str:
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}: {remedy}"
    except ValueError:
        return f"HTTP {status}: {remedy}"


def of_error(error: httpx.TransportError, host: str, allow_line: str) -> Verdict:
    """The outcome of a failed request to `host`; `allow_line` is the config line that would allow a refused one."""
    said = str(error)
    if isinstance(error, AddressRefused):
        return FetchOutcome.PRIVATE_ADDRESS, address_line(host, error.address, error.reason, allow_line)
    if isinstance(error, NameNotResolved):
        return FetchOutcome.DNS, f"{host}: the name was not found ({said}): is it spelled right, is the network up?"
    if isinstance(error, TlsFailed):
        return FetchOutcome.TLS, f"{host}: no secure connection ({said}): {_tls_remedy(said)}"
    if isinstance(error, httpx.ProxyError):
        return FetchOutcome.CONNECT, f"{host}: not reached through the proxy ({said}): see `proxy` in [service]"
    if isinstance(error, httpx.TimeoutException):
        return FetchOutcome.TIMEOUT, f"{host}: {said}"
    if isinstance(error, httpx.UnsupportedProtocol):
        return FetchOutcome.BAD_URL, f"{host}: not an address that can be asked: correct the URL"
    if isinstance(error, httpx.RemoteProtocolError):
        return FetchOutcome.MALFORMED, f"{host}: the answer is not HTTP ({said}): is it a web server?"
    if isinstance(error, httpx.ConnectError):
        return FetchOutcome.CONNECT, f"{host}: no connection ({said}): is the server up?"
    return FetchOutcome.CONNECT, f"{host}: the connection broke ({said}): it is tried again later"


def _tls_remedy(said: str) -> str:
    if "self" in said or "local issuer" in said:
        return "if the authority is your own, give it as `ca_file` in [service]"
    if "expired" in said:
        return "the publisher has to renew its certificate"
    return "the server's certificate or TLS version is not acceptable"


def address_line(host: str, address: str, kind: str, allow_line: str) -> str:
    """Why a host is not dialled, with the config line that would allow it."""
    leads = "" if host == address else f", which leads to {address},"
    return f"{host}{leads} is {kind}; if it is yours, allow it in [service]: {allow_line}"


def port_line(host: str, reason: str, allow_line: str) -> str:
    """Why a host is not asked on its port, with the config line that would allow it."""
    return f"{host}: {reason}; to ask it all the same, allow it in [service]: {allow_line}"
