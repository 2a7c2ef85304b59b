"""What a feed may cost, and what the caller's headers may look like."""

from __future__ import annotations

import sys
import time

import pytest

from monitor.feeds.parse import FeedRefused, parse_feed
from monitor.feeds.tree import MAX_ENTRIES, MAX_FIELD

URL = "https://ledger.example/feed"


def rss(items: str) -> bytes:
    """A feed of these items."""
    return f"<rss version='2.0'><channel><title>T</title>{items}</channel></rss>".encode()


def test_a_huge_feed_gives_its_newest_by_date() -> None:
    """Of more entries than the cap the newest are read, whatever their order."""
    items = [
        f"<item><title>{n}</title><pubDate>2026-01-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}Z</pubDate></item>"
        for n in range(MAX_ENTRIES + 50)
    ]
    feed = parse_feed(rss("".join(items)), URL, {})
    numbers = {int(entry.title) for entry in feed.entries}
    assert numbers == set(range(50, MAX_ENTRIES + 50))


def test_a_huge_feed_without_dates_gives_its_first() -> None:
    """Feeds list the newest first."""
    items = "".join(f"<item><title>{n}</title></item>" for n in range(MAX_ENTRIES + 50))
    assert [int(e.title) for e in parse_feed(rss(items), URL, {}).entries] == list(range(MAX_ENTRIES))


@pytest.mark.parametrize("closing", ["</author>", ""], ids=["well-formed", "not well-formed"])
def test_an_endless_author_costs_nothing(closing: str) -> None:
    """The author of 100,000 characters that makes feedparser's pattern run for minutes is cut first."""
    began = time.monotonic()
    feed = parse_feed(rss(f"<item><title>A</title><author>{'a.' * 50_000}{closing}</item>"), URL, {})
    assert time.monotonic() - began < 2
    assert all(len(name) <= MAX_FIELD for name in feed.entries[0].authors)


def test_deep_nesting_is_refused() -> None:
    """Elements thousands deep are malice, and cost no stack."""
    deep = "<b>" * 50_000 + "</b>" * 50_000
    with pytest.raises(FeedRefused, match="256 deep"):
        parse_feed(rss(f"<item>{deep}</item>"), URL, {})


def test_deeply_nested_json_is_refused() -> None:
    """The same for JSON."""
    with pytest.raises(FeedRefused, match=r"nested too deeply|not"):
        parse_feed(b'{"items":' + b"[" * 200_000 + b"]" * 200_000 + b"}", URL, {})


def test_a_large_entity_used_often_is_refused() -> None:
    """Quadratic blow-up: one long entity and many references to it."""
    bomb = f'<!DOCTYPE rss [<!ENTITY a "{"x" * 50_000}">]>'.encode() + rss(
        f"<item><title>{'&a;' * 1_000}</title></item>"
    )
    with pytest.raises(FeedRefused, match="entity bomb"):
        parse_feed(bomb, URL, {})


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/xml; charset=",
        "text/xml; charset=nonsense",
        'text/xml; charset="utf-8"',
        "; ;;",
        "text/xml; charset=hex",
    ],
)
def test_odd_content_types_do_no_harm(content_type: str) -> None:
    """A charset that is none is passed over."""
    feed = parse_feed(rss("<item><title>Zürich</title></item>"), URL, {"Content-Type": content_type})
    assert feed.entries[0].title == "Zürich"


def test_parsing_again_gives_the_same() -> None:
    """Parsing keeps nothing from one document to the next."""
    body = rss("<item><title>A</title><guid>7</guid><link>a</link></item>")
    assert parse_feed(body, URL, {}) == parse_feed(body, URL, {})


def test_a_guid_does_not_change_with_the_feeds_address() -> None:
    """A guid is taken as it stands, not made absolute."""
    body = rss("<item><title>A</title><guid>story-7</guid></item>")
    there = parse_feed(body, "http://old.example/feed", {}).entries[0].guid
    assert there == parse_feed(body, URL, {}).entries[0].guid == "story-7"


def test_importing_the_parser_is_cheap() -> None:
    """feedparser and lxml are loaded by the first document, not by the import."""
    import subprocess

    code = "import sys, monitor.feeds.parse; print([m for m in ('feedparser', 'lxml') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
