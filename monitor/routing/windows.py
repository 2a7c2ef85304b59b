"""When a digest is cut, and for which stretch of time.

A window is half-open, [end of the last, this cut), so windows are contiguous and every item stands in exactly one. The
schedule is local time: at a clock change a time that does not exist moves to the first valid instant, a time that
comes twice counts once, the first time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from monitor.model.settings import Digest

MAX_CATCH_UP = timedelta(days=400)
"""How far back scheduled dates are counted; longer downtime is told as this much."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One window that is due."""

    local_date: date
    start_at: datetime
    scheduled_at: datetime
    merged_days: int
    """How many scheduled digests this one stands for: more than 1 after downtime."""


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The UTC moment of a local time; in a gap the first valid instant after it, in a fold the first of the two."""
    naive = datetime.combine(day, at)
    moment = naive.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == naive:
        return moment
    return _end_of_gap(naive, zone)


def _end_of_gap(naive: datetime, zone: ZoneInfo) -> datetime:
    """The transition inside which `naive` falls, found by halving: UTC offsets differ before and after it."""
    low = naive.replace(tzinfo=zone, fold=1).astimezone(UTC) - timedelta(days=1)
    high = low + timedelta(days=2)
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        if middle == low:
            break
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high.replace(microsecond=0)


def due_cut(digest: Digest, timezone: str, since: datetime, now: datetime) -> Cut | None:
    """The window that is due at `now` when the last one ended (or the first began) at `since`; None when none is.

    However many cuts were missed, one is due: the latest.
    """
    zone = ZoneInfo(digest.timezone or timezone)
    if now <= since:
        return None
    latest: tuple[date, datetime] | None = None
    count = 0
    day = max(since, now - MAX_CATCH_UP).astimezone(zone).date() - timedelta(days=1)
    last = now.astimezone(zone).date()
    while day <= last:
        if day.weekday() in digest.days:
            moment = instant(day, digest.at, zone)
            if since < moment <= now:
                latest = (day, moment)
                count += 1
        day += timedelta(days=1)
    if latest is None:
        return None
    return Cut(latest[0], since, latest[1], count)


def next_cut(digest: Digest, timezone: str, now: datetime) -> datetime:
    """The first scheduled moment after `now`."""
    zone = ZoneInfo(digest.timezone or timezone)
    day = now.astimezone(zone).date() - timedelta(days=1)
    while True:
        if day.weekday() in digest.days and (moment := instant(day, digest.at, zone)) > now:
            return moment
        day += timedelta(days=1)
