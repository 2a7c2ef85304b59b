"""Recorded news as it is served: the feeds of an archive, the pages of a collection, and one feed made of the pages."""

from __future__ import annotations

import gzip
import json
import re
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import httpx

FEEDS = "feeds.tar.gz"
PAGES = "pages-wcxb-dev.jsonl.gz"
SUITES = ("news2026", "news2017")
PAGES_FEED = "recorded-pages"
_NOT_IN_ID = re.compile(r"[^a-z0-9]+")
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]+")
_STAMP = re.compile(r"/\d{4}-\d\d-\d\dT\d{6}[+-]\d{4}_[0-9a-f]+(?=\.xml$)")


@dataclass(frozen=True, slots=True)
class RecordedFeed:
    """One feed document, under an address of its own."""

    id: str
    name: str
    body: bytes

    @property
    def url(self) -> str:
        """Each on a host of its own, in a domain that is nobody's (RFC 6761)."""
        return f"http://{self.id}.test/feed.xml"


@dataclass(frozen=True, slots=True)
class RecordedPage:
    """One page as it was crawled; a few lack their address."""

    url: str | None
    title: str
    html: str


def missing_files(folder: Path) -> list[Path]:
    """What of the recordings is not there."""
    return [folder / name for name in (FEEDS, PAGES) if not (folder / name).is_file()]


def feed_id(path: str) -> str:
    """`feeds/news2017/vox/2016-06-14T204450+0200_da48.xml` → `news2017-vox`: the suite and where in it, no time."""
    plain = _STAMP.sub("", path).removeprefix("feeds/").removesuffix(".xml")
    parts = [part for part in plain.split("/") if part not in ("data", "feeds")]
    return _NOT_IN_ID.sub("-", "-".join(parts).lower()).strip("-")


def is_news_feed(path: str) -> bool:
    """Whether a path of the archive is a feed of the news suites; what else lies there are notes about them."""
    return path.endswith(".xml") and path.split("/")[1] in SUITES


def read_feeds(archive: Path) -> list[RecordedFeed]:
    """Every .xml of the news suites, in the archive's order."""
    found = []
    with tarfile.open(archive) as tar:
        for member in tar:
            content = tar.extractfile(member) if is_news_feed(member.name) else None
            if content is not None:
                name = feed_id(member.name)
                found.append(RecordedFeed(name, name.replace("-", " "), content.read()))
    return found


def read_pages(collection: Path) -> Iterator[RecordedPage]:
    """The pages of the collection, one a line."""
    with gzip.open(collection, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield RecordedPage(row["url"], row["gold"]["title"] or "", row["html"])


def feed_of_pages(pages: Iterable[RecordedPage]) -> RecordedFeed:
    """RSS 2.0 with an item a page: its headline, and its own address where it has one."""
    items = "".join(f"<item><title>{_xml(page.title)}</title>{_link(page.url)}</item>\n" for page in pages)
    text = f'<rss version="2.0"><channel><title>Recorded pages</title>\n{items}</channel></rss>'
    return RecordedFeed(PAGES_FEED, "Recorded pages", text.encode())


def place(url: str) -> tuple[str, str]:
    """Where a server finds a URL: its host in lower case, and the target of the request."""
    parsed = httpx.URL(url)
    return parsed.raw_host.decode("ascii").lower(), parsed.raw_path.decode("ascii")


def _link(url: str | None) -> str:
    return f"<link>{_xml(url)}</link>" if url else ""


def _xml(text: str) -> str:
    return escape(_CONTROL.sub(" ", text))
