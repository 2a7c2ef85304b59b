"""Addresses of feeds, servers and people, read with the standard library's URL parser and looked at closely.

No message shows the credentials or the query of a URL: people paste keys there.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from monitor.config.faults import BadValue, nearest, shown, without_secrets
from monitor.config.values import text

Security = Literal["tls", "starttls", "none"]

_SMTP: dict[str, tuple[Security, int]] = {
    "smtps": ("tls", 465),  # RFC 8314, 3.3
    "smtp": ("starttls", 587),  # RFC 6409, 3.1 with RFC 3207
    "smtp+insecure": ("none", 25),
}
_MAILBOX = re.compile(r'[^\s@<>,;:"()\[\]\\]+@[^\s@<>,;:"()\\]+')
_SLUG = re.compile(r"[^a-z0-9]+")
_LEADING = re.compile(r"^(?:www|feeds?|rss|mail|smtp)\.(?=[^.]+\.)")
_ID_LENGTH = 64


@dataclass(frozen=True, slots=True)
class Smtp:
    """An SMTP server as its URL names it."""

    host: str
    port: int
    security: Security
    username: str | None


def web_url(value: object, what: str = "web address") -> str:
    """An absolute http or https URL without credentials."""
    given = text(value)
    parts = _split(given, what)
    if parts.scheme not in ("http", "https"):
        raise BadValue(f"{_shown(given)} is not a {what}", _scheme_remedy(given, parts))
    if not parts.hostname:
        raise BadValue(f"{_shown(given)} names no host", 'write "https://host/path"')
    if "@" in parts.netloc:
        raise BadValue(f"{_shown(given)} holds credentials", "take them out of the URL")
    return given


def feed_url(value: object) -> str:
    """The address of a feed: credentials belong to `auth`."""
    try:
        return web_url(value, "feed address")
    except BadValue as bad:
        hint = 'write auth = { user = "NAME", password = "env:NAME" } instead'
        raise BadValue(bad.message, hint if "credentials" in bad.message else bad.remedy) from None


def proxy_url(value: object) -> str:
    """An HTTP proxy: `http://host:port`, without credentials."""
    given = web_url(value, "proxy address")
    if urlsplit(given).scheme != "http":
        raise BadValue(f"{_shown(given)} is not an HTTP proxy", 'write "http://host:port"')
    return given


def contact(value: object) -> str:
    """A URL or mail address for the User-Agent header: plain ASCII in one piece."""
    given = text(value).strip()
    remedy = 'write "https://example.org/about" or "desk@example.org"'
    if not given.isascii() or not given.isprintable() or " " in given:
        raise BadValue(f"{shown(given)} cannot stand in a header", remedy)
    if _MAILBOX.fullmatch(given.removeprefix("mailto:")):
        return given
    if not given.startswith(("http://", "https://")):
        raise BadValue(f"{shown(given)} is neither a web nor a mail address", remedy)
    return web_url(given)


def mailbox(value: object) -> str:
    """A bare mail address, without a display name."""
    given = text(value).strip()
    if not _MAILBOX.fullmatch(given) or not given.isprintable():
        raise BadValue(f"{shown(given)} is not a mail address", 'write "desk@example.org"')
    return given


def smtp(value: object) -> Smtp:
    """`smtps://user@host[:port]` (TLS), `smtp://` (STARTTLS, required) or `smtp+insecure://` (no encryption)."""
    remedy = 'write "smtps://user@mail.example.org", "smtp://…" (STARTTLS) or "smtp+insecure://…" (none)'
    parts = _split(text(value), "mail server")
    if parts.scheme not in _SMTP or not parts.hostname:
        raise BadValue("not the address of a mail server", remedy)
    if parts.password is not None:
        raise BadValue("a password stands in the URL (it is not shown)", 'take it out and write password = "env:NAME"')
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise BadValue("the address of a mail server ends after host and port", remedy)
    security, port = _SMTP[parts.scheme]
    return Smtp(parts.hostname, parts.port or port, security, unquote(parts.username) if parts.username else None)


def default_sender(server: Smtp, username: str | None) -> str:
    """The From address where none is given: the user name if it is one, else that name (or `monitor`) on the host
    without its `mail.` or `smtp.`."""
    if username and "@" in username:
        return username
    return f"{username or 'monitor'}@{_LEADING.sub('', server.host)}"


def feed_id(url: str) -> str:
    """The id of a feed that was given none: host and path in small letters; it changes only when the URL does."""
    parts = urlsplit(url)
    path = re.sub(r"\.(?:xml|rss|rdf|atom|json|php|aspx?)$", "", parts.path, flags=re.IGNORECASE)
    host = (parts.hostname or "").removeprefix("www.")
    slug = _SLUG.sub("-", f"{host}{path} {parts.query}".lower()).strip("-")
    if len(slug) <= _ID_LENGTH and (f"{host}{path}{parts.query}").isascii():
        return slug
    digest = hashlib.sha256(url.encode()).hexdigest()[:8]
    return f"{slug[: _ID_LENGTH - 9].strip('-')}-{digest}".strip("-")


def feed_name(url: str) -> str:
    """The name of a feed that was given none: its host without `www.`, `feeds.` or `rss.`."""
    return _LEADING.sub("", urlsplit(url).hostname or url)


def _shown(url: str) -> str:
    return shown(without_secrets(url))


def _split(given: str, what: str) -> SplitResult:
    """Take a URL apart; the standard library raises on bad brackets and ports, and drops line breaks in silence."""
    if not given.isprintable() or " " in given:
        raise BadValue(f"{_shown(given)} is not a {what}", "take out the spaces and line breaks")
    try:
        parts = urlsplit(given)
        _ = parts.port
    except ValueError:
        raise BadValue(f"{_shown(given)} is not a {what}", "check the host and the port") from None
    return parts


def _scheme_remedy(given: str, parts: SplitResult) -> str:
    scheme, separator, rest = given.partition("://")
    if not separator:
        host = given.partition("/")[0]
        looks_right = "." in host and "@" not in host and not given.startswith(("/", "."))
        return f'did you mean "https://{without_secrets(given)}"?' if looks_right else 'write "https://host/path"'
    near = "https" if scheme == "feed" else nearest(scheme, ("https", "http"))
    if near and "@" not in parts.netloc:
        return f'did you mean "{without_secrets(f"{near}://{rest}")}"?'
    return "only http and https are fetched"
