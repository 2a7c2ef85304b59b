"""Notices that the wall clock was set, or that the machine slept.

APScheduler's jobs give no tick for an hour after the clock was set back one, and due times in the store are wall time.
The monotonic clock tells the two apart: while the machine runs, both advance alike. (CLOCK_MONOTONIC stands still
during suspend, so that a sleep looks like a step forward.)
"""

from __future__ import annotations

from datetime import datetime, timedelta

THRESHOLD = timedelta(seconds=5)
"""Smaller differences are slewing and rounding."""


class ClockGuard:
    """Compares both clocks at each call."""

    def __init__(self, now: datetime, monotonic: float) -> None:
        self._wall = now
        self._monotonic = monotonic

    def step(self, now: datetime, monotonic: float) -> timedelta | None:
        """By how much the wall clock jumped since the last call; None where it did not."""
        jumped = (now - self._wall) - timedelta(seconds=monotonic - self._monotonic)
        self._wall, self._monotonic = now, monotonic
        return jumped if abs(jumped) >= THRESHOLD else None
