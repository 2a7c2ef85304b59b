"""From feedparser's dictionaries to `Entry`: plain text, absolute links, right dates."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from monitor.feeds.dates import parse_date
from monitor.feeds.links import web_join, web_url
from monitor.feeds.plain import has_markup, plain_markup, plain_text
from monitor.model.news import Entry
from monitor.text.normal import clean

Raw = Mapping[str, Any]
"""One of feedparser's dictionaries, read as plain ones: their own look-up invents values and warns."""

MARKUP = frozenset({"text/html", "application/xhtml+xml"})
READABLE = MARKUP | {"text/plain"}
_MAILBOX = re.compile(
    r"(?P<before>[^<>()@]*?)\s*[<(]?(?P<address>[^\s<>()@]+@[^\s<>()@]+)[>)]?\s*(?:\((?P<behind>[^()]*)\))?"
)


def entry_of(raw: Raw, base: str, is_atom: bool, language: str | None) -> Entry:
    """One entry. `is_atom`: its types can be trusted; in RSS plain text may hold markup all the same."""
    own = _language(raw) or language
    content = _content(raw, is_atom)
    summary = _field(raw, "summary", is_atom)
    updated = _date(raw, "updated", own)
    return Entry(
        guid=_guid(raw),
        url=_link(raw, base),
        title=clean(_field(raw, "title", is_atom) or _field(raw, "itunes_title", is_atom)),
        summary="" if summary == content else summary or plain_text(str(dict.get(_d(raw), "media_description") or "")),
        content=content,
        published_at=_date(raw, "published", own)
        or _date(raw, "created", own)
        or updated
        or _date(raw, "prism_publicationdate", own),
        updated_at=updated,
        authors=_authors(raw, is_atom),
        categories=_categories(raw),
        language=own,
    )


def title_of(feed: Raw, is_atom: bool) -> str:
    """The feed's own title."""
    return clean(_field(feed, "title", is_atom))


def _d(raw: Raw) -> dict[str, Any]:
    return raw if isinstance(raw, dict) else dict(raw)


def get(raw: Raw, name: str) -> Any:
    """A value that is really there: feedparser's own `get` gives `published` for a missing `updated`."""
    return dict.get(_d(raw), name)


def _field(raw: Raw, name: str, is_atom: bool) -> str:
    value = get(raw, name)
    if not isinstance(value, str):
        return ""
    detail = get(raw, f"{name}_detail")
    return _plain(value, str(get(detail, "type") or "") if isinstance(detail, dict) else "", is_atom)


def _plain(value: str, kind: str, is_atom: bool) -> str:
    if kind in MARKUP or (not (is_atom and kind == "text/plain") and has_markup(value)):
        return plain_markup(value)
    return plain_text(value)


def _content(raw: Raw, is_atom: bool) -> str:
    """The longest readable one: a feed may give a teaser and the whole."""
    parts = get(raw, "content")
    texts = (
        _plain(str(get(part, "value") or ""), str(get(part, "type") or ""), is_atom)
        for part in (parts if isinstance(parts, list) else ())
        if isinstance(part, dict) and str(get(part, "type") or "") in READABLE
    )
    return max(texts, key=len, default="")


def _guid(raw: Raw) -> str | None:
    value = get(raw, "id")
    return plain_text(value).strip() or None if isinstance(value, str) else None


def _link(raw: Raw, base: str) -> str | None:
    """The page: the first alternate link that leads to the web. A guid counts only where it is a whole web address:
    feedparser makes `link` of any guid, `tag:1` included."""
    for link in _links(raw):
        url = web_join(base, link)
        if url:
            return url
    value = get(raw, "link")
    return web_url(value) if isinstance(value, str) else None


def _links(raw: Raw) -> Iterator[str]:
    links = [link for link in get(raw, "links") or () if isinstance(link, dict)]
    alternate = [link for link in links if get(link, "rel") == "alternate" and get(link, "href")]
    for link in sorted(alternate, key=lambda link: get(link, "type") not in MARKUP):
        yield "".join(str(get(link, "href")).split("\n")).strip()


def _date(raw: Raw, name: str, language: str | None) -> datetime | None:
    text = get(raw, name)
    own = parse_date(text, language) if isinstance(text, str) else None
    if own is not None:
        return own
    read = get(raw, f"{name}_parsed")
    try:
        return datetime.fromtimestamp(calendar.timegm(read), UTC) if read else None
    except (ValueError, OverflowError, OSError, TypeError):
        return None


def _authors(raw: Raw, is_atom: bool) -> tuple[str, ...]:
    people = [person for person in get(raw, "authors") or () if isinstance(person, dict)]
    line = get(raw, "author")
    if isinstance(line, str) and not is_atom and len(people) <= 1:
        return _unique([_name_in(line)])
    return _unique([str(get(person, "name") or get(person, "email") or "") for person in people])


def _name_in(line: str) -> str:
    """The name in `desk@ledger.example (Mara Okafor)`, `Mara Okafor <desk@ledger.example>` or
    `Mara Okafor (desk@ledger.example)`, else the line itself.
    feedparser cuts the address after four letters of its last part."""
    found = _MAILBOX.fullmatch(line.strip())
    return (found["behind"] or found["before"] or found["address"]) if found else line


def _categories(raw: Raw) -> tuple[str, ...]:
    tags = [tag for tag in get(raw, "tags") or () if isinstance(tag, dict)]
    return _unique([str(get(tag, "label") or get(tag, "term") or "") for tag in tags])


def _unique(values: list[str]) -> tuple[str, ...]:
    tidy = (clean(plain_markup(value) if has_markup(value) else value) for value in values)
    return tuple(dict.fromkeys(value for value in tidy if value))


def _language(raw: Raw) -> str | None:
    for name in ("title_detail", "summary_detail"):
        detail = get(raw, name)
        if isinstance(detail, dict) and get(detail, "language"):
            return str(get(detail, "language"))
    value = get(raw, "language")
    return value if isinstance(value, str) and value else None
