"""Messages as typed JSON: `{type, timestamp, data}` with `data.schema`, as schema/webhook-1.json has it. Pure.

An alert stays under 20 kB (sources and spans are cut, with their totals told); a larger digest goes in numbered parts,
each under 20 kB and each naming the digest, its window and the part it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from monitor.digest import view
from monitor.digest.clean import clip, language_tag, one_line, web_link
from monitor.digest.extract import Excerpt
from monitor.digest.gloss import gloss
from monitor.digest.page import reader_of
from monitor.model.news import Span
from monitor.model.telling import (
    Alarm,
    Coverage,
    DigestBody,
    Evidence,
    FeedTrouble,
    Item,
    Message,
    RuleCount,
    Source,
    Withdrawn,
)

SCHEMA = "1"
LIMIT = 20_000
"""Bytes of one payload (Standard Webhooks recommends at most 20 kB)."""

_ROOM = 12_000
"""Bytes of one story inside a part: the head of the digest always fits beside it."""

_TITLE, _NAME, _DETAIL = 300, 100, 400
_CUTS = ((50, 20), (20, 10), (8, 4), (3, 2), (1, 1))
"""Sources and spans (a rule) kept, tried in this order until the story fits."""

Json = dict[str, Any]
"""What `json.dumps` takes: the one place where a message is no dataclass."""


def render_json(message: Message, limit: int | None = LIMIT) -> tuple[bytes, ...]:
    """The payload, or the numbered parts of a digest, UTF-8 and compact; `limit` None is one whole part."""
    return tuple(_encode(_envelope(message, data)) for data in _data(message, limit))


def webhook_schema() -> Json:
    """The published JSON Schema of every payload (draft 2020-12)."""
    loaded: Json = json.loads(files("monitor.digest").joinpath("schema/webhook-1.json").read_text("utf-8"))
    return loaded


def _encode(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _envelope(message: Message, data: Json) -> Json:
    recipient = {"id": message.recipient, "name": one_line(message.recipient_name)}
    return {
        "type": message.kind.event,
        "timestamp": _time(message.at),
        "data": {"schema": SCHEMA, "recipient": recipient, **data},
    }


def _data(message: Message, limit: int | None) -> Iterator[Json]:
    if message.digest is not None:
        yield from _digest(message, message.digest, limit)
    elif message.item is not None:
        room = None if limit is None else limit - len(_encode(_envelope(message, {"reason": _reason(message)}))) - 40
        yield {"reason": _reason(message), "story": story_json(message.item, message, room)}
    elif message.alarm is not None:
        yield {"alarm": _alarm(message.alarm)}
    else:
        yield {}


def _reason(message: Message) -> str:
    return clip(message.reason, _TITLE)


def _time(at: datetime | None) -> str | None:
    """RFC 3339 in UTC with `Z`, whole seconds."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at else None


def story_json(item: Item, message: Message, room: int | None) -> Json:
    """One story in at most `room` bytes (None: whole)."""
    if room is None:
        return _story(item, message, len(item.sources), max((len(e.match.spans) for e in item.evidence), default=0))
    cut = (_story(item, message, sources, spans) for sources, spans in _CUTS)
    last = {}
    for last in cut:
        if len(_encode(last)) <= room:
            return last
    return {**last, "evidence": last["evidence"][:3], "rules": last["rules"][:10]}


def _story(item: Item, message: Message, sources: int, spans: int) -> Json:
    excerpt = view.excerpt_of(item)
    return {
        "id": item.story_id,
        "title": clip(item.title, _TITLE),
        "url": next((link for s in (view.main_source(item),) if s and (link := web_link(s.url))), None),
        "language": language_tag(item.language),
        "priority": item.priority.value,
        "prominence": item.prominence.value,
        "rules": [_rule(e) for e in item.evidence],
        "headline_only": item.headline_only,
        "late": item.late,
        "day_zero": item.day_zero,
        "first_at": _time(item.first_at),
        "alerted_at": _time(item.alerted_at),
        "excerpt": _excerpt(excerpt) if excerpt.text else None,
        "why": clip(view.why(item), _DETAIL),
        "gloss": gloss(item, message.languages) or None,
        "evidence": [_evidence(e, spans) for e in item.evidence],
        "evidence_total": len(item.evidence),
        "outlets": len(view.outlets(item)),
        "origins": item.origins,
        "sources": [_source(s) for s in item.sources[:sources]],
        "sources_total": len(item.sources),
    }


def _rule(evidence: Evidence) -> Json:
    return {"id": clip(evidence.match.rule, _NAME), "name": clip(evidence.rule_name, _NAME)}


def _excerpt(excerpt: Excerpt) -> Json:
    return {"text": excerpt.text, "marks": [list(m) for m in excerpt.marks]}


def _evidence(evidence: Evidence, spans: int) -> Json:
    match = evidence.match
    return {
        "rule": clip(match.rule, _NAME),
        "version": clip(match.version, _NAME),
        "prominence": match.prominence.value,
        "why": clip(match.why, _NAME),
        "spans": [_span(s) for s in match.spans[:spans]],
        "spans_total": len(match.spans),
    }


