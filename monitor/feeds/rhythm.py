"""When a feed publishes, learnt from when its entries appeared; and when to look next, given that.

The intensity of a feed, in entries an hour, is taken as

    rate × (half hour of the day) × (day of the week) × (time since the last batch)

The two shapes are drawn towards flat by the positive-part James–Stein rule, with the noise measured from how much the
days differ among themselves: where evidence is thin, or what came came in bursts at any hour, they stay flat. The
third factor is the ratio of what came to what was expected at each time since the last batch, drawn towards one: high
after a batch where news comes in bursts, low where it comes once a day, one where the past is of no account.

Polls that cost as many requests as a fixed interval, and let entries wait least, are as dense as the square root of
the intensity (minimise ∫ λh/2 under ∫ 1/h fixed); the density is kept between the floor and the ceiling.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache

from monitor.model.pace import Rhythm

SLOTS = 48
WEEK = 7
HALF_LIFE = timedelta(days=28)
FIRST_LOOK_BACK = timedelta(days=14)
"""How far the dates of a feed's first document are believed."""
LONGEST_WALK = timedelta(days=14)
"""A longer stretch without a look is not counted at all: nobody was there to see."""
SAME_BATCH = timedelta(minutes=5)
"""Entries that appear closer together than this appeared at once."""
MOST_OF_A_BATCH = 5
"""Entries of one batch that count: a bulk import is no rhythm."""
EDGES = tuple(timedelta(hours=h) for h in (0.25, 0.5, 1, 2, 4, 8, 16))
"""Between the classes of time since the last batch; the last class is open."""
CLASSES = len(EDGES) + 1
PRIOR_BATCHES = 4.0
"""As many batches as expected are imagined in each class: what a few batches seem to show is little believed."""
RATIO = (0.1, 20.0)
LEAST_SHAPE = 0.1
"""No half hour and no day is thought to be quieter than this share of the mean."""
TIMES = 1.5
"""A place seen less often than this, faded, tells nothing of how it varies."""
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_SLOT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Budget:
    """How many requests a feed may cost, and how they may be spaced."""

    interval: timedelta
    """On average between two polls."""
    floor: timedelta
    ceiling: timedelta

    @property
    def seconds(self) -> tuple[float, float, float]:
        return self.interval.total_seconds(), self.floor.total_seconds(), self.ceiling.total_seconds()


@dataclass(frozen=True, slots=True)
class Arrival:
    """Entries that appeared together: at `at`, or at a moment unknown in the stretch `within` that ends there."""

    at: datetime
    entries: int
    within: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Shape:
    """The factors of the intensity, each with mean one over its course."""

    rate: float
    """Entries an hour."""
    slots: tuple[float, ...]
    weekdays: tuple[float, ...]
    ratios: tuple[float, ...]

    def base(self, at: datetime) -> float:
        """Relative intensity at a moment, the past left out of account."""
        return self.slots[_slot_of(at)] * self.weekdays[at.weekday()]

    def intensity(self, at: datetime, last_at: datetime | None) -> float:
        """Entries an hour, given that the last batch came at `last_at`."""
        return self.rate * self.base(at) * (self.ratios[_class_of(at - last_at)] if last_at else 1.0)


def arrivals(dates: Iterable[datetime | None], since: datetime | None, now: datetime) -> tuple[Arrival, ...]:
    """When new entries of a poll appeared, from their dates of publication. They were not there at the poll of `since`
    (None: this was the first), so a date before it, a missing and a future one say only that the entry appeared since.
    """
    known, unknown = [], 0
    for date in dates:
        if date is not None and date <= now and (date > since if since else now - date <= FIRST_LOOK_BACK):
            known.append(date)
        else:
            unknown += 1
    found = [Arrival(at, entries) for at, entries in sorted(Counter(known).items())]
    if unknown and since is not None:
        found.append(Arrival(now, unknown, now - since))
    return _batches(found)


def _batches(found: Sequence[Arrival]) -> tuple[Arrival, ...]:
    merged: list[Arrival] = []
    for one in found:
        if merged and not one.within and one.at - merged[-1].at < SAME_BATCH:
            merged[-1] = replace(merged[-1], entries=merged[-1].entries + one.entries)
        else:
            merged.append(one)
    return tuple(merged)


