"""Lists of feeds, well-formed and not, and written so that they come back."""

from __future__ import annotations

import re
import sys
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from monitor.feeds.opml import Outline, read_opml, write_opml
from monitor.feeds.refused import FeedRefused
from monitor.text.normal import clean

ARCHIVE = Path(__file__).parents[4] / "shared" / "data" / "opml.tar.gz"


def opml(body: str) -> bytes:
    """A list with this body."""
    return f"<opml version='2.0'><head><title>My feeds</title></head><body>{body}</body></opml>".encode()


def test_feeds_folders_and_title() -> None:
    """Folders are groups, outermost first; an outline without an address is a folder or a note."""
    read = read_opml(
        opml(
            """<outline text="News"><outline text="World &amp; Region">
            <outline type="rss" text="The Ledger" xmlUrl="https://ledger.example/rss?a=1&amp;b=2"
             htmlUrl="https://ledger.example/"/></outline>
            <outline type="rss" title="Tide" text="tide" xmlUrl="http://tide.example/atom"/></outline>
            <outline text="A note"/><outline XMLURL='https://plain.example/feed'></outline>"""
        )
    )
    ledger = "https://ledger.example/"
    assert read.outlines == (
        Outline(f"{ledger}rss?a=1&b=2", "The Ledger", ledger, ("News", "World & Region")),
        Outline("http://tide.example/atom", "Tide", None, ("News",)),
        Outline("https://plain.example/feed"),
    )
    assert (read.title, read.faults, read.salvaged) == ("My feeds", (), False)


@pytest.mark.parametrize(
    ("tag", "url", "title"),
    [
        (
            'text="Q&A" xmlUrl="https://a.example/?x=1&section=2&copy=3"',
            "https://a.example/?x=1&section=2&copy=3",
            "Q&A",
        ),
        ('text="The "Ledger" daily" xmlUrl="https://a.example/f"', "https://a.example/f", 'The "Ledger" daily'),
        ('text="x" description="<p>An <b>old</b> paper</p>" xmlUrl="https://a.example/f"', "https://a.example/f", "x"),
        ('text="a"xmlUrl="https://a.example/f"', "https://a.example/f", "a"),
        ("text='Ledger's own' xmlUrl='https://a.example/f' ", "https://a.example/f", "Ledger's own"),
        ('text="f" xmlUrl="feed://a.example/f"', "http://a.example/f", "f"),
        ('text="f" xmlUrl="feed:https://a.example/f"', "https://a.example/f", "f"),
        ('text="u" type="rss" url="https://a.example/f"', "https://a.example/f", "u"),
        ('text="&#1582;&#1576;&#1585;" xmlUrl="https://a.example/f"', "https://a.example/f", "خبر"),
    ],
)
def test_broken_attributes_are_read(tag: str, url: str, title: str) -> None:
    """Ampersands, quotes and brackets inside attributes do not end them, and the next feed is not lost."""
    read = read_opml(opml(f'<outline {tag}/><outline text="next" xmlUrl="https://next.example/"/>'))
    assert [(o.url, o.title) for o in read.outlines] == [(url, title), ("https://next.example/", "next")]
    assert read.faults == ()


def test_what_is_not_well_formed_is_flagged() -> None:
    """A person may want to know that the list was mended."""
    assert read_opml(opml('<outline text="A & B" xmlUrl="https://a.example/"/>')).salvaged
    assert not read_opml(opml('<outline text="A &amp; B" xmlUrl="https://a.example/"/>')).salvaged


def test_what_cannot_be_read_is_named_with_its_line() -> None:
    """Each outline that should have been a feed and gave none: where, which, why."""
    read = read_opml(
        opml(
            """
<outline type="rss" text="No address"/>
<outline type="rss" text="Local" xmlUrl="file:///etc/passwd"/>
<outline type="rss" text="Unquoted" xmlUrl=https://a.example/>
<outline type="include" text="Elsewhere" url="https://a.example/list.opml"/>
<outline text="Good" xmlUrl="https://good.example/"/>
<!-- <outline text="Out" xmlUrl="https://out.example/"/> -->"""
        )
    )
    assert [o.title for o in read.outlines] == ["Good"]
    assert [(fault.line, fault.what, fault.why.split(" ")[0]) for fault in read.faults] == [
        (2, "No address", "it"),
        (3, "Local", "its"),
        (4, "Unquoted", "its"),
        (5, "Elsewhere", "it"),
    ]


