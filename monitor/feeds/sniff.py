"""What a document is, by its bytes: servers' Content-Type is wrong too often to be asked."""

from __future__ import annotations

import re
from enum import StrEnum

from monitor.feeds.links import web_join


class Kind(StrEnum):
    """What a body turned out to be."""

    XML = "xml"
    JSON = "json"
    HTML = "html"
    EMPTY = "empty"
    BINARY = "binary"
    TEXT = "text"


MAGIC = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"RIFF", "a WebP image or a sound"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"%PDF", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data that was not declared as such"),
    (b"ID3", "a sound"),
    (b"\x00\x00\x00\x18ftyp", "a film"),
)
FEED_ROOTS = frozenset({"rss", "rdf", "feed", "channel"})
OTHER_ROOTS = {
    "html": "an HTML page",
    "opml": "an OPML list of feeds; import it instead",
    "svg": "an SVG image",
    "error": "an error message in XML",
}
FEED_TYPES = frozenset({"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json"})
MAX_OFFERED = 5

_SKIP = re.compile(r"(?:\s++|<!--.*?-->|<\?.*?\?>)*+", re.DOTALL)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
_HTML = re.compile(r"<(?:!doctype\s+html|html|head|body|script|title|meta|div|p|h1)\b", re.IGNORECASE)
_FEED = re.compile(r"<(?:rss|rdf:rdf|feed|channel|item|entry)\b", re.IGNORECASE)


def binary_kind(body: bytes) -> str | None:
    """What a body that is no text is, in words; None for text."""
    return next((words for magic, words in MAGIC if body.startswith(magic)), None)


def sniff(text: str) -> Kind:
    """What a text is."""
    start = text[:2_000].lstrip()
    if not start:
        return Kind.EMPTY if not text.strip() else Kind.TEXT
    if start[0] in "{[":
        return Kind.JSON
    if start[0] == "<":
        return Kind.HTML if _is_html(text) else Kind.XML
    if _FEED.search(text[:5_000]):
        return Kind.XML
    return Kind.HTML if _HTML.search(start) else Kind.TEXT


def root_name(text: str) -> str | None:
    """The local name of the first element, in lower case; a DOCTYPE must have been cut."""
    skipped = _SKIP.match(text)
    found = _ROOT.match(text, skipped.end() if skipped else 0)
    return found.group(1).lower() if found else None


def feed_links(html: bytes, url: str) -> tuple[str, ...]:
    """The feeds that an HTML page names in `<link rel=alternate>`, absolute, in its order."""
    from lxml import etree
    from lxml import html as lxml_html

    try:
        tree = lxml_html.document_fromstring(html[:500_000])
    except (etree.LxmlError, ValueError):
        return ()
    base = web_join(url, next((b.get("href", "") for b in tree.iter("base")), "")) or url
    links: dict[str, None] = {}
    for link in tree.iter("link"):
        rel, kind, href = (str(link.get(name, "")).strip() for name in ("rel", "type", "href"))
        if (
            "alternate" in rel.lower().split()
            and kind.lower() in FEED_TYPES
            and href
            and (target := web_join(base, href))
        ):
            links[target] = None
    return tuple(links)[:MAX_OFFERED]


def _is_html(text: str) -> bool:
    skipped = _SKIP.match(text)
    return bool(_HTML.match(text, skipped.end() if skipped else 0))
