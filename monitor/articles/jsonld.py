"""What a page says of itself in JSON-LD (https://schema.org/Article), read leniently."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from monitor.text.normal import clean

if TYPE_CHECKING:
    from lxml.html import HtmlElement

TYPES = re.compile(r"(?:Article|Posting|Report)$")
"""Article, NewsArticle, ReportageNewsArticle, BlogPosting, LiveBlogPosting, Report, …"""
MAX_SCRIPT = 2_000_000
MAX_OBJECTS = 2_000
_TAGS = re.compile(r"<(?:br|/p|/div|/li|/h\d)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


@dataclass(frozen=True, slots=True)
class LinkedArticle:
    """The article object of a page."""

    headline: str = ""
    body: str = ""
    author: str | None = None
    published_at: datetime | None = None
    free: bool = True
    """False where the page says that it is not accessible for free: its body is then no fair copy of the page."""
    language: str | None = None


def linked_article(tree: HtmlElement) -> LinkedArticle | None:
    """The page's first article object, one with a body before one without."""
    found = [_article(item) for item in _objects(tree) if _is_article(item)]
    return next((a for a in found if a.body), next(iter(found), None))


def _objects(tree: HtmlElement) -> Iterator[Mapping[str, Any]]:
    """Every object of every JSON-LD script, outer ones first."""
    for script in tree.iter("script"):
        if "ld+json" not in str(script.get("type", "")).lower():
            continue
        queue = [_load(script.text or "")]
        for _ in range(MAX_OBJECTS):
            if not queue:
                break
            value = queue.pop(0)
            if isinstance(value, dict):
                yield value
                queue.extend(v for v in value.values() if isinstance(v, dict | list))
            elif isinstance(value, list):
                queue.extend(v for v in value if isinstance(v, dict | list))


def _load(text: str) -> object:
    """The script as JSON; raw line breaks within strings, a comment around it or a last `;` are forgiven."""
    text = text[:MAX_SCRIPT].strip().removeprefix("<!--").removesuffix("-->").strip()
    text = text.removeprefix("<![CDATA[").removesuffix("]]>").strip().rstrip(";")
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None


def _is_article(item: Mapping[str, Any]) -> bool:
    kinds = item.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(name, str) and TYPES.search(name) for name in names)


def _article(item: Mapping[str, Any]) -> LinkedArticle:
    return LinkedArticle(
        headline=clean(html.unescape(_string(item.get("headline")))),
        body=_text(_string(item.get("articleBody"))),
        author=_names(item.get("author")),
        published_at=parse_moment(_string(item.get("datePublished"))),
        free=str(item.get("isAccessibleForFree", "true")).strip().lower() not in ("false", "0", "no"),
        language=_string(item.get("inLanguage")) or None,
    )


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _text(body: str) -> str:
    """Bodies are plain text by the book, and HTML, once or twice escaped, in practice."""
    if _TAG.search(html.unescape(body)):
        body = _TAG.sub("", _TAGS.sub("\n", html.unescape(body)))
    return clean(html.unescape(body), keep_lines=True)


def _names(value: object) -> str | None:
    people = value if isinstance(value, list) else [value]
    names = [person.get("name") if isinstance(person, dict) else person for person in people]
    tidy = dict.fromkeys(clean(html.unescape(n)) for n in names if isinstance(n, str) and "://" not in n)
    return "; ".join(name for name in tidy if name)[:200] or None


def parse_moment(text: str) -> datetime | None:
    """An ISO 8601 moment in UTC; one without a zone is taken for UTC. None: unreadable."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if not 1900 < moment.year < 2200:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
