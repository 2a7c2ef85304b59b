"""Reasons and Retry-After."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.channels.reasons import attempt, retry_after, seconds
from monitor.model.telling import Verdict

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(seconds=120)),
        (" 0 ", timedelta(0)),
        ("99999999999999", timedelta(days=1)),
        ("Mon, 23 Nov 2026 05:10:00 GMT", timedelta(minutes=10)),
        ("Mon, 23 Nov 2026 04:00:00 GMT", timedelta(0)),
        ("Mon, 23 Nov 2036 05:10:00 GMT", timedelta(days=1)),
        ("soon", None),
        ("-5", None),
        ("٣", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(value: str | None, wait: timedelta | None) -> None:
    """Seconds or a date, never negative, a day at most; anything else says nothing."""
    assert retry_after(value, NOW) == wait


def test_reasons_are_one_short_line() -> None:
    """Whatever a server says becomes one line of at most 200 characters."""
    reason = attempt(Verdict.RETRY, "450 a\r\nb\x00 " + "long " * 100).reason
    assert reason.startswith("450 a b long")
    assert len(reason) <= 200
    assert reason.isprintable()


def test_seconds() -> None:
    """Durations are said in seconds."""
    assert [seconds(timedelta(seconds=20)), seconds(timedelta(seconds=0.5))] == ["20 s", "0.5 s"]
