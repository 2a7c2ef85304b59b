"""When a delivery is tried again. A sender classifies; this alone decides."""

from __future__ import annotations

from datetime import datetime, timedelta

SCHEDULE = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""Waits after the first, second, … attempt (Standard Webhooks 1.0, «Deliverability and reliability»): 75 h in all."""
PAUSE = timedelta(minutes=15)
"""How long a channel rests whose account was refused."""
JITTER = 0.1


def retry_at(attempts: int, now: datetime, retry_after: timedelta | None, jitter: float) -> datetime | None:
    """When to try again after `attempts` failed ones (at least 1); None: give up. `jitter` is in [0, 1); it only adds,
    and a receiver's Retry-After is never shortened."""
    if attempts > len(SCHEDULE):
        return None
    wait = SCHEDULE[attempts - 1] * (1 + JITTER * jitter)
    return now + max(wait, retry_after or timedelta(0))
