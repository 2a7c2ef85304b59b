"""Digest windows: contiguous, once a local date, whatever the clocks of the world do."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given
from hypothesis import strategies as st

from monitor.model.settings import Digest
from monitor.routing.windows import due_cut, instant, next_cut

ZONES = sorted(available_timezones() - {"localtime", "Factory"})
DAILY = Digest("daily", "Daily", time(7))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_time_in_a_gap_moves_to_the_first_valid_instant() -> None:
    """Berlin skips 02:00 to 03:00 on 29 March 2026: 02:30 becomes 03:00 summer time."""
    assert instant(date(2026, 3, 29), time(2, 30), ZoneInfo("Europe/Berlin")) == at("2026-03-29T01:00")


def test_time_in_a_fold_is_the_first_of_the_two() -> None:
    """Berlin lives 02:30 twice on 25 October 2026: the digest is cut at the first."""
    assert instant(date(2026, 10, 25), time(2, 30), ZoneInfo("Europe/Berlin")) == at("2026-10-25T00:30")


def test_a_date_that_does_not_exist_moves_to_the_next() -> None:
    """Apia skipped 30 December 2011 whole: its 07:00 becomes midnight of the 31st."""
    moment = instant(date(2011, 12, 30), time(7), ZoneInfo("Pacific/Apia"))
    assert moment.astimezone(ZoneInfo("Pacific/Apia")).replace(tzinfo=None) == datetime(2011, 12, 31)


def test_nothing_is_due_before_the_time() -> None:
    """At 06:59 local time the day's window is still open."""
    assert due_cut(DAILY, "Africa/Cairo", at("2026-11-22T05:00"), at("2026-11-23T04:59")) is None


def test_due_at_its_time() -> None:
    """At 07:00 in Cairo (05:00 UTC in winter) the window since the last cut is due."""
    cut = due_cut(DAILY, "Africa/Cairo", at("2026-11-22T05:00"), at("2026-11-23T05:00"))
    assert cut is not None
    assert (cut.local_date, cut.scheduled_at, cut.merged_days) == (date(2026, 11, 23), at("2026-11-23T05:00"), 1)


def test_downtime_merges_what_was_missed() -> None:
    """After three days down one window is due, and it says that it stands for three."""
    cut = due_cut(DAILY, "UTC", at("2026-11-20T07:00"), at("2026-11-23T12:00"))
    assert cut is not None
    assert (cut.start_at, cut.local_date, cut.merged_days) == (at("2026-11-20T07:00"), date(2026, 11, 23), 3)


def test_weekdays_only() -> None:
    """A digest of Mondays is not due on a Sunday."""
    mondays = Digest("weekly", "Weekly", time(7), days=(0,))
    assert due_cut(mondays, "UTC", at("2026-11-16T07:00"), at("2026-11-22T23:00")) is None
    assert due_cut(mondays, "UTC", at("2026-11-16T07:00"), at("2026-11-23T07:00")) is not None


def test_clock_set_back_cuts_nothing_twice() -> None:
    """With the clock an hour behind the last cut nothing is due until it is past it again."""
    assert due_cut(DAILY, "UTC", at("2026-11-23T07:00"), at("2026-11-23T06:30")) is None
    assert due_cut(DAILY, "UTC", at("2026-11-23T07:00"), at("2026-11-23T07:30")) is None


@given(
    zone=st.sampled_from(ZONES),
    start=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),
    hour=st.integers(0, 23),
    minute=st.sampled_from([0, 15, 30, 59]),
    naps=st.lists(st.integers(1, 60 * 30), min_size=1, max_size=40),
)
def test_windows_are_contiguous_and_one_a_local_date(
    zone: str, start: datetime, hour: int, minute: int, naps: list[int]
) -> None:
    """Looking at any moments, minutes or days apart, in any zone: each cut is later than the last, on a date of its
    own, and none that was scheduled is left out of the count."""
    digest = Digest("d", "D", time(hour, minute))
    since = first = start.replace(tzinfo=UTC)
    now, dates, told = since, [], 0
    for nap in naps:
        now += timedelta(minutes=nap)
        cut = due_cut(digest, zone, since, now)
        if cut is None:
            continue
        assert cut.start_at == since < cut.scheduled_at <= now
        dates.append(cut.local_date)
        told += cut.merged_days
        since = cut.scheduled_at
    assert dates == sorted(set(dates))
    assert told == _scheduled(digest, zone, first, since)


def _scheduled(digest: Digest, zone: str, first: datetime, last: datetime) -> int:
    info, day, count = ZoneInfo(zone), (first - timedelta(days=2)).date(), 0
    while day <= (last + timedelta(days=2)).date():
        count += first < instant(day, digest.at, info) <= last
        day += timedelta(days=1)
    return count


@given(
    zone=st.sampled_from(ZONES), now=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), hour=st.integers(0, 23)
)
def test_next_cut_is_what_becomes_due(zone: str, now: datetime, hour: int) -> None:
    """Nothing is due just before the announced moment, and something is at it."""
    digest, moment = Digest("d", "D", time(hour)), now.replace(tzinfo=UTC)
    coming = next_cut(digest, zone, moment)
    assert due_cut(digest, zone, moment, coming - timedelta(microseconds=1)) is None
    assert due_cut(digest, zone, moment, coming) is not None
