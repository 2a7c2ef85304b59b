"""Words with their offsets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.tokens import Tokens, words_of

CASES = [
    ("Hamas's talks, Egypt’s role", ["Hamas's", "talks", "Egypt’s", "role"]),
    ("‘Hamas’ said 'no'", ["Hamas", "said", "no"]),
    ("cease-fire al‑Sisi Hamas–Egypt", ["cease", "fire", "al", "Sisi", "Hamas", "Egypt"]),
    ("the U.S.-led U.N. and A.B today.", ["the", "U.S.", "led", "U.N.", "and", "A.B", "today"]),
    ("1,000 men, 3.5 km. 7", ["1,000", "men", "3.5", "km", "7"]),
    ("#معبر_رفح لِلْحَمَاس", ["معبر", "رفح", "لِلْحَمَاس"]),
    ('צה"ל אמר "לא" ה"חמאס" ג\'יהאד', ['צה"ל', "אמר", "לא", 'ה"חמאס', "ג'יהאד"]),
    ("加沙停火Gaza停", ["加", "沙", "停", "火", "Gaza", "停"]),
    ("می\u200cخواهد e\u0301te\u0301", ["می\u200cخواهد", "e\u0301te\u0301"]),
    ("हमास की वार्ता", ["हमास", "की", "वार्ता"]),
    ("— … !?", []),
]


@pytest.mark.parametrize(("text", "words"), CASES)
def test_words_are_what_readers_take_for_words(text: str, words: list[str]) -> None:
    """Apostrophes join, hyphens and underscores part, acronyms and numbers stay whole."""
    assert words_of(text) == words


@given(st.text())
def test_offsets_point_at_the_words_in_the_original(text: str) -> None:
    """For any Unicode, in order, without overlap, and with no letter left out."""
    tokens = Tokens(text)
    spaced = text.replace("_", " ")
    assert [spaced[start:end] for start, end in tokens.spans] == tokens.words
    assert "".join(map("".join, zip(tokens.gaps, [*tokens.words, ""], strict=True))) == spaced
    edges = [edge for span in tokens.spans for edge in span]
    assert edges == sorted(edges)
    inside = {i for start, end in tokens.spans for i in range(start, end)}
    assert all(i in inside for i, c in enumerate(text) if c.isalnum())
