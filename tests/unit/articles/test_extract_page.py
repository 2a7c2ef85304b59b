"""What is read from a page: text, title, people, time, language, canonical address."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from monitor.articles.extract import PageRefused, extract_page, without_site
from monitor.model.news import Page, TextSource

URL = "https://www.ledger.example/2026/harbour-talks?utm_source=rss"
FIRST = (
    "Negotiators met again in the harbour town on Monday and spoke for five hours behind closed doors, the port "
    "authority said. It was the third round since the dock workers walked out in September."
)
SECOND = (
    "Neither side would say what had been offered. A person who was in the room spoke of «the first honest day in "
    "weeks», and buses that were to carry replacement crews were sent back to the capital in the evening."
)
THIRD = (
    "The ferry line will run a reduced service until Thursday. Shops along the quay, which have lost half of their "
    "custom since the strike began, opened for the first time in two weeks, and a band played in the rain."
)


def page(head: str = "", body: str = "", lang: str = "en-GB", url: str = URL) -> Page:
    """A page of an outlet with its menu, a newsletter box and a footer."""
    paragraphs = body or "".join(f"<p>{p}</p>" for p in (FIRST, SECOND, THIRD))
    html = f"""<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8">
    <title>Harbour talks resume | The Ledger</title><meta property="og:site_name" content="The Ledger">{head}</head>
    <body><nav><a href="/">Home</a> <a href="/sport">Sport</a> <a href="/weather">Weather</a></nav>
    <main><article><h1>Harbour talks resume</h1>{paragraphs}</article></main>
    <aside><p>Subscribe to our newsletter.</p></aside><footer><p>© The Ledger 2026. All rights reserved.</p></footer>
    </body></html>"""
    return Page(url, html.encode(), "text/html; charset=utf-8")


def linked(**fields: Any) -> str:
    """A JSON-LD script with one article in a graph."""
    article = {"@type": ["NewsArticle"], **fields}
    graph = {"@context": "https://schema.org", "@graph": [{"@type": "WebSite", "name": "x"}, article]}
    return f'<script type="application/ld+json">{json.dumps(graph)}</script>'


@pytest.mark.parametrize(("fast", "source"), [(False, TextSource.PAGE), (True, TextSource.PAGE_FAST)])
def test_the_article_is_read_and_its_surroundings_are_not(fast: bool, source: TextSource) -> None:
    """Three paragraphs come back; menu, newsletter box and footer do not."""
    article = extract_page(page(), fast)
    assert article.text_source is source
    assert all(paragraph in article.text for paragraph in (FIRST, SECOND, THIRD))
    assert not any(words in article.text for words in ("Weather", "newsletter", "All rights reserved"))
    assert article.title == "Harbour talks resume"
    assert (article.url, article.language) == (URL, "en-GB")


def test_metadata_of_json_ld() -> None:
    """Author and moment of publication, with its zone, come from JSON-LD."""
    head = linked(
        author=[{"@type": "Person", "name": "Mara Okafor"}, {"name": "Tom Reed"}],
        datePublished="2026-11-03T09:30:00+02:00",
    )
    article = extract_page(page(head))
    assert article.author == "Mara Okafor; Tom Reed"
    assert article.published_at == datetime(2026, 11, 3, 7, 30, tzinfo=UTC)


def test_metadata_of_meta_tags() -> None:
    """Without JSON-LD meta tags give the moment, to the second."""
    published = '<meta property="article:published_time" content="2026-11-03T09:30:15+02:00">'
    article = extract_page(page(f'{published}<meta name="author" content="Ines Bauer">'))
    assert article.published_at == datetime(2026, 11, 3, 7, 30, 15, tzinfo=UTC)
    assert article.author == "Ines Bauer"


@pytest.mark.parametrize(
    ("head", "canonical"),
    [
        ('<link rel="canonical" href="/2026/harbour-talks">', "https://www.ledger.example/2026/harbour-talks"),
        ('<meta property="og:url" content="https://ledger.example/h">', "https://ledger.example/h"),
        ('<link rel="canonical" href="https://www.ledger.example/">', None),
        ('<link rel="canonical" href="javascript:void(0)">', None),
        ('<link rel="canonical" href="http://[bad">', None),
        ('<link rel="amphtml" href="https://amp.ledger.example/h">', None),
        ("", None),
    ],
)
def test_the_canonical_address(head: str, canonical: str | None) -> None:
    """`rel=canonical` or og:url, absolute, on the web; a home page, where the page is none, is a mistake."""
    assert extract_page(page(head)).canonical_url == canonical


def test_an_amp_page_names_its_article() -> None:
    """The AMP copy leads to the page it is a copy of."""
    head = '<link rel="canonical" href="https://www.ledger.example/2026/harbour-talks">'
    article = extract_page(page(head, url="https://www.ledger.example/amp/2026/harbour-talks"))
    assert article.canonical_url == "https://www.ledger.example/2026/harbour-talks"


def test_json_ld_takes_the_place_of_a_page_without_text() -> None:
    """A page drawn by JavaScript still carries its text in JSON-LD, HTML and entities taken out."""
    body = f"&lt;p&gt;{FIRST}&lt;/p&gt;&lt;p&gt;{SECOND}&lt;/p&gt;"
    article = extract_page(page(linked(articleBody=body), body="<p>Loading the story.</p>"))
    assert article.text_source is TextSource.JSON_LD
    assert article.text.split("\n") == [FIRST, SECOND]


@pytest.mark.parametrize("free", [False, "False", "false"])
def test_json_ld_of_a_paid_article_is_not_taken(free: object) -> None:
    """Whoever says that the article is not free has not given it away in its markup."""
    head = linked(articleBody=f"{FIRST} {SECOND} {THIRD}", isAccessibleForFree=free)
    article = extract_page(page(head, body=f"<p>{FIRST}</p>"))
    assert article.text_source is TextSource.PAGE
    assert SECOND not in article.text


def test_a_shorter_json_ld_body_is_not_taken() -> None:
    """Many outlets put only the first lines there."""
    assert extract_page(page(linked(articleBody=FIRST))).text_source is TextSource.PAGE


@pytest.mark.parametrize(
    "script", ["{", "[[[[", "null", "7", '{"@type": 3}', "[" * 100_000, '{"@type":"Article","author":[1]}']
)
def test_broken_json_ld_does_no_harm(script: str) -> None:
    """Whatever stands in the script, the page is read."""
    head = f'<script type="application/ld+json">{script}</script>'
    assert FIRST in extract_page(page(head)).text


@pytest.mark.parametrize(
    "html", [b"", b"   ", b"%PDF-1.7 ...", b"<html><body></body></html>", b"\x00\x01\x02", b"<!-- only a comment -->"]
)
def test_what_holds_no_text_is_refused(html: bytes) -> None:
    """A page without an article is a refusal with its reason, not an empty article."""
    with pytest.raises(PageRefused, match=r"\w+ \w+"):
        extract_page(Page(URL, html))


def test_arabic_page_in_its_own_encoding() -> None:
    """The charset a page declares is honoured, Arabic comes out as it went in."""
    paragraph = "اجتمع المفاوضون مجددا في مدينة الميناء يوم الاثنين وتحدثوا خمس ساعات خلف أبواب مغلقة وفق ما أعلن. "
    html = (
        "<html lang='ar' dir='rtl'><head><meta charset='windows-1256'><title>استئناف المحادثات</title></head>"
        f"<body><article><h1>استئناف المحادثات</h1><p>{paragraph * 2}</p><p>{paragraph * 3}</p></article></body></html>"
    )
    article = extract_page(Page("https://mina.example/1", html.encode("windows-1256"), "text/html"))
    assert paragraph.strip() in article.text
    assert article.title == "استئناف المحادثات"
    assert article.language == "ar"


def test_hebrew_page() -> None:
    """Hebrew likewise."""
    paragraph = "הצדדים נפגשו שוב בעיר הנמל ביום שני ושוחחו חמש שעות בדלתיים סגורות, כך מסרה רשות הנמל. "
    body = f"<p>{paragraph * 3}</p><p>{paragraph * 2}</p>"
    article = extract_page(page(body=body, lang="he"))
    assert paragraph.strip() in article.text
    assert article.language == "he"


def test_control_characters_do_not_come_through() -> None:
    """Text from a page can stand in a mail's header."""
    article = extract_page(page(body=f"<p>{FIRST}\x07\x1b[31m</p><p>{SECOND}</p><p>{THIRD}</p>"))
    assert not any(ord(c) < 32 and c != "\n" for c in article.text + article.title)


@pytest.mark.parametrize(
    ("title", "names", "bare"),
    [
        ("Truce holds | The Daily", ("The Daily",), "Truce holds"),
        ("The Daily - Truce holds", ("the daily",), "Truce holds"),
        ("Truce holds - for now", ("The Daily",), "Truce holds - for now"),
        ("Truce – holds – ledger.com", ("ledger",), "Truce – holds"),
        ("The Daily", ("The Daily",), "The Daily"),
        ("Truce holds | The Daily", ("", " "), "Truce holds | The Daily"),
    ],
)
def test_the_sites_name_is_no_part_of_the_title(title: str, names: tuple[str, ...], bare: str) -> None:
    """It goes from either end where it is known, and only there."""
    assert without_site(title, names) == bare


def test_reading_keeps_nothing_from_page_to_page() -> None:
    """The same page read again and again, as when an outlet republishes it, gives the same text (no deduplication)."""
    texts = {extract_page(page()).text for _ in range(5)}
    assert len(texts) == 1
    assert FIRST in texts.pop()