def learn(rhythm: Rhythm | None, came: Sequence[Arrival], now: datetime, budget: Budget) -> Rhythm | None:
    """The rhythm after a poll at `now`. None stays None until something with a date has come."""
    if rhythm is None:
        if not came:
            return None
        first, *rest = came
        if rest and first.within == timedelta(0):
            return with_scale(_seen(_empty(first.at), rest, now, flat=True), budget)
        return with_scale(replace(_empty(now), last_at=first.at), budget)
    return with_scale(_seen(rhythm, came, now), budget)


def with_scale(rhythm: Rhythm, budget: Budget) -> Rhythm:
    """The rhythm with its scale found for this budget."""
    return replace(rhythm, scale=_scale(rhythm, shape(rhythm), budget), scale_for=budget.seconds)


def _empty(at: datetime) -> Rhythm:
    none, week, classes = (0.0,) * SLOTS, (0.0,) * WEEK, (0.0,) * CLASSES
    return Rhythm(at, 0.0, 0.0, none, none, week, week, 0.0, classes, classes, classes, last_at=at)


def _seen(rhythm: Rhythm, came: Sequence[Arrival], now: datetime, flat: bool = False) -> Rhythm:
    """Everything up to `now` counted. `flat` takes what was expected as even over the day: quicker, and all that a
    first document bears."""
    passed = max(now - rhythm.as_of, timedelta(0))
    if passed > LONGEST_WALK and not flat:
        return replace(_faded(rhythm, passed), as_of=now, last_at=came[-1].at if came else rhythm.last_at)
    sums = _Sums(_faded(rhythm, passed))
    sums.days += passed / _DAY
    sums.days_squared += passed / _DAY
    for one in came:
        sums.count(one)
    counted = sums.rhythm(now)
    means = shape(rhythm)  # of before: what came must not raise what was expected of it
    per_hour = counted.batches / (counted.days * 24) if counted.days else 0.0
    at, last = rhythm.as_of, rhythm.last_at
    for one in came:
        moment = max(one.at - one.within / 2, at)
        sums.expect(at, moment, last, means, per_hour, flat)
        sums.batch(moment, last)
        at = last = moment
    sums.expect(at, now, last, means, per_hour, flat)
    return replace(sums.rhythm(now), last_at=last)


def _faded(rhythm: Rhythm, passed: timedelta) -> Rhythm:
    by = 0.5 ** (passed / HALF_LIFE)

    def less(numbers: Sequence[float]) -> tuple[float, ...]:
        return tuple(number * by for number in numbers)

    return replace(
        rhythm,
        days=rhythm.days * by,
        days_squared=rhythm.days_squared * by * by,
        slots=less(rhythm.slots),
        slot_squares=less(rhythm.slot_squares),
        weekdays=less(rhythm.weekdays),
        weekday_squares=less(rhythm.weekday_squares),
        batches=rhythm.batches * by,
        came=less(rhythm.came),
        expected=less(rhythm.expected),
        hours=less(rhythm.hours),
        longest=rhythm.longest * by,
    )


