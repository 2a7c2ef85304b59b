"""The small protocols by which `flow/` names its adapters. No implementation here.

A phase of the flow is one call of `Store.write`: the function it is given runs on the writer's thread, inside one
transaction, and may be called again from the start when the backend asks for a retry, so it must not touch anything
but its `Tx`. Identity, story and told state are looked up inside it, pure deciders decide, that transaction records.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar

from monitor.model.news import (
    Article,
    EntryKey,
    FetchOutcome,
    FetchRequest,
    FetchResult,
    Identified,
    JoinReason,
    Match,
    Page,
    ParsedFeed,
)
from monitor.model.settings import Endpoint, Feed, SecretRef
from monitor.model.state import (
    ArticleRecord,
    AttemptRecord,
    Cause,
    DecisionRecord,
    DeliveryRecord,
    DigestItemRecord,
    EntryRecord,
    Episode,
    FeedState,
    Gap,
    KnownEntry,
    ListedItem,
    MatchRecord,
    MatchRow,
    OwedRead,
    PollLog,
    PollResult,
    RecentPoll,
    StoreCounts,
)
from monitor.model.telling import Attempt, Decision, Delivery, DeliveryKind, Message, Payload, Stage, Told, Window

T = TypeVar("T")


class Clock(Protocol):
    """The time, as an argument."""

    def now(self) -> datetime:
        """Aware, UTC."""

    def monotonic(self) -> float:
        """Seconds that never jump."""


class Secrets(Protocol):
    """Resolves references at the moment of use."""

    def __call__(self, ref: SecretRef, /) -> str:
        """Raise SecretError naming the reference."""


class Fetcher(Protocol):
    """Gets one URL politely. What a server does wrong is an outcome, never an exception."""

    async def fetch(self, request: FetchRequest) -> FetchResult: ...


@dataclass(frozen=True, slots=True)
class RobotsVerdict:
    """What a host's robots.txt says of one page."""

    allowed: bool
    crawl_delay: timedelta | None = None
    detail: str = ""
    unreachable: bool = False
    """The robots.txt could not be had (5xx, network): the page is refused for now, not for good."""


class Robots(Protocol):
    """robots.txt of each host, cached for a day."""

    async def check(self, url: str) -> RobotsVerdict: ...


@dataclass(frozen=True, slots=True)
class WorkFailed:
    """A worker did not bring it back."""

    kind: str
    """`refused` (with a reason, e.g. not a feed), `timeout`, `memory`, `crash`, `shutdown`."""
    detail: str
    not_a_feed: bool = False

    @property
    def killed_its_worker(self) -> bool:
        return self.kind in ("timeout", "memory", "crash")


