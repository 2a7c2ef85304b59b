"""What suites of other projects expect of their feed files, in our words, and where we read something else.

Every check is (file, field, agreed, expected, got). A field is compared where the suite states a value for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from monitor.feeds.decode import decode
from monitor.feeds.links import web_join
from monitor.feeds.plain import has_markup, plain_markup
from monitor.model.news import Entry, ParsedFeed
from monitor.text.normal import clean

URL = "https://ledger.example/feed"
"""Whence all of them are said to come."""
Files = Mapping[str, bytes]
Read = Mapping[str, ParsedFeed | None]
"""By file what was read; None where it was refused."""

_CHARSETS = {"CP932": "cp932", "CP949": "cp949", "GB2312": "gb18030", "SHIFT_JIS": "cp932", "EUC-KR": "cp949",
             "TIS-620": "cp874", "Big5": "big5hkscs", "ascii": "cp1252", "iso-8859-9-turkish": "cp1254"}  # fmt: skip
_DECLARATION = re.compile(rb"""(<\?xml[^>]*?)\s+encoding\s*=\s*["'][^"']*["']""")
_EXPECT = re.compile(rb"Expect:\s*(!?\w+)(?:\{([^}]*)\})?")
_DATES = frozenset({"pubDate", "dc:date", "updated", "published", "created", "issued", "modified"})


@dataclass(frozen=True, slots=True)
class Check:
    """One value that a suite states, and what we read."""

    file: str
    field: str
    agreed: bool
    expected: object = None
    got: object = None


def checks(suite: str, files: Files, read: Read) -> Iterator[Check]:
    """All that the suite states of its files."""
    yield from _SUITES[suite](files, read)


def _gofeed(files: Files, read: Read) -> Iterator[Check]:
    for name in sorted(files):
        wanted = files.get(re.sub(r"\.xml$", ".json", name)) if name.endswith(".xml") else None
        if wanted is not None:
            yield from _against(name, _load(wanted), read[name])


def _rssparser(files: Files, read: Read) -> Iterator[Check]:
    for name in sorted(files):
        wanted = files.get(re.sub(r"input/(.*)\.\w+$", r"output/\1.json", name)) if "/input/" in name else None
        if wanted is not None:
            yield from _against(name, _load(wanted).get("feed", {}), read[name])


def _against(name: str, wanted: Mapping[str, Any], feed: ParsedFeed | None) -> Iterator[Check]:
    items = _list(wanted, "items", "entries")
    if feed is None:
        if items or wanted.get("title"):
            yield Check(name, "feed", False, "a feed", "refused")
        return
    if isinstance(wanted.get("title"), str):
        yield _text(name, "feed title", wanted["title"], feed.title)
    if wanted.get("language"):
        yield Check(name, "language", feed.language == wanted["language"], wanted["language"], feed.language)
    if items or "items" in wanted or "entries" in wanted:
        yield Check(name, "entries", len(items) == len(feed.entries), len(items), len(feed.entries))
    for item, entry in zip(items, feed.entries, strict=False):
        yield from _item(name, item, entry)


def _item(name: str, item: Mapping[str, Any], entry: Entry) -> Iterator[Check]:
    if isinstance(item.get("title"), str):
        yield _text(name, "title", item["title"], entry.title)
    link = _link(item)
    if link:
        url = web_join(URL, link)
        yield Check(name, "link", entry.url == url, url, entry.url)
    guid = item.get("guid") or item.get("id")
    guid = guid.get("value") if isinstance(guid, dict) else guid
    if guid:
        yield Check(name, "guid", entry.guid == clean(guid), guid, entry.guid)
    for field, keys in (
        ("published", ("publishedParsed", "pubDateParsed", "isoDate")),
        ("updated", ("updatedParsed",)),
    ):
        moment = next((_moment(item[key]) for key in keys if item.get(key)), None)
        if moment is not None:
            got = entry.published_at if field == "published" else entry.updated_at
            yield Check(name, field, got is not None and got.replace(microsecond=0) == moment, moment, got)
    people = [p.get("name") or p.get("email") for p in _list(item, "authors") if isinstance(p, dict)]
    if any(people):
        names = tuple(dict.fromkeys(clean(p) for p in people if p))
        yield Check(name, "authors", entry.authors == names, names, entry.authors)
    words = tuple(dict.fromkeys(filter(None, (_word(c) for c in _list(item, "categories")))))
    if words:
        yield Check(name, "categories", entry.categories == words, words, entry.categories)


def _text(name: str, field: str, expected: str, got: str) -> Check:
    plain = clean(plain_markup(expected) if has_markup(expected) else expected)
    return Check(name, field, got in (plain, clean(expected)), plain, got)


def _link(item: Mapping[str, Any]) -> str:
    if isinstance(item.get("link"), str):
        return str(item["link"])
    links = [ln for ln in _list(item, "links") if isinstance(ln, dict) and ln.get("rel", "alternate") == "alternate"]
    return str(links[0].get("href") or "") if links else ""


def _word(category: object) -> str:
    if isinstance(category, dict):
        category = category.get("label") or category.get("term") or category.get("value") or category.get("_") or ""
    return clean(category) if isinstance(category, str) else ""


def _list(of: Mapping[str, Any], *names: str) -> Sequence[Any]:
    return next((of[name] for name in names if isinstance(of.get(name), list)), ())


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC).replace(microsecond=0)


def _load(wanted: bytes) -> Mapping[str, Any]:
    try:
        text = wanted.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = wanted.decode("cp1252", "replace")  # as one suite saved what it expects of a legacy encoding
    loaded = json.loads(text, strict=False)
    return loaded if isinstance(loaded, dict) else {}


def _chardet(files: Files, _: Read) -> Iterator[Check]:
    """Each file as it stands, and with its declaration taken away, so that the bytes alone must tell."""
    for name, body in sorted(files.items()):
        folder = name.split("/")[1]
        codec = _CHARSETS.get(folder) or re.sub(r"-(?:hungarian|bulgarian|russian|greek|hebrew|turkish)$", "", folder)
        right = body.decode(codec, "replace")
        for field, given in (("declared", body), ("undeclared", _DECLARATION.sub(rb"\1", body, count=1))):
            decoded = decode(given, {})
            yield Check(name, field, _letters(decoded.text) == _letters(right), codec, decoded.encoding)


def _letters(text: str) -> str:
    """What stands behind the XML declaration, by its letters alone: the suite's own bytes hold stray controls."""
    return "".join(filter(str.isalpha, re.sub(r"^\s*<\?xml\s[^>]*\?>", "", text)))


