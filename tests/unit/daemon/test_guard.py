"""The guard tells a clock that was set from time that passed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.daemon.guard import ClockGuard

START = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)


@pytest.mark.parametrize("hours", [-1, 1, 10])
def test_a_step_is_noticed_once(hours: int) -> None:
    """Set back or forward an hour (or slept ten): told at the next look, not again after it."""
    guard = ClockGuard(START, 100.0)
    jumped = START + timedelta(hours=hours, seconds=1)
    assert guard.step(jumped, 101.0) == timedelta(hours=hours)
    assert guard.step(jumped + timedelta(seconds=1), 102.0) is None


def test_slewing_is_no_step() -> None:
    """A clock that runs a little fast is left alone."""
    guard = ClockGuard(START, 100.0)
    assert guard.step(START + timedelta(seconds=62), 160.0) is None
