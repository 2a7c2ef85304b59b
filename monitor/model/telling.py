"""From the match to the message: decisions, deliveries, attempts, digest windows.

Payloads are what is rendered and frozen: one delivery id always carries the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from monitor.model.news import Match, Prominence
from monitor.model.settings import Endpoint, Priority


class Stage(StrEnum):
    """On what text a decision rests."""

    FEED = "feed"
    """Feed text only: the page was not read in time, or cannot be."""
    FULL = "full"
    LATE = "late"
    """Full text that came after a decision on feed text had been made."""


class Action(StrEnum):
    """What is done about a (recipient, story)."""

    ALERT = "alert"
    UPGRADE = "upgrade"
    WITHDRAW = "withdraw"
    SUPPRESS = "suppress"


class Reason(StrEnum):
    """Why an action was taken: every «no» has one, and each is kept."""

    FIRST = "first report of the story"
    LATE = "the page was read late"
    UPGRADED = "critical now, told so far at a lower priority"
    CLEARED = "the full text does not match"
    DAY_ZERO = "found on the feed's first poll"
    ALREADY_TOLD = "the story has been told already"
    MENTION = "only a passing mention"
    RULE_SAYS_DIGEST = "the rule says digest"
    RULE_SAYS_IGNORE = "the rule says ignore"
    NOT_SUBSCRIBED = "no alerts from this rule"
    LOOKING_BACK = "found by a new rule looking back"
    RULE_REMOVED = "the rule was removed"
    RECIPIENT_REMOVED = "the recipient was removed"
    CHANNEL_REMOVED = "the channel was removed"


@dataclass(frozen=True, slots=True)
class Told:
    """What a recipient knows of a story."""

    recipient: str
    priority: Priority
    """The highest at which it was told."""
    at: datetime
    seq: int
    """Of the last message."""
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What one recipient is told, or not told, about one entry of a story."""

    recipient: str
    action: Action
    reason: Reason
    rules: tuple[str, ...]
    """The watches that fired, most urgent first: the badges."""
    priority: Priority
    prominence: Prominence
    stage: Stage
    digests: tuple[str, ...] = ()
    """Digests of the recipient in which the item stands; empty where every rule says ignore."""
    headline_only: bool = False


class DeliveryKind(StrEnum):
    """What a message is. The subject of an alert is a story, of a digest its window, of an alarm its episode."""

    ALERT = "alert"
    UPDATE = "update"
    WITHDRAWN = "withdrawn"
    DIGEST = "digest"
    ALARM = "alarm"
    CLEARED = "cleared"
    PING = "ping"

    @property
    def event(self) -> str:
        """The `type` of its webhook payload."""
        return _EVENTS[self]


_EVENTS = {
    DeliveryKind.ALERT: "alert.created",
    DeliveryKind.UPDATE: "alert.updated",
    DeliveryKind.WITHDRAWN: "alert.withdrawn",
    DeliveryKind.DIGEST: "digest.created",
    DeliveryKind.ALARM: "alarm.raised",
    DeliveryKind.CLEARED: "alarm.cleared",
    DeliveryKind.PING: "ping",
}


class DeliveryState(StrEnum):
    PENDING = "pending"
    LEASED = "leased"
    SENT = "sent"
    DEAD = "dead"
    HELD = "held"

    @property
    def is_final(self) -> bool:
        return self in (DeliveryState.SENT, DeliveryState.DEAD)


@dataclass(frozen=True, slots=True)
class Message:
    """One message to be told, before it takes the form of a channel. Exactly one of the bodies is set."""

    kind: DeliveryKind
    at: datetime
    recipient: str
    recipient_name: str
    timezone: str
    languages: tuple[str, ...] = ()
    item: Item | None = None
    """Of an alert, an update, a withdrawal."""
    reason: str = ""
    digest: DigestBody | None = None
    alarm: Alarm | None = None
    address: str = ""
    """Of the endpoint it goes to, for forms that name it (the To of a mail)."""