def test_a_list_cut_off_gives_what_had_arrived() -> None:
    """The tag in which it ends is a fault; those before are feeds."""
    whole = opml('<outline text="a" xmlUrl="https://a.example/"/><outline text="b" xmlUrl="https://b.example/"/>')
    read = read_opml(whole[: whole.index(b"b.example")])
    assert [o.title for o in read.outlines] == ["a"]
    assert len(read.faults) == 1
    assert read.salvaged


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not an OPML list"),
        (b"<rss><channel/></rss>", "not an OPML list"),
        (b"\x89PNG\r\n", "a PNG image"),
        (b'<!DOCTYPE opml [<!ENTITY a "' + b"x" * 50_000 + b'">]><opml>' + b"&a;" * 1_000 + b"</opml>", "entity bomb"),
    ],
    ids=["empty", "a feed", "an image", "a bomb"],
)
def test_what_is_no_list_is_refused(body: bytes, reason: str) -> None:
    """With the reason in words."""
    with pytest.raises(FeedRefused, match=reason):
        read_opml(body)


def test_an_empty_list_is_a_list() -> None:
    """No feed in it, and no fault."""
    assert read_opml(opml("")).outlines == ()


def test_a_written_list_is_well_formed_and_dated() -> None:
    """With a head that names it, folders once each, and text for programs that show nothing else."""
    written = write_opml(
        [
            Outline("https://a.example/", "A", None, ("N",)),
            Outline("https://b.example/"),
            Outline("https://c.example/", "C", None, ("N",)),
        ],
        "Mine & yours",
        datetime(2026, 11, 3, tzinfo=UTC),
    )
    root = etree.fromstring(written.encode())
    assert root.findtext("head/title") == "Mine & yours"
    assert root.findtext("head/dateCreated") == "Tue, 03 Nov 2026 00:00:00 +0000"
    assert [o.get("text") for o in root.findall("body/outline")] == ["N", "https://b.example/"]
    assert [o.get("xmlUrl") for o in root.findall("body/outline/outline")] == [
        "https://a.example/",
        "https://c.example/",
    ]


TITLES = st.text(min_size=1, max_size=20).map(clean).filter(bool)
URLS = st.from_regex(r"https?://[a-z]{1,8}\.example/[a-z0-9?=&%'~-]{0,12}", fullmatch=True)
OUTLINES = st.builds(Outline, URLS, TITLES, URLS | st.none(), st.lists(TITLES, max_size=3).map(tuple))


@given(st.lists(OUTLINES, max_size=8))
def test_a_written_list_comes_back(outlines: list[Outline]) -> None:
    """Every feed with its title, page and folders; the order within a folder stays."""
    read = read_opml(write_opml(outlines).encode())
    assert not read.salvaged
    assert not read.faults
    for groups in {outline.groups for outline in outlines}:
        assert [o for o in read.outlines if o.groups == groups] == [o for o in outlines if o.groups == groups]
    assert len(read.outlines) == len(outlines)


@given(st.text(alphabet="<>/\"'&= outlinexmUr:.ab\n!-", max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Whatever stands in a list is read or named; nothing raises but a refusal."""
    read = read_opml(opml(text))
    assert all(outline.url.startswith("http") for outline in read.outlines)


@pytest.mark.skipif(not ARCHIVE.exists(), reason=f"{ARCHIVE} is not here: no recorded lists to read")
def test_recorded_lists_are_salvaged(capsys: pytest.CaptureFixture[str]) -> None:
    """Of 118 real lists, two thirds not well-formed, no feed is lost; the others are as an XML parser reads them."""
    feeds = found = broken = faults = 0
    with tarfile.open(ARCHIVE) as archive:
        bodies = [file.read() for m in archive if m.isfile() and (file := archive.extractfile(m)) is not None]
    for body in bodies:
        read = read_opml(body)
        broken, faults = broken + read.salvaged, faults + len(read.faults)
        feeds, found = feeds + len(re.findall(rb"xmlUrl\s*=", body)), found + len(read.outlines)
        if not read.salvaged:
            strict = [o for o in etree.fromstring(body).iter("outline") if o.get("xmlUrl")]
            assert [o.url for o in read.outlines] == [o.get("xmlUrl") for o in strict]
            assert [o.title for o in read.outlines] == [clean(o.get("title") or o.get("text") or "") for o in strict]
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(bodies)} lists, {broken} not well-formed: {found} of {feeds} feeds, {faults} faults\n"
        )
    assert len(bodies) >= 118
    assert found == feeds
