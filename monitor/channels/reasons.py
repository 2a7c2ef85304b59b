"""Why an attempt ended as it did, in one line without secrets."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor.digest.clean import clip
from monitor.model.telling import Attempt, Verdict

_LONGEST_WAIT = timedelta(days=1)
"""A server that asks for more is asked again after a day."""


def attempt(verdict: Verdict, reason: str, retry_after: timedelta | None = None) -> Attempt:
    """An outcome with its reason on one line of at most 200 characters."""
    return Attempt(verdict, clip(reason, 200), retry_after)


def seconds(duration: timedelta) -> str:
    """`20 s`, `0.5 s`."""
    return f"{duration.total_seconds():g} s"


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """A Retry-After header (RFC 9110 section 10.2.3): seconds or a date; None where it says nothing usable."""
    if value is None:
        return None
    stripped = value.strip()
    if stripped.isascii() and stripped.isdigit():
        wait = timedelta(seconds=min(int(stripped[:9]), 86_400))
    else:
        try:
            at = parsedate_to_datetime(stripped)
        except ValueError:
            return None
        wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta(0)), _LONGEST_WAIT)
