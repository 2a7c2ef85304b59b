"""When a feed is asked again: the rules of politeness, and the laws that hold for any answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.pace import MAX_JITTER, PollPlan, next_poll
from monitor.model.news import FeedHints, FetchOutcome, FetchResult
from monitor.model.settings import Feed, Pacing
from monitor.model.state import FeedState

NOW = datetime(2026, 11, 3, 10, 20, tzinfo=UTC)
"""A Tuesday."""
FEED = Feed("ledger", "https://ledger.example/feed", "The Ledger")
STATE = FeedState(FEED, FEED.url, NOW)
PACING = Pacing()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
FAILURES = [o for o in FetchOutcome if not o.is_success and o is not FetchOutcome.GONE]


def result(outcome: FetchOutcome = FetchOutcome.OK, **headers: str) -> FetchResult:
    """An answer with these headers (underscores for hyphens)."""
    pairs = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return FetchResult(outcome, FEED.url, FEED.url, headers=pairs)


def plan(
    answer: FetchResult,
    hints: FeedHints | None = None,
    state: FeedState = STATE,
    jitter: float = 0.0,
    now: datetime = NOW,
    outcome: FetchOutcome | None = None,
) -> PollPlan:
    """The plan after one answer."""
    return next_poll(outcome or answer.outcome, answer, hints, state, PACING, now, jitter)


def waits(answer: FetchResult, hints: FeedHints | None = None, state: FeedState = STATE) -> timedelta:
    """How long until the next poll, without jitter."""
    return plan(answer, hints, state).next_at - NOW


def failing(failures: int, since: datetime = NOW, feed: Feed = FEED) -> FeedState:
    """A feed that has failed this often."""
    return replace(STATE, feed=feed, failures=failures, failing_since=since if failures else None)


def test_a_feed_that_says_nothing_is_asked_hourly() -> None:
    """Rule 13: 60 minutes by default."""
    after = plan(result())
    assert (after.next_at - NOW, after.failures, after.gone, after.reason) == (HOUR, 0, False, "interval")


def test_the_feeds_own_interval_counts() -> None:
    """An interval set for a feed replaces the default, in both directions."""
    assert waits(result(), state=replace(STATE, feed=replace(FEED, interval=20 * MINUTE))) == 20 * MINUTE
    assert waits(result(), state=replace(STATE, feed=replace(FEED, interval=3 * DAY))) == 3 * DAY


def test_the_floor_holds_unless_the_server_is_the_users_own() -> None:
    """Rule 13: no feed of others more often than every 15 minutes."""
    quick = replace(FEED, interval=MINUTE)
    assert waits(result(), state=replace(STATE, feed=quick)) == 15 * MINUTE
    assert waits(result(), state=replace(STATE, feed=replace(quick, own=True))) == MINUTE


MORNING, LATER = "Tue, 03 Nov 2026 10:00:00 GMT", "Tue, 03 Nov 2026 13:00:00 GMT"


@pytest.mark.parametrize("outcome", [FetchOutcome.OK, FetchOutcome.NOT_MODIFIED])
@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"cache_control": "public, max-age=7200"}, 2 * HOUR),
        ({"cache_control": 'max-age="7200"'}, 2 * HOUR),
        ({"cache_control": "max-age=7200", "age": "1800"}, 90 * MINUTE),
        ({"cache_control": "max-age=600"}, HOUR),
        ({"cache_control": "max-age=99999999999999999999"}, DAY),
        ({"cache_control": "no-cache, max-age=7200"}, HOUR),
        ({"cache_control": "no-store"}, HOUR),
        ({"cache_control": "max-age=soon"}, HOUR),
        ({"expires": LATER, "date": MORNING}, 3 * HOUR),
        (
            {"expires": LATER, "date": MORNING, "age": "3600"},
            2 * HOUR,
        ),
        ({"expires": "0", "date": MORNING}, HOUR),
        ({"expires": LATER}, HOUR),
        ({"cache_control": "max-age=7200", "expires": "Sun, 08 Nov 2026 13:00:00 GMT"}, 2 * HOUR),
    ],
)
def test_freshness_is_honoured(outcome: FetchOutcome, headers: dict[str, str], wait: timedelta) -> None:
    """Rules 15 to 18: max-age less Age, else Expires less Date, up to a day; `no-cache` disables both; a 304 counts."""
    assert waits(result(outcome, **headers)) == wait


def test_several_cache_control_headers_are_one() -> None:
    """RFC 9110 §5.3: repeated fields are joined."""
    headers = (("cache-control", "max-age=7200"), ("cache-control", "no-cache"))
    assert waits(replace(result(), headers=headers)) == HOUR


@pytest.mark.parametrize(
    ("hints", "wait"),
    [
        (FeedHints(ttl=2 * HOUR), 2 * HOUR),
        (FeedHints(ttl=5 * MINUTE), HOUR),
        (FeedHints(ttl=30 * DAY), DAY),
        (FeedHints(update_period=6 * HOUR), 6 * HOUR),
        (FeedHints(ttl=2 * HOUR, update_period=3 * HOUR), 3 * HOUR),
    ],
)
def test_the_feeds_hints_are_honoured(hints: FeedHints, wait: timedelta) -> None:
    """Rule 15: ttl and updatePeriod lengthen the wait, up to a day, and never shorten it."""
    assert waits(result(), hints) == wait


def test_skip_hours_push_to_the_first_open_hour() -> None:
    """Rule 19: hours the feed does not want to be asked, in GMT."""
    after = plan(result(), FeedHints(skip_hours=(11, 12, 13)))
    assert after.next_at == datetime(2026, 11, 3, 14, tzinfo=UTC)
    assert after.reason == "skipHours and skipDays"


def test_skip_days_push_over_the_weekend() -> None:
    """Rule 19: a Friday's poll at night waits for Monday."""
    friday = datetime(2026, 11, 6, 23, 30, tzinfo=UTC)
    assert plan(result(), FeedHints(skip_days=(5, 6)), now=friday).next_at == datetime(2026, 11, 9, tzinfo=UTC)


