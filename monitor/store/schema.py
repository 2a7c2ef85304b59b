"""The tables. One schema for SQLite and PostgreSQL; `migrations/` leads every older store to it.

    feeds ─┬─ polls, gaps, episodes, documents      hosts (asked not to be asked)
           ├─ poll_leases                           of the feeds in flight: a claim writes few pages
           └─ entries ─┬─ entry_keys                by what an entry is known again
                       ├─ articles                  immutable revisions
                       ├─ matches                   the current ones, and those superseded
                       ├─ reads                     the page owed    holds: an alert waiting for it
                       ├─ fingerprints, url_keys, shingles
                       └─ story_members ── stories
    decisions ── digest_items ── windows            digest_starts
    deliveries ── delivery_rules, attempts          channel_pauses
    rules, notes

Ids of entries and stories are never used again (AUTOINCREMENT): messages already sent name them. Neither are fences.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

from monitor.model.news import FetchOutcome, JoinReason, KeyKind, TextSource
from monitor.model.telling import DeliveryKind, DeliveryState, Stage
from monitor.store.columns import Choice, Duration, RowId, Structure, UtcTime, Words

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)


def _entry_key(primary: bool = False) -> Column[int]:
    return Column("entry_id", RowId, ForeignKey("entries.id"), primary_key=primary, nullable=False)


feeds = Table(
    "feeds",
    metadata,
    Column("id", Text, primary_key=True),
    Column("origin", Text, nullable=False),
    Column("configured", Structure, nullable=False),
    Column("removed", Boolean, nullable=False),
    Column("url", Words, nullable=False),
    Column("host", Text, nullable=False),
    Column("next_at", UtcTime, nullable=False),
    Column("validators", Structure),
    Column("body_hash", Text),
    Column("last_polled_at", UtcTime),
    Column("last_success_at", UtcTime),
    Column("last_new_at", UtcTime),
    Column("last_outcome", Choice(FetchOutcome)),
    Column("last_detail", Words, nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failing_since", UtcTime),
    Column("seeded", Boolean, nullable=False),
    Column("gone", Boolean, nullable=False),
    Column("title", Words, nullable=False),
    Column("format", Text, nullable=False),
    Column("format_entries", Integer, nullable=False),
    Column("promised", Duration),
    Column("hints", Structure),
    Column("rhythm", Structure),
    Column("moving", Structure),
    Column("merged_into", Text),
    Column("catch_up", Duration),
    Column("body_at", UtcTime),
)
Index("feeds_due", feeds.c.removed, feeds.c.gone, feeds.c.next_at, feeds.c.id, feeds.c.host)

poll_leases = Table(
    "poll_leases",
    metadata,
    Column("fence", RowId, primary_key=True),
    Column("feed_id", Text, ForeignKey("feeds.id"), nullable=False, unique=True),
    Column("host", Text, nullable=False),
    Column("lease_until", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)

documents = Table(
    "documents",
    metadata,
    Column("feed_id", Text, ForeignKey("feeds.id"), primary_key=True),
    Column("items", LargeBinary, nullable=False),
)

hosts = Table(
    "hosts",
    metadata,
    Column("host", Text, primary_key=True),
    Column("hold_until", UtcTime, nullable=False),
    Column("reason", Words, nullable=False),
)

polls = Table(
    "polls",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("feed_id", Text, ForeignKey("feeds.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("outcome", Choice(FetchOutcome), nullable=False),
    Column("detail", Words, nullable=False),
    Column("new", Integer, nullable=False),
    Column("revised", Integer, nullable=False),
    Column("elapsed", Duration, nullable=False),
)
Index("polls_at", polls.c.at)

gaps = Table(
    "gaps",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("feed_id", Text, ForeignKey("feeds.id"), nullable=False),
    Column("start_at", UtcTime, nullable=False),
    Column("end_at", UtcTime, nullable=False),
    Column("filled", Boolean, nullable=False),
)
Index("gaps_end", gaps.c.end_at)

episodes = Table(
    "episodes",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("feed_id", Text, ForeignKey("feeds.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("since", UtcTime, nullable=False),
    Column("detail", Words, nullable=False),
    Column("cleared_at", UtcTime),
    Column("raised_with", RowId),
    Column("raised_until", UtcTime),
    Column("cleared_with", RowId),
    Column("cleared_until", UtcTime),
    sqlite_autoincrement=True,
)
Index("episodes_raised", episodes.c.raised_with)
Index("episodes_cleared", episodes.c.cleared_with)
Index(
    "episodes_open",
    episodes.c.feed_id,
    episodes.c.kind,
    unique=True,
    sqlite_where=text("cleared_at IS NULL"),
    postgresql_where=text("cleared_at IS NULL"),
)

entries = Table(
    "entries",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("feed_id", Text, ForeignKey("feeds.id"), nullable=False),
    Column("guid", Words),
    Column("url", Words),
    Column("title", Words, nullable=False),
    Column("summary", Words, nullable=False),
    Column("content", Words, nullable=False),
    Column("published_at", UtcTime),
    Column("updated_at", UtcTime),
    Column("authors", Structure, nullable=False),
    Column("categories", Structure, nullable=False),
    Column("language", Words),
    Column("content_hash", Text, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("revised_at", UtcTime),
    Column("day_zero", Boolean, nullable=False),
    Column("decided", Choice(Stage)),
    sqlite_autoincrement=True,
)
Index("entries_seen", entries.c.seen_at)

entry_keys = Table(
    "entry_keys",
    metadata,
    Column("feed_id", Text, ForeignKey("feeds.id"), primary_key=True),
    Column("kind", Choice(KeyKind), primary_key=True),
    Column("key", Words, primary_key=True),
    _entry_key(),
    sqlite_with_rowid=False,
)
Index("entry_keys_entry", entry_keys.c.entry_id)

articles = Table(
    "articles",
    metadata,
    _entry_key(primary=True),
    Column("revision", Integer, primary_key=True),
    Column("url", Words),
    Column("canonical_url", Words),
    Column("title", Words, nullable=False),
    Column("text", Words, nullable=False),
    Column("text_source", Choice(TextSource), nullable=False),
    Column("author", Words),
    Column("published_at", UtcTime),
    Column("language", Words),
    Column("at", UtcTime, nullable=False),
)

matches = Table(
    "matches",
    metadata,
    Column("id", RowId, primary_key=True),
    _entry_key(),
    Column("rule", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("stage", Choice(Stage), nullable=False),
    Column("prominence", Text, nullable=False),
    Column("spans", Structure, nullable=False),
    Column("why", Words, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("current", Boolean, nullable=False),
    Column("superseded_at", UtcTime),
)
Index(
    "matches_current",
    matches.c.entry_id,
    matches.c.rule,
    unique=True,
    sqlite_where=text("current = 1"),
    postgresql_where=text("current"),
)
Index("matches_at", matches.c.current, matches.c.at)

reads = Table(
    "reads",
    metadata,
    _entry_key(primary=True),
    Column("url", Words, nullable=False),
    Column("host", Text, nullable=False),
    Column("owed", Boolean, nullable=False),
    Column("next_at", UtcTime, nullable=False),
    Column("lease_until", UtcTime),
    Column("fence", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("kills", Integer, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("detail", Words, nullable=False),
)
Index("reads_due", reads.c.owed, reads.c.next_at, reads.c.entry_id)
Index(
    "reads_leased",
    reads.c.lease_until,
    sqlite_where=text("lease_until IS NOT NULL"),
    postgresql_where=text("lease_until IS NOT NULL"),
)

holds = Table("holds", metadata, _entry_key(primary=True), Column("decide_at", UtcTime, nullable=False))
Index("holds_due", holds.c.decide_at)

stories = Table(
    "stories",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("begun_at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)

story_members = Table(
    "story_members",
    metadata,
    _entry_key(primary=True),
    Column("story_id", RowId, ForeignKey("stories.id"), nullable=False),
    Column("reason", Choice(JoinReason), nullable=False),
    Column("score", Float, nullable=False),
    Column("at", UtcTime, nullable=False),
)
Index("story_members_story", story_members.c.story_id)

fingerprints = Table(
    "fingerprints",
    metadata,
    _entry_key(primary=True),
    Column("held", Integer, nullable=False),
    Column("at", UtcTime, nullable=False),
)

url_keys = Table(
    "url_keys",
    metadata,
    Column("key", Words, primary_key=True),
    _entry_key(primary=True),
    sqlite_with_rowid=False,
)
Index("url_keys_entry", url_keys.c.entry_id)

shingles = Table(
    "shingles",
    metadata,
    Column("shingle", BigInteger, primary_key=True, autoincrement=False),
    _entry_key(primary=True),
    sqlite_with_rowid=False,
)
Index("shingles_entry", shingles.c.entry_id)

decisions = Table(
    "decisions",
    metadata,
    Column("id", RowId, primary_key=True),
    _entry_key(),
    Column("story_id", RowId, ForeignKey("stories.id"), nullable=False),
    Column("recipient", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("rules", Structure, nullable=False),
    Column("priority", Text, nullable=False),
    Column("prominence", Text, nullable=False),
    Column("stage", Choice(Stage), nullable=False),
    Column("headline_only", Boolean, nullable=False),
    Column("at", UtcTime, nullable=False),
    sqlite_autoincrement=True,
)
Index("decisions_entry", decisions.c.entry_id)
Index("decisions_story", decisions.c.story_id, decisions.c.recipient)
Index("decisions_recipient", decisions.c.recipient, decisions.c.at)
Index("decisions_at", decisions.c.at)

windows = Table(
    "windows",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("local_date", Date, nullable=False),
    Column("start_at", UtcTime, nullable=False),
    Column("end_at", UtcTime, nullable=False),
    Column("merged_days", Integer, nullable=False),
    sqlite_autoincrement=True,
)
Index("windows_date", windows.c.recipient, windows.c.digest, windows.c.local_date, unique=True)

digest_starts = Table(
    "digest_starts",
    metadata,
    Column("recipient", Text, primary_key=True),
    Column("digest", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
)

digest_items = Table(
    "digest_items",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("digest", Text, nullable=False),
    _entry_key(),
    Column("withdrawal", Boolean, nullable=False),
    Column("decision_id", RowId, ForeignKey("decisions.id"), nullable=False),
    Column("window_id", RowId, ForeignKey("windows.id")),
    sqlite_autoincrement=True,
)
Index(
    "digest_items_once",
    digest_items.c.entry_id,
    digest_items.c.recipient,
    digest_items.c.digest,
    digest_items.c.withdrawal,
    unique=True,
)
Index(
    "digest_items_pending",
    digest_items.c.recipient,
    digest_items.c.digest,
    sqlite_where=text("window_id IS NULL"),
    postgresql_where=text("window_id IS NULL"),
)
Index("digest_items_window", digest_items.c.window_id)
Index("digest_items_decision", digest_items.c.decision_id)

deliveries = Table(
    "deliveries",
    metadata,
    Column("number", RowId, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("recipient", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("kind", Choice(DeliveryKind), nullable=False),
    Column("subject", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("thread", Text, nullable=False),
    Column("state", Choice(DeliveryState), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("next_at", UtcTime, nullable=False),
    Column("lease_until", UtcTime),
    Column("fence", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Words, nullable=False),
    Column("sent_at", UtcTime),
    Column("held_by", Text),
    Column("held_reason", Text, nullable=False),
    Column("story_id", RowId),
    Column("decision_id", RowId),
    Column("window_id", RowId),
    Column("episode_id", RowId),
    Column("content_type", Text),
    Column("body", LargeBinary),
    Column("part", Integer),
    Column("parts", Integer),
    sqlite_autoincrement=True,
)
Index(
    "deliveries_once",
    deliveries.c.recipient,
    deliveries.c.kind,
    deliveries.c.subject,
    deliveries.c.channel,
    deliveries.c.address,
    deliveries.c.seq,
    unique=True,
)
_UNSENT = text("state IN ('pending', 'leased')")
Index("deliveries_due", deliveries.c.channel, deliveries.c.number, sqlite_where=_UNSENT, postgresql_where=_UNSENT)
Index(
    "deliveries_thread",
    deliveries.c.recipient,
    deliveries.c.channel,
    deliveries.c.address,
    deliveries.c.thread,
    deliveries.c.number,
    sqlite_where=_UNSENT,
    postgresql_where=_UNSENT,
)
Index("deliveries_state", deliveries.c.state, deliveries.c.number)
Index("deliveries_story", deliveries.c.story_id)
Index("deliveries_decision", deliveries.c.decision_id)

delivery_rules = Table(
    "delivery_rules",
    metadata,
    Column("delivery_id", Text, ForeignKey("deliveries.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("rule", Text, nullable=False),
)

attempts = Table(
    "attempts",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("delivery_id", Text, ForeignKey("deliveries.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("reason", Words, nullable=False),
    Column("fence", Integer, nullable=False),
)
Index("attempts_delivery", attempts.c.delivery_id)

channel_pauses = Table(
    "channel_pauses",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("until", UtcTime, nullable=False),
    Column("reason", Words, nullable=False),
)

rules = Table(
    "rules",
    metadata,
    Column("id", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("known_at", UtcTime, nullable=False),
)

notes = Table("notes", metadata, Column("key", Text, primary_key=True), Column("value", Words, nullable=False))
