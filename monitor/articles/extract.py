"""The article of a page, read with trafilatura, JSON-LD where that is plainly better, and the page's own metadata.

Runs in a worker process: trafilatura can take seconds over a page, and a crash of libxml2 takes the process along.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from monitor.articles.jsonld import LinkedArticle, linked_article, parse_moment
from monitor.model.news import Article, Page, TextSource
from monitor.text.normal import clean

if TYPE_CHECKING:
    from lxml.html import HtmlElement

DATES = {"outputformat": "%Y-%m-%dT%H:%M:%S%z", "original_date": True}
"""Without these trafilatura's dates are day-only and may be those of the last change."""
LINKED_FACTOR = 1.5
"""JSON-LD's body is taken where it has this many times the words of what was read from the page."""
SEPARATORS = (" | ", " - ", " – ", " — ", " :: ", " • ", " · ", " » ")
_DATE_METAS = ("article:published_time", "og:published_time", "datepublished", "date.issued", "parsely-pub-date")
_LINKED = re.compile(rb"<script[^>]{0,500}ld\+json[^>]{0,500}>.*?</script\s*>", re.DOTALL | re.IGNORECASE)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


class PageRefused(Exception):
    """No article could be read from the page; one line says why."""


@dataclass(frozen=True, slots=True)
class _Read:
    """What trafilatura made of the page."""

    text: str = ""
    title: str = ""
    author: str | None = None
    date: str = ""
    site: str = ""
    language: str | None = None


def extract_page(page: Page, fast: bool = False) -> Article:
    """The article of a page; `fast` leaves trafilatura's second readers out. Raises PageRefused."""
    tree = _tree(page)
    linked = linked_article(tree) or LinkedArticle()
    read = _trafilatura(_without_linked(page.html) if linked.body else page.html, page.url, fast)
    text, source = _text(read, linked, fast)
    if not text:
        raise PageRefused("no text could be read from the page")
    return Article(
        url=page.url,
        canonical_url=_canonical(tree, page.url),
        title=_title(tree, read, linked, page.url),
        text=text,
        text_source=source,
        author=linked.author or read.author,
        published_at=_published(tree, read, linked),
        language=_language(tree, linked, read),
    )


def _tree(page: Page) -> HtmlElement:
    from lxml import etree
    from lxml import html as lxml_html
    from trafilatura.utils import decode_file

    if page.html[:5] == b"%PDF-" or not page.html.strip():
        raise PageRefused("a PDF, not a page" if page.html.strip() else "an empty page")
    text = decode_file(page.html).replace("\x00", "")
    try:
        # Bytes, since lxml refuses a str that carries an encoding declaration; a lone surrogate becomes `?`.
        return lxml_html.document_fromstring(text.encode("utf-8", "replace"), lxml_html.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError) as error:
        raise PageRefused(f"the page is no HTML: {str(error)[:200]}") from error


def _without_linked(html: bytes) -> bytes:
    """The page without its JSON-LD: trafilatura falls back on it by itself, that of a paid article included, and does
    not say so."""
    return _LINKED.sub(b"", html)


def _trafilatura(html: bytes, url: str, fast: bool) -> _Read:
    from trafilatura import bare_extraction

    document: Any = bare_extraction(
        html,
        url=url,
        fast=fast,
        include_comments=False,
        with_metadata=True,
        date_extraction_params=dict(DATES),
    )
    if document is None:
        return _Read()
    return _Read(
        text=clean(document.text or "", keep_lines=True),
        title=clean(document.title or ""),
        author=clean(document.author)[:200] if document.author else None,
        date=document.date or "",
        site=clean(document.sitename or ""),
        language=document.language,
    )


def _text(read: _Read, linked: LinkedArticle, fast: bool) -> tuple[str, TextSource]:
    """The page's own text unless JSON-LD holds much more of it; never that of an article behind a paywall."""
    if linked.free and linked.body and _words(linked.body) > LINKED_FACTOR * _words(read.text):
        return linked.body, TextSource.JSON_LD
    return read.text, TextSource.PAGE_FAST if fast else TextSource.PAGE


def _words(text: str) -> int:
    return len(text.split())


def _metas(tree: HtmlElement) -> dict[str, str]:
    metas: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop")
        if name and meta.get("content"):
            metas.setdefault(str(name).lower(), clean(str(meta.get("content"))))
    return metas


def _title(tree: HtmlElement, read: _Read, linked: LinkedArticle, url: str) -> str:
    metas = _metas(tree)
    titles = (clean(str(t.text_content())) for t in tree.iter("title"))
    raw = read.title or metas.get("og:title") or linked.headline or next(titles, "")
    labels = (urlsplit(url).hostname or "").split(".")
    named = (metas.get("og:site_name", ""), read.site, metas.get("application-name", ""))
    return without_site(raw, (*named, *(label for label in labels if len(label) > 3)))


def without_site(title: str, names: tuple[str, ...]) -> str:
    """`Truce holds | The Daily` → `Truce holds`, where the outlet's name is known; otherwise the title as it is."""
    known = {_letters(name) for name in names if len(_letters(name)) > 1}
    for separator in SEPARATORS:
        head, found, tail = title.rpartition(separator)
        if found and head.strip() and _letters(tail) in known:
            return head.strip()
        head, found, tail = title.partition(separator)
        if found and tail.strip() and _letters(head) in known:
            return tail.strip()
    return title


def _letters(name: str) -> str:
    """A name as `The Daily News.com` and `thedailynews.com` are one."""
    return "".join(filter(str.isalnum, name.casefold().removesuffix(".com")))


def _published(tree: HtmlElement, read: _Read, linked: LinkedArticle) -> datetime | None:
    """JSON-LD and meta tags carry the zone; what trafilatura finds in the text of the page comes last."""
    if linked.published_at is not None:
        return linked.published_at
    metas = _metas(tree)
    named = (parse_moment(metas[name]) for name in _DATE_METAS if name in metas)
    return next((moment for moment in named if moment), None) or parse_moment(read.date)


def _language(tree: HtmlElement, linked: LinkedArticle, read: _Read) -> str | None:
    """`<html lang>` as the page gives it, else JSON-LD's, else Open Graph's."""
    candidates = (tree.get("lang"), tree.get("xml:lang"), linked.language, _metas(tree).get("og:locale"), read.language)
    tidy = (str(c).strip().replace("_", "-") for c in candidates if c)
    return next((tag for tag in tidy if _LANGUAGE.fullmatch(tag)), None)


def _canonical(tree: HtmlElement, url: str) -> str | None:
    """`link rel=canonical`, else `og:url`: absolute, on the web, and not a mere home page (a common mistake)."""
    links = [str(link.get("href")) for link in tree.iter("link") if _is_canonical(link) and link.get("href")]
    for candidate in (*links, _metas(tree).get("og:url", "")):
        canonical = _join(url, candidate)
        if canonical and (_path(canonical) or not _path(url)):
            return canonical
    return None


def _is_canonical(link: HtmlElement) -> bool:
    return "canonical" in str(link.get("rel", "")).lower().split()


def _join(url: str, link: str) -> str | None:
    try:
        joined = urljoin(url, link.strip())
        parts = urlsplit(joined)
    except ValueError:
        return None
    return joined if link.strip() and parts.scheme in ("http", "https") and parts.hostname else None


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path.strip("/") + parts.query
