"""Dates as feeds write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.dates import parse_date


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Tue, 03 Nov 2026 10:00:00 GMT", "2026-11-03T10:00:00"),
        ("03 Nov 26 10:00 EDT", "2026-11-03T14:00:00"),
        ("Thu, 01 Jan 2026 19:48:21 GMT+02:00", "2026-01-01T17:48:21"),
        ("Sun, 22-Nov-2026 10:00:00 UT", "2026-11-22T10:00:00"),
        ("2026-11-03T24:00:00Z", "2026-11-04T00:00:00"),
        ("2026-11-03 10:00:00 -0530", "2026-11-03T15:30:00"),
        ("20261103T100000Z", "2026-11-03T10:00:00"),
        ("2026-11", "2026-11-01T00:00:00"),
        ("1783000000123", "2026-07-02T13:46:40"),
        ("Tue Nov 3 10:00:00 CET 2026", "2026-11-03T09:00:00"),
        ("3.11.2026, 10:00 Uhr MEZ", "2026-11-03T09:00:00"),
        ("23/11/2026 10:00", "2026-11-23T10:00:00"),
        ("martes, 3 de noviembre de 2026 10:00", "2026-11-03T10:00:00"),
        ("Вт, 3 ноября 2026 10:00:00 +0300", "2026-11-03T07:00:00"),
        ("3 בנובמבר 2026 10:00", None),
        ("3 נובמבר 2026 10:00", "2026-11-03T10:00:00"),
        ("Sal, 3 Kasım 2026 10:00 +03", "2026-11-03T07:00:00"),
        ("03/04/2026", None),
        ("soon", None),
        ("", None),
        ("Tue, 03 Nov 2026 25:00:00 GMT", None),
        ("0001-01-01T00:00:00Z", None),
        ("9" * 50, None),
    ],
)
def test_date(text: str, moment: str | None) -> None:
    """The date is read as a person of its language would, in UTC, or not at all."""
    expected = datetime.fromisoformat(moment).replace(tzinfo=UTC) if moment else None
    assert parse_date(text) == expected


def test_ist_is_israels_in_a_hebrew_feed() -> None:
    """The same three letters are India's elsewhere."""
    text = "Tue, 03 Nov 2026 10:00:00 IST"
    assert parse_date(text, "he-IL") == datetime(2026, 11, 3, 8, tzinfo=UTC)
    assert parse_date(text, "en-IN") == datetime(2026, 11, 3, 4, 30, tzinfo=UTC)


@given(st.datetimes(datetime(1970, 1, 1), datetime(2099, 12, 31)).map(lambda d: d.replace(microsecond=0, tzinfo=UTC)))
def test_round_trip(moment: datetime) -> None:
    """Both standard forms of any moment are read back exactly."""
    assert parse_date(moment.strftime("%a, %d %b %Y %H:%M:%S +0000")) == moment
    assert parse_date(moment.isoformat()) == moment


@given(st.text(max_size=120))
def test_no_text_raises(text: str) -> None:
    """Whatever stands in a date field gives a moment in UTC or nothing."""
    moment = parse_date(text)
    assert moment is None or moment.tzinfo is UTC