@dataclass(frozen=True, slots=True)
class Source:
    """One article of a story, as a reader sees it."""

    entry_id: int
    feed: str
    outlet: str
    title: str
    url: str | None
    published_at: datetime | None
    seen_at: datetime
    text_source: str
    language: str | None = None
    excerpt_allowed: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """A match with the text that its spans point into, so that a renderer needs nothing else."""

    match: Match
    rule_name: str
    entry_id: int


@dataclass(frozen=True, slots=True)
class Item:
    """One story as told to one recipient: in an alert, or in a digest."""

    story_id: int
    title: str
    priority: Priority
    prominence: Prominence
    evidence: tuple[Evidence, ...]
    """One a rule, most urgent first."""
    sources: tuple[Source, ...]
    """First seen first."""
    text: str
    """Of the article that the evidence of the first rule stands in."""
    headline: str
    """The title that the same evidence points into."""
    first_at: datetime
    origins: int = 1
    """Independent origins: wire copies count as one."""
    headline_only: bool = False
    late: bool = False
    day_zero: bool = False
    language: str | None = None
    alerted_at: datetime | None = None
    """When this recipient was alerted of it, if ever."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """An alert that the full text took back."""

    story_id: int
    title: str
    url: str | None
    alerted_at: datetime
    rules: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class FeedTrouble:
    """A feed that could not be polled, or a gap in what it gave, within a window."""

    feed: str
    name: str
    what: str
    """`forbidden`, `timeout`, `gap`, …"""
    since: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was looked at: the evidence behind «nothing found»."""

    feeds: int
    feeds_checked: int
    """Polled with success at least once in the window."""
    troubles: tuple[FeedTrouble, ...]
    entries: int
    """New entries in the window."""
    matched: int
    """Of them, those that a rule of this digest fits."""
    without_full_text: int
    """Matched, but on headline or summary only."""
    oldest_unread_at: datetime | None
    """When the oldest entry whose page is still owed was first seen."""
    unread: int = 0
    read: int = 0
    """Of the entries, those whose article was read; the others were matched by headline or summary."""


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How often a watch fired in a window."""

    rule: str
    name: str
    matched: int
    usual: float | None = None
    """Mean a day over the weeks before, where there is history."""


@dataclass(frozen=True, slots=True)
class DigestBody:
    """All that a digest says."""

    digest: str
    name: str
    window_id: int
    start_at: datetime
    end_at: datetime
    local_date: date
    items: tuple[Item, ...]
    mentions: tuple[Item, ...]
    day_zero: tuple[Item, ...]
    withdrawn: tuple[Withdrawn, ...]
    held: tuple[tuple[str, int], ...]
    """Suppressed, by reason."""
    quiet: tuple[RuleCount, ...]
    coverage: Coverage
    merged_days: int = 1
    """More than one: the service was down, and this digest covers that many dates."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A trouble of the service itself."""

    episode_id: int
    title: str
    detail: str
    since: datetime
    remedy: str = ""
    cleared_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Payload:
    """A frozen message in the form of its channel: what is sent, byte for byte."""

    content_type: str
    """`message/rfc822`, `application/json` or `text/plain`."""
    body: bytes
    part: int = 1
    parts: int = 1


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message owed to one endpoint, leased for an attempt."""

    id: str
    """Stable over retries: the webhook-id, and the left side of the Message-ID."""
    recipient: str
    endpoint: Endpoint
    kind: DeliveryKind
    subject: str
    seq: int
    created_at: datetime
    attempts: int
    fence: int
    """Grows with each lease; an outcome under an older fence is refused."""
    payload: Payload | None
    last_error: str = ""


class Verdict(StrEnum):
    """How a sender classifies an attempt; one component retries."""

    DELIVERED = "delivered"
    RETRY = "retry"
    DEAD = "dead"
    PAUSE_CHANNEL = "pause-channel"
    """The account is refused: nothing is burnt, the whole channel waits."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The outcome of one try."""

    verdict: Verdict
    reason: str
    """One line without secrets: `250 queued`, `HTTP 503`, `timeout after 20 s`."""
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open stretch [start, end) that one digest covers for one recipient."""

    id: int
    recipient: str
    digest: str
    local_date: date
    start_at: datetime
    end_at: datetime
    merged_days: int = 1
