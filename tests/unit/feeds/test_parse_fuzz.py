"""Documents that no one wrote: cases cut, doubled, mixed and mutilated until the time is up.

`FUZZ_SECONDS` says how long (20 here, 600 under `make fuzz`), `FUZZ_SEED` where to begin (0 here).
"""

from __future__ import annotations

import itertools
import os
import time
import tomllib
from datetime import UTC
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from monitor.feeds.identity import ChangeKind, decide, identify_all
from monitor.feeds.parse import FeedRefused, parse_feed
from monitor.feeds.tree import MAX_ENTRIES
from monitor.model.news import ParsedFeed
from monitor.text.normal import clean

SECONDS = float(os.environ.get("FUZZ_SECONDS", "20"))
FIRST_SEED = int(os.environ.get("FUZZ_SEED", "0"))
URL = "https://ledger.example/feeds/world.rss"
SLOW = 3.0
"""Seconds of processor time for one document of at most `LARGEST` bytes."""
LARGEST = 20_000
A_ROUND = 100


def seeds() -> list[bytes]:
    """The documents of all cases."""
    found = []
    for path in sorted((Path(__file__).parents[2] / "cases" / "feeds").glob("*.toml")):
        case = tomllib.loads(path.read_text(encoding="utf-8"))
        if "input" in case:
            found.append(bytes(case["input"].strip().encode(case.get("encoding", "utf-8"))))
    return found


SEEDS = seeds()
PIECES = [
    *(b"<item>", b"</item>", b"<entry/>", b"<title>", b"</title>", b"<![CDATA[", b"]]>", b"<!--", b"-->", b"<?x"),
    *(b"?>", b"&", b"&amp;", b"&amp;lt;b&gt;", b"&#x110000;", b"&#0;", b"&#xD800;", b"&nbsp;", b"&e;", b"<", b">"),
    *(b'"', b"'", b"\x00", b"\xff", b"\xfe\xff", b"\xef\xbb\xbf", b"\xe2\x80", b"\xed\xa0\x80", b"\xe2\x80\xae"),
    *(b"\r", b"\x0b", b"\x85", b"<!DOCTYPE rss [<!ENTITY e 'x'>]>", b"<!DOCTYPE x SYSTEM 'file:///etc/passwd'>"),
    *(b"<?xml version='1.1'?>", b"<?xml encoding='utf-16'?>", b"<?xml version='1.0' encoding='ebcdic-cp-us'?>"),
    *(b"xmlns='urn:x'", b"xmlns:a='b'", b" xml:base='http://[::1'", b" xml:base='//a:b'", b" xml:lang='\xd7\xa2'"),
    *(b"<link>http://[</link>", b"<link href='x:/'/>", b"<author>", b"a.@" * 700),
    *(b"<author>" + b"a." * 3_000 + b"</author>", b"<pubDate>99 Foo 2026 99:99 +9999</pubDate>"),
    *(b"<pubDate>Mon, 31 Feb 0000 24:00:60 Z</pubDate>", b"<updated>9999-12-31T23:59:59-14:00</updated>"),
    *(b"<dc:date>", b"<content type='application/octet-stream'>AAAA</content>"),
    *(b"<content mode='base64'>!</content>", b"<svg>", b"<math>", b"<guid isPermaLink='true'>", b"<image>"),
    *(b"<textInput>", b"<source>", b"<media:content>", b"<itunes:owner>", b"<ttl>-1</ttl>"),
    *(b"<skipHours><hour>99</hour></skipHours>", b"<item>" * 40, b"<div>" * 300, b"</channel>", b"</rss>"),
    *(b"<entry>", b"</feed>", b'{"items":[', b'"id":1e999', b'"date_published":1', b"]}", b"null", b"\\ud800"),
    *(b'"content_html":"<p"', b"[" * 500),
]  # fmt: skip
CHARSETS = [
    "",
    "utf-8",
    "utf-16",
    "utf-7",
    "hex",
    "idna",
    "windows-1256",
    "shift_jis",
    "iso-2022-jp",
    "\x00",
    "é",
    "utf_8_sig",
]
HEADERS = st.builds(
    lambda kind, charset, place: {"content-type": f"{kind}; charset={charset}", "content-location": place},
    st.sampled_from(["text/xml", "application/rss+xml", "text/html", "image/png", ""]),
    st.sampled_from(CHARSETS),
    st.sampled_from(["", "/x", "http://[::1", "//", "https://b.example/"]),
)


@st.composite
def documents(draw: Any) -> bytes:
    """A case with a few things done to it."""
    body: bytes = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(0, 6))):
        at, end = sorted((draw(st.integers(0, len(body))), draw(st.integers(0, len(body)))))
        match draw(st.sampled_from(["insert", "cut", "double", "mix", "bytes", "end"])):
            case "insert":
                body = body[:at] + draw(st.sampled_from(PIECES)) + body[at:]
            case "cut":
                body = body[:at] + body[end:]
            case "double":
                body = body[:end] + body[at:]
            case "mix":
                body = body[:at] + draw(st.sampled_from(SEEDS))[at:]
            case "bytes":
                body = body[:at] + draw(st.binary(max_size=8)) + body[at:]
            case "end":
                body = body[:end]
    return body[:LARGEST]


def check(body: bytes, headers: dict[str, str]) -> None:
    """A document is read or refused with a reason, soon; what is read is clean, and the same by parts."""
    began = time.process_time()
    try:
        feed = parse_feed(body, URL, headers)
    except FeedRefused as refused:
        feed, reason = None, refused.reason
    assert feed is not None or len(reason) > 10
    assert time.process_time() - began < SLOW
    if feed is None:
        return
    check_clean(feed)
    assert {c.kind for c in decide(identify_all(feed.entries), {})} <= {ChangeKind.NEW}
    seen = frozenset(feed.fingerprints[::2])
    if seen:
        part = parse_feed(body, URL, headers, seen)
        pairs = zip(feed.entries, feed.fingerprints, strict=True)
        assert part.entries in (feed.entries, tuple(entry for entry, f in pairs if f not in seen))


def check_clean(feed: ParsedFeed) -> None:
    """What the rest of the program relies on."""
    assert len(feed.entries) <= MAX_ENTRIES
    assert feed.title == clean(feed.title)
    for entry in feed.entries:
        assert entry.title == clean(entry.title)
        assert entry.summary == clean(entry.summary, keep_lines=True)
        assert entry.content == clean(entry.content, keep_lines=True)
        assert entry.url is None or entry.url.startswith(("http://", "https://"))
        assert all(moment is None or moment.tzinfo is UTC for moment in (entry.published_at, entry.updated_at))
        for text in (entry.guid, entry.url, entry.language, *entry.authors, *entry.categories):
            assert text is None or text.encode("utf-8").isascii() in (True, False)


def test_no_document_harms() -> None:
    """Round after round, each with its own seed, until the time is up."""
    until = time.monotonic() + SECONDS
    quick = settings(
        max_examples=A_ROUND,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    for number in itertools.count(FIRST_SEED):
        seed(number)(quick(given(documents(), HEADERS)(check)))()
        if time.monotonic() > until:
            break
