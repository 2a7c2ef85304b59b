"""The small judgements about a feed: has it moved, is the network down, is it silent, where is its archive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.feeds.archive import previous_archive
from monitor.feeds.moves import follow, is_settled
from monitor.feeds.network import down_since
from monitor.feeds.pace import budget_of, next_poll
from monitor.feeds.rhythm import Arrival, learn
from monitor.feeds.stale import silent_since, usual_gap
from monitor.model.news import FetchOutcome, FetchResult, Validators
from monitor.model.pace import Moving, Rhythm
from monitor.model.settings import Feed, Pacing
from monitor.model.state import FeedState, RecentPoll

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OLD, NEW = "https://a.example/feed", "https://a.example/new"


def answer(to: str = NEW, permanent: bool = True) -> FetchResult:
    return FetchResult(FetchOutcome.OK, OLD, to, permanent=permanent, redirects=1)


def test_a_move_is_settled_by_days_polls_and_a_feed_read_there() -> None:
    """Each of the three is needed."""
    moving: Moving | None = None
    for hours in range(0, 73, 12):
        moving = follow(moving, answer(), True, hours == 0, NOW + hours * HOUR)
        assert is_settled(moving, NOW + hours * HOUR) is (hours >= 72)
    assert not is_settled(Moving(NEW, NOW - 9 * DAY, 3, True), NOW)
    assert not is_settled(Moving(NEW, NOW - 9 * DAY, 30, False), NOW)
    assert not is_settled(None, NOW)


def test_a_move_begins_anew_elsewhere_ends_with_any_other_answer_and_outlasts_failures() -> None:
    """A failure says nothing of the address."""
    held = Moving(NEW, NOW - DAY, 5, True)
    assert follow(held, answer("https://b.example/"), True, False, NOW) == Moving("https://b.example/", NOW, 1, False)
    assert follow(held, answer(permanent=False), True, True, NOW) is None
    assert follow(held, answer(permanent=False), False, False, NOW) == held


def poll(host: str, outcome: FetchOutcome, ago: timedelta = MINUTE, since: timedelta | None = None) -> RecentPoll:
    return RecentPoll(f"at-{host}", host, NOW - ago, outcome, NOW - since if since else None)


DNS, OK = FetchOutcome.DNS, FetchOutcome.OK


@pytest.mark.parametrize(
    ("recent", "down"),
    [
        ([poll("a", DNS), poll("b", DNS), poll("c", FetchOutcome.TIMEOUT)], True),
        ([poll("a", DNS), poll("b", DNS)], False),
        ([poll("a", DNS), poll("a", DNS), poll("b", DNS)], False),
        ([poll("a", DNS), poll("b", DNS), poll("x", OK), poll("c", DNS)], False),
        ([poll("a", DNS), poll("b", DNS), poll("c", FetchOutcome.SERVER_ERROR)], False),
        ([poll("a", DNS), poll("b", DNS), poll("c", DNS), *(poll(f"w{n}", OK) for n in range(2))], True),
        ([poll("a", DNS), poll("b", DNS), poll("c", DNS), *(poll(f"w{n}", OK) for n in range(4))], False),
        ([poll("a", DNS), poll("b", DNS), poll("c", DNS, since=2 * DAY)], False),
        ([], False),
    ],
    ids=["three", "two", "two hosts", "one answered", "an answer", "half", "fewer", "failed before", "nothing"],
)
def test_the_network_is_down_when_well_hosts_fail_one_after_the_other(recent: list[RecentPoll], down: bool) -> None:
    """Three at least, half of those asked at least, no answer in between, and none that failed before."""
    assert (down_since(recent, NOW) is not None) is down


def test_an_outage_begins_with_its_first_failure() -> None:
    """Newest first, as the store gives them."""
    recent = [poll(h, DNS, n * MINUTE) for n, h in enumerate("abc")]
    assert down_since([*recent, poll("x", OK, 9 * MINUTE)], NOW) == NOW - 2 * MINUTE


def every(gap: timedelta, batches: int, then: timedelta) -> Rhythm:
    """The rhythm of so many batches, one a gap, and silence since, up to `NOW`."""
    start = NOW - then - gap * batches
    rhythm = learn(None, [Arrival(start, 1), Arrival(start + gap, 1)], start + gap, budget_of(Pacing()))
    for number in range(2, batches + 1):
        at = start + gap * number
        rhythm = learn(rhythm, [Arrival(at, 1)], at, budget_of(Pacing()))
    at = NOW - then
    while at < NOW:
        at = min(at + DAY, NOW)
        rhythm = learn(rhythm, (), at, budget_of(Pacing()))
    assert rhythm is not None
    return rhythm


@pytest.mark.parametrize(
    ("gap", "then", "silent"),
    [
        (HOUR, 4 * HOUR, False),
        (HOUR, 7 * HOUR, True),
        (DAY, 4 * DAY, False),
        (DAY, 6 * DAY, True),
        (7 * DAY, 20 * DAY, False),
        (10 * MINUTE, 2 * HOUR, False),
    ],
)
def test_a_feed_is_silent_after_five_of_its_usual_gaps(gap: timedelta, then: timedelta, silent: bool) -> None:
    """And never before six hours."""
    rhythm = every(gap, 30, then)
    assert (silent_since(rhythm, NOW) is not None) is silent
    assert usual_gap(rhythm) == pytest.approx(gap, rel=0.25)


def test_a_habit_needs_some_entries() -> None:
    """Of three batches nobody knows what is usual."""
    assert silent_since(every(HOUR, 3, 20 * DAY), NOW) is None
    assert silent_since(None, NOW) is None


@pytest.mark.parametrize(
    ("document", "archive"),
    [
        ("<feed><link rel='prev-archive' href='/2003/11/index.atom'/></feed>", "https://a.example/2003/11/index.atom"),
        ('<rss><atom:link href="https://b.example/x?a=1&amp;b=2" rel="prev-archive"/>', "https://b.example/x?a=1&b=2"),
        ('<link rel="self" href="x"/><link type="t" rel="PREV-ARCHIVE" href="y"/>', "https://a.example/y"),
        ('<link rel="previous" href="/y"/>', None),
        ('<link rel="prev-archive"/>', None),
        ('<link rel="prev-archive" href="javascript:alert(1)"/>', None),
        ("<link " * 200_000, None),
    ],
)
def test_an_archive_is_where_the_feed_says(document: str, archive: str | None) -> None:
    """RFC 5005 §4; a web address only, made absolute; a megabyte of broken links costs nothing."""
    assert previous_archive(document.encode(), OLD) == archive


FEED = Feed("a", OLD, "A")
WELL = FetchResult(FetchOutcome.NOT_MODIFIED, OLD, OLD, validators=Validators(OLD, '"1"'))


def test_after_a_gap_the_polls_stand_closer_and_then_relent() -> None:
    """Half of what proved too long, then a quarter more each time, up to the interval."""
    state = FeedState(FEED, OLD, NOW, last_success_at=NOW - HOUR)
    plan = next_poll(WELL.outcome, WELL, None, state, Pacing(), NOW, 0.0, gap=True)
    waits = [plan.wait / MINUTE]
    while plan.catch_up is not None:
        state = FeedState(FEED, OLD, NOW, last_success_at=NOW - plan.wait, catch_up=plan.catch_up)
        plan = next_poll(WELL.outcome, WELL, None, state, Pacing(), NOW, 0.0)
        waits.append(plan.wait / MINUTE)
    assert waits == [30, 37.5, 46.875, pytest.approx(58.59, abs=0.01), 60]


def test_an_interval_of_the_users_is_kept_to_even_after_a_gap() -> None:
    """It may be an arrangement with the publisher; the gap is told, so that it can be shortened."""
    state = FeedState(Feed("a", OLD, "A", interval=6 * HOUR), OLD, NOW, last_success_at=NOW - 6 * HOUR)
    assert next_poll(WELL.outcome, WELL, None, state, Pacing(), NOW, 0.0, gap=True).wait == 6 * HOUR


def test_a_network_that_is_down_changes_nothing_of_a_feeds_standing() -> None:
    """Neither count nor onset of its failures; it is tried again soon."""
    state = FeedState(FEED, OLD, NOW, failures=2, failing_since=NOW - DAY)
    failed = FetchResult(FetchOutcome.CONNECT, OLD, OLD)
    plan = next_poll(failed.outcome, failed, None, state, Pacing(), NOW, 0.0, offline=True)
    assert (plan.failures, plan.failing_since, plan.wait) == (2, NOW - DAY, 15 * MINUTE)
