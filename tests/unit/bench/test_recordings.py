"""Recorded news as it is served."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest

from bench.recordings import (
    FEEDS,
    PAGES,
    RecordedPage,
    feed_id,
    feed_of_pages,
    is_news_feed,
    missing_files,
    place,
    read_feeds,
    read_pages,
)
from monitor.feeds.parse import parse_feed


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("feeds/news2017/vox/2016-06-14T204450+0200_da48fc90.xml", "news2017-vox"),
        ("feeds/news2026/data/feeds/cna_world.xml", "news2026-cna-world"),
        ("feeds/news2026/research/upstream/feed.xml", "news2026-research-upstream-feed"),
    ],
)
def test_a_feed_is_called_by_its_suite_and_its_place_there(path: str, name: str) -> None:
    """Neither the folders that every path has nor the moment of recording tells feeds apart."""
    assert feed_id(path) == name


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("feeds/news2026/data/reuters.xml", True),
        ("feeds/news2026/data/health.json", False),
        ("feeds/feedvalidator/rss/item.xml", False),
    ],
)
def test_only_the_feeds_of_the_news_suites_are_replayed(path: str, is_one: bool) -> None:
    """Notes beside them and the suites of pathologies are left out."""
    assert is_news_feed(path) is is_one


def test_feeds_are_read_out_of_the_archive(tmp_path: Path) -> None:
    """With their bytes as they are, each under a host of its own."""
    with tarfile.open(tmp_path / FEEDS, "w:gz") as tar:
        for path, body in (("feeds/news2017/one/a.xml", b"<rss/>"), ("feeds/gofeed/b.xml", b"<no/>")):
            member = tarfile.TarInfo(path)
            member.size = len(body)
            tar.addfile(member, io.BytesIO(body))
    (feed,) = read_feeds(tmp_path / FEEDS)
    assert (feed.id, feed.body, feed.url) == ("news2017-one-a", b"<rss/>", "http://news2017-one-a.test/feed.xml")


def test_pages_are_read_a_line_each(tmp_path: Path) -> None:
    """A page may lack its address or its title."""
    rows = [
        {"id": "1", "url": "https://a.example/1", "html": "<p>one", "gold": {"title": "One"}},
        {"id": "2", "url": None, "html": "<p>two", "gold": {"title": None}},
    ]
    with gzip.open(tmp_path / PAGES, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(row) + "\n" for row in rows)
    pages = list(read_pages(tmp_path / PAGES))
    assert pages == [RecordedPage("https://a.example/1", "One", "<p>one"), RecordedPage(None, "", "<p>two")]


def test_the_feed_of_pages_gives_every_page_back() -> None:
    """Markup and control signs in titles and links harm nothing."""
    pages = [
        RecordedPage("https://a.example/1?x=1&y=<2>", "Bread & <b>butter</b>\x0b", ""),
        RecordedPage(None, "Without an address", ""),
    ]
    feed = feed_of_pages(pages)
    first, second = parse_feed(feed.body, feed.url, {}).entries
    assert first.url == "https://a.example/1?x=1&y=<2>"
    assert first.title.startswith("Bread &")
    assert (second.url, second.title) == (None, "Without an address")


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("https://A.example/x/?q=1#top", ("a.example", "/x/?q=1")),
        ("http://a.example", ("a.example", "/")),
        ("https://bücher.example/für", ("xn--bcher-kva.example", "/f%C3%BCr")),
    ],
)
def test_a_place_is_what_a_request_says(url: str, where: tuple[str, str]) -> None:
    """The host as it is dialled and the target as it is sent, without fragment."""
    assert place(url) == where


def test_missing_recordings_are_named(tmp_path: Path) -> None:
    """Each file that is not there."""
    (tmp_path / FEEDS).touch()
    assert missing_files(tmp_path) == [tmp_path / PAGES]