class Workers(Protocol):
    """Processes that can be killed: whatever can hang or bomb runs there, under a deadline and a memory limit."""

    async def parse(
        self, body: bytes, url: str, headers: Mapping[str, str], seen: frozenset[bytes] = frozenset()
    ) -> ParsedFeed | WorkFailed:
        """Read a feed; items whose fingerprints are in `seen` are named, not read."""

    async def extract(self, page: Page, fast: bool = False) -> Article | WorkFailed:
        """Read the article of a page; its `text_source` is PAGE, PAGE_FAST or JSON_LD."""


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of one POST."""

    status: int | None
    """None where there was no answer; `error` then says why."""
    headers: tuple[tuple[str, str], ...] = ()
    """Names in lower case."""
    error: FetchOutcome | None = None
    """TIMEOUT, DNS, CONNECT, TLS, PRIVATE_ADDRESS, BAD_URL or MALFORMED."""
    detail: str = ""
    """One line for a person, without the URL; for a private address, the config line that would allow it."""

    def header(self, name: str) -> str | None:
        """The first value of a header, by its lower-case name."""
        return next((value for key, value in self.headers if key == name), None)


class Post(Protocol):
    """Sends one POST. What a server or the network does wrong is an outcome, never an exception.

    It follows no redirect, needs no more of the answer than its head, names the program in User-Agent, ends within
    `timeout` in all, and refuses private addresses unless they are allowed.
    """

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes, timeout: timedelta) -> Posted: ...


class Sender(Protocol):
    """The code for one channel. It renders purely and classifies failure; it never retries."""

    def render(self, message: Message, delivery_id: str) -> tuple[Payload, ...]:
        """The message in the form of this channel; more than one where it must be split. Pure and deterministic."""

    async def send(self, delivery: Delivery, payload: Payload, now: datetime) -> Attempt: ...

    async def aclose(self) -> None: ...


class FeedTx(Protocol):
    """Feeds and polls."""

    def sync_feeds(self, feeds: Sequence[Feed], now: datetime) -> None:
        """Make the configured feeds those of the store. New ones are due now; a changed URL drops validators and
        body hash and is due now; removed ones are kept, marked removed, and never polled."""

    def expire_leases(self) -> int:
        """End every lease on feeds, reads and deliveries: those of an earlier life. Returns how many."""

    def claim_feeds(
        self, now: datetime, limit: int, lease_until: datetime, busy_hosts: Collection[str] = ()
    ) -> list[FeedState]:
        """Lease due feeds, longest due first, one a host and none of a busy host; gone and removed ones never."""

    def feed_states(self) -> list[FeedState]:
        """Every configured feed, by id."""

    def feed_state(self, feed_id: str) -> FeedState | None: ...

    def due_now(self, now: datetime, feed_ids: Collection[str] | None = None) -> int:
        """Make these feeds (all when None) due at `now`; a feed under a Retry-After is left alone."""

    def finish_poll(self, result: PollResult) -> bool:
        """Record a poll, release the lease. False when the fence is old: nothing was changed."""

    def polls(self, since: datetime, until: datetime) -> list[PollLog]: ...

    def latest_polls(self, since: datetime, limit: int) -> list[RecentPoll]:
        """The last `limit` polls at or after `since`, newest first."""

    def forgive(self, since: datetime, outcomes: Collection[FetchOutcome]) -> int:
        """Feeds that have failed since then, and last in one of these ways, count as not failing. Returns how many."""

    def spread(self, outcomes: Collection[FetchOutcome], since: datetime, now: datetime, within: timedelta) -> int:
        """Feeds last polled at or after `since` with one of these outcomes become due one after the other from `now`
        on, all within `within`, never later than they were. Returns how many."""

    def feeds_due(self, now: datetime) -> int:
        """Due and not leased, of hosts that are not on hold."""

    def feed_at(self, url: str, but: str) -> str | None:
        """A feed that is polled at this URL now, other than `but`."""

    def listed(self, feed_id: str) -> tuple[ListedItem, ...]:
        """What the feed's document listed when it was last read, as far as it could be taken apart."""

    def put_listed(self, feed_id: str, items: Sequence[ListedItem]) -> None:
        """Replace that."""

    def add_gap(self, gap: Gap) -> None: ...

    def gaps(self, since: datetime, until: datetime) -> list[Gap]:
        """Those that overlap [since, until)."""

    def open_episode(self, feed_id: str, kind: str, since: datetime, detail: str) -> Episode | None:
        """None where one of that kind is open for that feed."""

    def close_episode(self, feed_id: str, kind: str, at: datetime) -> Episode | None:
        """None where none is open."""

    def open_episodes(self) -> list[Episode]: ...

    def tell_episode(self, episode_id: int, cleared: bool, now: datetime, until: datetime) -> int | None:
        """Tell of an episode's onset (or end, `cleared`) together with others of its kind: the episode whose message
        still gathers at `now` and takes this one too; None where a message begins with this one and gathers until
        `until`."""

    def told_together(self, leader_id: int, cleared: bool) -> list[Episode]:
        """All whose onset (or end) is told in the message of this one, itself included."""

    def host_free_at(self, host: str) -> datetime | None:
        """Until when a host is not to be asked (Retry-After); None: free."""

    def hold_host(self, host: str, until: datetime, reason: str) -> None:
        """Ask nothing of this host before `until`: due feeds and reads of it wait (a longer hold stays)."""


