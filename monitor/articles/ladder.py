"""Which text an entry has, best first: whole content in the feed, the page, JSON-LD, the summary, the title."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from monitor.articles.walls import wall
from monitor.model.news import Article, Entry, TextSource
from monitor.text.normal import clean, fold

__all__ = ["best", "feed_article", "has_full_text", "wall"]

FULL_WORDS = 150
"""Words from which content in a feed may be the whole article."""
THIN_WORDS = 25
"""Below this many words a page's text is a caption, a video's line or a wall."""
LONGER_CONTENT = 1.5
"""How much longer than a summary beside it `content` must be to be the whole (some feeds repeat the teaser)."""

_CUT = re.compile(
    r"(?:\.\.\.|…|\[\s*(?:…|\.\.\.|&hellip;)\s*\])\s*[\])]?\s*$"
    r"|(?:read (?:more|on|full|the (?:full|rest|whole))|continue reading|keep reading|more »|full (?:story|article)|"
    r"weiterlesen|lire la suite|leer más|seguir leyendo|continua a leggere|читать далее|اقرأ المزيد|إقرأ المزيد|"
    r"المزيد|קרא עוד|להמשך|לכתבה המלאה)\b[^\n]{0,60}$",
    re.IGNORECASE,
)
_FOOTER = re.compile(r"^(?:the post .{0,300} (?:first )?appeared first on .{0,200}|©.{0,200})$", re.IGNORECASE)


def has_full_text(entry: Entry) -> bool:
    """Whether the feed itself gives the whole article, so that its page need not be fetched."""
    text = _without_footer(entry.content)
    if len(text.split()) < FULL_WORDS or _CUT.search(text):
        return False
    return len(text) >= LONGER_CONTENT * len(entry.summary) or len(entry.summary.split()) >= FULL_WORDS


def feed_article(entry: Entry) -> Article:
    """The best article that the feed alone gives."""
    text, source = _feed_text(entry)
    return Article(
        url=entry.url,
        canonical_url=None,
        title=entry.title,
        text=text,
        text_source=source,
        author="; ".join(entry.authors) or None,
        published_at=entry.published_at,
        language=entry.language,
    )


def best(feed: Article, page: Article) -> Article:
    """The better of the two; an interstitial or a scrap never takes the place of more text. Gaps in the metadata of
    the chosen one are filled from the other; the title is the feed's, which is the headline as its outlet sends it."""
    if feed.text_source.is_full or wall(page, feed.title) or _is_scrap(feed, page):
        return replace(feed, canonical_url=page.canonical_url, language=feed.language or page.language)
    return replace(
        page,
        text=without_headline(page.text, (feed.title, page.title)),
        title=feed.title or page.title,
        author=page.author or feed.author,
        published_at=feed.published_at or page.published_at,
        language=page.language or feed.language,
    )


def without_headline(text: str, titles: Sequence[str]) -> str:
    """The text without lines at its head that only repeat a title: an extract would quote the headline twice."""
    heads = {fold(clean(title)) for title in titles if title}
    lines = text.split("\n")
    while len(lines) > 1 and fold(clean(lines[0])) in heads | {""}:
        lines.pop(0)
    return "\n".join(lines)


def _feed_text(entry: Entry) -> tuple[str, TextSource]:
    if has_full_text(entry):
        return _without_footer(entry.content), TextSource.FEED_CONTENT
    teaser = max(entry.summary, entry.content, key=len)
    return (teaser, TextSource.SUMMARY) if teaser else (entry.title, TextSource.TITLE)


def _without_footer(text: str) -> str:
    """Content without the line that plugins append to it."""
    lines = text.rstrip().split("\n")
    while lines and _FOOTER.match(lines[-1].strip()):
        lines.pop()
    return "\n".join(lines)


def _is_scrap(feed: Article, page: Article) -> bool:
    """A page's text of a few words, shorter than what the feed gave."""
    words = len(page.text.split())
    return words < THIN_WORDS and words < len(feed.text.split())