class _Sums:
    """A rhythm while it is being counted on."""

    def __init__(self, rhythm: Rhythm) -> None:
        self._of = rhythm
        self.days, self.days_squared = rhythm.days, rhythm.days_squared
        self._slots, self._slot_squares = list(rhythm.slots), list(rhythm.slot_squares)
        self._weekdays, self._weekday_squares = list(rhythm.weekdays), list(rhythm.weekday_squares)
        self._batches, self._longest = rhythm.batches, rhythm.longest
        self._came, self._expected, self._hours = list(rhythm.came), list(rhythm.expected), list(rhythm.hours)
        self._counted_at = rhythm.last_at
        self._slot_sum, self._day_sum = rhythm.slot_sum, rhythm.day_sum

    def rhythm(self, now: datetime) -> Rhythm:
        return replace(
            self._of,
            as_of=now,
            days=self.days,
            days_squared=self.days_squared,
            slots=tuple(self._slots),
            slot_squares=tuple(self._slot_squares),
            weekdays=tuple(self._weekdays),
            weekday_squares=tuple(self._weekday_squares),
            batches=self._batches,
            came=tuple(self._came),
            expected=tuple(self._expected),
            hours=tuple(self._hours),
            longest=self._longest,
            slot_sum=self._slot_sum,
            day_sum=self._day_sum,
        )

    def count(self, one: Arrival) -> None:
        """Entries by half hour and by day; those of an unknown moment are spread over the stretch they came in."""
        pieces = list(_halves(one.at - min(one.within, _DAY), one.at)) if one.within else [(one.at, 1.0)]
        whole = sum(share for _, share in pieces)
        for at, share in pieces:
            self._add(at, min(one.entries, MOST_OF_A_BATCH) * share / whole)

    def _add(self, at: datetime, entries: float) -> None:
        slot, day, before = _slot_of(at), at.weekday(), self._counted_at
        if before is None or before.date() != at.date():
            self._day_sum = self._slot_sum = 0.0
        elif _slot_of(before) != slot:
            self._slot_sum = 0.0
        self._slots[slot] += entries
        self._slot_squares[slot] += (self._slot_sum + entries) ** 2 - self._slot_sum**2
        self._weekdays[day] += entries
        self._weekday_squares[day] += (self._day_sum + entries) ** 2 - self._day_sum**2
        self._slot_sum += entries
        self._day_sum += entries
        self._counted_at = at

    def batch(self, at: datetime, last: datetime | None) -> None:
        self._batches += 1
        if last is not None:
            self._came[_class_of(at - last)] += 1
            self._longest = max(self._longest, at - last)

    def expect(
        self, start: datetime, end: datetime, last: datetime | None, means: Shape, per_hour: float, flat: bool
    ) -> None:
        """Hours observed from `start` to `end`, and the batches expected in them, by the time since `last`."""
        for at, until in _stretches(start, end, last or start, flat):
            number, hours = _class_of(at - (last or start)), (until - at) / _HOUR
            self._hours[number] += hours
            self._expected[number] += per_hour * hours * (1.0 if flat else means.base(at))


def _stretches(
    start: datetime, end: datetime, last: datetime, flat: bool = False
) -> Iterator[tuple[datetime, datetime]]:
    """The pieces of a stretch in which neither the half hour nor the class of time since `last` changes."""
    at = start
    while at < end:
        passed = at - last
        edge = next((last + e for e in EDGES if e > passed), end)
        until = min(end, edge) if flat else min(end, edge, _slot_start(at) + _SLOT)
        yield at, until
        at = until


def _halves(start: datetime, end: datetime) -> Iterator[tuple[datetime, float]]:
    """The half hours that a stretch touches, each with its hours in it."""
    at = start
    while at < end:
        until = min(end, _slot_start(at) + _SLOT)
        yield at, (until - at) / _HOUR
        at = until


def _slot_of(at: datetime) -> int:
    return at.hour * 2 + at.minute // 30