def test_skipping_everything_skips_nothing() -> None:
    """A feed that excludes every hour has made a mistake."""
    assert waits(result(), FeedHints(skip_hours=tuple(range(24)))) == HOUR


@pytest.mark.parametrize("asked", [5 * MINUTE, 2 * HOUR, 3 * DAY])
def test_retry_after_is_never_shortened(asked: timedelta) -> None:
    """Rules 25 and 28: neither the cap of a back-off nor the interval brings the next poll before it."""
    throttled = replace(result(FetchOutcome.THROTTLED), status=429, retry_after=asked)
    assert waits(throttled) == max(asked, HOUR)


def test_retry_after_counts_for_other_answers() -> None:
    """A server may say it with any status."""
    assert waits(replace(result(FetchOutcome.SERVER_ERROR), status=500, retry_after=2 * DAY)) == 2 * DAY
    assert waits(replace(result(), retry_after=5 * HOUR)) == 5 * HOUR


def test_throttled_without_a_word_waits_an_hour_doubling() -> None:
    """Rule 27, for 429 and 503."""
    for answer in (
        replace(result(FetchOutcome.THROTTLED), status=429),
        replace(result(FetchOutcome.SERVER_ERROR), status=503),
    ):
        assert [waits(answer, state=failing(n)) / HOUR for n in (0, 1, 2, 3, 20)] == [1, 2, 4, 8, 24]


def test_network_errors_back_off_to_a_cap() -> None:
    """Rule 31: exponential from the interval, never stopped."""
    answer = result(FetchOutcome.CONNECT)
    assert [waits(answer, state=failing(n)) / HOUR for n in (0, 1, 2, 3, 50)] == [1, 2, 4, 6, 6]


def test_not_found_goes_to_daily_then_weekly() -> None:
    """Rule 29: a 404 may be an accident, then a move; it is asked for ever more rarely, but asked."""
    answer = replace(result(FetchOutcome.NOT_FOUND), status=404)
    assert [waits(answer, state=failing(n)) / HOUR for n in (0, 1, 2, 6)] == [1, 2, 4, 24]
    assert waits(answer, state=failing(9, NOW - 8 * DAY)) == 7 * DAY


def test_other_client_errors_back_off_long() -> None:
    """Rule 29: 403 and its like begin at four hours."""
    answer = replace(result(FetchOutcome.FORBIDDEN), status=403)
    assert [waits(answer, state=failing(n)) / HOUR for n in (0, 1, 2, 3)] == [4, 8, 16, 24]


