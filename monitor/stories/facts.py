"""What a report says of the when and the how many: by these two reports that read alike can contradict each other.

Only a conflict in the same role counts: two dates, two weekdays, two numbers of one series («Day 2», «Day 21»), two
numbers of one noun. A report that says nothing of a role contradicts nobody in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import pairwise

from monitor.stories.terms import number, term
from monitor.text.normal import fold

LEAD_WORDS = 40
"""Within these the report says when its event was; later dates are background."""
BODY_WORDS = 150
"""Within these weekdays and counts are read."""
MOST_COUNTS = 12
NEAR_DAYS = 3
"""Dates so far apart may tell of one event that went on, or of the day after."""

# fmt: off
_WEEKDAYS = {word: n for n, words in enumerate((
    "monday الاثنين الإثنين", "tuesday الثلاثاء", "wednesday الأربعاء", "thursday الخميس", "friday الجمعة",
    "saturday السبت שבת", "sunday الأحد",
)) for word in map(fold, words.split())}
_HEBREW_DAYS = {"שני": 0, "שלישי": 1, "רביעי": 2, "חמישי": 3, "שישי": 4, "ראשון": 6}
_MONTHS = {word: n for n, words in enumerate((
    "january jan يناير ינואר", "february feb فبراير شباط פברואר", "march مارس آذار מרץ מרס",
    "april apr أبريل إبريل نيسان אפריל", "may مايو أيار מאי", "june jun يونيو حزيران יוני",
    "july jul يوليو تموز יולי", "august aug أغسطس آب אוגוסט",
    "september sept sep سبتمبر أيلول ספטמבר", "october oct أكتوبر אוקטובר", "november nov نوفمبر נובמבר",
    "december dec ديسمبر דצמבר",
), 1) for word in map(fold, words.split())}
_CARDINALS = {word: n for n, words in enumerate((
    "one واحد אחד", "two اثنين שתיים", "three ثلاثة שלוש", "four أربعة ארבע", "five خمسة חמש", "six ستة שש",
    "seven سبعة שבע", "eight ثمانية שמונה", "nine تسعة תשע", "ten عشرة עשר", "eleven", "twelve",
), 1) for word in map(fold, words.split())}
_ORDINALS = {word: n for n, words in enumerate((
    "first الأول الأولى ראשון ראשונה", "second الثاني الثانية שני שנייה", "third الثالث الثالثة שלישי שלישית",
    "fourth الرابع الرابعة רביעי רביעית", "fifth الخامس الخامسة חמישי חמישית", "sixth السادس السادسة שישי",
    "seventh السابع السابعة שביעי", "eighth الثامن الثامنة", "ninth التاسع التاسعة", "tenth العاشر العاشرة",
), 1) for word in map(fold, words.split())}
_SERIES_NOUNS = (
    "day night week month round game part phase stage episode season chapter quarter leg heat test session match "
    "اليوم يوم الليلة الأسبوع أسبوع الجولة جولة الجزء المرحلة مرحلة الحلقة الدورة יום היום שבוע סיבוב שלב פרק חלק"
)
_SERIES = frozenset(map(fold, _SERIES_NOUNS.split()))
# fmt: on
_SUFFIXES = ("st", "nd", "rd", "th")


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one report. Terms are numbers (`terms.number`)."""

    weekdays: int = 0
    """Bit 0 is Monday."""
    dates: tuple[tuple[int, int, int], ...] = ()
    """Year (0 where it is not said), month, day."""
    series: tuple[tuple[int, int], ...] = ()
    """The noun and which of the series: (day, 21)."""
    counts: tuple[tuple[int, int], ...] = ()
    """The noun and its number."""


def facts(title: Sequence[str], text: Sequence[str]) -> Facts:
    """Of the words of a headline and of what follows it."""
    folded = [_folded(word) for word in (*title, "", *text[:BODY_WORDS])]
    lead = folded[: len(title) + 1 + LEAD_WORDS]
    return Facts(
        _weekdays(folded),
        tuple(dict.fromkeys(_dates(lead))),
        tuple(sorted(set(_series(lead)))),
        tuple(sorted(set(_counts(folded)))[:MOST_COUNTS]),
    )


def same_time(one: Facts, others: Iterable[Facts]) -> bool:
    """Whether no two calendar dates contradict: where both sides name some, two must be near."""
    theirs = [when for other in others for when in other.dates]
    if not one.dates or not theirs:
        return True
    return any(_near(mine, other) for mine in one.dates for other in theirs)


def series_conflict(one: Facts, others: Sequence[Facts]) -> tuple[int, int, int] | None:
    """The noun of a series, its number here and its number there, where no number of that noun is shared."""
    theirs: dict[int, set[int]] = {}
    for other in others:
        for noun, which in other.series:
            theirs.setdefault(noun, set()).add(which)
    for noun, which in one.series:
        held = theirs.get(noun)
        if held and held.isdisjoint(w for n, w in one.series if n == noun):
            return noun, which, min(held)
    return None


