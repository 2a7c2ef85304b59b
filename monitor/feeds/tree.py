"""What is read from the XML tree itself: is it well-formed, the feed's hints, the bounds feedparser lacks."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from monitor.feeds.dates import parse_date
from monitor.feeds.refused import FeedRefused
from monitor.model.news import FeedHints

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_ENTRIES = 2_000
"""The newest entries of a huge feed that are read."""
MAX_FIELD = 1_000
"""Characters of a short field: feedparser's pattern for an author's address takes seconds over 16 KB."""
SHORT_FIELDS = frozenset(
    re.findall(
        r"\w+",
        "author creator managingeditor webmaster name email publisher contributor owner pubdate date updated published "
        "issued modified created lastbuilddate expirationdate language category subject keywords guid id",
    )
)
PERIODS = {"hourly": 1, "daily": 24, "weekly": 24 * 7, "monthly": 24 * 30, "yearly": 24 * 365}
"""Hours of `sy:updatePeriod` (RSS 1.0 module Syndication)."""
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
OTHER_NAMESPACES = {
    "http://purl.org/net/rss1.1#": "rss11",
    "http://channel.netscape.com/rdf/simple/0.9/": "rss090",
}
"""Namespaces of feeds that feedparser has not heard of, and the formats they mean."""
_DATE_FIELDS = ("pubdate", "published", "date", "updated", "issued", "modified")
_SHORT_TEXT = re.compile(
    rf"(<(?:[\w.-]+:)?(?:{'|'.join(sorted(SHORT_FIELDS))})\b[^<>]*>(?:<!\[CDATA\[)?[^<]{{{MAX_FIELD}}})[^<]*?(?=<|\]\]>)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Tree:
    """A document as XML."""

    root: _Element | None
    """None where even the repaired document is not well-formed."""
    salvaged: bool


def read_tree(text: str, repair: Callable[[str], str]) -> tuple[Tree, str]:
    """The tree of `text`, or of `text` repaired where that alone is well-formed, and which of them to read.

    Raises FeedRefused for a document nested so deeply that only malice explains it.
    """
    root = _strict(text)
    if root is not None:
        return Tree(root, False), text
    repaired = repair(text)
    return Tree(_strict(repaired), True), repaired


def _strict(text: str) -> _Element | None:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        if "xcessive depth" in str(error):
            raise FeedRefused("its elements stand more than 256 deep, one within another") from error
        return None


def local(element: _Element) -> str:
    """An element's name without its namespace, in lower case."""
    return element.tag.rpartition("}")[2].lower()


def format_of(root: _Element | None) -> str:
    """The format by a namespace that feedparser does not know; empty where there is none such."""
    names = root.nsmap.values() if root is not None else ()
    return next((OTHER_NAMESPACES[name] for name in names if name in OTHER_NAMESPACES), "")


def bound(root: _Element) -> bool:
    """Cut short fields to `MAX_FIELD` and the feed to its newest `MAX_ENTRIES`. True: something was cut."""
    items = [e for e in root.iter() if local(e) in ("item", "entry")]
    cut = _prune(items)
    for item in items:
        for field in item.iter():
            if local(field) in SHORT_FIELDS and len(field.text or "") > MAX_FIELD:
                field.text = (field.text or "")[:MAX_FIELD]
                cut = True
    return cut


def bound_text(text: str) -> str:
    """The same cut of short fields in a document that is not well-formed."""
    return _SHORT_TEXT.sub(r"\1", text)


def _prune(items: list[_Element]) -> bool:
    """Drop all but the newest by date; in the feed's order, newest first, where dates are missing."""
    if len(items) <= MAX_ENTRIES:
        return False
    dates = [_date_of(item) for item in items]
    order = list(range(len(items)))
    if all(dates):
        order.sort(key=lambda i: str(dates[i]), reverse=True)
    for index in order[MAX_ENTRIES:]:
        parent = items[index].getparent()
        if parent is not None:
            parent.remove(items[index])
    return True


def _date_of(item: _Element) -> datetime | None:
    texts = {local(child): child.text or "" for child in item}
    return next((parse_date(texts[name][:MAX_FIELD]) for name in _DATE_FIELDS if name in texts), None)


def serialize(root: _Element) -> bytes:
    """The tree as UTF-8 XML."""
    from lxml import etree

    return etree.tostring(root, encoding="utf-8")


def hints(root: _Element | None) -> FeedHints:
    """What the feed says of its own pace. Only the channel's own elements count, not those within entries."""
    if root is None:
        return FeedHints()
    own: dict[str, _Element] = {}
    for parent in (root, *(child for child in root if local(child) == "channel")):
        for child in parent:
            own.setdefault(local(child), child)
    return FeedHints(
        ttl=_minutes(own.get("ttl")),
        update_period=_update_period(own.get("updateperiod"), own.get("updatefrequency")),
        skip_hours=_skip_hours(own.get("skiphours")),
        skip_days=_skip_days(own.get("skipdays")),
    )


def _text(element: _Element | None) -> str:
    return (element.text or "").strip() if element is not None else ""


def _minutes(element: _Element | None) -> timedelta | None:
    """RSS 2.0: `<ttl>` is a number of minutes."""
    text = _text(element)
    return timedelta(minutes=min(int(text), 10_000_000)) if text.isascii() and text.isdigit() and int(text) else None


def _update_period(period: _Element | None, frequency: _Element | None) -> timedelta | None:
    hours = PERIODS.get(_text(period).lower())
    if hours is None:
        return None
    times = _text(frequency)
    count = int(times) if times.isascii() and times.isdigit() and len(times) < 7 else 1
    return timedelta(hours=hours) / max(count, 1)


def _skip_hours(element: _Element | None) -> tuple[int, ...]:
    """RSS 2.0 has 0 to 23; RSS 0.92 had 1 to 24, where 24 is midnight."""
    texts = [_text(child) for child in element] if element is not None else []
    hours = {int(text) % 24 for text in texts if text.isascii() and text.isdigit() and int(text) <= 24}
    return tuple(sorted(hours))


def _skip_days(element: _Element | None) -> tuple[int, ...]:
    names = [_text(child).lower() for child in element] if element is not None else []
    return tuple(sorted({DAYS.index(name) for name in names if name in DAYS}))
