"""Clocks that are told the time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from monitor.testing import FakeClock, SteppedClock

START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)


def test_advance_moves_both() -> None:
    """Time that passes, passes on the wall clock and on the monotonic one."""
    clock = FakeClock(START, monotonic=10.0)
    clock.advance(timedelta(minutes=2))
    assert (clock.now(), clock.monotonic()) == (START + timedelta(minutes=2), 130.0)


def test_set_leaves_monotonic() -> None:
    """A wall clock that is put back an hour leaves the monotonic clock where it was."""
    clock = FakeClock(START, monotonic=10.0)
    clock.set(START - timedelta(hours=1))
    assert (clock.now(), clock.monotonic()) == (START - timedelta(hours=1), 10.0)


def test_now_is_utc() -> None:
    """Whatever zone it is set in, a clock tells UTC."""
    clock = FakeClock(START.astimezone(timezone(timedelta(hours=2))))
    assert clock.now().tzinfo is UTC
    assert clock.now() == START


def test_time_does_not_pass_backwards() -> None:
    """A negative stretch is refused by `advance`, and a past moment by the stepped clock."""
    with pytest.raises(ValueError, match="forward"):
        FakeClock(START).advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="lies before"):
        SteppedClock(START).set(START - timedelta(seconds=1))


def test_naive_is_refused() -> None:
    """A moment without a zone is refused."""
    with pytest.raises(ValueError, match="aware"):
        FakeClock(datetime(2026, 11, 23))


def test_stepped_monotonic_is_real() -> None:
    """The stepped clock's monotonic side goes on by itself while the wall clock stands."""
    clock = SteppedClock(START)
    first = clock.monotonic()
    clock.set(START + timedelta(hours=5))
    assert clock.monotonic() >= first
    assert clock.monotonic() - first < 60
    assert clock.now() == START + timedelta(hours=5)
