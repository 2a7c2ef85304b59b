"""Clocks that are told the time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a clock is set to an aware datetime")
    return moment.astimezone(UTC)


class FakeClock:
    """Both clocks by hand. `advance` is time passing; `set` is somebody setting the wall clock."""

    def __init__(self, start: datetime, monotonic: float = 0.0) -> None:
        self._now = _utc(start)
        self._monotonic = monotonic

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, by: timedelta) -> datetime:
        """Let time pass on both clocks. Raise ValueError for a negative stretch: time does not pass backwards."""
        if by < timedelta(0):
            raise ValueError("time passes forward; use `set` for a clock that is put back")
        self._now += by
        self._monotonic += by.total_seconds()
        return self._now

    def set(self, moment: datetime) -> None:
        """Put the wall clock to `moment`, forward or back; the monotonic clock stays."""
        self._now = _utc(moment)


class SteppedClock:
    """A wall clock by hand over the machine's own monotonic clock: hours in seconds, while real pauses stay real."""

    def __init__(self, start: datetime) -> None:
        self._now = _utc(start)

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return time.monotonic()

    def set(self, moment: datetime) -> None:
        """Put the wall clock to `moment`. Raise ValueError when that lies in the past."""
        moment = _utc(moment)
        if moment < self._now:
            raise ValueError(f"{moment.isoformat()} lies before {self._now.isoformat()}")
        self._now = moment
