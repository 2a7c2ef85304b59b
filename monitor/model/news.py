"""From the wire to the story: what was fetched, parsed, read, matched and grouped.

Time fields end in `_at` and are aware and in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.model.settings import Feed


class FetchOutcome(StrEnum):
    """How one fetch ended. `NOT_A_FEED` and `UNPARSABLE` are added by the poll, `UNREADABLE` by the read."""

    OK = "ok"
    NOT_MODIFIED = "not-modified"
    GONE = "gone"
    """410: the feed is not asked again."""
    NOT_FOUND = "not-found"
    FORBIDDEN = "forbidden"
    """401, 403, 407, 451."""
    CHALLENGED = "challenged"
    """403 with `cf-mitigated: challenge`: a robot check, never bypassed."""
    CLIENT_ERROR = "client-error"
    """Any other 4xx."""
    THROTTLED = "throttled"
    """429, and 503 with Retry-After."""
    SERVER_ERROR = "server-error"
    TIMEOUT = "timeout"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    PRIVATE_ADDRESS = "private-address"
    TOO_LARGE = "too-large"
    BAD_ENCODING = "bad-encoding"
    """The body could not be decompressed."""
    MALFORMED = "malformed"
    """Not HTTP."""
    TOO_MANY_REDIRECTS = "too-many-redirects"
    LOGIN_REDIRECT = "login-redirect"
    """A redirect to a login, consent or captive-portal page."""
    BAD_URL = "bad-url"
    ROBOTS = "robots"
    """robots.txt forbids the page."""
    WRONG_TYPE = "wrong-type"
    """A PDF, image or other type that is not read; stopped at the headers."""
    NOT_A_FEED = "not-a-feed"
    UNPARSABLE = "unparsable"
    UNREADABLE = "unreadable"

    @property
    def is_success(self) -> bool:
        return self in (FetchOutcome.OK, FetchOutcome.NOT_MODIFIED)


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask «has it changed?» with; byte-exact, and bound to `url`."""

    url: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """One thing to be got."""

    url: str
    kind: str
    """`feed`, `page` or `robots`: decides Accept and the types that are read."""
    byte_limit: int
    deadline: timedelta
    validators: Validators | None = None
    feed: Feed | None = None
    """Whose credentials go along, to that feed's host only."""


@dataclass(frozen=True, slots=True)
class FetchResult:
    """What came back, errors included: a fetch never raises for what a server can do."""

    outcome: FetchOutcome
    url: str
    final_url: str
    detail: str = ""
    """One line for a person: the status, the limit that was hit, the remedy."""
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    """Names in lower case, in the order received."""
    body: bytes = b""
    validators: Validators | None = None
    retry_after: timedelta | None = None
    permanent: bool = False
    """Every redirect on the way was permanent (301, 308)."""
    redirects: int = 0
    elapsed: timedelta = timedelta(0)

    def header(self, name: str) -> str | None:
        """The first value of a header, by its lower-case name."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as the feed gave it; text fields are plain text, control characters stripped."""

    guid: str | None
    url: str | None
    title: str
    summary: str = ""
    content: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True)
class FeedHints:
    """What the feed's own markup says of its pace (RSS 2.0 `ttl`, `skipHours`, `skipDays`; `sy:updatePeriod`)."""

    ttl: timedelta | None = None
    update_period: timedelta | None = None
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    """Weekdays, Monday = 0, GMT as RSS 2.0 has it."""


NO_HINTS = FeedHints()


@dataclass(frozen=True, slots=True)
class Sitemap:
    """A sitemap that an index lists."""

    url: str
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed's document, read."""

    format: str
    """`rss20`, `atom10`, `rss10` (RDF), `json11`, …"""
    title: str
    language: str | None
    entries: tuple[Entry, ...]
    hints: FeedHints = FeedHints()
    salvaged: bool = False
    """Not well-formed, but a version and entries were found."""
    fingerprints: tuple[bytes, ...] = ()
    """Of the item of each entry, eight bytes each; empty where the document cannot be taken apart."""
    seen: tuple[bytes, ...] = ()
    """Those of the items left out because they had been read before."""
    sitemaps: tuple[Sitemap, ...] = ()
    """What a sitemap index lists; it has no entries of its own."""

    @property
    def count(self) -> int:
        """Items in the document, those left out included."""
        return len(self.entries) + len(self.seen)