def _span(span: Span) -> Json:
    words = {"text": clip(span.text, _NAME), "term": clip(span.term, _NAME)}
    return {"field": span.field, "start": span.start, "end": span.end, **words}


def _source(source: Source) -> Json:
    return {
        "feed": clip(source.feed, _NAME),
        "outlet": clip(source.outlet, _NAME),
        "title": clip(source.title, _TITLE),
        "url": web_link(source.url),
        "published_at": _time(source.published_at),
        "seen_at": _time(source.seen_at),
        "text_source": source.text_source,
        "language": language_tag(source.language),
    }


def _alarm(alarm: Alarm) -> Json:
    return {
        "id": alarm.episode_id,
        "title": clip(alarm.title, _TITLE),
        "detail": clip(alarm.detail, _DETAIL),
        "remedy": clip(alarm.remedy, _DETAIL),
        "since": _time(alarm.since),
        "cleared_at": _time(alarm.cleared_at),
    }


_SECTIONS = ("stories", "mentions", "day_zero", "withdrawn", "held", "quiet", "troubles")


def _digest(message: Message, body: DigestBody, limit: int | None) -> Iterator[Json]:
    """The digest in as few parts as hold it: its head in each, its sections filled in order."""
    head = _head(message, body)
    room = None if limit is None else limit - len(_encode(_envelope(message, _part(head, (), 9999, 9999))))
    parts = list(_packed(_units(message, body, room), room))
    for number, units in enumerate(parts, 1):
        yield _part(head, units, number, len(parts))


def _head(message: Message, body: DigestBody) -> Json:
    return {
        "digest": {"id": clip(body.digest, _NAME), "name": clip(body.name, _NAME)},
        "window": {
            "id": body.window_id,
            "start_at": _time(body.start_at),
            "end_at": _time(body.end_at),
            "local_date": body.local_date.isoformat(),
            "timezone": message.timezone,
            "merged_days": body.merged_days,
        },
        "totals": {section: len(things) for section, things in _things(body).items()},
        "coverage": _coverage(body.coverage, message),
    }


def _things(body: DigestBody) -> Mapping[str, Sequence[Any]]:
    return dict(
        zip(
            _SECTIONS,
            (body.items, body.mentions, body.day_zero, body.withdrawn, body.held, body.quiet, body.coverage.troubles),
            strict=True,
        )
    )


def _coverage(coverage: Coverage, message: Message) -> Json:
    return {
        "feeds": coverage.feeds,
        "feeds_checked": coverage.feeds_checked,
        "entries": coverage.entries,
        "read": coverage.read,
        "matched": coverage.matched,
        "without_full_text": coverage.without_full_text,
        "unread": coverage.unread,
        "oldest_unread_at": _time(coverage.oldest_unread_at),
        "statement": " ".join(view.coverage_lines(coverage, reader_of(message))),
    }


def _units(message: Message, body: DigestBody, room: int | None) -> Iterator[tuple[str, Json]]:
    budget = None if room is None else min(room, _ROOM)
    shown: Mapping[str, Callable[[Any], Json]] = {
        "stories": lambda item: {
            "status": view.label(item, body.start_at).lower(),
            **story_json(item, message, budget),
        },
        "mentions": lambda item: story_json(item, message, budget),
        "day_zero": lambda item: story_json(item, message, budget),
        "withdrawn": _withdrawn,
        "held": lambda pair: {"reason": clip(pair[0], _TITLE), "count": pair[1]},
        "quiet": _quiet,
        "troubles": _trouble,
    }
    for section, things in _things(body).items():
        yield from ((section, shown[section](thing)) for thing in things)


def _withdrawn(gone: Withdrawn) -> Json:
    return {
        "story_id": gone.story_id,
        "title": clip(gone.title, _TITLE),
        "url": web_link(gone.url),
        "alerted_at": _time(gone.alerted_at),
        "rules": [clip(r, _NAME) for r in gone.rules[:20]],
        "reason": clip(gone.reason, _TITLE),
    }


def _quiet(count: RuleCount) -> Json:
    named = {"rule": clip(count.rule, _NAME), "name": clip(count.name, _NAME)}
    return {**named, "matched": count.matched, "usual": None if count.usual is None else round(count.usual, 2)}


def _trouble(trouble: FeedTrouble) -> Json:
    return {
        "feed": clip(trouble.feed, _NAME),
        "name": clip(trouble.name, _NAME),
        "what": clip(trouble.what, _NAME),
        "since": _time(trouble.since),
        "detail": clip(trouble.detail, _DETAIL),
    }


def _packed(units: Iterator[tuple[str, Json]], room: int | None) -> Iterator[list[tuple[str, Json]]]:
    """Greedily, in order; one part at least."""
    part: list[tuple[str, Json]] = []
    used = 0
    for section, unit in units:
        size = len(_encode(unit)) + 1
        if part and room is not None and used + size > room:
            yield part
            part, used = [], 0
        part.append((section, unit))
        used += size
    yield part


def _part(head: Json, units: Sequence[tuple[str, Json]], part: int, parts: int) -> Json:
    sections = {name: [unit for section, unit in units if section == name] for name in _SECTIONS}
    return {"part": part, "parts": parts, **head, **sections}
