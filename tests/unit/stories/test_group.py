"""The same article, and the same wire copy, are one story."""

from __future__ import annotations

from dataclasses import replace

from monitor.model.news import Article, Entry, JoinReason, TextSource
from monitor.stories import Overlap, choose, fingerprint, outlet_of, plausible
from monitor.stories.group import CANDIDATES

WIRE = " ".join(
    f"Paragraph {n} tells how the delegation of the movement crossed into Cairo on day {n} and met {n} officials."
    for n in range(30)
)


def article(text: str, source: TextSource = TextSource.PAGE, canonical: str | None = None) -> Article:
    return Article("https://a.example/1", canonical, "Title", text, source)


def entry(url: str = "https://a.example/1") -> Entry:
    return Entry(None, url, "Title")


def overlap(one: str, other: str) -> tuple[Overlap, frozenset[int]]:
    own = fingerprint(entry(), article(one)).shingles
    held = fingerprint(entry(), article(other)).shingles
    return Overlap(7, 70, len(own & held), len(held)), own


def test_same_url_joins_the_oldest_story() -> None:
    """A shared URL needs no likeness of text."""
    choice = choose([3, 9], [], frozenset())
    assert (choice.story_id, choice.reason) == (3, JoinReason.SAME_URL)


def test_trimmed_wire_copy_joins() -> None:
    """Half of the text under an editor's note of its own is still that text."""
    shared, own = overlap("Our reporters contributed to this piece. " + WIRE[: len(WIRE) // 2], WIRE)
    choice = choose([], [shared], own)
    assert (choice.story_id, choice.reason) == (7, JoinReason.WIRE_COPY)


def test_own_words_do_not_join() -> None:
    """Another report of the same event, in other words, begins a story (event grouping comes later)."""
    own_words = " ".join(
        f"Envoys travelled again, and item {n} of their agenda was settled by evening." for n in range(30)
    )
    shared, own = overlap(own_words, WIRE)
    assert choose([], [shared], own).reason is JoinReason.FIRST


def test_a_quoted_sentence_is_no_copy() -> None:
    """Two shared shingles prove a quotation only."""
    assert choose([], [Overlap(7, 70, 2, 4)], frozenset(range(4))).story_id is None


def test_the_fullest_containment_wins() -> None:
    """Of two likenesses the greater, of two equal ones the older story."""
    own = frozenset(range(20))
    assert choose([], [Overlap(5, 50, 8, 20), Overlap(6, 60, 19, 20)], own).story_id == 6
    assert choose([], [Overlap(6, 60, 10, 20), Overlap(5, 50, 10, 20)], own).story_id == 5


def test_headlines_have_no_shingles() -> None:
    """Two like headlines over unread pages prove no copy."""
    assert fingerprint(entry(), article(WIRE, TextSource.SUMMARY)).shingles == frozenset()


def test_url_keys_are_normalised_and_once_each() -> None:
    """Tracking parameters and www do not make another article."""
    mark = fingerprint(entry("https://www.a.example/1?utm_source=x"), article(WIRE, canonical="http://a.example/1"))
    assert len(mark.url_keys) == 1


def test_the_furniture_of_an_outlet_makes_no_copy() -> None:
    """Boxes and teasers around every article of one outlet are no shared news; between outlets so much is a copy."""
    own = frozenset(range(20))
    likeness = Overlap(7, 70, 12, 20)
    assert choose([], [likeness], own).reason is JoinReason.WIRE_COPY
    assert choose([], [replace(likeness, same_outlet=True)], own).reason is JoinReason.FIRST


def test_one_outlet_may_publish_an_article_twice() -> None:
    """Nearly all of it under another address is the same article."""
    choice = choose([], [Overlap(7, 70, 19, 20, same_outlet=True)], frozenset(range(20)))
    assert (choice.story_id, choice.reason) == (7, JoinReason.WIRE_COPY)


def test_a_copy_elsewhere_is_found_behind_the_furniture() -> None:
    """The outlet's own articles may be more alike than the copy."""
    own = frozenset(range(20))
    choice = choose([], [Overlap(7, 70, 16, 20, same_outlet=True), Overlap(8, 80, 9, 20)], own)
    assert choice.story_id == 8


def test_an_outlet_is_its_host() -> None:
    """Feeds of one site are one outlet, an aggregator's entries are of the sites that they lead to."""
    assert outlet_of(entry("https://www.a.example/1"), "world") == outlet_of(entry("http://a.example/2"), "business")
    assert outlet_of(Entry(None, None, "Title"), "world") == "world"


def test_only_the_most_alike_are_looked_at() -> None:
    """Most alike first, no more than a bounded number, and none that cannot be a copy."""
    own = frozenset(range(100))
    overlaps = [Overlap(n, n, 31 + n % 60, 100) for n in range(200)] + [Overlap(999, 999, 20, 100)]
    found = plausible(overlaps, own)
    assert len(found) == CANDIDATES
    assert [o.shared for o in found[:3]] == [90, 90, 90]
    assert 999 not in {o.story_id for o in plausible(overlaps[-3:], own)}
