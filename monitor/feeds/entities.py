"""DOCTYPE and entities, made harmless before any XML parser sees them.

RSS 0.91 declares entities rightly, so they are honoured; their expansion is counted before it is made, and external
ones are never fetched (they expand to nothing).
"""

from __future__ import annotations

import html.entities
import re
from collections.abc import Mapping

from monitor.feeds.refused import FeedRefused

MAX_EXPANSION = 1_000_000
"""Characters that all entity references of a document may add together."""
MAX_DEPTH = 8
"""Entities that may stand one within another."""
OWN = frozenset({"lt", "gt", "amp", "quot", "apos"})
"""Known to every XML parser, and left to it."""

_BOMB = f"an entity bomb: its entities expand to more than {MAX_EXPANSION:,} characters"
_PROLOG = re.compile(r"(?:\s++|<!--.*?-->|<\?.*?\?>)*+", re.DOTALL)
_DOCTYPE = re.compile(r"<!DOCTYPE\s", re.IGNORECASE)
_DOCTYPE_TOKEN = re.compile(r"""<!--.*?-->|"[^"]*"|'[^']*'|[\[\]>]""", re.DOTALL)
_ENTITY = re.compile(
    r"""<!ENTITY\s+(?P<parameter>%\s+)?(?P<name>[^\s%"'<>]+)\s+(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<outside>\w))"""
)
_REFERENCE = re.compile(r"&([A-Za-z_][\w.:-]{0,99});")
_SKIPPED = re.compile(r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|&([A-Za-z_][\w.:-]{0,99});", re.DOTALL)
_TO_MEND = re.compile(
    r"<!\[CDATA\[.*?\]\]>|<!--.*?-->|&#(?:(?P<decimal>[0-9]{1,7})|[xX](?P<hex>[0-9a-fA-F]{1,6}));"
    r"|&(?!(?:[A-Za-z_][\w.:-]{0,99}|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});)",
    re.DOTALL,
)


def resolve_entities(text: str) -> str:
    """The document without its DOCTYPE, every named entity replaced but XML's own five. Unknown ones stay visible.

    Raises FeedRefused where the expansion would pass `MAX_EXPANSION` or goes round in a circle.
    """
    text, subset = _cut_doctype(text)
    if OWN.issuperset(_REFERENCE.findall(text)):
        return text
    values = _expand(_declared(subset))
    budget = MAX_EXPANSION

    def replace(found: re.Match[str]) -> str:
        nonlocal budget
        name = found.group(1)
        if name is None or name in OWN:
            return found.group(0)
        value = values.get(name)
        if value is None:
            known = html.entities.html5.get(f"{name};")
            return _escape(known) if known else f"&amp;{name};"
        budget -= len(value)
        if budget < 0:
            raise FeedRefused(_BOMB)
        return value

    return _SKIPPED.sub(replace, text)


def mend(text: str) -> str:
    """The commonest faults of feeds that are not well-formed, outside CDATA and comments: `AT&T` → `AT&amp;T`, and
    references to characters that XML forbids (`&#x1F;`) dropped."""
    return _TO_MEND.sub(_mended, text)


def _mended(found: re.Match[str]) -> str:
    if found.group() == "&":
        return "&amp;"
    if found["decimal"] is None and found["hex"] is None:
        return found.group()
    code = int(found["decimal"]) if found["decimal"] else int(found["hex"], 16)
    return found.group() if _is_allowed(code) else ""


def _is_allowed(code: int) -> bool:
    """XML 1.0 §2.2, production Char."""
    return code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF


def _cut_doctype(text: str) -> tuple[str, str]:
    """The document without its DOCTYPE, and what stood in the DOCTYPE."""
    prolog = _PROLOG.match(text)
    start = prolog.end() if prolog else 0
    if not _DOCTYPE.match(text, start):
        return text, ""
    depth = 0
    for token in _DOCTYPE_TOKEN.finditer(text, start + 1):
        mark = token.group(0)
        depth += (mark == "[") - (mark == "]")
        if mark == ">" and depth <= 0:
            return text[:start] + text[token.end() :], text[start : token.start()]
    raise FeedRefused("its DOCTYPE never ends")


def _declared(subset: str) -> dict[str, str]:
    """General entities by name, the first declaration counting (XML 1.0 §4.2); external ones are empty."""
    values: dict[str, str] = {}
    for found in _ENTITY.finditer(subset):
        if not found["parameter"] and found["name"] not in OWN:
            values.setdefault(found["name"], found["double"] or found["single"] or "")
    return values


def _expand(declared: Mapping[str, str]) -> dict[str, str]:
    """Every entity with those inside it replaced, within the limits."""
    done: dict[str, str] = {}
    budget = MAX_EXPANSION

    def value_of(name: str, depth: int) -> str:
        nonlocal budget
        if name in done:
            return done[name]
        if depth > MAX_DEPTH:
            raise FeedRefused("an entity bomb: its entities stand one within another without end")
        inner = {n: value_of(n, depth + 1) for n in set(_REFERENCE.findall(declared[name])) if n in declared}
        budget -= sum(len(inner.get(n, "")) for n in _REFERENCE.findall(declared[name]))
        if budget < 0:
            raise FeedRefused(_BOMB)
        done[name] = _REFERENCE.sub(lambda found: inner.get(found.group(1), found.group(0)), declared[name])
        return done[name]

    for name in declared:
        value_of(name, 0)
    return {name: _known_only(value) for name, value in done.items()}


def _known_only(value: str) -> str:
    """HTML's named entities inside a value become characters, others stay visible."""

    def replace(found: re.Match[str]) -> str:
        if found.group(1) in OWN:
            return found.group(0)
        known = html.entities.html5.get(f"{found.group(1)};")
        return _escape(known) if known else f"&amp;{found.group(1)};"

    return _REFERENCE.sub(replace, value)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
