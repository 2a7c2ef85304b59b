"""What the store remembers, as the flow and the commands see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model.news import NO_HINTS, Article, Entry, FeedHints, FetchOutcome, Match, TextSource, Validators
from monitor.model.pace import Moving, Rhythm
from monitor.model.settings import Feed
from monitor.model.telling import DeliveryKind, DeliveryState, Stage


@dataclass(frozen=True, slots=True)
class FeedState:
    """One feed with all that polling it has taught."""

    feed: Feed
    url: str
    """Asked next: the configured one, or where permanent redirects led."""
    next_at: datetime
    fence: int = 0
    """Of the claim, greater than those before it; a result under an older fence is refused. 0: not claimed."""
    validators: Validators | None = None
    body_hash: str | None = None
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    last_outcome: FetchOutcome | None = None
    last_detail: str = ""
    failures: int = 0
    """In a row."""
    failing_since: datetime | None = None
    seeded: bool = False
    """The first poll that gave entries has been recorded."""
    gone: bool = False
    """410: stopped until a person says otherwise."""
    title: str = ""
    format: str = ""
    format_entries: int = 0
    """Entries in the document at the last parse."""
    promised: timedelta | None = None
    """The delay its pace can promise: the wait chosen at the last poll."""
    hints: FeedHints = NO_HINTS
    """What the feed's own markup said of its pace when it was last read; it holds after a 304 too."""
    rhythm: Rhythm | None = None
    """When it publishes, as far as was seen."""
    moving: Moving | None = None
    """A permanent redirect that has yet to prove that it stays."""
    merged_into: str | None = None
    """The feed that stands at the address this one moved to; this one is not asked any more."""
    catch_up: timedelta | None = None
    """After a gap: no wait longer than this."""
    body_at: datetime | None = None
    """When a whole document last came."""


@dataclass(frozen=True, slots=True)
class PollResult:
    """A feed's state after a poll; None leaves a field as it was only where the type says so."""

    feed_id: str
    fence: int
    at: datetime
    outcome: FetchOutcome
    detail: str
    url: str
    validators: Validators | None
    body_hash: str | None
    next_at: datetime
    failures: int
    failing_since: datetime | None
    gone: bool
    seeded: bool
    new: int = 0
    revised: int = 0
    elapsed: timedelta = timedelta(0)
    title: str = ""
    """Empty: unchanged."""
    format: str = ""
    """Empty: unchanged."""
    format_entries: int | None = None
    """None: unchanged."""
    hints: FeedHints | None = None
    """None: unchanged."""
    rhythm: Rhythm | None = None
    """None: unchanged."""
    moving: Moving | None = None
    merged_into: str | None = None
    catch_up: timedelta | None = None
    body_at: datetime | None = None
    """None: unchanged."""
    promised: timedelta | None = None
    """None: the time until `next_at`."""


@dataclass(frozen=True, slots=True)
class KnownEntry:
    """What identity needs to know of an entry already held."""

    entry_id: int
    content_hash: str


@dataclass(frozen=True, slots=True)
class ListedItem:
    """One item of a feed's document as it was last read: enough to know it again unread, and to see whether a new one
    has to do with it."""

    fingerprint: bytes
    """Eight bytes."""
    entry_id: int
    """The entry it stands for."""
    host: bytes
    """A mark of its guid's host, four bytes; empty where the guid is no web address."""
    names: tuple[bytes, ...]
    """A mark of each of its names, four bytes each, those included that it shares with others."""


@dataclass(frozen=True, slots=True)
class EntryRecord:
    """An entry as held."""

    id: int
    feed_id: str
    entry: Entry
    seen_at: datetime
    day_zero: bool
    decided: Stage | None = None
    """On what text its matches were last decided; None: not yet."""
    content_hash: str = ""


@dataclass(frozen=True, slots=True)
class ArticleRecord:
    """One immutable revision of an article."""

    entry_id: int
    revision: int
    article: Article
    at: datetime


@dataclass(frozen=True, slots=True)
class MatchRecord:
    """A match as held, with where and when it was made."""

    entry_id: int
    revision: int
    stage: Stage
    match: Match
    at: datetime


@dataclass(frozen=True, slots=True)
class OwedRead:
    """A page owed, leased for an attempt."""

    entry_id: int
    feed_id: str
    url: str
    entry: Entry
    attempts: int
    """Before this one."""
    seen_at: datetime
    fence: int
    kills: int = 0
    """Workers that this page has killed."""


@dataclass(frozen=True, slots=True)
class PollLog:
    """One poll, for status and coverage."""

    feed_id: str
    at: datetime
    outcome: FetchOutcome
    detail: str
    new: int


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch in which a feed's coverage is known to be broken."""

    feed_id: str
    start_at: datetime
    end_at: datetime
    filled: bool = False
    """What stood in it was read afterwards from the feed's own archive."""


@dataclass(frozen=True, slots=True)
class RecentPoll:
    """One of the latest polls, for telling a network that is down from feeds that fail."""

    feed_id: str
    host: str
    at: datetime
    outcome: FetchOutcome
    failing_since: datetime | None
    """Of the feed as it stands now."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One run of a feed's trouble, from onset to recovery."""

    id: int
    feed_id: str
    kind: str
    """`failing`, `stale` or `gone`; told once and over: `moved`, `merged`, `guids`."""
    since: datetime
    detail: str
    cleared_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a delivery is owed; what its message is rendered from."""

    story_id: int | None = None
    decision_id: int | None = None
    window_id: int | None = None
    episode_id: int | None = None


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision as held."""

    id: int
    entry_id: int
    story_id: int
    recipient: str
    action: str
    reason: str
    rules: tuple[str, ...]
    priority: str
    prominence: str
    stage: Stage
    headline_only: bool
    at: datetime
    ended: bool = False
    """Its delivery was given up because a rule, recipient or channel is gone."""


@dataclass(frozen=True, slots=True)
class DigestItemRecord:
    """One (digest, entry) that a decision put there."""

    id: int
    decision: DecisionRecord
    window_id: int | None


@dataclass(frozen=True, slots=True)
class DeliveryRecord:
    """A delivery as the outbox shows it."""

    id: str
    recipient: str
    endpoint: str
    kind: DeliveryKind
    subject: str
    seq: int
    state: DeliveryState
    created_at: datetime
    next_at: datetime | None
    attempts: int
    last_error: str
    sent_at: datetime | None
    held_reason: str = ""
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """One try at a delivery, as logged."""

    delivery_id: str
    at: datetime
    verdict: str
    reason: str


@dataclass(frozen=True, slots=True)
class MatchRow:
    """One line of `monitor matches`."""

    at: datetime
    rule: str
    prominence: str
    entry_id: int
    story_id: int | None
    feed_id: str
    title: str
    url: str | None
    text_source: TextSource
    terms: tuple[str, ...]
    told: tuple[str, ...]
    """What was decided, one `recipient: action (reason)` each."""


@dataclass(frozen=True, slots=True)
class StoreCounts:
    """What is held and what is owed, at one moment."""

    feeds: int
    feeds_failing: int
    feeds_gone: int
    feeds_never_polled: int
    entries: int
    entries_today: int
    reads_owed: int
    oldest_read_owed_at: datetime | None
    holds: int
    matches_today: int
    alerts_today: int
    deliveries_pending: int
    deliveries_dead: int
    deliveries_held: int
    oldest_pending_at: datetime | None
    next_poll_at: datetime | None
    size_bytes: int
