"""When a delivery is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from monitor.routing.retry import SCHEDULE, retry_at

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def test_waits_grow_along_the_schedule() -> None:
    """Each failure waits as long as the schedule says, and no jitter shortens it."""
    assert [retry_at(n, NOW, None, 0.0) for n in range(1, 10)] == [NOW + wait for wait in SCHEDULE]


def test_gives_up_after_the_schedule() -> None:
    """The tenth failure is the last."""
    assert retry_at(len(SCHEDULE) + 1, NOW, None, 0.5) is None


def test_retry_after_is_never_shortened() -> None:
    """A receiver that asks for an hour gets an hour, and one that asks for a second gets the schedule."""
    assert retry_at(1, NOW, timedelta(hours=1), 0.9) == NOW + timedelta(hours=1)
    assert retry_at(2, NOW, timedelta(seconds=1), 0.0) == NOW + SCHEDULE[1]


def test_jitter_only_adds() -> None:
    """At most a tenth more."""
    latest = retry_at(3, NOW, None, 0.999)
    assert latest is not None
    assert SCHEDULE[2] < latest - NOW <= SCHEDULE[2] * 1.1
