"""Lists of feeds: OPML 2.0 (http://opml.org/spec2.opml), read as it is found and written as it should be.

Two lists in three are not well-formed: bare ampersands, quotes and angle brackets inside attributes. They are read tag
by tag, an attribute ending where the next one or the tag's end follows, and what cannot be read is named with its line.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from xml.etree import ElementTree

from monitor.feeds.decode import decode
from monitor.feeds.entities import resolve_entities
from monitor.feeds.links import web_url
from monitor.feeds.refused import FeedRefused
from monitor.feeds.sniff import binary_kind
from monitor.text.normal import clean

MAX_OUTLINES = 50_000
MAX_TAG = 8_000
"""Characters of one tag that are looked at."""
FEED_TYPES = frozenset({"rss", "atom", "rdf", "rss1", "json"})

_TAG = re.compile(r"<(?P<end>/?)(?P<name>opml|head|title|body|outline)\b", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_ATTRIBUTE = re.compile(
    r"""(?P<name>[A-Za-z_][\w:.-]{0,60})\s*=\s*(?:"(?P<double>.*?)"|'(?P<single>.*?)')"""
    r"""(?=\s*[A-Za-z_][\w:.-]{0,60}\s*=\s*["']|\s+[A-Za-z_][\w:.-]{0,60}=|\s*/?\s*>)""",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Outline:
    """One feed of a list."""

    url: str
    title: str = ""
    site: str | None = None
    """The page it belongs to."""
    groups: tuple[str, ...] = ()
    """The folders it stands in, outermost first."""


@dataclass(frozen=True, slots=True)
class OpmlFault:
    """What could not be read."""

    line: int
    what: str
    """The title, or the beginning of the tag."""
    why: str


@dataclass(frozen=True, slots=True)
class OpmlRead:
    """A list of feeds."""

    outlines: tuple[Outline, ...]
    faults: tuple[OpmlFault, ...] = ()
    title: str = ""
    salvaged: bool = False
    """It was not well-formed."""


@dataclass(frozen=True, slots=True)
class _Tag:
    """The beginning or the end of an element; an outline without content has both."""

    name: str
    line: int
    is_end: bool
    attributes: Mapping[str, str]
    """Names in lower case."""
    text: str = ""


def read_opml(body: bytes) -> OpmlRead:
    """The feeds of a list, in its order. Raises FeedRefused for what is no list of feeds, or a bomb."""
    kind = binary_kind(body)
    if kind:
        raise FeedRefused(f"{kind}, not an OPML list", not_a_feed=True)
    text = resolve_entities(decode(body, {}).text)
    well_formed = _is_well_formed(text)
    tags = list(_tags(text))
    if not any(tag.name in ("opml", "outline") for tag in tags):
        raise FeedRefused("not an OPML list: there is no <opml> and no <outline> in it", not_a_feed=True)
    outlines, faults = _outlines(tags)
    title = next((clean(tag.text) for tag in tags if tag.name == "title" and not tag.is_end), "")
    return OpmlRead(tuple(outlines), tuple(faults), title, not well_formed)


def write_opml(outlines: Iterable[Outline], title: str = "", created_at: datetime | None = None) -> str:
    """An OPML 2.0 document; feeds of one folder stand together, in the order in which folders first occur."""
    root = ElementTree.Element("opml", version="2.0")
    head = ElementTree.SubElement(root, "head")
    if title:
        ElementTree.SubElement(head, "title").text = clean(title)
    if created_at is not None:
        ElementTree.SubElement(head, "dateCreated").text = format_datetime(created_at)
    folders: dict[tuple[str, ...], ElementTree.Element] = {(): ElementTree.SubElement(root, "body")}
    for outline in outlines:
        attributes = {"type": "rss", "text": clean(outline.title) or outline.url, "xmlUrl": outline.url}
        if outline.title:
            attributes["title"] = clean(outline.title)
        if outline.site:
            attributes["htmlUrl"] = outline.site
        ElementTree.SubElement(_folder(folders, outline.groups), "outline", attributes)
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _folder(folders: dict[tuple[str, ...], ElementTree.Element], groups: tuple[str, ...]) -> ElementTree.Element:
    for depth in range(1, len(groups) + 1):
        path = groups[:depth]
        if path not in folders:
            folders[path] = ElementTree.SubElement(folders[path[:-1]], "outline", {"text": clean(path[-1])})
    return folders[groups]


def _is_well_formed(text: str) -> bool:
    from lxml import etree

    try:
        etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError:
        return False
    return True


def _tags(text: str) -> Iterator[_Tag]:
    """The tags that matter, in order, whatever stands between them."""
    breaks = [found.start() for found in re.finditer("\n", text)]
    found = list(_TAG.finditer(re.sub(r"<!--.*?-->", _blank, text, flags=re.DOTALL)))
    for number, tag in enumerate(found):
        behind = found[number + 1].start() if number + 1 < len(found) else len(text)
        inner = text[tag.end() : min(behind, tag.end() + MAX_TAG)]
        name, line = tag["name"].lower(), bisect_right(breaks, tag.start()) + 1
        if tag["end"]:
            yield _Tag(name, line, True, {})
            continue
        attributes = _attributes(inner) if name == "outline" else {}
        yield _Tag(name, line, False, attributes, _unescape(inner.partition(">")[2] if name != "outline" else inner))
        if name == "outline" and re.search(r"/\s*>\s*$", inner):
            yield _Tag(name, line, True, {})


def _blank(comment: re.Match[str]) -> str:
    return " " * len(comment.group())


def _attributes(inner: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for attribute in _ATTRIBUTE.finditer(inner):
        value = attribute["double"] if attribute["double"] is not None else attribute["single"]
        found.setdefault(attribute["name"].lower(), clean(_unescape(value)))
    return found


def _unescape(value: str) -> str:
    """Entities that end as they must: `?a=1&section=2` is no paragraph sign."""
    return _ENTITY.sub(lambda found: html.unescape(found.group()), value)


def _outlines(tags: Sequence[_Tag]) -> tuple[list[Outline], list[OpmlFault]]:
    outlines: list[Outline] = []
    faults: list[OpmlFault] = []
    above: list[str] = []
    for tag in tags:
        if tag.name != "outline":
            continue
        if tag.is_end:
            del above[-1:]
            continue
        title = tag.attributes.get("text") or tag.attributes.get("title", "")
        given = _given(tag)
        url = _address(given)
        if url and len(outlines) < MAX_OUTLINES:
            groups = tuple(group for group in above if group)
            outlines.append(Outline(url, tag.attributes.get("title") or title, _site(tag), groups))
        elif why := _why_not(tag, given, len(outlines)):
            faults.append(OpmlFault(tag.line, (title or clean(tag.text))[:80], why))
        above.append("" if url else title)
    return outlines, faults


def _given(tag: _Tag) -> str:
    """The address as it stands: `xmlUrl`, and for some programs `url`."""
    own = tag.attributes.get("xmlurl", "")
    return own or (tag.attributes.get("url", "") if tag.attributes.get("type", "").lower() in FEED_TYPES else "")


def _address(given: str) -> str | None:
    """`feed:https://…` and `feed://…` are how some programs write a feed's web address."""
    return web_url(re.sub(r"^feed:(?://)?(?=https?:)", "", re.sub(r"^feed://(?!https?:)", "http://", given)))


def _site(tag: _Tag) -> str | None:
    return web_url(tag.attributes.get("htmlurl", ""))


def _why_not(tag: _Tag, given: str, count: int) -> str | None:
    """Why an outline gives no feed; None for a folder or a note, which is none."""
    kind = tag.attributes.get("type", "").lower()
    if given:
        too_many = f"only the first {MAX_OUTLINES:,} feeds of a list are read"
        return too_many if count >= MAX_OUTLINES else f"its address is not on the web: {given[:100]}"
    if "xmlurl" in tag.text.lower() and "xmlurl" not in tag.attributes:
        return "its attributes cannot be told apart"
    if kind in FEED_TYPES or "xmlurl" in tag.attributes:
        return "it has no address (xmlUrl)"
    return "it stands for another list, which is not fetched" if kind == "include" else None
