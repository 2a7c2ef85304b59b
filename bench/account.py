"""The books: every item of every feed is in the store, and every entry there has its text or the reason why not."""

from __future__ import annotations

import io
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.recordings import RecordedFeed
from monitor.feeds.identity import identify
from monitor.feeds.parse import FeedRefused, parse_feed
from monitor.model.news import Entry, EntryKey, TextSource

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HELD = """
    SELECT e.id, e.feed_id, e.url,
           (SELECT a.text_source FROM articles a WHERE a.entry_id = e.id ORDER BY a.revision DESC LIMIT 1),
           r.owed, r.outcome, r.detail, r.next_at, r.lease_until
    FROM entries e LEFT JOIN reads r ON r.entry_id = e.id ORDER BY e.id
"""
_STUCK = {
    "polls due": "SELECT count(*) FROM feeds WHERE NOT gone AND next_at <= :now",
    "polls leased": "SELECT count(*) FROM poll_leases",
    "pages due or leased": "SELECT count(*) FROM reads WHERE owed AND (next_at <= :now OR lease_until IS NOT NULL)",
    "alerts still held for a page": "SELECT count(*) FROM holds",
    "deliveries not final": "SELECT count(*) FROM deliveries WHERE state IN ('pending', 'leased')",
    "matched and not decided": """
        SELECT count(DISTINCT m.entry_id) FROM matches m JOIN entries e ON e.id = m.entry_id
        WHERE m.current AND e.decided IS NULL""",
}


@dataclass(frozen=True, slots=True)
class Held:
    """One entry of the store with what became of its page."""

    entry_id: int
    feed_id: str
    url: str | None
    text_source: str | None
    """Of the latest revision of its article."""
    owed: bool | None
    """Whether its page is still to be read; None: it never was."""
    outcome: str = ""
    """Of the last try at its page."""
    detail: str = ""
    next_at: datetime | None = None
    leased: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """One item as a parser found it in a feed."""

    title: str
    url: str | None
    keys: tuple[EntryKey, ...]


def disposition(held: Held, now: datetime) -> str:
    """What became of an entry: `read`, `full in the feed`, `no link`, `given up: REASON` or `put off: REASON`. Empty
    for one that nothing accounts for."""
    if held.text_source is None:
        return ""
    if held.owed is None:
        if TextSource(held.text_source).is_full:
            return "full in the feed"
        return "" if held.url else "no link"
    if held.owed:
        waits = held.outcome and not held.leased and held.next_at is not None and held.next_at > now
        return f"put off: {held.outcome}" if waits else ""
    if held.outcome == "read":
        return "read" if TextSource(held.text_source).is_full else ""
    return f"given up: {held.outcome}" if held.outcome else ""


def page_failures(dispositions: Iterable[str]) -> Counter[str]:
    """`page: REASON` of those given up or put off."""
    return Counter(f"page: {d.partition(': ')[2]}" for d in dispositions if ": " in d)


def item_of(guid: str | None, url: str | None, title: str) -> Item:
    """An item of a feed with the names by which the store must know it: its guid and its link or, where it has
    neither, its title."""
    return Item(title, url or None, identify(Entry(guid=guid or None, url=url or None, title=title)).keys)


def items(feed: RecordedFeed) -> list[Item]:
    """Every item that feedparser alone finds in a feed, and every one that the monitor's parser finds."""
    import feedparser

    theirs = feedparser.parse(io.BytesIO(feed.body)).entries
    found = [item_of(e.get("id"), e.get("link"), str(e.get("title", ""))) for e in theirs]
    try:
        ours = parse_feed(feed.body, feed.url, {}).entries
    except FeedRefused:
        ours = ()
    return found + [item_of(e.guid, e.url, e.title) for e in ours]


def lost(found: Iterable[Item], known: Collection[EntryKey], urls: Collection[str]) -> list[Item]:
    """Items that the store knows neither by a key nor as an entry with exactly that link (a link that differs in
    spelling alone within one feed is no key there)."""
    return [item for item in found if item.url not in urls and not any(key in known for key in item.keys)]


def held_entries(store: Path) -> list[Held]:
    """All entries of a store that nobody writes to."""
    with closing(_open(store)) as connection:
        return [_held(row) for row in connection.execute(_HELD)]


def stuck(store: Path, now: datetime) -> list[str]:
    """What should have ended and has not, in words; empty when all is well."""
    moment = {"now": (now - _EPOCH) // timedelta(microseconds=1)}
    with closing(_open(store)) as connection:
        counted = {what: connection.execute(query, moment).fetchone()[0] for what, query in _STUCK.items()}
    return [f"{count} {what}" for what, count in counted.items() if count]


def feed_failures(store: Path) -> Counter[str]:
    """`feed: REASON` of feeds whose last poll failed, and of those never polled."""
    query = "SELECT last_outcome FROM feeds WHERE NOT removed"
    with closing(_open(store)) as connection:
        outcomes = [row[0] or "never polled" for row in connection.execute(query)]
    return Counter(f"feed: {outcome}" for outcome in outcomes if outcome not in ("ok", "not-modified"))


def _open(store: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{store}?mode=ro", uri=True)


def _held(row: Sequence[object]) -> Held:
    entry_id, feed_id, url, source, owed, outcome, detail, next_at, lease_until = row
    return Held(
        entry_id=int(str(entry_id)),
        feed_id=str(feed_id),
        url=None if url is None else str(url),
        text_source=None if source is None else str(source),
        owed=None if owed is None else bool(owed),
        outcome=str(outcome or ""),
        detail=str(detail or ""),
        next_at=_EPOCH + timedelta(microseconds=next_at) if isinstance(next_at, int) else None,
        leased=lease_until is not None,
    )
