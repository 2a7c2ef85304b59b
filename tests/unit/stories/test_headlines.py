"""Headlines of one mould."""

from __future__ import annotations

import pytest

from monitor.stories.frequencies import Frequencies, shipped
from monitor.stories.headlines import headline, rivals
from monitor.stories.terms import number, term
from monitor.text.tokens import words_of

FREQUENCIES = Frequencies(shipped())


def apart(one: tuple[str, str], other: tuple[str, str]) -> bool:
    (a, here), (b, there) = (
        (headline(words_of(title), words_of(text), FREQUENCIES), {number(term(w)) for w in words_of(f"{title} {text}")})
        for title, text in (one, other)
    )
    return rivals(a, here, b, there) is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Harlow wins Ohio primary", "Harlow wins Iowa primary"),
        ("Storm Brenda hits northern coast", "Storm Celia hits northern coast"),
        ("Envoy arrives for talks in Nairobi", "Envoy arrives for talks in Kampala"),
        ("הסנאטור ניצח בבחירות באוהיו", "הסנאטור ניצח בבחירות באיווה"),
    ],
)
def test_another_name_in_the_same_place_is_another_event(one: str, other: str) -> None:
    """Whatever else is equal."""
    assert apart((one, ""), (other, ""))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Harlow wins Ohio primary", ""), ("Harlow wins primary", "")),
        (("Harlow wins Ohio primary", ""), ("Harlow wins Midwest primary", "She took Ohio on Tuesday.")),
        (("Toll of ferry fire rises to 10", ""), ("Toll of ferry fire rises to 15", "")),
        (("Harlow wins Ohio primary", ""), ("Harlow wins crucial primary", "")),
        (("Ohio hails Harlow victory", ""), ("Harlow victory angers Iowa", "")),
        (("Harlow", ""), ("Morley", "")),
        (("", ""), ("", "")),
    ],
    ids=["vaguer", "named in the text", "a toll", "no name", "another place", "nothing shared", "no headline"],
)
def test_what_is_no_rival(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Only a name against a name, in the same place of the same headline, that the other report does not mention."""
    assert not apart(one, other)
    assert not apart(other, one)


def test_a_word_that_the_text_writes_small_is_no_name() -> None:
    """Headlines that write every word large do not make names of them."""
    text = words_of("The envoy praised a breakthrough.")
    found = headline(words_of("Envoy Praised Breakthrough In Nairobi"), text, FREQUENCIES)
    assert found.names == {number(term("Nairobi"))}
