"""Every case of tests/cases/feeds: input, description and expectation stand in one file.

A case is TOML: `description`; the document as `input` (a text, sent in `encoding`, its first line break dropped) or
`input_hex`; `repeat` puts a piece many times in the place of a mark, `replace` bytes (hex) in that of a character;
`content_type`, `headers`, `url` as served.
`[expect]` names what is compared; what it leaves out is free.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.feeds.parse import FeedRefused, parse_feed
from monitor.model.news import Entry, FeedHints, ParsedFeed

CASES = sorted((Path(__file__).parents[2] / "cases" / "feeds").glob("*.toml"))
URL = "https://ledger.example/feeds/world.rss"
Case = Mapping[str, Any]


def body_of(case: Case) -> bytes:
    """The document as bytes."""
    if "input_hex" in case:
        return bytes.fromhex(case["input_hex"])
    text = case["input"].removeprefix("\n")
    for mark, (piece, times) in case.get("repeat", {}).items():
        text = text.replace(mark, piece * times)
    encoding = case.get("encoding", "utf-8")
    body = bytes(text.encode(encoding))
    for character, raw in case.get("replace", {}).items():
        body = body.replace(character.encode(encoding), bytes.fromhex(raw))
    return body


def headers_of(case: Case) -> dict[str, str]:
    """The response's headers."""
    headers = dict(case.get("headers", {}))
    if "content_type" in case:
        headers["content-type"] = case["content_type"]
    return headers


def test_there_are_cases() -> None:
    """The folder of cases was found."""
    assert len(CASES) >= 40


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    """The document is read as its case says."""
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    assert case["description"]
    expect = dict(case["expect"])
    assert expect
    if "refused" in expect:
        with pytest.raises(FeedRefused) as refusal:
            parse_feed(body_of(case), case.get("url", URL), headers_of(case))
        assert expect["refused"] in refusal.value.reason
        assert refusal.value.not_a_feed is expect["not_a_feed"]
        return
    compare(parse_feed(body_of(case), case.get("url", URL), headers_of(case)), expect)


def compare(feed: ParsedFeed, expect: dict[str, Any]) -> None:
    """What the case names equals what was read."""
    if "at_least" in expect:
        titles = [entry.title for entry in feed.entries]
        assert titles[: len(expect["at_least"])] == expect.pop("at_least")
    if "entries" in expect:
        entries = expect.pop("entries")
        assert len(feed.entries) == len(entries)
        for entry, wanted in zip(feed.entries, entries, strict=True):
            compare_entry(entry, dict(wanted))
    if "hints" in expect:
        assert feed.hints == hints_of(expect.pop("hints"))
    if "last" in expect:
        assert feed.entries[-1].title == expect.pop("last")
    if "sitemaps" in expect:
        listed = expect.pop("sitemaps")
        assert [(s.url, s.changed_at) for s in feed.sitemaps] == [(s["url"], s.get("changed_at")) for s in listed]
    for name, value in expect.items():
        assert getattr(feed, name) == value, name


def compare_entry(entry: Entry, wanted: dict[str, Any]) -> None:
    """One entry, by the fields that are named."""
    for name, field in (("no_url", "url"), ("no_date", "published_at")):
        if wanted.pop(name, False):
            assert getattr(entry, field) is None
    for name, value in wanted.items():
        assert getattr(entry, name) == (tuple(value) if isinstance(value, list) else value), name


def hints_of(wanted: Mapping[str, Any]) -> FeedHints:
    """Hints from seconds and lists."""
    known = {field.name for field in dataclasses.fields(FeedHints)}
    assert set(wanted) <= known
    ttl, period = (timedelta(seconds=wanted[n]) if n in wanted else None for n in ("ttl", "update_period"))
    return FeedHints(ttl, period, tuple(wanted.get("skip_hours", ())), tuple(wanted.get("skip_days", ())))
