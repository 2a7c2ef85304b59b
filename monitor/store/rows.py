"""Records ⇄ rows: the one place that knows how a frozen type lies in its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from monitor.model.news import Article, Entry, FeedHints, Match, Prominence, Span, Validators
from monitor.model.pace import Moving, Rhythm
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
    durations = {"interval": _seconds(feed.interval), "drop_validators": _seconds(feed.drop_validators)}
    return asdict(feed) | durations


def feed_of(structure: dict[str, Any]) -> Feed:
    values = dict(structure)
    auth = values["auth"]
    values["interval"] = _duration(values["interval"])
    values["drop_validators"] = _duration(values.get("drop_validators"))
    values["auth"] = None if auth is None else FeedAuth(auth["kind"], SecretRef(**auth["secret"]), auth["name"])
    return Feed(**values)


def feed_state(row: AnyRow, fence: int = 0) -> FeedState:
    return FeedState(
        feed=feed_of(row.configured),
        url=row.url,
        next_at=row.next_at,
        fence=fence,
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
        hints=_hints(row.hints),
        rhythm=_rhythm(row.rhythm),
        moving=_moving(row.moving),
        merged_into=row.merged_into,
        catch_up=row.catch_up,
        body_at=row.body_at,
    )


def _seconds(length: timedelta | None) -> float | None:
    return None if length is None else length.total_seconds()


def _duration(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def hints_structure(hints: FeedHints) -> list[Any]:
    return [_seconds(hints.ttl), _seconds(hints.update_period), hints.skip_hours, hints.skip_days]


def _hints(held: list[Any] | None) -> FeedHints:
    if held is None:
        return FeedHints()
    ttl, period, hours, days = held
    return FeedHints(_duration(ttl), _duration(period), tuple(hours), tuple(days))


def moving_structure(moving: Moving) -> list[Any]:
    return [moving.to, moving.since.isoformat(), moving.polls, moving.parsed]


def _moving(held: list[Any] | None) -> Moving | None:
    return None if held is None else Moving(held[0], datetime.fromisoformat(held[1]), held[2], held[3])


def rhythm_structure(rhythm: Rhythm) -> dict[str, Any]:
    """Four digits of each number: more would be false precision, and there are a hundred of them a feed."""
    return {
        "as_of": rhythm.as_of.isoformat(),
        "days": [_short(rhythm.days), _short(rhythm.days_squared)],
        "slots": _all_short(rhythm.slots),
        "slot_squares": _all_short(rhythm.slot_squares),
        "weekdays": _all_short(rhythm.weekdays),
        "weekday_squares": _all_short(rhythm.weekday_squares),
        "batches": _short(rhythm.batches),
        "came": _all_short(rhythm.came),
        "expected": _all_short(rhythm.expected),
        "hours": _all_short(rhythm.hours),
        "last_at": rhythm.last_at.isoformat() if rhythm.last_at else None,
        "longest": _seconds(rhythm.longest),
        "sums": [_short(rhythm.slot_sum), _short(rhythm.day_sum)],
        "scale": [rhythm.scale, *rhythm.scale_for],
    }


def _short(number: float) -> float | int:
    short = float(f"{number:.4g}")
    return int(short) if short.is_integer() else short


def _all_short(numbers: Sequence[float]) -> list[float | int]:
    return [_short(number) for number in numbers]


def _rhythm(held: dict[str, Any] | None) -> Rhythm | None:
    if held is None:
        return None
    return Rhythm(
        as_of=datetime.fromisoformat(held["as_of"]),
        days=held["days"][0],
        days_squared=held["days"][1],
        slots=tuple(held["slots"]),
        slot_squares=tuple(held["slot_squares"]),
        weekdays=tuple(held["weekdays"]),
        weekday_squares=tuple(held["weekday_squares"]),
        batches=held["batches"],
        came=tuple(held["came"]),
        expected=tuple(held["expected"]),
        hours=tuple(held["hours"]),
        last_at=datetime.fromisoformat(held["last_at"]) if held["last_at"] else None,
        longest=timedelta(seconds=held["longest"]),
        slot_sum=held["sums"][0],
        day_sum=held["sums"][1],
        scale=held["scale"][0],
        scale_for=(held["scale"][1], held["scale"][2], held["scale"][3]),
    )


def episode(row: AnyRow) -> Episode:
    return Episode(row.id, row.feed_id, row.kind, row.since, row.detail, row.cleared_at)


ENTRY_COLUMNS = (
    *("guid", "url", "title", "summary", "content", "published_at", "updated_at", "authors", "categories"),
    "language",
)
"""Those that `entry_values` sets."""
ARTICLE_COLUMNS = (*("url", "canonical_url", "title", "text", "text_source", "author", "published_at", "language"),)
"""Those that `article_values` sets."""


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
