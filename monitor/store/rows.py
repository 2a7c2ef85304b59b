"""Records ⇄ rows: the one place that knows how a frozen type lies in its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from monitor.model.news import Article, Entry, Match, Prominence, Span, Validators
from monitor.model.settings import Endpoint, Feed, FeedAuth, SecretRef
from monitor.model.state import (
    ArticleRecord,
    DecisionRecord,
    EntryRecord,
    Episode,
    FeedState,
    MatchRecord,
    OwedRead,
)
from monitor.model.telling import Delivery, Payload, Window

AnyRow = Row[Any]


def feed_structure(feed: Feed) -> dict[str, Any]:
    """A configured feed as JSON can hold it: credentials by reference only."""
    return asdict(feed) | {"interval": None if feed.interval is None else feed.interval.total_seconds()}


def feed_of(structure: dict[str, Any]) -> Feed:
    values = dict(structure)
    interval, auth = values["interval"], values["auth"]
    values["interval"] = None if interval is None else timedelta(seconds=interval)
    values["auth"] = None if auth is None else FeedAuth(auth["kind"], SecretRef(**auth["secret"]), auth["name"])
    return Feed(**values)


def feed_state(row: AnyRow) -> FeedState:
    return FeedState(
        feed=feed_of(row.configured),
        url=row.url,
        next_at=row.next_at,
        fence=row.fence,
        validators=None if row.validators is None else Validators(**row.validators),
        body_hash=row.body_hash,
        last_polled_at=row.last_polled_at,
        last_success_at=row.last_success_at,
        last_new_at=row.last_new_at,
        last_outcome=row.last_outcome,
        last_detail=row.last_detail,
        failures=row.failures,
        failing_since=row.failing_since,
        seeded=row.seeded,
        gone=row.gone,
        title=row.title,
        format=row.format,
        format_entries=row.format_entries,
        promised=row.promised,
    )


def episode(row: AnyRow) -> Episode:
    return Episode(row.id, row.feed_id, row.kind, row.since, row.detail, row.cleared_at)


def entry_values(entry: Entry) -> dict[str, Any]:
    return {
        "guid": entry.guid,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "content": entry.content,
        "published_at": entry.published_at,
        "updated_at": entry.updated_at,
        "authors": entry.authors,
        "categories": entry.categories,
        "language": entry.language,
    }


def entry(row: AnyRow) -> Entry:
    return Entry(
        guid=row.guid,
        url=row.url,
        title=row.title,
        summary=row.summary,
        content=row.content,
        published_at=row.published_at,
        updated_at=row.updated_at,
        authors=tuple(row.authors),
        categories=tuple(row.categories),
        language=row.language,
    )


def entry_record(row: AnyRow) -> EntryRecord:
    return EntryRecord(row.id, row.feed_id, entry(row), row.seen_at, row.day_zero, row.decided, row.content_hash)


def article_values(article: Article) -> dict[str, Any]:
    return {
        "url": article.url,
        "canonical_url": article.canonical_url,
        "title": article.title,
        "text": article.text,
        "text_source": article.text_source,
        "author": article.author,
        "published_at": article.published_at,
        "language": article.language,
    }


def article_record(row: AnyRow) -> ArticleRecord:
    article = Article(
        url=row.url,
        canonical_url=row.canonical_url,
        title=row.title,
        text=row.text,
        text_source=row.text_source,
        author=row.author,
        published_at=row.published_at,
        language=row.language,
    )
    return ArticleRecord(row.entry_id, row.revision, article, row.at)


def spans_structure(spans: Sequence[Span]) -> list[list[Any]]:
    return [[s.field, s.start, s.end, s.text, s.term] for s in spans]


def match_record(row: AnyRow) -> MatchRecord:
    spans = tuple(Span(*span) for span in row.spans)
    match = Match(row.rule, row.version, Prominence(row.prominence), spans, row.why)
    return MatchRecord(row.entry_id, row.revision, row.stage, match, row.at)


def owed_read(owed: AnyRow, held: AnyRow) -> OwedRead:
    """From a row of `reads` and the row of its entry."""
    return OwedRead(
        entry_id=owed.entry_id,
        feed_id=held.feed_id,
        url=owed.url,
        entry=entry(held),
        attempts=owed.attempts,
        seen_at=held.seen_at,
        fence=owed.fence,
        kills=owed.kills,
    )


def decision_record(row: AnyRow) -> DecisionRecord:
    return DecisionRecord(
        id=row.id,
        entry_id=row.entry_id,
        story_id=row.story_id,
        recipient=row.recipient,
        action=row.action,
        reason=row.reason,
        rules=tuple(row.rules),
        priority=row.priority,
        prominence=row.prominence,
        stage=row.stage,
        headline_only=row.headline_only,
        at=row.at,
        ended=bool(row.ended),
    )


def window(row: AnyRow) -> Window:
    return Window(row.id, row.recipient, row.digest, row.local_date, row.start_at, row.end_at, row.merged_days)


def payload_values(payload: Payload) -> dict[str, Any]:
    return {
        "content_type": payload.content_type,
        "body": payload.body,
        "part": payload.part,
        "parts": payload.parts,
    }


def delivery(row: AnyRow) -> Delivery:
    frozen = None if row.body is None else Payload(row.content_type, bytes(row.body), row.part, row.parts)
    return Delivery(
        id=row.id,
        recipient=row.recipient,
        endpoint=Endpoint(row.channel, row.address),
        kind=row.kind,
        subject=row.subject,
        seq=row.seq,
        created_at=row.created_at,
        attempts=row.attempts,
        fence=row.fence,
        payload=frozen,
        last_error=row.last_error,
    )
