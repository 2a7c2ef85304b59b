"""What a person reads of an answer: status, feeds, and how moments are given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.cli.looking import _since as since
from monitor.cli.looking import status_lines
from monitor.errors import InputError

COUNTS = {
    "feeds": 33,
    "feeds_failing": 0,
    "feeds_gone": 0,
    "feeds_never_polled": 0,
    "entries": 1204,
    "entries_today": 310,
    "reads_owed": 0,
    "holds": 0,
    "matches_today": 12,
    "alerts_today": 1,
    "deliveries_pending": 0,
    "deliveries_dead": 0,
    "deliveries_held": 0,
    "next_poll_at": "2026-11-23T12:00:30+00:00",
    "size_bytes": 48_000_000,
}


def answer(counts: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    digests = [{"digest": "morning", "recipient": "desk", "at": "2026-11-24T05:00:00+00:00", "items": 7}]
    return {
        "at": "2026-11-23T12:00:00+00:00",
        "running": True,
        "started_at": "2026-11-23T08:00:00+00:00",
        "state": "/var/lib/monitor",
        "counts": {**COUNTS, **(counts or {})},
        "next_digests": digests,
        "late": [],
        "wrong": [],
        **more,
    }


def test_all_is_well_in_eight_lines() -> None:
    """What it is doing; zeros that mean nothing are left out."""
    assert status_lines(answer(), 80) == [
        "daemon     running since 2026-11-23 08:00 UTC (4 h)",
        "state      /var/lib/monitor, 48 MB",
        "feeds      33: 33 well; next poll in 30 s",
        "entries    1204 held, 310 new today; 0 pages owed",
        "matches    12 today; 1 alert today",
        "outbox     0 owed",
        "digest     morning for desk in 17 h, 7 items so far",
        "wrong      nothing",
    ]


def test_troubles_are_told_and_counted() -> None:
    """What is late stands before what is wrong; of many, four are shown and the rest counted."""
    counts = {"feeds_failing": 2, "feeds_gone": 1, "feeds_never_polled": 3, "reads_owed": 1, "holds": 2,
              "deliveries_pending": 4, "deliveries_dead": 5, "deliveries_held": 6}  # fmt: skip
    told = answer(counts, running=False, late=["polls: late"], wrong=[f"feed f{n}: 503" for n in range(5)])
    lines = status_lines(told, 80)
    assert "daemon     not running: `monitor run` starts it" in lines
    assert "feeds      33: 27 well, 2 failing, 1 gone, 3 new; next poll in 30 s" in lines
    assert "entries    1204 held, 310 new today; 1 page owed, 2 alerts waiting for the page" in lines
    assert "outbox     4 owed, 5 given up, 6 held" in lines
    assert lines[-5:] == [
        "late       polls: late",
        "wrong      feed f0: 503",
        "wrong      feed f1: 503",
        "wrong      feed f2: 503",
        "           and 2 more: `monitor feeds`, `monitor outbox`, or --json",
    ]
    assert len(lines) <= 13


@pytest.mark.parametrize(("text", "back"), [("90m", 90), ("24h", 24 * 60), ("7d", 7 * 1440), ("2w", 14 * 1440)])
def test_since_counts_back_from_now(text: str, back: int) -> None:
    """`24h` is the moment a day ago, in UTC."""
    moment = datetime.fromisoformat(str(since(text)))
    assert moment.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - timedelta(minutes=back) - moment) < timedelta(minutes=1)


def test_since_takes_dates_and_times() -> None:
    """With a zone, that moment; without, in the zone of whoever asks."""
    assert since("2026-11-23T06:00:00+02:00") == "2026-11-23T04:00:00+00:00"
    assert since("2026-11-23") == datetime(2026, 11, 23).astimezone().astimezone(UTC).isoformat()
    assert since(None) is None


@pytest.mark.parametrize("text", ["yesterday", "24", "h", "-3d", "99999999999d"])
def test_since_refuses_what_is_no_moment(text: str) -> None:
    """With the forms that are."""
    with pytest.raises(InputError, match="24h, 7d or 2026-11-23"):
        since(text)
