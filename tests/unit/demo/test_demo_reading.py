"""Read by the product's own code, the demo's pages and feeds say what was written for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.articles.extract import extract_page
from monitor.articles.ladder import has_full_text
from monitor.config import parse
from monitor.demo import paper
from monitor.demo.content import Article, Content, load
from monitor.demo.settings import shipped_config_text
from monitor.feeds.parse import parse_feed
from monitor.model.news import Document, Match, Page
from monitor.rules import Matcher, compile_rules

BASE = "http://127.1.0.1:8080"


@pytest.fixture(scope="module")
def content() -> Content:
    return load()


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    settings = parse(shipped_config_text(), "config.toml", Path()).settings
    return compile_rules(settings.rules, settings.actors, settings.topics)


def read(content: Content, article: Article) -> str:
    """The text that is read from the article's page."""
    page = Page(BASE + article.path, paper.page(content, article, BASE), "text/html; charset=utf-8")
    return extract_page(page).text


def verdict(matches: tuple[Match, ...]) -> set[tuple[str, str]]:
    """Rules with their prominence."""
    return {(m.rule, m.prominence.value) for m in matches}


def test_pages_read_whole(content: Content) -> None:
    """Every paragraph is read from its page, and neither navigation nor related links come with it."""
    for article in content.articles:
        text = read(content, article)
        assert [p for p in article.paragraphs if p not in text] == [], article.id
        assert paper.ABOUT not in text, article.id
        extra = len(text.split()) - sum(len(p.split()) for p in article.paragraphs)
        assert extra <= 40, f"{article.id}: {text}"


def test_pages_fire_what_their_articles_fire(content: Content, matcher: Matcher) -> None:
    """What surrounds an article on its page changes no verdict."""
    for article in content.articles:
        written = verdict(matcher.match(Document(article.title, "\n\n".join(article.paragraphs))))
        assert verdict(matcher.match(Document(article.title, read(content, article)))) == written, article.id


def test_background_fires_nothing(content: Content, matcher: Matcher) -> None:
    """Thirty articles and more fire no rule at all, though several of them are traps."""
    relevant = {"evening-brief"} | {a.id for a in content.articles if a.summary and verdict(fired(matcher, a))}
    quiet = [a for a in content.articles if a.id not in relevant]
    assert len(quiet) >= 30
    assert all(not matcher.match(Document(a.title, read(content, a))) for a in quiet if a.id != "past-midnight")


def fired(matcher: Matcher, article: Article) -> tuple[Match, ...]:
    """What the article fires by its headline and summary."""
    return matcher.match(Document(article.title, article.summary))


@pytest.mark.parametrize("step", [0, 4, 12])
async def test_feeds_parse(content: Content, step: int) -> None:
    """Every feed gives its entries with titles, links, dates and guids; the broken one is refused as no feed."""
    for outlet in content.outlets:
        if outlet.format == "broken":
            continue
        parsed = parse_feed(
            paper.feed(content, outlet, BASE, step),
            BASE + outlet.feed,
            {"content-type": paper.CONTENT_TYPES[outlet.format]},
        )
        listed = content.listed(outlet, step)
        assert [e.title for e in parsed.entries] == [a.title_at(step) for a in listed]
        assert [e.url for e in parsed.entries] == [BASE + a.path for a in listed]
        assert [e.published_at for e in parsed.entries] == [a.published_at for a in listed]
        assert all(e.guid for e in parsed.entries)
        assert not parsed.salvaged
        assert [has_full_text(e) for e in parsed.entries] == [a.in_feed for a in listed]
