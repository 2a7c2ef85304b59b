"""The books of a replay."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from bench.account import Held, Item, disposition, item_of, items, lost, page_failures
from bench.recordings import RecordedFeed

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
URL = "https://a.example/1"


def held(
    source: str | None = "summary",
    owed: bool | None = False,
    outcome: str = "",
    minutes: int = 10,
    leased: bool = False,
    url: str | None = URL,
) -> Held:
    return Held(1, "feed", url, source, owed, outcome, "", NOW + timedelta(minutes=minutes), leased)


@pytest.mark.parametrize(
    ("one", "fate"),
    [
        (held("page", outcome="read"), "read"),
        (held("feed-content", owed=None), "full in the feed"),
        (held("title", owed=None, url=None), "no link"),
        (held(outcome="not-found"), "given up: not-found"),
        (held(owed=True, outcome="unreadable"), "put off: unreadable"),
    ],
)
def test_an_entry_is_accounted_for(one: Held, fate: str) -> None:
    """Read, whole in its feed, without a page, or with the reason why its page was not read."""
    assert disposition(one, NOW) == fate


@pytest.mark.parametrize(
    "one",
    [
        held(None, owed=None),
        held("summary", owed=None),
        held("summary", outcome="read"),
        held(outcome=""),
        held(owed=True, outcome=""),
        held(owed=True, outcome="timeout", minutes=0),
        held(owed=True, outcome="timeout", leased=True),
    ],
    ids=["no text", "no read", "read to nothing", "no reason", "never tried", "due", "leased"],
)
def test_an_entry_that_nothing_accounts_for(one: Held) -> None:
    """Whatever should have ended and has not, or has ended without a reason."""
    assert disposition(one, NOW) == ""


def test_failures_are_counted_by_their_reason() -> None:
    """Given up and put off alike; what was read is none."""
    fates = ["read", "given up: not-found", "put off: not-found", "put off: timeout", "no link", "full in the feed"]
    assert page_failures(fates) == Counter({"page: not-found": 2, "page: timeout": 1})


def test_an_item_is_known_by_any_of_its_names() -> None:
    """By its guid, by its link in another spelling, by exactly its link; else it is lost."""
    one, other = item_of("g-1", URL, "One"), item_of("g-2", "https://b.example/2", "Two")
    same_page = item_of(None, "http://www.a.example/1?utm_source=x", "One")
    assert lost([one, other], one.keys, ()) == [other]
    assert lost([same_page], item_of(None, URL, "One").keys, ()) == []
    assert lost([other], (), {"https://b.example/2"}) == []


def test_an_item_without_names_is_known_by_its_title() -> None:
    """Nothing else is left of it."""
    bare = item_of(None, None, "A headline and nothing else")
    assert bare.keys
    assert lost([bare], (), {URL}) == [bare]
    assert lost([bare], bare.keys, ()) == []


def test_items_are_those_of_both_parsers() -> None:
    """What feedparser alone finds, then what the monitor finds."""
    body = b"""<rss version="2.0"><channel><title>T</title>
        <item><title>One</title><link>https://a.example/1</link><guid>g-1</guid></item>
        <item><title>Two</title></item></channel></rss>"""
    found = items(RecordedFeed("f", "f", body))
    assert [item.title for item in found] == ["One", "Two", "One", "Two"]
    assert found[0] == Item("One", URL, item_of("g-1", URL, "One").keys)


def test_a_document_that_is_no_feed_has_no_items() -> None:
    """It is the feed that failed, and is counted as such."""
    assert items(RecordedFeed("f", "f", b"<html><body>no feed</body></html>")) == []
