"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/), leniently: a wrong type is a missing value."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from monitor.feeds.dates import parse_date
from monitor.feeds.links import web_join
from monitor.feeds.plain import plain_markup, plain_text
from monitor.feeds.refused import FeedRefused
from monitor.feeds.tree import MAX_ENTRIES
from monitor.model.news import Entry, ParsedFeed
from monitor.text.normal import clean

Json = Mapping[str, Any]
"""An object of a JSON document."""


def parse_json_feed(text: str, url: str) -> ParsedFeed:
    """The feed in a JSON document. Raises FeedRefused where it is none."""
    document = _load(text)
    if not isinstance(document, dict) or "items" not in document:
        raise FeedRefused("JSON, but no JSON Feed: it has no `items`", not_a_feed=True)
    version = _string(document, "version")
    if "jsonfeed.org" not in version and not _string(document, "title"):
        raise FeedRefused("JSON, but no JSON Feed: it names no jsonfeed.org `version`", not_a_feed=True)
    items = document["items"] if isinstance(document["items"], list) else []
    language = _string(document, "language") or None
    base = web_join(url, _string(document, "feed_url")) or url
    entries = (_entry(item, base, language, document) for item in items if isinstance(item, dict))
    newest = _newest(tuple(entries))
    return ParsedFeed(_format(version), clean(_string(document, "title")), language, newest)


def _load(text: str) -> object:
    try:
        return json.loads(text, strict=False)
    except RecursionError as error:
        raise FeedRefused("JSON nested too deeply to be read") from error
    except ValueError as error:
        raise FeedRefused(f"begins like JSON, but is not: {error}") from error


def _format(version: str) -> str:
    number = version.rstrip("/").rpartition("/")[2].replace(".", "")
    return f"json{number}" if number.isdigit() else "json"


def _newest(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    if len(entries) <= MAX_ENTRIES:
        return entries
    order = range(len(entries))
    if all(entry.published_at for entry in entries):
        order_by_date = sorted(order, key=lambda i: str(entries[i].published_at), reverse=True)
        return tuple(entries[i] for i in sorted(order_by_date[:MAX_ENTRIES]))
    return entries[:MAX_ENTRIES]


def _entry(item: Json, base: str, language: str | None, feed: Json) -> Entry:
    link = _string(item, "url") or _string(item, "external_url")
    published, updated = (parse_date(_string(item, name)) for name in ("date_published", "date_modified"))
    return Entry(
        guid=_guid(item),
        url=web_join(base, link) if link else None,
        title=clean(_string(item, "title")),
        summary=plain_text(_string(item, "summary")),
        content=_content(item),
        published_at=published or updated,
        updated_at=updated,
        authors=_authors(item) or _authors(feed),
        categories=_words(item.get("tags")),
        language=_string(item, "language") or language,
    )


def _content(item: Json) -> str:
    """`content_html` and `content_text` may both stand there; the longer text is the whole one."""
    return max(plain_markup(_string(item, "content_html")), plain_text(_string(item, "content_text")), key=len)


def _guid(item: Json) -> str | None:
    """§ Items: `id` is a string; a number is converted to one."""
    value = item.get("id")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return _string(item, "id").strip() or None


def _authors(of: Json) -> tuple[str, ...]:
    """1.1 has `authors`, 1.0 `author`."""
    several, one = of.get("authors"), of.get("author")
    people = several if isinstance(several, list) else [one]
    names = (clean(_string(person, "name")) for person in people if isinstance(person, dict))
    return tuple(name for name in names if name)


def _words(value: object) -> tuple[str, ...]:
    words: Sequence[object] = value if isinstance(value, list) else ()
    return tuple(clean(word) for word in words if isinstance(word, str) and word.strip())


def _string(of: Json, name: str) -> str:
    value = of.get(name)
    return value if isinstance(value, str) else ""
