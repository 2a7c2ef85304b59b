"""A feed that answers 200 and brings nothing: silent for longer than its habits explain."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.feeds.rhythm import expected_entries
from monitor.model.pace import Rhythm

GAPS = 5
"""So many of its usual gaps without anything new."""
SHORTEST = timedelta(hours=6)
"""Shorter silence is a blip, whatever the feed."""
BATCHES = 8.0
"""Fewer make no habit."""
BEYOND = 1.5
"""It has been silent this much longer than ever lately: nights and weekends are habits too."""
_DAY = timedelta(days=1)


def silent_since(rhythm: Rhythm | None, now: datetime) -> datetime | None:
    """Since when a feed is silent beyond its habits; None while it is not."""
    if rhythm is None or rhythm.last_at is None or rhythm.batches < BATCHES:
        return None
    silent, usual = now - rhythm.last_at, usual_gap(rhythm)
    if usual is None or silent < max(SHORTEST, GAPS * usual, BEYOND * rhythm.longest):
        return None
    a_batch = sum(rhythm.slots) / rhythm.batches
    missed = expected_entries(rhythm, rhythm.last_at, now) * rhythm.days / _talking(rhythm) / a_batch
    return rhythm.last_at if missed >= GAPS else None


def usual_gap(rhythm: Rhythm) -> timedelta | None:
    """The mean time between two batches while the feed was talking."""
    days = _talking(rhythm)
    return days / rhythm.batches * _DAY if rhythm.batches >= 1 and days > 0 else None


def _talking(rhythm: Rhythm) -> float:
    """Days observed up to the last batch."""
    silence = (rhythm.as_of - rhythm.last_at) / _DAY if rhythm.last_at else 0.0
    return max(rhythm.days - silence, 0.1 * rhythm.days)