def test_gone_is_the_only_end() -> None:
    """Rule 30: 410 stops polling, nothing else does."""
    assert plan(result(FetchOutcome.GONE)).gone
    assert not any(plan(result(outcome), state=failing(500, NOW - 300 * DAY)).gone for outcome in FAILURES)


def test_failures_are_counted_and_cleared() -> None:
    """The first failure dates the trouble, a success ends it."""
    first = plan(result(FetchOutcome.TIMEOUT))
    assert (first.failures, first.failing_since) == (1, NOW)
    third = plan(result(FetchOutcome.TIMEOUT), state=failing(2, NOW - DAY))
    assert (third.failures, third.failing_since) == (3, NOW - DAY)
    well = plan(result(FetchOutcome.NOT_MODIFIED), state=failing(2, NOW - DAY))
    assert (well.failures, well.failing_since) == (0, None)


def test_a_body_that_is_no_feed_counts_as_a_failure() -> None:
    """The poll's own outcome decides, not the fetch's."""
    after = plan(result(FetchOutcome.OK), outcome=FetchOutcome.NOT_A_FEED)
    assert after.failures == 1
    assert after.next_at > NOW


durations = st.integers(0, 40 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))
answers = st.builds(
    lambda outcome, status, retry, cache, age: FetchResult(
        outcome,
        FEED.url,
        FEED.url,
        status=status,
        retry_after=retry,
        headers=(("cache-control", cache), ("age", age)),
    ),
    st.sampled_from(FetchOutcome),
    st.sampled_from([None, 200, 304, 404, 429, 500, 503]),
    st.none() | durations,
    st.sampled_from(["", "no-cache", "max-age=0", "max-age=4000", "max-age=100000000", "max-age=-5", "=,=;"])
    | st.text(),
    st.sampled_from(["", "0", "500", "x"]),
)
all_hints = st.none() | st.builds(
    FeedHints,
    st.none() | durations,
    st.none() | durations,
    st.lists(st.integers(0, 23), unique=True).map(tuple),
    st.lists(st.integers(0, 6), unique=True).map(tuple),
)
states = st.builds(
    lambda interval, own, failures, age: replace(
        failing(failures, NOW - age, replace(FEED, interval=interval, own=own)), title="x"
    ),
    st.none() | durations.filter(bool),
    st.booleans(),
    st.integers(0, 2_000),
    durations,
)


@given(answers, all_hints, states, st.floats(0, 1, exclude_max=True))
def test_never_early_never_beyond_the_cap(
    answer: FetchResult, hints: FeedHints | None, state: FeedState, jitter: float
) -> None:
    """Not before the floor, the interval and Retry-After; and always within reach of the longest wait allowed."""
    after = plan(answer, hints, state, jitter)
    wait = after.next_at - NOW
    interval = state.feed.interval or PACING.interval
    assert wait >= interval or after.gone
    assert state.feed.own or wait >= PACING.floor
    if not after.gone:
        assert wait >= (answer.retry_after or timedelta(0))
    longest = max(interval, answer.retry_after or timedelta(0), 7 * DAY)
    assert wait <= longest + MAX_JITTER + 8 * DAY
    assert after.gone is (answer.outcome is FetchOutcome.GONE)
    assert after.reason


@given(answers, all_hints, states, st.floats(0, 1, exclude_max=True))
def test_jitter_only_adds(answer: FetchResult, hints: FeedHints | None, state: FeedState, jitter: float) -> None:
    """Rule 20: never earlier than without it."""
    assert plan(answer, hints, state, jitter).next_at >= plan(answer, hints, state, 0.0).next_at


@given(answers, states)
def test_an_allowed_hour_is_met(answer: FetchResult, state: FeedState) -> None:
    """After a success the next poll stands in an hour and on a day that the feed allows."""
    hints = FeedHints(skip_hours=(0, 1, 2, 3, 11, 12), skip_days=(2, 6))
    at = plan(replace(answer, outcome=FetchOutcome.OK), hints, state, 0.5).next_at
    assert at.hour not in hints.skip_hours
    assert at.weekday() not in hints.skip_days