def other_weekdays(one: Facts, others: Iterable[Facts]) -> bool:
    """Whether both sides name weekdays and share none."""
    theirs = 0
    for other in others:
        theirs |= other.weekdays
    return bool(one.weekdays and theirs and not one.weekdays & theirs)


def count_conflicts(one: Facts, others: Iterable[Facts]) -> int:
    """How many nouns both sides count, less those on whose number they agree."""
    theirs: dict[int, set[int]] = {}
    for other in others:
        for noun, count in other.counts:
            theirs.setdefault(noun, set()).add(count)
    mine: dict[int, set[int]] = {}
    for noun, count in one.counts:
        mine.setdefault(noun, set()).add(count)
    agreed = sum(not theirs[noun].isdisjoint(counts) for noun, counts in mine.items() if noun in theirs)
    return max(0, sum(noun in theirs for noun in mine) - 2 * agreed)


@lru_cache(maxsize=1 << 16)
def _folded(word: str) -> str:
    return fold(word)


def _weekdays(folded: Sequence[str]) -> int:
    mask = 0
    if _WEEKDAYS.keys().isdisjoint(folded) and _HEBREW_DAYS.keys().isdisjoint(folded):
        return mask
    for before, word in pairwise(("", *folded)):
        day = _WEEKDAYS.get(word)
        if day is None and before.endswith("יום"):
            day = _HEBREW_DAYS.get(word)
        if day is not None:
            mask |= 1 << day
    return mask


def _dates(folded: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    for at, word in enumerate(folded):
        month = _month(word)
        if month is None:
            continue
        before, after = _at(folded, at - 1), _at(folded, at + 1)
        day, year = (after, _at(folded, at + 2)) if _is_day(after) else (before, after)
        if _is_day(day):
            yield (int(year) if len(year) == 4 and year.isdecimal() else 0), month, int(_bare(day))


def _month(word: str) -> int | None:
    return _MONTHS.get(word) or _MONTHS.get(word.removeprefix("ב"))


def _series(folded: Sequence[str]) -> Iterator[tuple[int, int]]:
    for at, word in enumerate(folded):
        if word not in _SERIES:
            continue
        after, before = _at(folded, at + 1), _at(folded, at - 1)
        which = _number(after) or _ORDINALS.get(after) or _ordinal(before)
        if which:
            yield number(term(word)), which


def _counts(folded: Sequence[str]) -> Iterator[tuple[int, int]]:
    for word, after in pairwise(folded):
        if word[:1].isdecimal() or word in _CARDINALS:
            if len(after) > 2 and after.isalpha() and not _month(after) and (count := _number(word)) is not None:
                yield number(term(after)), count
        elif word == "magnitude" and (measure := _decimal(after)) is not None:
            yield number(word), measure


def _at(words: Sequence[str], place: int) -> str:
    return words[place] if 0 <= place < len(words) else ""


def _number(word: str) -> int | None:
    """A whole number up to nine digits, in digits or as a small word; Arabic may hang its article on it (الـ284)."""
    bare = word.removeprefix("ال").replace(",", "")
    if bare.isdecimal():
        return int(bare) if len(bare) < 10 else None
    return _decimal(bare) if "." in bare else _CARDINALS.get(word)


def _decimal(word: str) -> int | None:
    """Thousandths of a decimal number, negative so that it equals no whole one."""
    whole, point, part = word.partition(".")
    if not (point and whole.isdecimal() and part.isdecimal() and len(word) < 10):
        return None
    return -int(whole + part.ljust(3, "0")[:3])


def _ordinal(word: str) -> int | None:
    bare = word[:-2] if word.endswith(_SUFFIXES) else ""
    return int(bare) if bare.isdecimal() and len(bare) < 6 else _ORDINALS.get(word)


def _bare(day: str) -> str:
    return day[:-2] if day.endswith(_SUFFIXES) else day


def _is_day(word: str) -> bool:
    bare = _bare(word)
    return bare.isdecimal() and len(bare) < 3 and 1 <= int(bare) <= 31


def _near(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    if one[0] and other[0] and abs(one[0] - other[0]) > 1:
        return False
    year = one[0] or other[0] or 2000
    apart = abs((_date(one, year) - _date(other, year)).days)
    return min(apart, abs(365 - apart)) <= NEAR_DAYS if not (one[0] and other[0]) else apart <= NEAR_DAYS


def _date(when: tuple[int, int, int], year: int) -> date:
    try:
        return date(when[0] or year, when[1], when[2])
    except ValueError:
        return date(when[0] or year, when[1], 28)
