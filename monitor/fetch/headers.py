"""What the headers of a request say and what those of an answer mean. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import quote

from monitor.model.news import Validators

AGENT_NAME = "news-monitor"
"""The product token of the User-Agent, by which a robots.txt names us."""

ACCEPT_ENCODING = "gzip, deflate"
"""Only what `body.Inflater` can bound: a brotli decoder without an output limit would be a bomb's door."""

_ACCEPT = {
    "feed": "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1",
    "page": "text/html, application/xhtml+xml, application/xml;q=0.7, text/plain;q=0.5, */*;q=0.1",
    "robots": "text/plain, */*;q=0.1",
}
_VALIDATOR_LIMIT = 4096
"""Longer validators are dropped: many servers refuse a header section of 8 KB for good."""
_RETRY_AFTER_LIMIT = timedelta(days=365)
_SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)
_PAGE_TYPES = frozenset({"application/xhtml+xml", "application/xml"})


def user_agent(version: str, contact: str | None) -> str:
    """`news-monitor/VERSION (+contact)`: an honest name, and where a publisher reaches whoever runs this."""
    name = f"{AGENT_NAME}/{version}"
    return f"{name} (+{_header_safe(contact)})" if contact else name


def _header_safe(text: str) -> str:
    return "".join(c if " " < c <= "~" and c not in "()\\" else quote(c, safe="") for c in text.strip())


def accept(kind: str) -> str:
    """The Accept of a feed, a page or a robots.txt."""
    return _ACCEPT.get(kind, "*/*")


def is_sendable(value: str) -> bool:
    """Whether a value may stand in a header we send (RFC 9110 §5.5, ASCII only, no control characters)."""
    return value.isascii() and value.isprintable()


def conditions(held: Validators | None, url: str) -> tuple[tuple[str, str], ...]:
    """The conditional headers for a request of `url`: both validators when held, byte-exact, and none for another URL
    than the one they were given for."""
    if held is None or held.url != url:
        return ()
    pairs = (("If-None-Match", held.etag), ("If-Modified-Since", held.last_modified))
    return tuple((name, value) for name, value in pairs if value and is_sendable(value))


def validators_of(headers: Mapping[str, str], url: str) -> Validators | None:
    """What a 200 gave: None clears those held before."""
    etag = _usable(headers.get("etag"))
    modified = _usable(headers.get("last-modified"))
    if modified is not None and "2038" in modified:
        modified = None  # a placeholder for «never»: a server that means it would answer 304 for good
    return Validators(url, etag, modified) if etag or modified else None


def refreshed(held: Validators | None, headers: Mapping[str, str], url: str) -> Validators | None:
    """Those held, updated by what a 304 carries (RFC 9111 §4.3.4)."""
    given = validators_of(headers, url)
    if given is None or held is None:
        return given or held
    return Validators(url, given.etag or held.etag, given.last_modified or held.last_modified)


def _usable(value: str | None) -> str | None:
    return value if value and len(value) <= _VALIDATOR_LIMIT and is_sendable(value) else None


def http_date(text: str | None) -> datetime | None:
    """An HTTP date in any of its three forms (RFC 9110 §5.6.7), aware and in UTC; None when it is none."""
    if not text or len(text) > 100:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def retry_after(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How long a server asks to be left alone (RFC 9110 §10.2.3): seconds, or a date relative to the answer's own
    `Date`, so that a clock that is wrong on either side changes nothing. Never negative; a year at most."""
    text = (headers.get("retry-after") or "").strip()
    if _SECONDS.fullmatch(text):
        return min(timedelta(seconds=math.ceil(float(text))), _RETRY_AFTER_LIMIT)
    if text.isascii() and text.isdigit():
        return _RETRY_AFTER_LIMIT
    until = http_date(text)
    if until is None:
        return None
    wait = until - (http_date(headers.get("date")) or now)
    return min(max(wait, timedelta(0)), _RETRY_AFTER_LIMIT)


def media_type(headers: Mapping[str, str]) -> str:
    """The type without its parameters, in lower case; empty when none was given."""
    return (headers.get("content-type") or "").partition(";")[0].strip().lower()


def is_page_type(media: str) -> bool:
    """Whether a body of this type may hold an article: text of any kind, XHTML, XML, or a type that is not given or no
    type at all."""
    return media.startswith("text/") or media in _PAGE_TYPES or "/" not in media


def content_length(headers: Mapping[str, str]) -> int | None:
    """The announced length of the body in bytes, as sent."""
    text = headers.get("content-length") or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def content_codings(headers: Mapping[str, str]) -> tuple[str, ...]:
    """The codings of the body in the order they were applied, `identity` left out, `x-gzip` read as `gzip`."""
    names = (part.strip().lower().removeprefix("x-") for part in (headers.get("content-encoding") or "").split(","))
    return tuple(name for name in names if name and name != "identity")
