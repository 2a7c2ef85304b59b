"""Entries, their articles and matches, and alerts that wait (`ports.EntryTx`, with `reads_tx`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, exists, func, insert, select, true, update

from monitor.model.news import Article, EntryKey, Identified, KeyKind, Match, TextSource
from monitor.model.state import ArticleRecord, EntryRecord, KnownEntry, MatchRecord, MatchRow
from monitor.model.telling import Stage
from monitor.store import rows
from monitor.store.columns import storable
from monitor.store.prepared import Prepared, as_list, listed
from monitor.store.schema import articles, decisions, entries, entry_keys, holds, matches, story_members
from monitor.store.statements import Part, chunks, insert_new, put

_KNOWN = Prepared(
    select(entry_keys.c.key, entry_keys.c.entry_id, entries.c.content_hash)
    .join(entries, entries.c.id == entry_keys.c.entry_id)
    .where(
        entry_keys.c.feed_id == bindparam("b_feed"),
        entry_keys.c.kind == bindparam("b_kind"),
        entry_keys.c.key.in_(listed("b_keys")),
    )
)
_ADD_ENTRY = Prepared(
    insert(entries).returning(entries.c.id),
    (*rows.ENTRY_COLUMNS, "feed_id", "content_hash", "seen_at", "day_zero"),
)
_ADD_KEYS = Prepared(insert_new(entry_keys, "feed_id", "kind", "key"), ("feed_id", "entry_id", "kind", "key"))
_ENTRY = select(entries).where(entries.c.id == bindparam("b_id"))
_latest = select(articles).where(articles.c.entry_id == bindparam("b_id")).order_by(articles.c.revision.desc()).limit(1)
_LATEST = Prepared(_latest)
_REVISION = Prepared(_latest.where(articles.c.revision == bindparam("b_revision")))
_ADD_ARTICLE = Prepared(insert(articles), (*rows.ARTICLE_COLUMNS, "entry_id", "revision", "at"))
_SUPERSEDE = Prepared(
    update(matches)
    .where(matches.c.entry_id == bindparam("b_id"), matches.c.current == true())
    .values(current=False, superseded_at=bindparam("b_at"))
)
_ADD_MATCHES = insert(matches)
_MATCHES = (
    select(matches).where(matches.c.entry_id == bindparam("b_id"), matches.c.current == true()).order_by(matches.c.rule)
)
_HOLD = put(holds, "entry_id")
_HELD = Prepared(select(holds.c.decide_at).where(holds.c.entry_id == bindparam("b_id")))


class EntriesTx(Part):
    def known(self, feed_id: str, keys: Collection[EntryKey]) -> dict[EntryKey, KnownEntry]:
        found: dict[EntryKey, KnownEntry] = {}
        for kind in KeyKind:
            asked = {storable(key.key): key for key in keys if key.kind is kind}
            for some in chunks(asked):
                params = {"b_feed": feed_id, "b_kind": kind, "b_keys": as_list(some)}
                for row in self._rows(_KNOWN, params):
                    found[asked[row.key]] = KnownEntry(row.entry_id, row.content_hash)
        return found

    def add_entry(self, feed_id: str, identified: Identified, seen_at: datetime, day_zero: bool) -> int:
        values = rows.entry_values(identified.entry) | {
            "feed_id": feed_id,
            "content_hash": identified.content_hash,
            "seen_at": seen_at,
            "day_zero": day_zero,
        }
        entry_id: int = self._rows(_ADD_ENTRY, values)[0].id
        self.add_keys(feed_id, entry_id, identified.keys)
        return entry_id

    def add_keys(self, feed_id: str, entry_id: int, keys: Collection[EntryKey]) -> None:
        values = [{"feed_id": feed_id, "entry_id": entry_id, "kind": k.kind, "key": k.key} for k in keys]
        if values:
            self._run_many(_ADD_KEYS, values)

    def revise_entry(self, entry_id: int, identified: Identified, at: datetime) -> None:
        """The entry as it reads now, with its new keys; what it said before stands in its article's revisions."""
        values = rows.entry_values(identified.entry) | {"content_hash": identified.content_hash, "revised_at": at}
        revised = update(entries).where(entries.c.id == entry_id).values(values).returning(entries.c.feed_id)
        self.add_keys(self._c.execute(revised).scalar_one(), entry_id, identified.keys)

    def entry(self, entry_id: int) -> EntryRecord | None:
        row = self._c.execute(_ENTRY, {"b_id": entry_id}).one_or_none()
        return None if row is None else rows.entry_record(row)

    def entries_seen(self, since: datetime, until: datetime) -> int:
        """How many were first seen in [since, until)."""
        counted = select(func.count()).where(entries.c.seen_at >= since, entries.c.seen_at < until)
        return self._c.execute(counted).scalar_one()

    def entries_read(self, since: datetime, until: datetime) -> int:
        full = [source for source in TextSource if source.is_full]
        whole = exists().where(articles.c.entry_id == entries.c.id, articles.c.text_source.in_(full))
        seen = (entries.c.seen_at >= since, entries.c.seen_at < until)
        return self._c.execute(select(func.count()).where(*seen, whole)).scalar_one()

    def recent_entries(self, since: datetime) -> list[int]:
        has_article = exists().where(articles.c.entry_id == entries.c.id)
        recent = select(entries.c.id).where(entries.c.seen_at >= since, has_article)
        return list(self._c.execute(recent.order_by(entries.c.seen_at, entries.c.id)).scalars())

    def add_article(self, entry_id: int, article: Article, at: datetime) -> int:
        latest = self.article(entry_id)
        if latest is not None and _reads_the_same(latest.article, article):
            return latest.revision
        revision = 1 if latest is None else latest.revision + 1
        identity = {"entry_id": entry_id, "revision": revision, "at": at}
        self._run(_ADD_ARTICLE, rows.article_values(article) | identity)
        return revision

    def article(self, entry_id: int, revision: int | None = None) -> ArticleRecord | None:
        wanted = _LATEST if revision is None else _REVISION
        row = self._first(wanted, {"b_id": entry_id, "b_revision": revision})
        return None if row is None else rows.article_record(row)

    def put_matches(self, entry_id: int, revision: int, stage: Stage, matches: Sequence[Match], at: datetime) -> None:
        self._run(_SUPERSEDE, {"b_id": entry_id, "b_at": at})
        values = [_match_values(entry_id, revision, stage, match, at) for match in matches]
        if values:
            self._c.execute(_ADD_MATCHES, values)

    def matches(self, entry_id: int) -> list[MatchRecord]:
        return [rows.match_record(row) for row in self._c.execute(_MATCHES, {"b_id": entry_id})]

    def match_rows(
        self,
        since: datetime | None = None,
        rule: str | None = None,
        feed: str | None = None,
        limit: int = 100,
        prominence: str | None = None,
    ) -> list[MatchRow]:
        filters = [
            (matches.c.at, since),
            (matches.c.rule, rule),
            (entries.c.feed_id, feed),
            (matches.c.prominence, prominence),
        ]
        wanted = _match_lines()
        for column, value in filters:
            if value is not None:
                wanted = wanted.where(column >= value if column is matches.c.at else column == value)
        found = self._c.execute(wanted.limit(limit)).all()
        told = self._told_by_entry({row.entry_id for row in found})
        return [_match_row(row, told.get(row.entry_id, [])) for row in found]

    def _told_by_entry(self, entry_ids: Collection[int]) -> dict[int, list[Any]]:
        told: dict[int, list[Any]] = {}
        for some in chunks(entry_ids):
            wanted = select(decisions).where(decisions.c.entry_id.in_(some)).order_by(decisions.c.id)
            for row in self._c.execute(wanted):
                told.setdefault(row.entry_id, []).append(row)
        return told

    def matched_entries(self, since: datetime, until: datetime, rules: Collection[str] | None = None) -> list[int]:
        """Oldest first."""
        current = select(matches.c.entry_id).where(matches.c.current == true())
        if rules is not None:
            current = current.where(matches.c.rule.in_(list(rules)))
        seen = select(entries.c.id).where(entries.c.seen_at >= since, entries.c.seen_at < until)
        wanted = seen.where(entries.c.id.in_(current)).order_by(entries.c.seen_at, entries.c.id)
        return list(self._c.execute(wanted).scalars())

    def hold(self, entry_id: int, decide_at: datetime) -> None:
        self._c.execute(_HOLD, {"entry_id": entry_id, "decide_at": decide_at})

    def held(self, entry_id: int) -> datetime | None:
        row = self._first(_HELD, {"b_id": entry_id})
        return None if row is None else row.decide_at

    def due_holds(self, now: datetime, limit: int) -> list[int]:
        """Longest due first."""
        due = select(holds.c.entry_id).where(holds.c.decide_at <= now)
        return list(self._c.execute(due.order_by(holds.c.decide_at, holds.c.entry_id).limit(limit)).scalars())

    def drop_hold(self, entry_id: int) -> None:
        self._c.execute(holds.delete().where(holds.c.entry_id == entry_id))

    def all_holds(self) -> list[int]:
        """Longest due first."""
        return list(self._c.execute(select(holds.c.entry_id).order_by(holds.c.decide_at, holds.c.entry_id)).scalars())

    def mark_decided(self, entry_id: int, stage: Stage) -> None:
        self._c.execute(update(entries).where(entries.c.id == entry_id).values(decided=stage))


