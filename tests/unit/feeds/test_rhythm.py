"""What is learnt of when a feed publishes, and where its requests then go."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.pace import budget_of
from monitor.feeds.rhythm import (
    SLOTS,
    Arrival,
    Budget,
    _spending,
    arrivals,
    best_wait,
    expected_entries,
    is_telling,
    learn,
    shape,
)
from monitor.model.pace import Rhythm
from monitor.model.settings import Pacing

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BUDGET = budget_of(Pacing())


def taught(moments: Sequence[datetime], days: float, step: timedelta = HOUR) -> Rhythm:
    """The rhythm after polls every `step` that find these moments as dates."""
    rhythm, at = None, MONDAY
    while at < MONDAY + days * DAY:
        came = arrivals([m for m in moments if at < m <= at + step], at, at + step)
        at += step
        rhythm = learn(rhythm, came, at, BUDGET)
    assert rhythm is not None
    return rhythm


def polls_of_a_day(rhythm: Rhythm, day: datetime) -> list[datetime]:
    """When the rhythm would look, were nothing to come that day."""
    at, found = day, list[datetime]()
    while at < day + DAY:
        at += best_wait(rhythm, at, BUDGET)
        found.append(at)
    return found


DAILY = [MONDAY + n * DAY + 7 * HOUR + 10 * MINUTE for n in range(28)]


def test_a_feed_of_one_hour_is_asked_often_in_it() -> None:
    """Four weeks of one entry at 07:10: the polls about that hour stand a quarter of an hour apart."""
    rhythm = taught(DAILY, 28)
    polls = polls_of_a_day(rhythm, MONDAY + 28 * DAY)
    hot = [p for p in polls if 7 <= p.hour < 8]
    assert len(hot) >= 3
    assert shape(rhythm).slots[14] > 5 * shape(rhythm).slots[2]
    assert len(polls) <= 30


def test_a_feed_without_a_rhythm_is_asked_evenly() -> None:
    """Entries at any moment teach nothing: the waits stay near the interval."""
    chance = random.Random(5)  # noqa: S311 - a fixed seed is the point
    moments = sorted(MONDAY + 28 * chance.random() * DAY for _ in range(280))
    rhythm = taught(moments, 28)
    waits = [best_wait(rhythm, MONDAY + 28 * DAY + n * HOUR, BUDGET) for n in range(24)]
    assert max(waits) < 2 * HOUR
    assert min(waits) > 30 * MINUTE


def test_bursts_at_any_hour_are_no_rhythm_of_the_day() -> None:
    """A burst puts many entries into one half hour of one day: the days differ, so the day stays flat, and what is
    learnt is that news follows news."""
    chance = random.Random(7)  # noqa: S311 - a fixed seed is the point
    bursts = [MONDAY + 28 * chance.random() * DAY for _ in range(40)]
    rhythm = taught(sorted(b + n * 8 * MINUTE for b in bursts for n in range(12)), 28)
    means = shape(rhythm)
    assert max(means.slots) < 3
    assert means.ratios[0] > 2
    assert means.ratios[-1] < 0.6
    last = rhythm.last_at
    assert last is not None
    soon, late = (best_wait(rhythm, last + passed, BUDGET) for passed in (MINUTE, 20 * HOUR))
    assert soon < HOUR / 2 < HOUR < late


def test_old_habits_fade() -> None:
    """A feed that moves from 07:00 to 19:00 is asked at 19:00 after some weeks."""
    later = [MONDAY + n * DAY + 19 * HOUR for n in range(28, 84)]
    means = shape(taught([*DAILY, *later], 84, 2 * HOUR))
    assert means.slots[38] > 2 * means.slots[14]


def test_a_quiet_weekend_is_learnt() -> None:
    """Entries from Monday to Friday only: after a month Sunday weighs less."""
    moments = [MONDAY + n * DAY + h * HOUR for n in range(35) if n % 7 < 5 for h in range(6, 20)]
    means = shape(taught(moments, 35))
    assert means.weekdays[6] < 0.4 < 1 < means.weekdays[1]


def test_the_first_document_teaches_already() -> None:
    """The dates of a first document give a rate; they are not believed beyond two weeks."""
    now = MONDAY + 20 * DAY
    dates = [*(now - n * 3 * HOUR for n in range(1, 60)), now - 900 * DAY, now + DAY, None]
    rhythm = learn(None, arrivals(dates, None, now), now, BUDGET)
    assert rhythm is not None
    assert is_telling(rhythm)
    assert shape(rhythm).rate == pytest.approx(1 / 3, rel=0.1)


def test_an_entry_without_a_date_came_since_the_last_poll() -> None:
    """It is spread over the stretch; so is one whose date lies before the last poll or after this one."""
    since, now = MONDAY, MONDAY + 2 * HOUR
    came = arrivals([None, since - HOUR, now + HOUR, now - 10 * MINUTE], since, now)
    assert came == (Arrival(now - 10 * MINUTE, 1), Arrival(now, 3, 2 * HOUR))
    rhythm = learn(
        taught(DAILY, 3), [Arrival(MONDAY + 3 * DAY + 2 * HOUR, 3, 2 * HOUR)], MONDAY + 3 * DAY + 2 * HOUR, BUDGET
    )
    assert rhythm is not None
    assert [round(s, 2) for s in rhythm.slots[:4]] == [0.75] * 4


def test_a_bulk_import_is_no_rhythm() -> None:
    """Five hundred entries at once count as a handful."""
    rhythm = learn(taught(DAILY, 3), [Arrival(MONDAY + 3 * DAY + HOUR, 500)], MONDAY + 3 * DAY + 2 * HOUR, BUDGET)
    assert rhythm is not None
    assert rhythm.slots[2] == 5


def test_what_nobody_saw_is_not_counted_as_silence() -> None:
    """A month of downtime leaves the rhythm as it was, faded."""
    before = taught(DAILY, 28)
    after = learn(before, (), MONDAY + 60 * DAY, BUDGET)
    assert after is not None
    assert after.days < before.days
    assert shape(after).rate == pytest.approx(shape(before).rate, rel=0.01)


def test_what_would_usually_have_come_follows_the_hours() -> None:
    """Half a day without the hour of the feed expects little, the half with it nearly everything."""
    rhythm = taught(DAILY, 28)
    night = expected_entries(rhythm, MONDAY + 28 * DAY + 12 * HOUR, MONDAY + 29 * DAY)
    morning = expected_entries(rhythm, MONDAY + 29 * DAY, MONDAY + 29 * DAY + 12 * HOUR)
    assert night < 0.15 < 0.7 < morning
    assert night + morning == pytest.approx(1, rel=0.15)


def test_a_rhythm_is_small() -> None:
    """What is kept of a year is no more than of a week."""
    from monitor.store.rows import rhythm_structure

    assert len(json.dumps(rhythm_structure(taught(DAILY, 7)))) < 1500
    year = taught([MONDAY + n * 5 * HOUR for n in range(1750)], 365, 6 * HOUR)
    assert len(json.dumps(rhythm_structure(year))) < 1800


@given(
    st.lists(st.floats(0, 40), max_size=60),
    st.integers(0, 3_000_000),
    st.sampled_from([BUDGET, Budget(20 * MINUTE, 15 * MINUTE, 2 * HOUR), Budget(DAY, 15 * MINUTE, 2 * DAY)]),
)
def test_a_wait_always_lies_between_floor_and_ceiling(days: list[float], seconds: int, budget: Budget) -> None:
    """Whatever was learnt, and whenever it is asked."""
    now = MONDAY + 40 * DAY
    rhythm = learn(None, arrivals([MONDAY + d * DAY for d in days], None, now), now, budget)
    if rhythm is not None:
        wait = best_wait(rhythm, now + timedelta(seconds=seconds), budget)
        assert budget.floor <= wait <= budget.ceiling
        assert len(rhythm.slots) == SLOTS
        assert all(value >= 0 for value in (*rhythm.slots, *rhythm.slot_squares, *rhythm.expected, *rhythm.hours))


@given(
    terms=st.lists(st.tuples(st.floats(0.01, 4), st.floats(0.01, 1)), min_size=1, max_size=60),
    wanted=st.floats(0.1, 4),
    sparing=st.floats(1, 30),
    pressing=st.floats(1, 8),
)
def test_the_scale_found_spends_the_budget(
    terms: list[tuple[float, float]], wanted: float, sparing: float, pressing: float
) -> None:
    """Whatever the terms: what is spent at it is what is wanted, or as near as the bounds let it come."""
    whole = sum(weight for _, weight in terms)
    least, most = wanted / sparing / whole, wanted * pressing / whole
    scale = _spending(wanted, terms, least, most)
    spent = sum(weight * min(max(scale * root, least), most) for root, weight in terms)
    assert spent == pytest.approx(wanted)
