"""Glosses: what matched, for readers of other scripts."""

from __future__ import annotations

import pytest

from monitor.digest.gloss import gloss, term_name
from tests.samples.telling import ARABIC, HEBREW, HUDNA, item


def plain(text: str) -> str:
    """Without the isolates around the foreign phrase."""
    return text.replace("\u2068", "").replace("\u2069", "")


def test_arabic_for_a_reader_of_english() -> None:
    """A phrase in a script the reader does not read stands beside the names of its rule items."""
    delegation = item(9, "وفد حماس في القاهرة", "", {"x": [("حماس", "@hamas"), ("القاهرة", "Cairo")]}, language="ar")
    assert plain(gloss(delegation, ["en"])) == "حماس في القاهرة = Hamas, Cairo"


@pytest.mark.parametrize("languages", [["ar"], ["en", "ar-EG"], []])
def test_none_for_who_reads_it_or_is_unknown(languages: list[str]) -> None:
    """Who reads the script, or whose languages are not known, gets no gloss."""
    assert gloss(ARABIC, languages) == ""


def test_none_for_latin() -> None:
    """Latin script is taken as read."""
    assert gloss(HUDNA, ["ar"]) == ""


def test_hebrew_for_a_reader_of_arabic() -> None:
    """Reading one right-to-left script is not reading the other."""
    assert plain(gloss(HEBREW, ["ar"])).endswith("= Rafah Crossing, Philadelphi corridor")


def test_terms_in_the_same_script_fall_back_to_the_rule() -> None:
    """Where the rule's own words are in that script too, the rule's name explains them."""
    truce = item(9, "تثبيت الهدنة", "", {"gaza-truce": [("الهدنة", "هدنة")]}, language="ar")
    assert plain(gloss(truce, ["en"])) == "الهدنة = gaza truce"


def test_phrase_with_the_most_names_is_shown() -> None:
    """Of several places the one that explains most is shown."""
    text = "القاهرة اليوم.\nوفي مكان بعيد جدا من هنا قال مصدر إن وفد حماس وصل إلى القاهرة."
    both = item(9, "خبر", text, {"x": [("القاهرة", "Cairo"), ("حماس", "@hamas"), ("وصل", "arrives in")]}, language="ar")
    assert plain(gloss(both, ["en"])).endswith("= Hamas, arrives in")


@pytest.mark.parametrize(
    ("term", "name"),
    [
        ("@al-hayya", "Al Hayya"),
        ("#truce", "Truce"),
        ("=Cairo", "Cairo"),
        ('"buffer zone"', "buffer zone"),
        ("title:talk*", "Talk"),
        ("60-day", "60-day"),
    ],
)
def test_names_of_terms(term: str, name: str) -> None:
    """A rule's item is shown without its operators, an id as words."""
    assert term_name(term) == name
