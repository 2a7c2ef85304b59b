"""Extracts: two sentences around the evidence."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.digest.extract import LIMIT, extract, mark, paragraph_of
from monitor.model.news import Span
from tests.samples.telling import spans

LEAD = "Rain fell on the coast all week. Farmers were glad of it."
BACKGROUND = "The port has been shut since May. Dockers at Karim harbour want higher pay. Talks in Karim go on."


def marked(text: str, *words: str, limit: int = LIMIT) -> list[str]:
    """The marked words of the extract."""
    excerpt = extract(text, spans("", text, [(word, word) for word in words]), limit)
    return [excerpt.text[a:b] for a, b in excerpt.marks]


def test_two_sentences_with_most_terms() -> None:
    """The two neighbouring sentences with the most different terms are chosen, wherever they stand."""
    text = f"{LEAD}\n{BACKGROUND}"
    excerpt = extract(text, spans("", text, [("Rain", "rain"), ("Dockers", "dockers"), ("Karim", "karim")]))
    assert excerpt.text == "Dockers at Karim harbour want higher pay. Talks in Karim go on."


def test_lead_without_evidence() -> None:
    """Without any evidence in the text the extract is its lead."""
    assert extract(f"{LEAD}\n{BACKGROUND}", ()).text == LEAD


def test_title_evidence_prefers_the_lead() -> None:
    """Where the title holds evidence one term in a background paragraph does not outweigh the lead."""
    text = f"{LEAD}\n{BACKGROUND}"
    found = spans("Strike ahead", text, [("Strike", "strike"), ("Dockers", "dockers")])
    assert extract(text, found).text == LEAD


def test_words_of_the_title_are_marked_in_the_text() -> None:
    """A word that matched in the title is marked where the extract repeats it, as a whole word only."""
    text = "A strike at the port: strikers stayed."
    excerpt = extract(text, spans("strike", text, [("strike", "strike")]))
    assert [excerpt.text[a:b] for a, b in excerpt.marks] == ["strike"]


def test_two_sentences_that_fit_stay_whole() -> None:
    """Two sentences within the limit are neither cut nor marked with an ellipsis."""
    assert "…" not in extract(f"{LEAD}\n{BACKGROUND}", ()).text


def test_long_sentence_is_cut_between_words_around_the_mark() -> None:
    """A mark far into a long sentence is kept, with an ellipsis on both sides and whole words between."""
    words = " ".join(f"word{n}" for n in range(200))
    text = f"{words} Karim {words}."
    excerpt = extract(text, spans("", text, [("Karim", "karim")]))
    assert [excerpt.text[a:b] for a, b in excerpt.marks] == ["Karim"]
    assert excerpt.text.startswith("…word")
    assert set(excerpt.text.strip("…").split()) <= set(text.split())


def test_short_rest_of_a_second_sentence_is_left_out() -> None:
    """Where only a scrap of the second sentence would fit, the first stands alone."""
    first = "Dockers at the port of Karim said that they want higher pay before the winter."
    text = f"{first} A second sentence {'that goes on and on ' * 3}to its end."
    assert extract(text, spans("", text, [("Karim", "karim")]), len(first) + 10).text == first


def test_spans_that_do_not_fit_are_ignored() -> None:
    """A span of another text marks nothing."""
    stray = Span("text", 3, 9, "absent", "absent")
    assert extract(LEAD, [stray, Span("text", 900, 910, "0123456789", "x")]).marks == ()


def test_line_breaks_and_overrides_go() -> None:
    """The extract is one line without control characters or direction overrides, its marks still in place."""
    text = "Ships\u202e wait\noff   Karim\x07 harbour."
    excerpt = extract(text, spans("", text, [("Karim", "karim")]))
    assert excerpt.text.split() == excerpt.text.split(" ")
    assert "\u202e" not in excerpt.text
    assert "\x07" not in excerpt.text
    assert [excerpt.text[a:b] for a, b in excerpt.marks] in ([], ["Karim"])


def test_overlapping_spans_are_one_mark() -> None:
    """Terms that overlap are marked once."""
    assert marked("The port of Karim is shut.", "port of", "of Karim") == ["port of Karim"]


def test_parts_join_to_the_text() -> None:
    """The parts of an extract, joined, are its text, and the marked ones are its marks."""
    text = "The port of Karim is shut."
    excerpt = extract(text, spans("", text, [("port", "port"), ("Karim", "karim")]))
    assert "".join(part.text for part in excerpt.parts()) == excerpt.text
    assert [part.text for part in excerpt.parts() if part.marked] == ["port", "Karim"]


def test_headline_is_cut_at_its_end_only() -> None:
    """A long headline keeps its beginning and the marks that stand in it."""
    title = "Karim harbour shut " + "again and " * 30
    excerpt = mark(title, spans(title, "", [("Karim", "karim")]), "title", 60)
    assert excerpt.text.startswith("Karim harbour")
    assert excerpt.text.endswith("…")
    assert excerpt.marks == ((0, 5),)


def test_paragraphs_count_from_one() -> None:
    """A position in the third line stands in paragraph 3."""
    text = "One.\nTwo.\n\nThree."
    assert [paragraph_of(text, text.index(w)) for w in ("One", "Two", "Three")] == [1, 2, 3]


TEXTS = st.text(st.sampled_from("ab. \n!?؟。وحé\u0301\u202e\x00\ud800A-"), max_size=400) | st.text(max_size=400)


@st.composite
def texts_with_spans(draw: st.DrawFn) -> tuple[str, list[Span]]:
    """A text and spans into it, some of which do not fit."""
    text = draw(TEXTS)
    places = st.integers(-3, len(text) + 3)
    pairs = draw(st.lists(st.tuples(places, places, st.sampled_from(["text", "title"])), max_size=8))
    return text, [Span(field, a, b, text[max(a, 0) : max(b, 0)], f"t{a % 3}") for a, b, field in pairs]


@given(texts_with_spans(), st.integers(3, 400))
def test_never_over_limit_and_marks_inside(given_: tuple[str, list[Span]], limit: int) -> None:
    """Whatever text and spans: at most `limit` characters, marks inside, in order, not empty, not overlapping."""
    text, found = given_
    excerpt = extract(text, found, limit)
    assert len(excerpt.text) <= limit
    edges = [edge for pair in excerpt.marks for edge in pair]
    assert edges == sorted(edges)
    assert all(0 <= a < b <= len(excerpt.text) for a, b in excerpt.marks)
    assert excerpt.text.isprintable() or not any(c in excerpt.text for c in "\n\x00\ud800\u202e")


@given(texts_with_spans())
def test_some_evidence_is_always_shown(given_: tuple[str, list[Span]]) -> None:
    """Where a printable term fits the text, and the title holds none, the extract marks at least one."""
    text, found = given_
    inside = [s for s in found if s.field == "text" and 0 <= s.start < s.end <= len(text)]
    letters = [s for s in inside if s.text.isalpha() and len(s.text) < 40]
    if letters and not any(s.field == "title" for s in found):
        assert extract(text, letters).marks
