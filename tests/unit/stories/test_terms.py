"""Words become terms that their forms share."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stories.terms import ARABIC, HEBREW, LATIN, OTHER, number, script, term


@pytest.mark.parametrize(
    "forms",
    [
        ("delegation", "Delegations", "delegation's", "DELEGATION’S"),
        ("vote", "votes", "voted", "voting"),
        ("city", "cities", "city's"),
        ("stop", "stops", "stopped", "stopping"),
        ("حماس", "لحماس", "بحماس"),
        ("حركة", "الحركة", "والحركة", "للحركة", "بالحركة"),
        ("محادثات", "المحادثات", "والمحادثات"),
        ("חמאס", "לחמאס", "שלחמאס"),
        ("מצרים", "במצרים", "ומצרים", "שבמצרים"),
    ],
)
def test_forms_of_a_word_are_one_term(forms: tuple[str, ...]) -> None:
    """Whatever hangs on a word in its language, it counts as the word."""
    assert len({term(form) for form in forms}) == 1


@pytest.mark.parametrize(("one", "other"), [("Iran", "Iraq"), ("bus", "bu"), ("21", "2"), ("ring", "r")])
def test_other_words_are_other_terms(one: str, other: str) -> None:
    """Cutting endings off does not make everything one."""
    assert term(one) != term(other)


def test_numbers_are_the_same_everywhere() -> None:
    """They are stored: a number that changed would part every story from its members."""
    assert [number(name) for name in ("truce", "هدن", "הפסק")] == [1394935880, 634532305, 1002435882]


@pytest.mark.parametrize(
    ("name", "which"),
    [("truce", LATIN), ("2024", LATIN), ("déjà", LATIN), ("حماس", ARABIC), ("חמאס", HEBREW), ("мир", OTHER)],
)
def test_a_number_knows_its_script(name: str, which: int) -> None:
    """Each script has its own background."""
    assert script(number(name)) == which


@given(st.text(max_size=12))
def test_any_string_has_a_term(word: str) -> None:
    """Whatever comes out of a text; the number fits 32 bits."""
    assert 0 <= number(term(word)) < 1 << 32
