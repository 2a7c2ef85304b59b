"""Markup of feeds to plain text: tags gone, block elements as line breaks, entities decoded, control characters out."""

from __future__ import annotations

import html
import re
from functools import cache
from typing import TYPE_CHECKING

from monitor.text.normal import clean

if TYPE_CHECKING:
    from lxml.html import HtmlElement, HTMLParser

BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article aside blockquote br caption dd details div dl dt fieldset figcaption figure footer form h1 h2 "
        "h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul",
    )
)
INLINE = frozenset(
    re.findall(
        r"\w+",
        "a abbr acronym audio b bdi bdo big center cite code data del dfn em embed font i iframe img input ins kbd "
        "label link mark math noscript object picture q s samp script small source span strike strong style sub sup "
        "svg time tt u var video wbr",
    )
)
DROPPED = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "math"})
"""Their text is not for reading."""

_TAG = re.compile(r"<\s*/?\s*([A-Za-z][A-Za-z0-9]*)\b[^<]*>|<!--")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


def has_markup(text: str) -> bool:
    """Whether a field that should be plain text holds HTML all the same: a known tag or an entity."""
    if any(m.group(1) is None or m.group(1).lower() in BLOCKS | INLINE for m in _TAG.finditer(text)):
        return True
    return bool(_ENTITY.search(text))


def plain_text(text: str) -> str:
    """Text without control characters, its lines kept."""
    return clean(text, keep_lines=True)


def plain_markup(markup: str) -> str:
    """The text of a piece of HTML, a line for each block."""
    if "<" not in markup:
        return plain_text(html.unescape(markup))
    root = _parse(markup.replace("\x00", ""))
    if root is None:
        return plain_text(html.unescape(re.sub(r"<[^>]*>", " ", markup)))
    return plain_text("".join(_pieces(root)))


def _parse(markup: str) -> HtmlElement | None:
    from lxml import etree
    from lxml import html as lxml_html

    try:
        return lxml_html.document_fromstring(f"<div>{markup}</div>".encode(), parser=_parser())
    except (etree.LxmlError, ValueError):
        return None


@cache
def _parser() -> HTMLParser:
    from lxml.html import HTMLParser

    return HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)


def _pieces(root: HtmlElement) -> list[str]:
    """Texts in reading order with a line break around each block; no recursion, so depth costs no stack."""
    from lxml import etree

    pieces: list[str] = []
    dropped = 0
    for event, node in etree.iterwalk(root, events=("start", "end")):
        tag = node.tag if isinstance(node.tag, str) else ""
        if event == "start":
            dropped += tag in DROPPED
            pieces.append("\n" if tag in BLOCKS else "")
            pieces.append("" if dropped or not tag else node.text or "")
        else:
            dropped -= tag in DROPPED
            pieces.append("\n" if tag in BLOCKS else "")
            pieces.append("" if dropped else node.tail or "")
    return pieces