def _feedvalidator(files: Files, read: Read) -> Iterator[Check]:
    """Where a comment says of an entry's date that it is valid, there must be a date; of a document that it is not
    well-formed, it must be flagged or refused; of one without error, it must not."""
    for name, body in sorted(files.items()):
        found, feed = _EXPECT.search(body), read[name]
        if found is None or (feed is None and found.group(1) == b"!Error"):
            continue
        verdict, about = found.group(1).decode(), _pairs(found.group(2) or b"")
        if re.fullmatch(r"Valid\w*Date", verdict) and about.get("parent") in ("item", "entry"):
            if about.get("element") in _DATES:
                dated = feed is not None and any(e.published_at or e.updated_at for e in feed.entries)
                yield Check(name, "date", dated, "a date", "none")
        elif verdict == "SAXError":
            yield Check(name, "fault", feed is None or feed.salvaged, "flagged", "taken for well-formed")
        elif verdict == "!Error" and feed is not None:
            yield Check(name, "well-formed", not feed.salvaged, "well-formed", "flagged")


def _pairs(text: bytes) -> dict[str, str]:
    parts = (part.partition(":") for part in text.decode("utf-8", "replace").split(","))
    return {name.strip(): value.strip() for name, _, value in parts}


_SUITES = {"gofeed": _gofeed, "rssparser": _rssparser, "chardet": _chardet, "feedvalidator": _feedvalidator}
SUITES = tuple(_SUITES)


def table(found: Iterable[tuple[str, Sequence[Check]]]) -> str:
    """Agreement by suite and field, for people."""
    lines = []
    for suite, made in found:
        for field in ("", *sorted({check.field for check in made})):
            some = [check for check in made if field in ("", check.field)]
            agreed = sum(check.agreed for check in some)
            share = 100 * agreed / max(len(some), 1)
            lines.append(
                f"{suite if not field else '':14}{field or 'all':14}{agreed:>6} of {len(some):>5}  {share:6.2f} %"
            )
    return "\n".join(lines)
