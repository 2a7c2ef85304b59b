"""Folding and cleaning."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text import normal
from monitor.text.normal import clean, fold

SAME = [
    ("Haniyeh", "HANIYEH"),
    ("Sanaa", "Sana'a"),
    ("Sanaa", "Sana’a"),
    ("Sanaa", "Sanaʿa"),
    ("Erdogan", "Erdoğan"),
    ("Lodz", "Łódź"),
    ("strasse", "Straße"),
    ("Istanbul", "İstanbul"),
    ("US", "U.S."),
    ("هنية", "هنيه"),
    ("هنية", "هَنِيَّة"),
    ("أحمد", "احمد"),
    ("إسماعيل", "اسماعيل"),
    ("آل", "ال"),
    ("مصطفى", "مصطفي"),
    ("حماس", "حمـــاس"),
    ("حماس", "ﺣﻤﺎﺱ"),
    ("2024", "٢٠٢٤"),
    ("חמאס", "חָמָאס"),
    ("צהל", 'צה"ל'),
    ("צהל", "צה״ל"),
    ("cooperate", "co\u00adoperate"),
    ("finish", "ﬁnish"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_ways_of_writing_one_word_fold_together(one: str, other: str) -> None:
    """Case, accents, apostrophes, vowel signs, hamza, tatweel and presentation forms do not tell words apart."""
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("3.5", "35"), ("حماس", "حساس"), ("חמאס", "חמס"), ("की", "क"), ("が", "か")]
)
def test_different_words_stay_different(one: str, other: str) -> None:
    """Folding drops what readers overlook, and nothing that carries meaning."""
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    """Folded strings can be folded again without harm."""
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_normal_forms_fold_together(text: str) -> None:
    """Composed or decomposed, compatible or canonical, a text folds to one string."""
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


def test_clean_takes_out_what_cannot_be_seen_and_collapses_white_space() -> None:
    """Control characters, direction overrides, zero-width spaces and lone surrogates never reach a message."""
    assert clean("  Gaza\x00\u202e \u200b truce\ud800\r\n\ttalks\u00a0 go\x85on ") == "Gaza truce talks go on"


def test_clean_knows_what_cannot_be_seen_however_little_there_is_to_do() -> None:
    """Every character alone between letters: hidden ones go, controls and white space become one space, others stay."""
    for number in range(0x110000):
        c = chr(number)
        hidden = normal._HIDDEN.match(c)
        blank = c.isspace() or normal._CONTROLS.match(c)
        assert clean(f"a{c}b") == ("ab" if hidden else "a b" if blank else f"a{c}b"), f"U+{number:04X}"


def test_clean_keeps_lines_when_asked() -> None:
    """Paragraphs stay apart, blank lines go."""
    assert clean(" one  two\r\n\r\n \n three \n", keep_lines=True) == "one two\nthree"


@given(st.text(), st.booleans())
def test_cleaned_text_can_be_encoded_and_stays_clean(text: str, keep_lines: bool) -> None:
    """What is stored is UTF-8, single-spaced and without controls."""
    plain = clean(text, keep_lines)
    plain.encode()
    assert clean(plain, keep_lines) == plain
    assert not any(unicodedata.category(c) == "Cc" and c != "\n" for c in plain)
    assert keep_lines or "\n" not in plain