def _slot_start(at: datetime) -> datetime:
    return at.replace(minute=at.minute // 30 * 30, second=0, microsecond=0)


def _class_of(passed: timedelta) -> int:
    return next((number for number, edge in enumerate(EDGES) if passed < edge), len(EDGES))


@lru_cache(maxsize=64)  # a poll asks several times
def shape(rhythm: Rhythm) -> Shape:
    """The factors as far as the evidence bears them."""
    thinned = rhythm.days_squared / rhythm.days if rhythm.days else 1.0
    slots = _smoothed(_shrunk(rhythm.slots, rhythm.slot_squares, rhythm.days, thinned))
    weekdays = _shrunk(rhythm.weekdays, rhythm.weekday_squares, rhythm.days / WEEK, thinned)
    rate = sum(rhythm.slots) / (rhythm.days * 24) if rhythm.days else 0.0
    return Shape(rate, slots, weekdays, _ratios(rhythm))


def _shrunk(sums: Sequence[float], squares: Sequence[float], times: float, thinned: float) -> tuple[float, ...]:
    """Shares with mean one, drawn towards one by the positive-part James–Stein rule. Each place was observed `times`
    times, and `squares` tells how much its counts varied among those."""
    total = sum(sums)
    if total <= 0 or times < TIMES:
        return (1.0,) * len(sums)
    mean = total / len(sums)
    varied = sum(max(square - s * s / times, 0.0) for s, square in zip(sums, squares, strict=True))
    noise = thinned * varied * times / (times - 1)
    spread = sum((s - mean) ** 2 for s in sums)
    kept = max(0.0, 1.0 - noise / spread) if spread > 0 else 0.0
    raw = [max(1.0 + kept * (s / mean - 1.0), LEAST_SHAPE) for s in sums]
    whole = sum(raw)
    return tuple(value * len(raw) / whole for value in raw)


def _smoothed(values: Sequence[float]) -> tuple[float, ...]:
    """A little of each half hour belongs to its neighbours: nobody publishes to the minute."""
    size = len(values)
    return tuple(0.5 * values[i] + 0.25 * (values[i - 1] + values[(i + 1) % size]) for i in range(size))


def _ratios(rhythm: Rhythm) -> tuple[float, ...]:
    pairs = zip(rhythm.came, rhythm.expected, strict=True)
    return tuple(min(max((c + PRIOR_BATCHES) / (e + PRIOR_BATCHES), RATIO[0]), RATIO[1]) for c, e in pairs)


def _scale(rhythm: Rhythm, means: Shape, budget: Budget) -> float:
    """The factor that makes the square root of the relative intensity a density of polls that spends the budget, the
    half hours and the classes of time since the last batch taken as independent."""
    observed = sum(rhythm.hours)
    shares = [h / observed for h in rhythm.hours] if observed else [0.0] * (CLASSES - 1) + [1.0]
    slots = Counter(round(math.sqrt(value), 2) for value in means.slots)
    terms = [
        (root * math.sqrt(ratio), count / SLOTS * share)
        for root, count in slots.items()
        for ratio, share in zip(means.ratios, shares, strict=True)
        if share > 0
    ]
    wanted, least, most = (3600 / s for s in (budget.interval.total_seconds(), *budget.seconds[:0:-1]))
    return min(_spending(wanted, terms, least, most), 100.0 * wanted)


def _spending(wanted: float, terms: Sequence[tuple[float, float]], least: float, most: float) -> float:
    """The scale at which the sum of weight · min(max(scale · root, least), most) over all (root, weight) is `wanted`:
    0 where it is always more, infinite where always less. Between the scales at which a term leaves `least` or reaches
    `most` the sum is a straight line."""
    bends = [(least / root, weight * root) for root, weight in terms]
    bends += [(most / root, -weight * root) for root, weight in terms]
    spent, slope, at = least * sum(weight for _, weight in terms), 0.0, 0.0
    if spent >= wanted:
        return 0.0
    for bend, steeper in sorted(bends):
        further = spent + slope * (bend - at)
        if further >= wanted:
            return at + (wanted - spent) / slope
        spent, slope, at = further, slope + steeper, bend
    return math.inf


def is_telling(rhythm: Rhythm | None) -> bool:
    """Whether enough was seen to be guided by it: some batches, over some days."""
    return rhythm is not None and rhythm.days >= 2.0 and rhythm.batches >= 4.0


def best_wait(rhythm: Rhythm, now: datetime, budget: Budget) -> timedelta:
    """How long to wait from a poll at `now` that has found everything up to then."""
    if rhythm.scale_for != budget.seconds:
        rhythm = with_scale(rhythm, budget)
    means, last = shape(rhythm), rhythm.last_at or rhythm.as_of
    least, most = 1 / (budget.ceiling / _HOUR), 1 / (budget.floor / _HOUR)
    due = 1.0
    for at, until in _stretches(now, now + budget.ceiling, min(last, now)):
        relative = means.base(at) * means.ratios[_class_of(at - min(last, now))]
        density = min(max(rhythm.scale * math.sqrt(relative), least), most)
        hours = (until - at) / _HOUR
        if density * hours >= due:
            return max(at + due / density * _HOUR - now, budget.floor)
        due -= density * hours
    return budget.ceiling


def expected_entries(rhythm: Rhythm, start: datetime, end: datetime) -> float:
    """How many entries the feed's usual days would have brought from `start` to `end`, the last batch left out of
    account."""
    means = shape(rhythm)
    return sum(means.rate * means.base(at) * hours for at, hours in _halves(start, end))
