"""What polling has taught of one feed's pace, and of its move to another address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When a feed publishes, as far as it was seen: sums that halve every four weeks, so that old habits fade.

    `feeds.rhythm` keeps and reads it; here it is only held. About 120 numbers, whatever the feed.
    """

    as_of: datetime
    """To this moment everything is counted."""
    days: float
    """Observed, faded."""
    days_squared: float
    """The same with squared weights: how much the fading has thinned the evidence."""
    slots: tuple[float, ...]
    """Entries by half hour of the day (UTC), 48 of them."""
    slot_squares: tuple[float, ...]
    """Squares of the entries of each half hour of each day, by half hour: how much they vary from day to day."""
    weekdays: tuple[float, ...]
    """Entries by day of the week, Monday first."""
    weekday_squares: tuple[float, ...]
    batches: float
    """Moments at which something new appeared."""
    came: tuple[float, ...]
    """Batches by the time that had passed since the one before."""
    expected: tuple[float, ...]
    """How many would have come so were the past of no account."""
    hours: tuple[float, ...]
    """Hours observed at each time since the last batch."""
    last_at: datetime | None = None
    """Of the last batch."""
    longest: timedelta = timedelta(0)
    """The longest time between two batches, faded."""
    slot_sum: float = 0.0
    """Entries of the half hour of `last_at` so far."""
    day_sum: float = 0.0
    """Entries of the day of `last_at` so far."""
    scale: float = 0.0
    """Polls an hour for an intensity of one: what spends the budget of `scale_for`."""
    scale_for: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Interval, floor and ceiling in seconds for which `scale` holds."""


@dataclass(frozen=True, slots=True)
class Moving:
    """A permanent redirect that has not held for long enough yet to be believed."""

    to: str
    since: datetime
    polls: int
    """In a row that led there."""
    parsed: bool
    """Whether what stands there was read as a feed."""
