"""What a report says of the when and the how many, and where two contradict."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stories.facts import Facts, count_conflicts, facts, other_weekdays, same_time, series_conflict
from monitor.stories.terms import number, term
from monitor.text.tokens import words_of


def read(title: str, text: str = "") -> Facts:
    return facts(words_of(title), words_of(text))


def key(word: str) -> int:
    return number(term(word))


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("He spoke on Monday and again on Friday.", 0b0010001),
        ("قال يوم الأحد إن", 0b1000000),
        ("وصل الوفد الثلاثاء", 0b0000010),
        ("הוא אמר ביום שני", 0b0000001),
        ("השר השני אמר", 0),
        ("Nothing of the kind.", 0),
    ],
)
def test_weekdays_are_read(text: str, bits: int) -> None:
    """In three languages; a Hebrew ordinal is a weekday only behind יום."""
    assert read("", text).weekdays == bits


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("March 14, 2013 - A quake", [(2013, 3, 14)]),
        ("on 14 March it", [(0, 3, 14)]),
        ("on Sept. 3rd the", [(0, 9, 3)]),
        ("في 14 مارس 2024", [(2024, 3, 14)]),
        ("ב-14 במרץ 2024", [(2024, 3, 14)]),
        ("They may march 500 miles", []),
        ("in March 2013", []),
    ],
)
def test_dates_are_read(text: str, dates: list[tuple[int, int, int]]) -> None:
    """Month and day in either order; a month alone is no date."""
    assert list(read("", text).dates) == dates


@pytest.mark.parametrize(
    ("title", "series"),
    [
        ("Trial, Day 21: the verdict nears", [("day", 21)]),
        ("Debate's second night begins", [("night", 2)]),
        ("What to expect on night two", [("night", 2)]),
        ("The 21st day of the siege", [("day", 21)]),
        ("في اليوم الـ284 من الحرب", [("اليوم", 284)]),
        ("The strike lasted 3 days", []),
        ("One day in the market", []),
    ],
)
def test_series_are_read(title: str, series: list[tuple[str, int]]) -> None:
    """Which of a series it is, in digits or words, before the noun or behind it; a duration is none."""
    assert list(read(title).series) == [(key(noun), which) for noun, which in series]


def test_series_contradict_in_the_same_noun_only() -> None:
    """Day 2 and Day 21 are two days; Day 2 and Round 21 do not contradict; who says nothing contradicts nobody."""
    day_2, day_21, round_21, silent = read("Day 2"), read("Day 21"), read("Round 21"), read("The trial")
    assert series_conflict(day_2, [day_21]) == (key("day"), 2, 21)
    assert series_conflict(day_2, [day_21, day_2]) is None
    assert series_conflict(day_2, [round_21]) is None
    assert series_conflict(silent, [day_21]) is None
    assert series_conflict(day_2, [silent]) is None


def test_dates_contradict_when_far_apart() -> None:
    """The day after is near, the turn of the year too; another year is not, nor another month."""
    one = read("", "Dec. 31, 2012: a blast")
    assert same_time(one, [read("", "On January 2 the blast")])
    assert same_time(one, [read("", "The blast")])
    assert not same_time(one, [read("", "Dec. 31, 2008: a blast")])
    assert not same_time(one, [read("", "On 3 February a blast")])


def test_weekdays_contradict_when_none_is_shared() -> None:
    """One shared day, or silence, is no contradiction."""
    monday, both, silent = read("", "on Monday"), read("", "on Monday and Tuesday"), read("", "then")
    assert other_weekdays(monday, [read("", "on Friday")])
    assert not other_weekdays(monday, [both])
    assert not other_weekdays(monday, [silent])


def test_counts_contradict_by_noun() -> None:
    """Other numbers of pirates; agreement elsewhere makes up for it; other nouns do not count."""
    one = read("", "The navy caught 23 pirates and two boats")
    assert count_conflicts(one, [read("", "It caught 26 pirates")]) == 1
    assert count_conflicts(one, [read("", "It caught 26 pirates in two boats")]) == 0
    assert count_conflicts(one, [read("", "It caught 23 pirates")]) == 0
    assert count_conflicts(one, [read("", "It took 26 sailors")]) == 0
    assert count_conflicts(read("", "a magnitude 4.6 quake"), [read("", "a magnitude 5.4 quake")]) >= 1


@given(st.text(max_size=60), st.text(max_size=200))
def test_any_text_is_read(title: str, text: str) -> None:
    """No text breaks it, and no report contradicts itself."""
    found = read(title, text)
    assert same_time(found, [found])
    assert series_conflict(found, [found]) is None
    assert not other_weekdays(found, [found])
    assert count_conflicts(found, [found]) == 0


@pytest.mark.parametrize("word", ["٣", "³", "²", "1" * 400, "99999999999", "1.5.6"])
def test_odd_numbers_are_no_trouble(word: str) -> None:
    """Digits of other kinds, and numbers beyond measure."""
    found = read(f"Day {word} of March {word}", f"{word} March {word} boats, magnitude {word}")
    assert found.dates in ((), ((0, 3, 3),), ((0, 3, 2),))
    assert all(0 <= abs(n) < 10**10 for _, n in (*found.series, *found.counts))
