"""Where a feed keeps what it no longer lists (RFC 5005, section 4: archived feeds)."""

from __future__ import annotations

import html
import re

from monitor.feeds.links import web_join

_LINK = re.compile(rb"<(?:[A-Za-z_][\w.-]{0,30}:)?link\b([^<>]{1,2000})>")
_ATTRIBUTE = re.compile(r"""([A-Za-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def previous_archive(body: bytes, url: str) -> str | None:
    """The address of the document before this one: its `prev-archive` link, made absolute by the document's own URL.

    Read with a pattern and not with a parser: the bytes are not trusted, and a missed archive costs nothing but the
    gap that is told anyway.
    """
    for found in _LINK.finditer(body):
        attributes = {n.lower(): a or b for n, a, b in _ATTRIBUTE.findall(found[1].decode("utf-8", "replace"))}
        if "prev-archive" in attributes.get("rel", "").lower().split() and attributes.get("href"):
            return web_join(url, html.unescape(attributes["href"]).strip())
    return None