class KeyKind(StrEnum):
    """By what an entry is known again, strongest first."""

    GUID = "guid"
    LINK = "link"
    TITLE_DATE = "title-date"
    CONTENT = "content"


@dataclass(frozen=True, slots=True, order=True)
class EntryKey:
    """One of the names of an entry within its feed; many lead to one entry."""

    kind: KeyKind
    key: str


@dataclass(frozen=True, slots=True)
class Identified:
    """A parsed entry with its keys (strongest first) and the hash of what a reader would see of it."""

    entry: Entry
    keys: tuple[EntryKey, ...]
    content_hash: str
    names: tuple[EntryKey, ...] = ()
    """All its keys, as if it were alone in its poll."""


class PageKind(StrEnum):
    """What kind of piece an article is, as far as its words tell."""

    NEWS = "news"
    LIVE = "live"
    ROUNDUP = "roundup"
    OPINION = "opinion"
    ANNIVERSARY = "anniversary"
    OBITUARY = "obituary"


class TextSource(StrEnum):
    """Whence the text that was matched came, best first."""

    FEED_CONTENT = "feed-content"
    PAGE = "page"
    PAGE_FAST = "page-fast"
    JSON_LD = "json-ld"
    SUMMARY = "summary"
    TITLE = "title"

    @property
    def is_full(self) -> bool:
        """Whether it is the article's own text rather than a headline or a summary."""
        return self not in (TextSource.SUMMARY, TextSource.TITLE)


@dataclass(frozen=True, slots=True)
class Page:
    """The HTML an entry links to, as fetched."""

    url: str
    """After redirects."""
    html: bytes
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """Text and metadata read from the page or, failing that, from the feed. Revisions are immutable."""

    url: str | None
    canonical_url: str | None
    title: str
    text: str
    text_source: TextSource
    author: str | None = None
    published_at: datetime | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What a rule looks at."""

    title: str
    text: str
    language: str | None = None
    source: str | None = None
    """The id of the feed that it came by."""
    published_at: datetime | None = None


class Prominence(StrEnum):
    """How prominent the evidence stands: what the article is about, or a passing word."""

    SUBJECT = "subject"
    MENTION = "mention"


@dataclass(frozen=True, slots=True)
class Span:
    """Where a term stands: `text == field[start:end]`, counted in Unicode code points of the original."""

    field: str
    """`title` or `text`."""
    start: int
    end: int
    text: str
    term: str
    """The item of the rule that hit, as it was written there; for an actor or a topic its id."""


@dataclass(frozen=True, slots=True)
class Match:
    """The fact that a rule fits an article, with the spans that prove it."""

    rule: str
    version: str
    """A hash of the rule with all that it refers to."""
    prominence: Prominence
    spans: tuple[Span, ...]
    why: str = ""
    """Why this prominence, in a few words: `in the title`, `paragraph 9 of 12`, `live blog`."""


class JoinReason(StrEnum):
    """Why an article stands in its story."""

    FIRST = "first"
    SAME_URL = "same-url"
    WIRE_COPY = "wire-copy"
    SAME_TITLE = "same-title"
    SAME_EVENT = "same-event"
    """Other words for the same event: terms, names, numbers and time agree."""


@dataclass(frozen=True, slots=True)
class StoryChoice:
    """Which story an article belongs to; `story_id` None begins a new one."""

    story_id: int | None
    reason: JoinReason
    score: float
    """0 to 1: containment of shingles for a copy, likeness of terms for an event; 1.0 for a shared URL, the first."""
    why: str = ""
    """In a few words, for a person: what is shared, or what kept it apart from the nearest story."""
