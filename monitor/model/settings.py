"""What the person configured, after every reference was resolved and every default filled in.

`config/` makes these from TOML; everything else only reads them. Durations are `timedelta`, zones are IANA names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret stands: never the secret itself, so that settings can be printed, stored and compared."""

    source: Literal["env", "file", "credential"]
    name: str

    def __str__(self) -> str:
        return f"{self.source}:{self.name}"


@dataclass(frozen=True, slots=True)
class Pacing:
    """How hard the service may work, and how gently it treats other people's servers."""

    interval: timedelta = timedelta(minutes=60)
    """Between two polls of a feed that says nothing of its own."""
    floor: timedelta = timedelta(minutes=15)
    """No feed that is not the user's own is asked more often than this."""
    adaptive: bool = True
    """Whether the requests of a feed without an interval of its own go where its news is likely: as many a day, at
    better times."""
    ceiling: timedelta = timedelta(hours=4)
    """The longest wait that adapting may choose."""
    polls: int = 20
    """Polls in flight at once, each to another host."""
    feed_pause: timedelta = timedelta(seconds=2)
    """Between two feeds of one host."""
    pages: int = 8
    """Page fetches in flight at once, each to another host."""
    page_pause: timedelta = timedelta(seconds=2)
    """Between two pages of one host; a longer Crawl-delay wins."""
    page_wait: timedelta = timedelta(seconds=60)
    """How long a headline that fires waits for its page."""
    page_wait_max: timedelta = timedelta(seconds=90)
    """The same where the fetch of the page has begun."""
    deadline: timedelta = timedelta(seconds=30)
    """Total time of one request, redirects and body included."""
    feed_bytes: int = 10_000_000
    page_bytes: int = 5_000_000
    """Limits of a body after decompression."""
    worker_deadline: timedelta = timedelta(seconds=20)
    """Time in which a worker parses one feed or extracts one page."""
    worker_memory: int = 1_500_000_000
    """Address space of a worker, bytes."""
    workers: int = 2


@dataclass(frozen=True, slots=True)
class Service:
    """The daemon's own settings."""

    state: Path = Path("state")
    timezone: str = "UTC"
    contact: str | None = None
    """A URL or address that goes into the User-Agent, so that a publisher can reach whoever runs this."""
    proxy: str | None = None
    """An HTTP proxy for feeds, pages and webhooks alike, without credentials."""
    ca_file: Path | None = None
    """A PEM file of certificate authorities trusted beside the system's."""
    allow_private: tuple[str, ...] = ()
    """Networks (CIDR) or host names that may be dialled although their address is not public."""
    pacing: Pacing = field(default_factory=Pacing)


@dataclass(frozen=True, slots=True)
class FeedAuth:
    """Credentials of one feed; sent to the feed's own host only, never after a redirect elsewhere."""

    kind: Literal["basic", "bearer", "header"]
    secret: SecretRef
    name: str = ""
    """The user's name (basic) or the header's name (header)."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A polled source as configured; its state lives in the store."""

    id: str
    url: str
    name: str
    language: str | None = None
    group: str | None = None
    interval: timedelta | None = None
    own: bool = False
    """The feed's server is the user's own: the 15-minute floor does not hold."""
    auth: FeedAuth | None = None
    backfill: int | None = 20
    """How many entries of the first poll are read; None is all of them."""
    robots: bool = True
    """Whether robots.txt is asked before this feed's pages are fetched."""
    excerpt: bool = True
    """Whether alerts and digests may quote this outlet's text."""
    retry_after: Literal["host", "feed"] = "host"
    """Who waits when the server asks for fewer requests: all feeds and pages of its host, or this feed alone."""
    drop_validators: timedelta | None = None
    """Ask for the whole feed once in this time although it is said to be unchanged: for servers stuck at 304."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A named person, organisation or place with its aliases, in any script."""

    id: str
    name: str
    kind: Literal["person", "organisation", "place", "other"] = "other"
    aliases: tuple[str, ...] = ()
    variants: bool = True
    """Whether other spellings of its names count, beside those written; never for a place."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A named set of terms."""

    id: str
    name: str
    terms: tuple[str, ...] = ()


