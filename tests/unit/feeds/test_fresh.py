"""Only what is new is parsed, and what comes out is what the whole document would have given."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feeds.fresh import outline_of
from monitor.feeds.parse import parse_feed
from monitor.feeds.tree import MAX_ENTRIES
from monitor.model.news import ParsedFeed

URL = "https://ledger.example/feeds/world.rss"


def rss(items: str, head: str = "<title>The Ledger</title><language>en</language>", root: str = "") -> bytes:
    """An RSS 2.0 feed of these items."""
    return f"<rss version='2.0'{root}><channel>{head}{items}</channel></rss>".encode()


def item(number: int, extra: str = "") -> str:
    """One item."""
    link = f"https://ledger.example/{number}"
    return f"<item><title>Story {number}</title><link>{link}</link><guid>{number}</guid>{extra}</item>"


def split(body: bytes, keep: set[int], headers: dict[str, str] | None = None) -> tuple[ParsedFeed, ParsedFeed]:
    """The whole document read, and the same with all but the items `keep` seen before."""
    whole = parse_feed(body, URL, headers or {})
    seen = {f for n, f in enumerate(whole.fingerprints) if n not in keep}
    return whole, parse_feed(body, URL, headers or {}, seen)


def titles(feed: ParsedFeed) -> list[str]:
    """The titles of what was read."""
    return [entry.title for entry in feed.entries]


def test_seen_items_are_left_out() -> None:
    """Of three items the one not seen before is read, and the others are named."""
    whole, new = split(rss(item(1) + item(2) + item(3)), {1})
    assert titles(new) == ["Story 2"]
    assert new.fingerprints == whole.fingerprints[1:2]
    assert new.seen == (whole.fingerprints[0], whole.fingerprints[2])
    assert (new.title, new.language, new.format, new.hints) == ("The Ledger", "en", "rss20", whole.hints)
    assert whole.count == new.count == 3


def test_nothing_new_gives_no_entries_but_the_feed() -> None:
    """A document that changed around its items gives its title and no entry."""
    whole, new = split(rss(item(1) + item(2)), set())
    assert (new.entries, new.title, new.count) == ((), whole.title, 2)


def test_an_edited_item_is_new() -> None:
    """One changed letter is another fingerprint."""
    before = parse_feed(rss(item(1) + item(2)), URL, {})
    after = parse_feed(rss(item(1) + item(2).replace("Story", "Storm")), URL, {}, before.fingerprints)
    assert titles(after) == ["Storm 2"]


def test_order_does_not_matter() -> None:
    """Items that only changed places have been seen."""
    before = parse_feed(rss(item(1) + item(2)), URL, {})
    after = parse_feed(rss(item(3) + item(2) + item(1)), URL, {}, before.fingerprints)
    assert titles(after) == ["Story 3"]


@pytest.mark.parametrize(
    ("body", "url", "headers"),
    [
        (rss(item(1)), "https://ledger.example/other/", {}),
        (rss(item(1)), URL, {"content-language": "fr"}),
        (rss(item(1)), URL, {"Content-Location": "/elsewhere/"}),
        (rss(item(1), root=" xml:base='https://mirror.example/'"), URL, {}),
        (rss(item(1), "<title>The Ledger</title><language>fr</language>"), URL, {}),
        (rss(item(1), root=" xmlns:dc='http://purl.org/dc/elements/1.1/'"), URL, {}),
    ],
    ids=["address", "language header", "content-location", "xml:base", "language element", "namespaces"],
)
def test_what_stands_around_an_item_counts(body: bytes, url: str, headers: dict[str, str]) -> None:
    """The same bytes in another surrounding may mean something else: they are read again."""
    before = parse_feed(rss(item(1)), URL, {})
    after = parse_feed(body, url, headers, before.fingerprints)
    assert len(after.entries) == 1
    assert after.fingerprints != before.fingerprints


def test_a_comment_or_build_date_around_the_items_does_not_count() -> None:
    """What changes with every answer and says nothing of the items does not make them new."""
    before = parse_feed(rss(item(1)), URL, {})
    head = "<!-- built by node 7 --><title>The Ledger</title><lastBuildDate>now</lastBuildDate><language>en</language>"
    assert parse_feed(rss(item(1), head), URL, {}, before.fingerprints).entries == ()


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE rss [<!ENTITY a 'b'>]>" + rss(item(1, "<category>&a;</category>") + item(2)),
        rss(item(1) + item(2) + "<item><title>Oil & gas</title></item>"),
        rss(item(1) + item(2, "<author>a\x00b</author>")),
        rss("<item><title>Outer</title>" + item(1) + "</item>" + item(2)),
        rss("".join(item(n) for n in range(MAX_ENTRIES + 1))),
        b"<entry xmlns='http://www.w3.org/2005/Atom'><title>Alone</title><id>1</id></entry>",
    ],
    ids=["DOCTYPE", "not well-formed", "control character", "item in an item", "huge", "an entry as the document"],
)
def test_what_cannot_be_taken_apart_is_read_whole(body: bytes) -> None:
    """Such a document has no fingerprints, so that each poll reads all of it."""
    assert parse_feed(body, URL, {}).fingerprints == ()


def test_a_new_item_that_is_not_well_formed_gives_the_whole() -> None:
    """A fault in a new item: nothing is left out, and the feed is flagged."""
    before = parse_feed(rss(item(1) + item(2)), URL, {})
    after = parse_feed(rss(item(1) + item(2) + "<item><title>Oil & gas</title></item>"), URL, {}, before.fingerprints)
    assert titles(after) == ["Story 1", "Story 2", "Oil & gas"]
    assert after.salvaged


def test_legacy_encodings_take_the_short_way_too() -> None:
    """The document is decoded first, so its own encoding does not matter."""
    text = (
        f"<?xml version='1.0' encoding='windows-1256'?><rss version='2.0'><channel>{item(1)}{item(2)}</channel></rss>"
    )
    body = text.replace("Story", "هدنة").encode("windows-1256")
    whole, new = split(body, {1})
    assert (titles(whole), titles(new)) == (["هدنة 1", "هدنة 2"], ["هدنة 2"])


def test_items_are_cut_at_their_own_ends() -> None:
    """Tags in comments, CDATA and attributes do not mislead; an item without content is one."""
    tricky = (
        '<item><!-- </item> --><title><![CDATA[</item><item>]]></title><guid a="/item>">t</guid></item><item a=">"/>'
    )
    outline = outline_of(rss(item(1) + tricky + item(2)).decode(), "")
    assert outline is not None
    pieces = [outline.document[i.start : i.end].decode() for i in outline.items]
    assert "".join(pieces) == item(1) + tricky + item(2)
    assert len(pieces) == 4


WORDS = st.text("abc éهש&<>'\"]", max_size=12).map(lambda t: t.replace("]", " "))
ESCAPED = WORDS.map(lambda t: t.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))
TEXTS = ESCAPED | WORDS.map(lambda t: f"<![CDATA[<p>{t}</p>]]>") | st.just("&lt;b&gt;x&lt;/b&gt; &#233;&amp;eacute;")
LINKS = st.sampled_from(["https://a.example/1", "/2", "3?a=1&amp;b=2", "tag:1", ""])
DATES = st.sampled_from(["Tue, 03 Nov 2026 10:00:00 CEST", "1783000000", "2026-11-03T10:00:00+02:00", "soon", ""])
SCOPES = st.sampled_from(
    ["", " xml:base='https://b.example/x/'", " xml:lang='de'", " xmlns:media='http://search.yahoo.com/mrss/'"]
)


def within(name: str, texts: st.SearchStrategy[str], attributes: str = "") -> st.SearchStrategy[str]:
    """An element with one of these texts."""
    return texts.map(lambda text: f"<{name}{attributes}>{text}</{name}>")


COMMON = (
    within("title", TEXTS),
    within("dc:creator", ESCAPED),
    within("dc:date", DATES),
    within("category", ESCAPED),
    within("content:encoded", TEXTS),
    within("media:title", ESCAPED, " xmlns:media='http://search.yahoo.com/mrss/'"),
    st.just("<x:odd xmlns:x='urn:x'>y</x:odd><!-- <item/> --><?php x ?>"),
)
RSS_FIELDS = st.one_of(
    *COMMON,
    within("link", LINKS),
    within("guid", LINKS),
    within("guid", LINKS, " isPermaLink='false'"),
    within("description", TEXTS),
    within("pubDate", DATES),
    within("author", ESCAPED),
    within("source", ESCAPED, " url='https://c.example/'"),
    within("image", within("url", LINKS)),
    st.just("<enclosure url='https://a.example/1.mp3' length='1' type='audio/mpeg'/>"),
)
ATOM_FIELDS = st.one_of(
    *COMMON,
    within("id", LINKS),
    LINKS.map(lambda link: f"<link href='{link}'/>"),
    within("published", DATES),
    within("updated", DATES),
    within("summary", TEXTS, " type='html'"),
    within("content", ESCAPED.map(lambda t: f"<div>{t}<br/></div>"), " type='xhtml' xml:base='sub/'"),
    within("author", within("name", ESCAPED)),
    within("source", st.just("<title>Other</title><id>urn:o</id><updated>2026-01-01T00:00:00Z</updated>")),
)
NAMES = (
    " xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/'"
    " xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'"
)
FORMS = {
    "rss": ("<rss version='2.0'{}><channel>", "item", "</channel></rss>", RSS_FIELDS),
    "rdf": ("<rdf:RDF xmlns='http://purl.org/rss/1.0/'{}><channel><title>R</title></channel>", "item", "</rdf:RDF>",
            RSS_FIELDS),
    "atom": ("<feed xmlns='http://www.w3.org/2005/Atom'{}>", "entry", "</feed>", ATOM_FIELDS),
}  # fmt: skip


@st.composite
def feeds(draw: Any) -> bytes:
    """A feed of any form, its own elements before, between and behind its items."""
    opening, name, closing, fields = FORMS[draw(st.sampled_from(sorted(FORMS)))]
    own = st.sampled_from(
        ["<title>Own</title>", "<language>he</language>", "<ttl>60</ttl>", "\n", "<image><url>u</url></image>"]
    )
    parts = []
    for inner in draw(st.lists(st.lists(fields, max_size=5), min_size=1, max_size=5)):
        tag = name + draw(SCOPES)
        parts.append((f"<{tag}>{''.join(inner)}</{name}>" if inner else f"<{tag}/>") + draw(own))
    document: str = opening.format(NAMES + draw(SCOPES)) + draw(own) + "".join(parts) + closing
    return document.encode()


@settings(max_examples=150, deadline=None)
@given(feeds(), st.sets(st.integers(0, 4)))
def test_any_feed_gives_the_same_by_parts(body: bytes, keep: set[int]) -> None:
    """Whatever the feed and whichever items were seen: what is read is what the whole document gives for it."""
    whole, new = split(body, keep)
    assert len(whole.fingerprints) == len(whole.entries)
    seen = set(new.seen)
    assert new.entries == tuple(e for e, f in zip(whole.entries, whole.fingerprints, strict=True) if f not in seen)
    assert (new.title, new.language, new.format, new.hints) == (whole.title, whole.language, whole.format, whole.hints)
