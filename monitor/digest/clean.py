"""What feeds say is made safe for headers, terminals and markup: one line, no control characters, web links only."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

ELLIPSIS = "…"

_FORBIDDEN = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\ufffe\uffff")
"""Embeddings, overrides and isolates (Unicode UAX #9) can make a line read as another; the rest are no characters."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LINK_LIMIT = 2000


def is_printable(char: str) -> bool:
    """Whether a character may stand in a message: no control, surrogate or direction override."""
    return unicodedata.category(char) not in ("Cc", "Cs") and char not in _FORBIDDEN


def one_line(text: str) -> str:
    """The text on one line: runs of white space become one space, unprintable characters go."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return " ".join("".join(c for c in text if c.isspace() or is_printable(c)).split())


def cut_before_mark(text: str, end: int) -> int:
    """The nearest place at or before `end` that does not part a letter from its combining marks."""
    while 0 < end < len(text) and unicodedata.category(text[end]).startswith("M"):
        end -= 1
    return end


def clip(text: str, limit: int) -> str:
    """At most `limit` characters on one line, cut after a word where one ends in the last third."""
    line = one_line(text)
    if len(line) <= limit:
        return line
    end = line.rfind(" ", 0, limit)
    if end < limit * 2 // 3:
        end = cut_before_mark(line, limit - 1)
    return line[:end].rstrip() + ELLIPSIS


def web_link(url: str | None, limit: int = _LINK_LIMIT) -> str | None:
    """The address where it is a plain http or https one; anything else is no link."""
    if not url or len(url) > limit or any(c.isspace() or not is_printable(c) for c in url):
        return None
    try:
        parts = urlsplit(url)
        return url if parts.scheme.lower() in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def isolated(text: str) -> str:
    """The text where it holds right-to-left letters, between isolates (UAX #9): names beside it keep their order."""
    rtl = any(unicodedata.bidirectional(char) in ("R", "AL") for char in text)
    return f"\u2068{text}\u2069" if rtl else text


def language_tag(language: str | None) -> str | None:
    """A language tag (BCP 47) fit for a `lang` attribute, or None."""
    return language if language and _LANGUAGE.fullmatch(language) else None


def plural(count: int, one: str, many: str = "") -> str:
    """`1 story`, `1,200 stories`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