class EntryTx(Protocol):
    """Entries, articles, matches, and the pages owed."""

    def known(self, feed_id: str, keys: Collection[EntryKey]) -> dict[EntryKey, KnownEntry]: ...

    def add_entry(self, feed_id: str, identified: Identified, seen_at: datetime, day_zero: bool) -> int: ...

    def add_keys(self, feed_id: str, entry_id: int, keys: Collection[EntryKey]) -> None:
        """Aliases; a key that leads elsewhere already stays there."""

    def revise_entry(self, entry_id: int, identified: Identified, at: datetime) -> None: ...

    def entry(self, entry_id: int) -> EntryRecord | None: ...

    def entries_seen(self, since: datetime, until: datetime) -> int: ...

    def entries_read(self, since: datetime, until: datetime) -> int:
        """How many of those first seen in [since, until) have an article's own text."""

    def recent_entries(self, since: datetime) -> list[int]:
        """Ids of entries first seen at or after `since` that have an article, oldest first."""

    def add_article(self, entry_id: int, article: Article, at: datetime) -> int:
        """Append a revision and return its number (1, 2, …); the same title, text and source as the latest adds none
        and returns the latest's number."""

    def article(self, entry_id: int, revision: int | None = None) -> ArticleRecord | None:
        """The latest revision unless one is named."""

    def put_matches(self, entry_id: int, revision: int, stage: Stage, matches: Sequence[Match], at: datetime) -> None:
        """Replace the current matches of an entry by these; earlier ones are kept as superseded."""

    def matches(self, entry_id: int) -> list[MatchRecord]:
        """The current ones, by rule."""

    def match_rows(
        self,
        since: datetime | None = None,
        rule: str | None = None,
        feed: str | None = None,
        limit: int = 100,
        prominence: str | None = None,
    ) -> list[MatchRow]:
        """Newest first."""

    def matched_entries(self, since: datetime, until: datetime, rules: Collection[str] | None = None) -> list[int]:
        """Entries first seen in [since, until) with a current match of these rules (all when None)."""

    def owe_read(self, entry_id: int, url: str, next_at: datetime) -> None: ...

    def claim_reads(
        self, now: datetime, limit: int, lease_until: datetime, busy_hosts: Collection[str] = ()
    ) -> list[OwedRead]:
        """Lease due reads: entries with a hold first, then the oldest due; one a host and none of a busy host."""

    def finish_read(self, entry_id: int, fence: int) -> bool:
        """The page is no longer owed. False when the fence is old."""

    def retry_read(
        self, entry_id: int, fence: int, next_at: datetime, outcome: str, detail: str, kills: int, counts: bool = True
    ) -> bool:
        """Put off; `counts` False leaves the number of attempts as it was. False when the fence is old."""

    def give_up_read(self, entry_id: int, fence: int, outcome: str, detail: str) -> bool:
        """No longer owed, with the reason kept. False when the fence is old."""

    def reads_due(self, now: datetime) -> int:
        """Due and not leased, of hosts that are not on hold."""

    def read_is_leased(self, entry_id: int) -> bool:
        """Whether the fetch of this entry's page has begun and not ended."""

    def read_outcomes(self) -> dict[str, int]:
        """How many reads ended or stand how: `read`, `owed`, and the outcome of those given up or put off."""

    def hold(self, entry_id: int, decide_at: datetime) -> None:
        """An alert of this entry waits for its page until then."""

    def held(self, entry_id: int) -> datetime | None: ...

    def due_holds(self, now: datetime, limit: int) -> list[int]: ...

    def drop_hold(self, entry_id: int) -> None: ...

    def all_holds(self) -> list[int]:
        """Entries that wait for their page, due or not."""

    def mark_decided(self, entry_id: int, stage: Stage) -> None: ...


class StoryTx(Protocol):
    """Stories and what they are found by."""

    def story_of(self, entry_id: int) -> int | None: ...

    def put_fingerprint(
        self, entry_id: int, url_keys: Collection[str], shingles: Collection[int], at: datetime
    ) -> None:
        """Remember by what this entry's copies will be known; replaces an earlier one. Shingles are 63-bit hashes."""

    def stories_by_url(self, url_keys: Collection[str], since: datetime) -> list[int]:
        """Story ids, oldest first."""

    def shingle_overlap(self, shingles: Collection[int], since: datetime) -> list[tuple[int, int, int, int]]:
        """(story_id, entry_id, shared, held) of entries in a story that share a shingle, most shared first."""

    def begin_story(self, entry_id: int, at: datetime) -> int: ...

    def join_story(self, story_id: int, entry_id: int, reason: JoinReason, score: float, at: datetime) -> None: ...

    def members(self, story_id: int) -> list[tuple[EntryRecord, JoinReason, float]]:
        """First seen first."""


