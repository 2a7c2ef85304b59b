"""Made-up feeds, entries, matches and decisions to fill a store with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from monitor.model.news import (
    Article,
    Entry,
    EntryKey,
    FetchOutcome,
    Identified,
    KeyKind,
    Match,
    Prominence,
    Span,
    TextSource,
    Validators,
)
from monitor.model.settings import Endpoint, Feed, Priority
from monitor.model.state import Cause, FeedState, PollResult
from monitor.model.telling import Action, Decision, DeliveryKind, Payload, Reason, Stage
from monitor.ports import Tx

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LEASE = NOW + 5 * MINUTE
MAIL = Endpoint("mail", "desk@example.org")
HOOK = Endpoint("hook", "https://desk.example.org/in")


def feed(feed_id: str = "harbour", url: str = "") -> Feed:
    return Feed(feed_id, url or f"https://{feed_id}.example.org/news.rss", feed_id.title())


def polled(state: FeedState, at: datetime = NOW, **changes: object) -> PollResult:
    """A poll that went well, under the fence of `state`."""
    values: dict[str, object] = {
        "feed_id": state.feed.id,
        "fence": state.fence,
        "at": at,
        "outcome": FetchOutcome.OK,
        "detail": "3 entries",
        "url": state.url,
        "validators": Validators(state.url, '"v1"', None),
        "body_hash": "b1",
        "next_at": at + HOUR,
        "failures": 0,
        "failing_since": None,
        "gone": False,
        "seeded": True,
        "new": 3,
        "revised": 1,
        "elapsed": timedelta(milliseconds=250),
        "title": "Harbour News",
        "format": "rss20",
        "format_entries": 3,
    }
    return PollResult(**(values | changes))  # type: ignore[arg-type]  # the names are those above


def identified(name: str, title: str = "", host: str = "harbour.example.org") -> Identified:
    """An entry with a guid, a link and a content hash of its own."""
    url = f"https://{host}/{name}"
    entry = Entry(f"guid-{name}", url, title or f"Ferry {name} delayed", "A summary.", authors=("A. Writer",))
    keys = (EntryKey(KeyKind.GUID, f"guid-{name}"), EntryKey(KeyKind.LINK, url))
    return Identified(entry, keys, f"hash-{name}-{title}")


def article(text: str = "The ferry stayed in port.", source: TextSource = TextSource.PAGE) -> Article:
    return Article("https://harbour.example.org/1", None, "Ferry delayed", text, source, language="en")


def match(rule: str = "ferries", prominence: Prominence = Prominence.SUBJECT) -> Match:
    return Match(rule, "v1", prominence, (Span("title", 0, 5, "Ferry", "ferry"),), "in the title")


def decision(
    action: Action = Action.ALERT,
    reason: Reason = Reason.FIRST,
    recipient: str = "desk",
    rules: Sequence[str] = ("ferries",),
    priority: Priority = Priority.NORMAL,
    digests: Sequence[str] = ("daily",),
) -> Decision:
    return Decision(recipient, action, reason, tuple(rules), priority, Prominence.SUBJECT, Stage.FULL, tuple(digests))


def payload(body: bytes = b"{}", part: int = 1, parts: int = 1) -> Payload:
    return Payload("application/json", body, part, parts)


def add_entry(tx: Tx, name: str = "1", seen_at: datetime = NOW, feed_id: str = "harbour", host: str = "") -> int:
    """An entry of a feed that is made where it is missing."""
    if tx.feed_state(feed_id) is None:
        tx.sync_feeds([state.feed for state in tx.feed_states()] + [feed(feed_id)], NOW)
    return tx.add_entry(feed_id, identified(name, host=host or "harbour.example.org"), seen_at, False)


def begin_story(tx: Tx, name: str = "1") -> tuple[int, int]:
    """A new entry in a story of its own: (entry id, story id)."""
    entry_id = add_entry(tx, name)
    return entry_id, tx.begin_story(entry_id, NOW)


def alert(
    tx: Tx,
    entry_id: int,
    story_id: int,
    delivery_id: str,
    made: Decision | None = None,
    endpoint: Endpoint = MAIL,
    at: datetime = NOW,
    kind: DeliveryKind = DeliveryKind.ALERT,
) -> int:
    """A decision to alert with one delivery owed because of it; returns the decision's id."""
    made = made or decision()
    decision_id = tx.add_decision(entry_id, story_id, made, at)
    seq = tx.next_seq(made.recipient, kind, str(story_id))
    cause = Cause(story_id=story_id, decision_id=decision_id)
    assert tx.add_delivery(delivery_id, made.recipient, endpoint, kind, str(story_id), seq, at, cause, made.rules)
    return decision_id