class Priority(StrEnum):
    """How urgent a rule is; `critical` does not wait for the page."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return list(Priority).index(self)


class Reaction(StrEnum):
    """What a rule does with a match of a given prominence."""

    ALERT = "alert"
    DIGEST = "digest"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Rule:
    """A standing query with its policy. An item is a term, a "phrase of words", `=Exact`, `prefix*`, `title:item`,
    `@actor` or `#topic`.

    The rule fits when every group of `all` has a hit, any item of `any` has one (where there are any), at least
    `at_least` different items of `of` have one, no item of `none` has one, and `query` (where given) holds.
    `near` binds the groups of `all` together: a number of words, "sentence", "2 sentences" or "paragraph".
    """

    id: str
    name: str
    all: tuple[tuple[str, ...], ...] = ()
    any: tuple[str, ...] = ()
    at_least: int = 0
    of: tuple[str, ...] = ()
    none: tuple[str, ...] = ()
    near: int | str | None = None
    query: str | None = None
    priority: Priority = Priority.NORMAL
    subject: Reaction = Reaction.ALERT
    mention: Reaction = Reaction.DIGEST
    description: str = ""


@dataclass(frozen=True, slots=True)
class EmailChannel:
    """An SMTP account. Endpoints on it are addresses."""

    id: str
    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    username: str | None
    password: SecretRef | None
    sender: str
    """The From address; its domain is that of the Message-IDs."""
    sender_name: str = "monitor"
    timeout: timedelta = timedelta(seconds=30)
    neutral_subjects: bool = False
    """Subject lines without names, for inboxes that others may see."""


@dataclass(frozen=True, slots=True)
class WebhookChannel:
    """A form of webhook (Standard Webhooks 1.0). Endpoints on it are URLs."""

    id: str
    secrets: tuple[SecretRef, ...] = ()
    """`whsec_` keys, newest first: each signs, so that keys can be rotated. None: the messages go unsigned."""
    timeout: timedelta = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class FileChannel:
    """Messages as .eml, .html and .json files. Endpoints on it are folders, relative to the state folder."""

    id: str


@dataclass(frozen=True, slots=True)
class ConsoleChannel:
    """Messages as text on standard output."""

    id: str


Channel = EmailChannel | WebhookChannel | FileChannel | ConsoleChannel


@dataclass(frozen=True, slots=True, order=True)
class Endpoint:
    """One address on a channel, written `channel:address`."""

    channel: str
    address: str

    def __str__(self) -> str:
        return f"{self.channel}:{self.address}"

    @classmethod
    def parse(cls, text: str) -> Endpoint:
        """Read `channel:address`; without an address (`console`) the address is empty."""
        channel, _, address = text.partition(":")
        return cls(channel, address)


class EmptyDigest(StrEnum):
    """Whether a digest is sent when nothing was found."""

    ALWAYS = "always"
    WEEKLY = "weekly"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Digest:
    """A scheduled bundle: when it is cut and which rules it holds. `("*",)` is every rule."""

    id: str
    name: str
    at: time
    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    """Weekdays on which it is cut, Monday = 0."""
    rules: tuple[str, ...] = ("*",)
    timezone: str | None = None
    """None: the recipient's own."""
    empty: EmptyDigest = EmptyDigest.ALWAYS

    def covers(self, rule_id: str) -> bool:
        return "*" in self.rules or rule_id in self.rules


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is told."""

    id: str
    name: str
    endpoints: tuple[Endpoint, ...]
    timezone: str
    languages: tuple[str, ...] = ()
    """Languages read; empty: no gloss is ever given."""
    alerts: tuple[str, ...] = ("*",)
    """Ids of the rules that alert; `*` is every rule, empty is none."""
    digests: tuple[str, ...] = ()
    """Ids of digests."""
    alarms: bool = True
    """Whether troubles of the service itself (a feed that fails) are told."""

    def is_alerted_by(self, rule_id: str) -> bool:
        return "*" in self.alerts or rule_id in self.alerts


@dataclass(frozen=True, slots=True)
class Settings:
    """One whole configuration."""

    service: Service
    feeds: tuple[Feed, ...] = ()
    actors: tuple[Actor, ...] = ()
    topics: tuple[Topic, ...] = ()
    rules: tuple[Rule, ...] = ()
    channels: tuple[Channel, ...] = ()
    recipients: tuple[Recipient, ...] = ()
    digests: tuple[Digest, ...] = ()

    def digests_of(self, recipient: Recipient) -> tuple[Digest, ...]:
        return tuple(d for d in self.digests if d.id in recipient.digests)
