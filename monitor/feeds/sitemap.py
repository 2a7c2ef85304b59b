"""Sitemaps (https://www.sitemaps.org/protocol.html) with Google's news extension, and indexes of them.

Read by local names: the namespaces in use differ by version and are often mistaken.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from monitor.feeds.dates import parse_date
from monitor.feeds.entities import mend
from monitor.feeds.links import web_join
from monitor.feeds.refused import FeedRefused
from monitor.feeds.tree import MAX_ENTRIES, local, read_tree
from monitor.model.news import Entry, ParsedFeed, Sitemap
from monitor.text.normal import clean

if TYPE_CHECKING:
    from lxml.etree import _Element

ROOTS = {"urlset": "sitemap", "sitemapindex": "sitemapindex"}
"""Root element → format."""
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def parse_sitemap(text: str, base: str, damaged: bool = False) -> ParsedFeed:
    """A sitemap's pages as entries, the address being the guid; an index's sitemaps in `ParsedFeed.sitemaps`.

    Of more than `MAX_ENTRIES` pages those dated latest are read, in the document's order. A page's `lastmod` is when it
    changed last, so only the news extension dates a publication. Raises FeedRefused where nothing could be saved.
    """
    root, recovered = _root(text)
    salvaged = recovered or damaged
    if local(root) == "sitemapindex":
        return ParsedFeed("sitemapindex", "", None, (), salvaged=salvaged, sitemaps=tuple(_sitemaps(root, base)))
    entries = _latest([entry for page in _children(root, "url") if (entry := _entry(page, base)) is not None])
    if not entries and salvaged:
        raise FeedRefused("a sitemap that is not well-formed, and no page of it could be saved")
    languages = {entry.language for entry in entries}
    language = languages.pop() if len(languages) == 1 else None
    return ParsedFeed("sitemap", _name(root), language, tuple(entries), salvaged=salvaged)


def _root(text: str) -> tuple[_Element, bool]:
    """The root, and whether something had to be mended or was lost."""
    tree, mended = read_tree(text, mend)
    root = tree.root if tree.root is not None else _recovered(mended)
    if root is None:
        raise FeedRefused("a sitemap that is not well-formed, and nothing of it could be saved")
    return root, tree.salvaged


def _recovered(text: str) -> _Element | None:
    from lxml import etree

    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError:
        return None


def _children(of: _Element, name: str) -> Iterator[_Element]:
    return (child for child in of if local(child) == name)


def _texts(of: _Element) -> dict[str, str]:
    """The texts of the elements below, by local name; the first of a name counts."""
    found: dict[str, str] = {}
    for child in of:
        found.setdefault(local(child), clean(child.text or ""))
    return found


def _entry(page: _Element, base: str) -> Entry | None:
    own = _texts(page)
    url = web_join(base, own.get("loc", ""))
    if url is None or not own.get("loc"):
        return None
    news = next(_children(page, "news"), None)
    about = _texts(news) if news is not None else {}
    outlet = next(_children(news, "publication"), None) if news is not None else None
    keywords = f"{about.get('genres', '')},{about.get('keywords', '')}".split(",")
    return Entry(
        guid=url,
        url=url,
        title=about.get("title", ""),
        published_at=parse_date(about.get("publication_date", "")),
        updated_at=parse_date(own.get("lastmod", "")),
        categories=tuple(dict.fromkeys(word.strip() for word in keywords if word.strip())),
        language=(_texts(outlet).get("language") if outlet is not None else None) or None,
    )


def _latest(entries: list[Entry]) -> list[Entry]:
    if len(entries) <= MAX_ENTRIES:
        return entries

    def moment(index: int) -> tuple[datetime, int]:
        return entries[index].published_at or entries[index].updated_at or _LONG_AGO, -index

    return [entries[index] for index in sorted(heapq.nlargest(MAX_ENTRIES, range(len(entries)), key=moment))]


def _name(root: _Element) -> str:
    """The publication that most pages name."""
    outlets = (outlet for outlet in root.iter() if local(outlet) == "publication")
    names = Counter(name for outlet in outlets if (name := _texts(outlet).get("name")))
    return names.most_common(1)[0][0] if names else ""


def _sitemaps(root: _Element, base: str) -> Iterator[Sitemap]:
    for child in _children(root, "sitemap"):
        own = _texts(child)
        url = web_join(base, own["loc"]) if own.get("loc") else None
        if url is not None:
            yield Sitemap(url, parse_date(own.get("lastmod", "")))
