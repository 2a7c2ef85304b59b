"""The demo's newsroom holds what it must show, and nothing that would show it wrongly."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from markupsafe import escape

from monitor.demo import paper
from monitor.demo.content import Content, load
from monitor.demo.settings import shipped_config_text


@pytest.fixture(scope="module")
def content() -> Content:
    return load()


def test_outlets(content: Content) -> None:
    """Eight outlets and a broken one, over all four formats, in English, Arabic and Hebrew."""
    working = [o for o in content.outlets if o.format != "broken"]
    assert len(working) == 8
    assert {o.format for o in content.outlets} == {"rss", "atom", "rdf", "json", "broken"}
    assert {o.language for o in content.outlets} == {"en", "ar", "he"}


def test_articles_are_articles(content: Content) -> None:
    """Every article has 120 to 350 words, in paragraphs, and an id and a path of its own."""
    odd = [a.id for a in content.articles if not 120 <= sum(len(p.split()) for p in a.paragraphs) <= 350]
    assert odd == []
    assert all(len(a.paragraphs) >= 3 for a in content.articles)
    assert len({a.id for a in content.articles}) == len(content.articles)
    assert len({(a.outlet, a.path) for a in content.articles}) == len(content.articles)


def test_titles_tell_articles_apart(content: Content) -> None:
    """No headline stands inside another: deliveries are told apart by them."""
    titles = [t for a in content.articles for t in {a.title, a.title_at(99)}]
    assert [(s, t) for s in titles for t in titles if s != t and s in t] == []


def test_in_feed_is_whole(content: Content) -> None:
    """What stands whole in a feed is long enough to be taken for whole."""
    whole = [a for a in content.articles if a.in_feed]
    assert len(whole) >= 3
    assert all(sum(len(p.split()) for p in a.paragraphs) > 150 for a in whole)


def test_times(content: Content) -> None:
    """Articles appear after they were published, steps follow one another, and the day outlasts both digests."""
    assert all(a.published_at < content.steps[a.step].at for a in content.articles)
    moments = [s.at for s in content.steps]
    assert moments == sorted(moments)
    assert moments[0] == content.start
    assert content.end > moments[-1]


@pytest.mark.parametrize("format", ["rss", "atom", "rdf"])
def test_xml_feeds_are_well_formed(content: Content, format: str) -> None:
    """At every step every XML feed parses and lists its articles, newest first."""
    for outlet in (o for o in content.outlets if o.format == format):
        for step in content.changes(outlet):
            root = ElementTree.fromstring(paper.feed(content, outlet, "http://127.1.0.1:80", step))  # noqa: S314 - ours
            titles = [e.findtext("{*}title") for e in root.iter() if e.tag.rpartition("}")[2] in ("item", "entry")]
            assert titles == [a.title_at(step) for a in content.listed(outlet, step)]


def test_json_feed(content: Content) -> None:
    """The JSON feed is version 1.1, with ids that stay and the fields that the format demands."""
    (outlet,) = (o for o in content.outlets if o.format == "json")
    body = json.loads(paper.feed(content, outlet, "http://127.1.0.1:80", 3))
    assert body["version"] == "https://jsonfeed.org/version/1.1"
    assert all(item["id"] and item["url"] and item["content_text"] for item in body["items"])


def test_edited_headline_keeps_its_guid(content: Content) -> None:
    """The edited headline changes the title and the date of its entry, nothing by which it is known."""
    article = content.article("delegation-levant")
    assert article.revised is not None
    outlet = content.outlet(article.outlet)
    before, after = (
        _entry(paper.feed(content, outlet, "http://h", step), article.id)
        for step in (article.step, article.revised.step)
    )
    assert before["{*}id"] == after["{*}id"]
    assert before["{*}published"] == after["{*}published"]
    assert before["{*}title"] != after["{*}title"]
    assert before["{*}updated"] != after["{*}updated"]


def test_pages_have_surroundings(content: Content) -> None:
    """A page holds every paragraph of its article, and much besides."""
    for article in content.articles:
        html = paper.page(content, article, "http://127.1.0.1:80").decode()
        assert str(escape(article.title)) in html
        assert all(str(escape(p)) in html for p in article.paragraphs)
        assert paper.ABOUT in html


def test_every_refusal_that_is_promised(content: Content) -> None:
    """There is a page that refuses once, one that always does, and one that robots.txt forbids."""
    refusals = {a.id: a.refusals for a in content.articles if a.refusals}
    assert any(r.status == 403 and r.times == 1 for rs in refusals.values() for r in rs)
    assert any(r.status == 403 and r.times is None for rs in refusals.values() for r in rs)
    gulf = content.outlet("gulf-observer")
    assert any(a.outlet == gulf.id and a.path.startswith("/members/") for a in content.articles)
    assert "Disallow: /members/" in gulf.robots


def test_shipped_config_is_the_one_on_top() -> None:
    """In a source tree the shipped config is config.toml at its top."""
    top = Path(__file__).parents[3] / "config.toml"
    assert shipped_config_text() == top.read_text("utf-8")


def _entry(feed: bytes, article_id: str) -> dict[str, str | None]:
    root = ElementTree.fromstring(feed)  # noqa: S314 - our own feed
    entries = root.findall("{*}entry")
    (entry,) = (e for e in entries if (e.findtext("{*}id") or "").endswith(f":{article_id}"))
    return {tag: entry.findtext(tag) for tag in ("{*}id", "{*}title", "{*}published", "{*}updated")}