def _reads_the_same(held: Article, article: Article) -> bool:
    return (held.title, held.text, held.text_source) == (
        storable(article.title),
        storable(article.text),
        article.text_source,
    )


def _match_values(entry_id: int, revision: int, stage: Stage, match: Match, at: datetime) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "rule": match.rule,
        "version": match.version,
        "revision": revision,
        "stage": stage,
        "prominence": match.prominence.value,
        "spans": rows.spans_structure(match.spans),
        "why": match.why,
        "at": at,
        "current": True,
    }


def _match_lines() -> Select[Any]:
    """Current matches with all that one line about them says, newest first."""
    return (
        select(
            matches,
            entries.c.feed_id,
            entries.c.title,
            entries.c.url,
            entries.c.summary,
            articles.c.text_source,
            story_members.c.story_id,
        )
        .join(entries, entries.c.id == matches.c.entry_id)
        .outerjoin(articles, (articles.c.entry_id == matches.c.entry_id) & (articles.c.revision == matches.c.revision))
        .outerjoin(story_members, story_members.c.entry_id == matches.c.entry_id)
        .where(matches.c.current == true())
        .order_by(matches.c.at.desc(), matches.c.id.desc())
    )


def _match_row(row: Any, told: Sequence[Any]) -> MatchRow:
    from_feed = TextSource.SUMMARY if row.summary else TextSource.TITLE
    return MatchRow(
        at=row.at,
        rule=row.rule,
        prominence=row.prominence,
        entry_id=row.entry_id,
        story_id=row.story_id,
        feed_id=row.feed_id,
        title=row.title,
        url=row.url,
        text_source=row.text_source or from_feed,
        terms=tuple(dict.fromkeys(term for *_, term in row.spans)),
        told=tuple(f"{d.recipient}: {d.action} ({d.reason})" for d in told if row.rule in d.rules),
    )
