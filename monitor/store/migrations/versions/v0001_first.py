"""The first schema.

Frozen: what stands here never changes once a version with it was released. A test holds it equal to `schema.py`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "channel_pauses",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_channel_pauses")),
    )
    op.create_table(
        "deliveries",
        sa.Column("number", _ROW_ID, nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.BigInteger(), nullable=True),
        sa.Column("held_by", sa.Text(), nullable=True),
        sa.Column("held_reason", sa.Text(), nullable=False),
        sa.Column("story_id", _ROW_ID, nullable=True),
        sa.Column("decision_id", _ROW_ID, nullable=True),
        sa.Column("window_id", _ROW_ID, nullable=True),
        sa.Column("episode_id", _ROW_ID, nullable=True),
        sa.Column("content_type", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("part", sa.Integer(), nullable=True),
        sa.Column("parts", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("id", name=op.f("uq_deliveries_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("deliveries_decision", "deliveries", ["decision_id"], unique=False)
    op.create_index(
        "deliveries_due",
        "deliveries",
        ["channel", "number"],
        unique=False,
        sqlite_where=sa.text("state IN ('pending', 'leased')"),
        postgresql_where=sa.text("state IN ('pending', 'leased')"),
    )
    op.create_index(
        "deliveries_once", "deliveries", ["recipient", "kind", "subject", "channel", "address", "seq"], unique=True
    )
    op.create_index("deliveries_state", "deliveries", ["state", "number"], unique=False)
    op.create_index("deliveries_story", "deliveries", ["story_id"], unique=False)
    op.create_index(
        "deliveries_thread",
        "deliveries",
        ["recipient", "channel", "address", "thread", "number"],
        unique=False,
        sqlite_where=sa.text("state IN ('pending', 'leased')"),
        postgresql_where=sa.text("state IN ('pending', 'leased')"),
    )
    op.create_table(
        "digest_starts",
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("recipient", "digest", name=op.f("pk_digest_starts")),
    )
    op.create_table(
        "feeds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("configured", sa.Text(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("validators", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.Text(), nullable=True),
        sa.Column("last_polled_at", sa.BigInteger(), nullable=True),
        sa.Column("last_success_at", sa.BigInteger(), nullable=True),
        sa.Column("last_new_at", sa.BigInteger(), nullable=True),
        sa.Column("last_outcome", sa.Text(), nullable=True),
        sa.Column("last_detail", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("seeded", sa.Boolean(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("format_entries", sa.Integer(), nullable=False),
        sa.Column("promised", sa.BigInteger(), nullable=True),
        sa.Column("hints", sa.Text(), nullable=True),
        sa.Column("rhythm", sa.Text(), nullable=True),
        sa.Column("moving", sa.Text(), nullable=True),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.Column("catch_up", sa.BigInteger(), nullable=True),
        sa.Column("body_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feeds")),
    )
    op.create_index("feeds_due", "feeds", ["removed", "gone", "next_at", "id", "host"], unique=False)
    op.create_table(
        "poll_leases",
        sa.Column("fence", _ROW_ID, nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_poll_leases_feed_id")),
        sa.PrimaryKeyConstraint("fence", name=op.f("pk_poll_leases")),
        sa.UniqueConstraint("feed_id", name=op.f("uq_poll_leases_feed_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "documents",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("items", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_documents_feed_id")),
        sa.PrimaryKeyConstraint("feed_id", name=op.f("pk_documents")),
    )
    op.create_table(
        "hosts",
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("hold_until", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("host", name=op.f("pk_hosts")),
    )
    op.create_table(
        "notes",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notes")),
    )
    op.create_table(
        "rules",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
    )
    op.create_table(
        "stories",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "windows",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("start_at", sa.BigInteger(), nullable=False),
        sa.Column("end_at", sa.BigInteger(), nullable=False),
        sa.Column("merged_days", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_windows")),
        sqlite_autoincrement=True,
    )
    op.create_index("windows_date", "windows", ["recipient", "digest", "local_date"], unique=True)
    op.create_table(
        "attempts",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_attempts_delivery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index("attempts_delivery", "attempts", ["delivery_id"], unique=False)
    op.create_table(
        "delivery_rules",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name=op.f("fk_delivery_rules_delivery_id")),
        sa.PrimaryKeyConstraint("delivery_id", "position", name=op.f("pk_delivery_rules")),
    )
    op.create_table(
        "entries",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("guid", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=True),
        sa.Column("authors", sa.Text(), nullable=False),
        sa.Column("categories", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("content_hash", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("revised_at", sa.BigInteger(), nullable=True),
        sa.Column("day_zero", sa.Boolean(), nullable=False),
        sa.Column("decided", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_entries_feed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sqlite_autoincrement=True,
    )
    op.create_index("entries_seen", "entries", ["seen_at"], unique=False)
    op.create_table(
        "episodes",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("cleared_at", sa.BigInteger(), nullable=True),
        sa.Column("raised_with", _ROW_ID, nullable=True),
        sa.Column("raised_until", sa.BigInteger(), nullable=True),
        sa.Column("cleared_with", _ROW_ID, nullable=True),
        sa.Column("cleared_until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_episodes_feed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_episodes")),
        sqlite_autoincrement=True,
    )
    op.create_index("episodes_raised", "episodes", ["raised_with"], unique=False)
    op.create_index("episodes_cleared", "episodes", ["cleared_with"], unique=False)
    op.create_index(
        "episodes_open",
        "episodes",
        ["feed_id", "kind"],
        unique=True,
        sqlite_where=sa.text("cleared_at IS NULL"),
        postgresql_where=sa.text("cleared_at IS NULL"),
    )
    op.create_table(
        "gaps",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("start_at", sa.BigInteger(), nullable=False),
        sa.Column("end_at", sa.BigInteger(), nullable=False),
        sa.Column("filled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_gaps_feed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gaps")),
    )
    op.create_index("gaps_end", "gaps", ["end_at"], unique=False)
    op.create_table(
        "polls",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("revised", sa.Integer(), nullable=False),
        sa.Column("elapsed", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_polls_feed_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_polls")),
    )
    op.create_index("polls_at", "polls", ["at"], unique=False)
    op.create_table(
        "articles",
        sa.Column("entry_id", _ROW_ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("canonical_url", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_source", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_articles_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", "revision", name=op.f("pk_articles")),
    )
    op.create_table(
        "decisions",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("entry_id", _ROW_ID, nullable=False),
        sa.Column("story_id", _ROW_ID, nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False),
        sa.Column("priority", sa.Text(), nullable=False),
        sa.Column("prominence", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("headline_only", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_decisions_entry_id")),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_decisions_story_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sqlite_autoincrement=True,
    )
    op.create_index("decisions_at", "decisions", ["at"], unique=False)
    op.create_index("decisions_entry", "decisions", ["entry_id"], unique=False)
    op.create_index("decisions_recipient", "decisions", ["recipient", "at"], unique=False)
    op.create_index("decisions_story", "decisions", ["story_id", "recipient"], unique=False)
    op.create_table(
        "entry_keys",
        sa.Column("feed_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("entry_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_entry_keys_entry_id")),
        sa.ForeignKeyConstraint(["feed_id"], ["feeds.id"], name=op.f("fk_entry_keys_feed_id")),
        sa.PrimaryKeyConstraint("feed_id", "kind", "key", name=op.f("pk_entry_keys")),
        sqlite_with_rowid=False,
    )
    op.create_index("entry_keys_entry", "entry_keys", ["entry_id"], unique=False)
    op.create_table(
        "fingerprints",
        sa.Column("entry_id", _ROW_ID, nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_fingerprints_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_fingerprints")),
    )
    op.create_table(
        "holds",
        sa.Column("entry_id", _ROW_ID, nullable=False),
        sa.Column("decide_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_holds_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_holds")),
    )
    op.create_index("holds_due", "holds", ["decide_at"], unique=False)
    op.create_table(
        "matches",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("entry_id", _ROW_ID, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("prominence", sa.Text(), nullable=False),
        sa.Column("spans", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.Column("superseded_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_matches_entry_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matches")),
    )
    op.create_index("matches_at", "matches", ["current", "at"], unique=False)
    op.create_index(
        "matches_current",
        "matches",
        ["entry_id", "rule"],
        unique=True,
        sqlite_where=sa.text("current = 1"),
        postgresql_where=sa.text("current"),
    )
    op.create_table(
        "reads",
        sa.Column("entry_id", _ROW_ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("owed", sa.Boolean(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("kills", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_reads_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_reads")),
    )
    op.create_index("reads_due", "reads", ["owed", "next_at", "entry_id"], unique=False)
    op.create_index(
        "reads_leased",
        "reads",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("lease_until IS NOT NULL"),
        postgresql_where=sa.text("lease_until IS NOT NULL"),
    )
    op.create_table(
        "shingles",
        sa.Column("shingle", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_shingles_entry_id")),
        sa.PrimaryKeyConstraint("shingle", "entry_id", name=op.f("pk_shingles")),
        sqlite_with_rowid=False,
    )
    op.create_index("shingles_entry", "shingles", ["entry_id"], unique=False)
    op.create_table(
        "story_members",
        sa.Column("entry_id", _ROW_ID, nullable=False),
        sa.Column("story_id", _ROW_ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_story_members_entry_id")),
        sa.ForeignKeyConstraint(["story_id"], ["stories.id"], name=op.f("fk_story_members_story_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_story_members")),
    )
    op.create_index("story_members_story", "story_members", ["story_id"], unique=False)
    op.create_table(
        "url_keys",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("entry_id", _ROW_ID, nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_url_keys_entry_id")),
        sa.PrimaryKeyConstraint("key", "entry_id", name=op.f("pk_url_keys")),
        sqlite_with_rowid=False,
    )
    op.create_index("url_keys_entry", "url_keys", ["entry_id"], unique=False)
    op.create_table(
        "digest_items",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("entry_id", _ROW_ID, nullable=False),
        sa.Column("withdrawal", sa.Boolean(), nullable=False),
        sa.Column("decision_id", _ROW_ID, nullable=False),
        sa.Column("window_id", _ROW_ID, nullable=True),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name=op.f("fk_digest_items_decision_id")),
        sa.ForeignKeyConstraint(["entry_id"], ["entries.id"], name=op.f("fk_digest_items_entry_id")),
        sa.ForeignKeyConstraint(["window_id"], ["windows.id"], name=op.f("fk_digest_items_window_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_digest_items")),
        sqlite_autoincrement=True,
    )
    op.create_index("digest_items_decision", "digest_items", ["decision_id"], unique=False)
    op.create_index("digest_items_once", "digest_items", ["entry_id", "recipient", "digest", "withdrawal"], unique=True)
    op.create_index(
        "digest_items_pending",
        "digest_items",
        ["recipient", "digest"],
        unique=False,
        sqlite_where=sa.text("window_id IS NULL"),
        postgresql_where=sa.text("window_id IS NULL"),
    )
    op.create_index("digest_items_window", "digest_items", ["window_id"], unique=False)