class OutboxTx(Protocol):
    """Decisions and what is owed because of them."""

    def told(self, story_id: int) -> dict[str, Told]:
        """By recipient: those to whom an alert of this story is owed or was sent and not withdrawn."""

    def add_decision(
        self, entry_id: int, story_id: int, decision: Decision, at: datetime, digest_items: bool = True
    ) -> int:
        """Record it, and an item for each of its digests. A digest holds an entry once, and its withdrawal once."""

    def decision(self, decision_id: int) -> DecisionRecord | None: ...

    def decisions(self, entry_id: int) -> list[DecisionRecord]:
        """Oldest first."""

    def drop_digest_items(self, entry_id: int, recipient: str) -> int:
        """Take back items of this entry that stand in no cut window yet. Returns how many. A withdrawal's stay."""

    def add_delivery(
        self,
        delivery_id: str,
        recipient: str,
        endpoint: Endpoint,
        kind: DeliveryKind,
        subject: str,
        seq: int,
        at: datetime,
        cause: Cause,
        rules: Sequence[str] = (),
        due_at: datetime | None = None,
    ) -> bool:
        """Due at `due_at`, at once when it is None. False where the unique key (recipient, endpoint, kind, subject,
        seq) is held already."""

    def next_seq(self, recipient: str, kind: DeliveryKind, subject: str) -> int:
        """1 for the first message of that kind on that subject to that recipient."""

    def claim_deliveries(self, now: datetime, channel: str, limit: int, lease_until: datetime) -> list[Delivery]:
        """Lease due deliveries of a channel that is not paused, oldest first."""

    def due_channels(self, now: datetime) -> list[str]:
        """Channels, not paused, with something due."""

    def cause(self, delivery_id: str) -> Cause | None: ...

    def freeze(self, delivery_id: str, fence: int, payloads: Sequence[tuple[str, Payload]]) -> bool:
        """Write the bytes, once: the first (id, payload) is this delivery's own, further ones become deliveries of
        their own (same recipient, endpoint, kind and subject; seq counted on). False when the fence is old."""

    def finish_attempt(
        self, delivery_id: str, fence: int, attempt: Attempt, at: datetime, retry_at: datetime | None
    ) -> bool:
        """Log the attempt; DELIVERED → sent, DEAD or RETRY without `retry_at` → dead, RETRY → pending at `retry_at`,
        PAUSE_CHANNEL → pending, not counted. False when the fence is old: the attempt is logged all the same."""

    def hold_deliveries(
        self,
        reason: str,
        channel: str | None = None,
        recipient: str | None = None,
        only_rules: Collection[str] | None = None,
    ) -> int:
        """Pending ones of that channel, of that recipient, or with rules all of which are in `only_rules` → held, with
        the reason. Returns how many."""

    def owed_to(self) -> list[tuple[str, str]]:
        """Distinct (recipient, channel) of deliveries that are pending or leased."""

    def release_deliveries(self, channel: str, now: datetime) -> int:
        """Held because their channel was gone → pending."""

    def pause_channel(self, channel: str, until: datetime, reason: str) -> None: ...

    def paused_channels(self, now: datetime) -> dict[str, tuple[datetime, str]]: ...

    def outbox(self, states: Collection[str] = (), limit: int = 100) -> list[DeliveryRecord]:
        """Newest first; every state when none is named."""

    def attempts(self, delivery_id: str) -> list[AttemptRecord]: ...

    def retry_deliveries(self, now: datetime, ids: Collection[str] = ()) -> int:
        """Dead and held ones (all when none is named) → pending now, attempts begun anew, bytes and id unchanged."""

    def alerted_endpoints(self, recipient: str, story_id: int) -> list[Endpoint]:
        """Those that an alert or update of this story was sent to or is owed."""


class DigestTx(Protocol):
    """Windows and what stands in them."""

    def last_window(self, recipient: str, digest: str) -> Window | None: ...

    def windows_started(self, recipient: str, digest: str, at: datetime) -> datetime:
        """The moment from which the first window runs: recorded as `at` on the first call, returned ever after."""

    def cut_window(
        self, recipient: str, digest: str, local_date: date, start_at: datetime, end_at: datetime, merged_days: int
    ) -> Window | None:
        """Begin a window and put every item of that digest not yet in one into it. None where that date has one."""

    def window(self, window_id: int) -> Window | None: ...

    def window_items(self, window_id: int) -> list[DigestItemRecord]: ...

    def pending_items(self, recipient: str, digest: str) -> list[DigestItemRecord]:
        """Not in a window yet: what the next digest would hold."""

    def decisions_between(self, recipient: str, since: datetime, until: datetime) -> list[DecisionRecord]: ...

    def alerted_at(self, recipient: str, story_id: int) -> datetime | None: ...

    def oldest_unread(self) -> tuple[int, datetime | None]:
        """How many pages are owed, and when the oldest of their entries was first seen."""

    def rule_counts(self, since: datetime, until: datetime) -> dict[str, int]:
        """Entries first seen in [since, until) that each rule matches now."""


class AdminTx(Protocol):
    """Rules known, counts, and the store itself."""

    def rule_versions(self) -> dict[str, str]: ...

    def put_rule_versions(self, versions: Mapping[str, str], now: datetime) -> None:
        """Make these the known rules; others are forgotten (their matches stay)."""

    def counts(self, now: datetime, day_start: datetime) -> StoreCounts: ...

    def shift_due(self, by: timedelta) -> None:
        """Move every due time, lease and hold by so much: the wall clock was set, and what was due in ten minutes still
        is. Time already recorded stays."""

    def get_note(self, key: str) -> str | None:
        """A small value of the daemon's own: `started_at`, `last_tick_at`, …"""

    def put_note(self, key: str, value: str) -> None: ...


class Tx(FeedTx, EntryTx, StoryTx, OutboxTx, DigestTx, AdminTx, Protocol):
    """All that one transaction can do."""


class Store(Protocol):
    """The one place where anything is remembered."""

    async def write(self, work: Callable[[Tx], T]) -> T:
        """Run `work` in one transaction on the writer's thread; commit, or roll back and raise."""

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run `work` on a snapshot that cannot write."""

    async def aclose(self) -> None: ...
