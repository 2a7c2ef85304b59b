"""Which text an entry has, and what may never take its place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.articles.ladder import best, feed_article, has_full_text, wall, without_headline
from monitor.model.news import Article, Entry, TextSource

TITLE = "Harbour talks resume after dock strike"
SENTENCE = "Negotiators met again in the harbour town on Monday and spoke for five hours about the dock strike. "
TEXT = SENTENCE * 12
SUMMARY = "Talks between the port and its dock workers went on for five hours on Monday, and will be taken up again."
ENTRY = Entry("1", "https://ledger.example/1", TITLE, SUMMARY, TEXT.strip(), authors=("Mara Okafor",), language="en")


def article(text: str, source: TextSource = TextSource.PAGE, title: str = TITLE) -> Article:
    """What was read from a page."""
    return Article("https://ledger.example/1", "https://ledger.example/c", title, text, source, None, None, "en-GB")


def test_whole_content_needs_no_page() -> None:
    """Content of an article's length that is not cut is the article."""
    assert has_full_text(ENTRY)
    read = feed_article(ENTRY)
    assert (read.text_source, read.text, read.author) == (TextSource.FEED_CONTENT, TEXT.strip(), "Mara Okafor")


@pytest.mark.parametrize(
    "end",
    ["…", "...", "[…]", "[...]", " Read more", "\nRead the full story here", "\nContinue reading →", "\nاقرأ المزيد"],
)
def test_cut_content_needs_its_page(end: str) -> None:
    """What ends in an ellipsis or «read more» is a teaser, however long."""
    assert not has_full_text(replace(ENTRY, content=TEXT.strip() + end))


def test_an_ellipsis_within_is_no_cut() -> None:
    """Only the end tells."""
    assert has_full_text(replace(ENTRY, content=f"He paused… and read more of it.\n{TEXT}"))


def test_the_footer_of_a_plugin_is_no_text() -> None:
    """«The post … appeared first on …» is neither part of the article nor hides a cut."""
    footer = "\nThe post Harbour talks appeared first on The Ledger."
    assert feed_article(replace(ENTRY, content=TEXT.strip() + footer)).text == TEXT.strip()
    assert not has_full_text(replace(ENTRY, content=TEXT.strip() + " […]" + footer))


def test_content_that_repeats_the_summary_is_no_article() -> None:
    """Some feeds send the teaser twice."""
    assert not has_full_text(replace(ENTRY, content=SUMMARY))


def test_summary_then_title() -> None:
    """Short content or a summary is a summary; without either the title is all there is."""
    teaser = feed_article(replace(ENTRY, content=""))
    assert (teaser.text_source, teaser.text) == (TextSource.SUMMARY, SUMMARY)
    bare = feed_article(replace(ENTRY, content="", summary=""))
    assert (bare.text_source, bare.text) == (TextSource.TITLE, TITLE)


def test_the_page_wins_over_a_teaser() -> None:
    """Its text with the feed's headline, gaps in either filled from the other."""
    feed = feed_article(replace(ENTRY, content=""))
    chosen = best(feed, article(TEXT, title="Harbour talks resume | Live"))
    assert (chosen.text_source, chosen.text, chosen.title) == (TextSource.PAGE, TEXT, TITLE)
    assert (chosen.author, chosen.canonical_url, chosen.language) == (
        "Mara Okafor",
        "https://ledger.example/c",
        "en-GB",
    )


def test_whole_content_wins_over_the_page() -> None:
    """The first rung of the ladder; the page still gives its canonical address."""
    chosen = best(feed_article(ENTRY), article("Something else. " * 200))
    assert (chosen.text_source, chosen.canonical_url) == (TextSource.FEED_CONTENT, "https://ledger.example/c")


WALLS = {
    "a consent wall": "We value your privacy. We and our 812 partners store and access information on your device. "
    "Accept all or manage your choices.",
    "a paywall": "Subscribe to continue reading. Already a subscriber? Sign in. One month for one euro.",
    "a robot check": "Checking your browser before you go on. Verify you are human by completing the action below.",
    "an error page": "The page you are looking for has moved or never existed. Go to the home page instead.",
    "a page that wants JavaScript": "You need to enable JavaScript to run this app. Please do so and load again.",
}


@pytest.mark.parametrize("kind", WALLS)
def test_walls_are_recognised_and_overwrite_nothing(kind: str) -> None:
    """A 200 that is no article is named for what it is, and the feed's text stays."""
    read = article(WALLS[kind])
    reason = wall(read, TITLE)
    assert reason is not None
    assert reason.startswith(kind)
    feed = feed_article(replace(ENTRY, content=""))
    assert best(feed, read).text == SUMMARY


@pytest.mark.parametrize(
    "text", ["نستخدم ملفات تعريف الارتباط لتحسين تجربتك.", "המשך הכתבה למנויים בלבד. להתחברות לחצו כאן."]
)
def test_walls_in_arabic_and_hebrew(text: str) -> None:
    """The same in the languages of the region."""
    assert wall(article(text), TITLE)


def test_a_text_about_something_else_is_no_article() -> None:
    """A short text that shares no word with the title is another page's."""
    text = "Our archive holds everything published since 1999. Use the search field above, or write to us."
    assert wall(article(text), TITLE) == "the page's text shares no word with the title"


def test_an_empty_page_is_named() -> None:
    """No text, no article."""
    assert wall(article(" "), TITLE) == "the page holds no text"


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f"{TEXT} Subscribe to continue reading. We use cookies.",
        "Dock workers and the port took up their harbour talks again after the strike, a spokesman said on Monday.",
        "Harbour talks resume after the dock strike: the cookie policy of the canteen was no part of it.",
    ],
    ids=["article", "article with a wall's words below", "brief", "brief that says cookie policy"],
)
def test_articles_are_no_walls(text: str) -> None:
    """Long texts, and short ones that speak of what the title does, pass."""
    assert wall(article(text), TITLE) is None


def test_thin_text_loses_to_a_longer_summary() -> None:
    """A caption is no article."""
    feed = feed_article(replace(ENTRY, content=""))
    assert best(feed, article("Dock workers at the harbour on Monday.")).text == SUMMARY


def test_thin_text_wins_over_less() -> None:
    """Where the feed gave only the headline, a line is more."""
    feed = feed_article(replace(ENTRY, content="", summary=""))
    line = "Dock workers and the port took up their harbour talks again on Monday."
    assert best(feed, article(line)).text == line


@given(st.text(max_size=400), st.text(max_size=80), st.text(max_size=200))
def test_the_ladder_never_fails_and_never_empties(text: str, title: str, summary: str) -> None:
    """Whatever was read, something is chosen, and never less than nothing over something."""
    feed = feed_article(Entry(None, None, title, summary))
    chosen = best(feed, article(text, title=title))
    assert bool(chosen.text.strip()) or not feed.text.strip()


def test_a_headline_at_the_head_of_the_text_is_left_out() -> None:
    """A page whose text opens with its own title is quoted from its first sentence on; the rest is untouched."""
    text = "Gate reopens after eleven weeks\nThe gate reopened on Monday.\nGate reopens after eleven weeks"
    assert without_headline(text, ("Gate Reopens After Eleven Weeks", "")) == text.partition("\n")[2]
    assert without_headline("Gate reopens", ("Gate reopens",)) == "Gate reopens"
