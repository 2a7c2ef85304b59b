"""A feed's document, whatever its format, to `ParsedFeed`.

bytes → sniff → text (decode) → entities out → tree (well-formed? bounds, hints) → feedparser → entries
             → JSON Feed                        → sitemap
"""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any

from monitor.feeds import sitemap, sniff
from monitor.feeds.decode import Decoded, decode
from monitor.feeds.entities import mend, resolve_entities
from monitor.feeds.entries import entry_of, get, title_of
from monitor.feeds.fresh import Outline, outline_of
from monitor.feeds.jsonfeed import parse_json_feed
from monitor.feeds.links import web_join
from monitor.feeds.refused import FeedRefused
from monitor.feeds.sniff import Kind
from monitor.feeds.tree import (
    MAX_ENTRIES,
    OTHER_NAMESPACES,
    Tree,
    bound,
    bound_text,
    format_of,
    hints,
    read_tree,
    serialize,
)
from monitor.model.news import ParsedFeed
from monitor.text.normal import clean

__all__ = ["FeedRefused", "parse_feed"]


def parse_feed(body: bytes, url: str, headers: Mapping[str, str], seen: Collection[bytes] = frozenset()) -> ParsedFeed:
    """Read a feed of any format from its bytes. `url` is where it was got, after redirects.

    Of items whose fingerprints are in `seen` nothing is read: they are named in `ParsedFeed.seen`, and the others are
    what the whole document would have given for them. A document that cannot be taken apart is read whole.

    Raises FeedRefused, with `not_a_feed` where the document is something else. Its cost is bounded by the caller
    (a worker with a deadline and a memory limit): feedparser is slow on what is not well-formed.
    """
    binary = sniff.binary_kind(body)
    if binary:
        raise FeedRefused(f"{binary}, not a feed", not_a_feed=True)
    decoded = decode(body, headers)
    kind = sniff.sniff(decoded.text)
    if kind is Kind.JSON:
        return parse_json_feed(decoded.text, url)
    if kind is not Kind.XML:
        raise _not_a_feed(kind, decoded.text.encode(), url)
    return _parse_xml(decoded, url, {k.lower(): v for k, v in headers.items()}, seen)


def _not_a_feed(kind: Kind, html: bytes, url: str) -> FeedRefused:
    if kind is Kind.EMPTY:
        return FeedRefused("an empty document, not a feed", not_a_feed=True)
    if kind is Kind.TEXT:
        return FeedRefused("plain text, not a feed", not_a_feed=True)
    links = sniff.feed_links(html, url)
    offer = f"; it links to {'this feed' if len(links) == 1 else 'these feeds'}: {', '.join(links)}" if links else ""
    return FeedRefused(f"an HTML page, not a feed{offer}", not_a_feed=True)


def _parse_xml(decoded: Decoded, url: str, headers: Mapping[str, str], seen: Collection[bytes]) -> ParsedFeed:
    base = _base(url, headers)
    context = f"{base}\x00{headers.get('content-language', '')}"
    outline = None if decoded.damaged else outline_of(decoded.text, context)
    if outline is None:
        return _read(decoded.text, base, headers, decoded.damaged)
    new = _read_new(outline, base, headers, seen)
    if new is not None:
        return new
    whole = _read(decoded.text, base, headers)
    clear = not whole.salvaged and len(whole.entries) == len(outline.items)
    return replace(whole, fingerprints=outline.fingerprints) if clear else whole


def _read_new(outline: Outline, base: str, headers: Mapping[str, str], seen: Collection[bytes]) -> ParsedFeed | None:
    """The items not seen before; None where the whole has to be read."""
    known = tuple(f for f in outline.fingerprints if f in seen)
    if not known:
        return None
    try:
        feed = _read(outline.without(seen), base, headers)
    except FeedRefused:
        return None
    new = tuple(f for f in outline.fingerprints if f not in seen)
    if feed.salvaged or len(feed.entries) != len(new):
        return None
    return replace(feed, fingerprints=new, seen=known)


def _read(text: str, base: str, headers: Mapping[str, str], damaged: bool = False) -> ParsedFeed:
    text = resolve_entities(text)
    root = sniff.root_name(text)
    if root in sniff.OTHER_ROOTS:
        raise FeedRefused(f"{sniff.OTHER_ROOTS[root]}, not a feed", not_a_feed=True)
    if root in sitemap.ROOTS:
        return sitemap.parse_sitemap(text, base, damaged)
    tree, text = read_tree(text, mend)
    parsed = _feedparser(_bounded(tree, text), base, headers)
    version = str(get(parsed, "version") or "") or format_of(tree.root)
    raw_entries = get(parsed, "entries")
    if not version and not raw_entries:
        raise FeedRefused(f"XML, but no feed: its root is <{root}>", not_a_feed=True)
    if tree.root is None and not raw_entries:
        raise FeedRefused("not well-formed, and no entry could be saved")
    feed = get(parsed, "feed") or {}
    is_atom = version.startswith("atom")
    language = _tag(str(get(feed, "language") or ""))
    entries = tuple(entry_of(raw, base, is_atom, language) for raw in raw_entries[:MAX_ENTRIES])
    salvaged = tree.salvaged or damaged
    return ParsedFeed(version or "unknown", title_of(feed, is_atom), language, entries, hints(tree.root), salvaged)


def _tag(language: str) -> str | None:
    return clean(language)[:40] or None


def _base(url: str, headers: Mapping[str, str]) -> str:
    """What relative links are resolved by where no xml:base stands: Content-Location, else where the feed was got."""
    return web_join(url, headers.get("content-location", "")) or url


def _bounded(tree: Tree, text: str) -> bytes:
    if tree.root is None:
        return bound_text(text).encode()
    return serialize(tree.root) if bound(tree.root) else text.encode()


def _feedparser(document: bytes, base: str, headers: Mapping[str, str]) -> Mapping[str, Any]:
    """feedparser's reading of a clean UTF-8 document: a stream, never a name it might open; no address to fetch."""
    import feedparser

    _adapt_feedparser()
    given = {"content-type": "application/xml; charset=utf-8", "content-location": base}
    if headers.get("content-language"):
        given["content-language"] = headers["content-language"].split(",")[0].strip()
    try:
        parsed: Mapping[str, Any] = feedparser.parse(
            io.BytesIO(document), response_headers=given, sanitize_html=False, resolve_relative_uris=False
        )
    except MemoryError:
        raise
    except Exception as error:
        raise FeedRefused(f"the parser gave up: {type(error).__name__}: {str(error)[:200]}") from error
    return parsed


@cache
def _adapt_feedparser() -> None:
    from feedparser import api, mixin
    from feedparser.mixin import _FeedParserMixin

    # A guid is an identity: made absolute, it would change with the address of the feed.
    _FeedParserMixin.can_be_relative_uri.discard("id")
    # Else each document looks in vain for an XML parser that exists no more, and a machine that had it would differ.
    api.PREFERRED_XML_PARSERS.clear()
    # Every start tag joins the base to itself anew; a few bases a document are all there are.
    mixin.make_safe_absolute_uri = lru_cache(maxsize=64)(mixin.make_safe_absolute_uri)
    for namespace in OTHER_NAMESPACES:
        _FeedParserMixin.namespaces[namespace] = ""
