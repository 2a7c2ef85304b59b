"""Times and durations as a reader writes them, in the reader's zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day(at: datetime) -> str:
    """`Mon 23 Nov` of a time already in the reader's zone; never in the machine's locale."""
    return f"{_DAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]}"


def moment(at: datetime, timezone: str) -> str:
    """`Mon 23 Nov 07:00`."""
    local = at.astimezone(ZoneInfo(timezone))
    return f"{day(local)} {local:%H:%M}"


def moment_from(at: datetime, now: datetime, timezone: str) -> str:
    """`21:40` within a day before `now`, with the day where it lies further off, with the year beyond half a year."""
    local = at.astimezone(ZoneInfo(timezone))
    away = abs(now - at)
    if away < timedelta(days=1):
        return f"{local:%H:%M}"
    if away < timedelta(days=180):
        return f"{day(local)} {local:%H:%M}"
    return f"{day(local)} {local.year}"


def zone_name(timezone: str) -> str:
    """`Cairo` of `Africa/Cairo`."""
    return timezone.rpartition("/")[2].replace("_", " ")


def span(duration: timedelta) -> str:
    """`25 min`, `9 h`, `24 h`, `3 days`: the largest unit that says enough."""
    minutes = max(0, round(duration.total_seconds() / 60))
    if minutes < 60:
        return f"{minutes} min"
    hours = round(minutes / 60)
    if hours < 48:
        return f"{hours} h"
    return f"{round(hours / 24)} days"
