"""When a feed is asked again: a pure function of what came back, what the feed says of its pace, and its history.

What the feed's own habits make of the requests it may cost stands in `feeds.rhythm`; here are the bounds.

Freshness after RFC 9111 §4.2 and §5.2.2, Retry-After after RFC 9110 §10.2.3, ttl, skipHours and skipDays after RSS 2.0.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from monitor.feeds.rhythm import Budget, best_wait, is_telling, shape
from monitor.model.news import FeedHints, FetchOutcome, FetchResult
from monitor.model.pace import Rhythm
from monitor.model.settings import Pacing
from monitor.model.state import FeedState

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
MAX_WAIT = DAY
"""What a feed's own word can lengthen the interval to."""
UNVALIDATED_CAP = 6 * HOUR
"""The longest wait for a feed that gives no validators, unless it is large."""
LARGE = 1_000_000
"""Bytes of a feed from which one without validators is fetched only once a day."""
BATCHES = 4
"""Fewer make no rate."""
RELIEF = 1.25
"""By how much the wait after a gap grows again with each poll that lost nothing."""
NETWORK_CAP = 6 * HOUR
"""The longest back-off from server and network errors."""
CLIENT_FIRST = 4 * HOUR
"""The first wait after a 4xx that asking again will hardly mend."""
MISSING_PATIENCE = WEEK
"""How long a feed answers 404 before it is asked weekly instead of daily."""
ABSURD = timedelta(days=366)
"""A Retry-After beyond this is a broken header; up to it the server's word holds."""
JITTER = 0.1
"""Largest share of the wait that is added at random, so that feeds do not march in step; never more than MAX_JITTER."""
MAX_JITTER = timedelta(minutes=5)

CLIENT_ERRORS = frozenset({FetchOutcome.FORBIDDEN, FetchOutcome.CHALLENGED, FetchOutcome.CLIENT_ERROR})
_DIRECTIVE = re.compile(r"""([A-Za-z-]+)\s*(?:=\s*(?:"([^"]*)"|([^\s,;]*)))?""")


@dataclass(frozen=True, slots=True)
class PollPlan:
    """When to ask again, and the feed's standing after this poll."""

    next_at: datetime
    failures: int
    """In a row, this one included."""
    failing_since: datetime | None
    gone: bool
    reason: str
    """Why then, in a few words for a person."""
    wait: timedelta = timedelta(0)
    """From this poll to the next, without jitter: the delay this pace can promise."""
    catch_up: timedelta | None = None
    """After a gap: no wait longer than this."""


@dataclass(frozen=True, slots=True)
class _Wait:
    length: timedelta
    reason: str


def next_poll(
    outcome: FetchOutcome,
    result: FetchResult,
    hints: FeedHints | None,
    state: FeedState,
    pacing: Pacing,
    now: datetime,
    jitter: float,
    rhythm: Rhythm | None = None,
    gap: bool = False,
    offline: bool = False,
) -> PollPlan:
    """Plan the next poll of a feed.

    `outcome` is the poll's (the fetch's, or NOT_A_FEED and UNPARSABLE); `hints` are the feed's own, None where it was
    not parsed (those of the last time then hold); `jitter` is in [0, 1); `rhythm` is what was learnt up to this poll;
    `gap` says that this poll shared no entry with the one before; `offline` that the network is down, which counts
    against no feed. Never earlier than the floor, the feed's own interval, its freshness or a Retry-After.
    """
    if outcome is FetchOutcome.GONE:
        return PollPlan(now + WEEK, state.failures + 1, state.failing_since or now, True, "410: gone for good", WEEK)
    if outcome.is_success:
        catch_up = _catch_up(state, pacing, now, gap)
        return _after_success(result, hints or state.hints, state, pacing, now, jitter, rhythm, catch_up)
    if offline:
        again = _later(now, pacing.floor, jitter)
        reason = "the network is down: this counts against no feed"
        return PollPlan(again, state.failures, state.failing_since, False, reason, pacing.floor, state.catch_up)
    failures = state.failures + 1
    since = state.failing_since or now
    wait = _with_floor(_after_failure(outcome, result, state, pacing, now - since), state, pacing)
    next_at = _later(now, wait.length, jitter)
    return PollPlan(next_at, failures, since, False, wait.reason, wait.length, state.catch_up)


def budget_of(pacing: Pacing) -> Budget:
    """What a feed without an interval of its own may cost."""
    return Budget(pacing.interval, min(pacing.floor, pacing.interval), max(pacing.ceiling, 2 * pacing.interval))


def _catch_up(state: FeedState, pacing: Pacing, now: datetime, gap: bool) -> timedelta | None:
    """Half of what proved too long; then a little more with each poll that lost nothing, up to the interval."""
    if gap:
        waited = now - state.last_success_at if state.last_success_at else pacing.interval
        return max(pacing.floor, min(waited, pacing.interval) / 2)
    longer = state.catch_up * RELIEF if state.catch_up else pacing.interval
    return longer if longer < pacing.interval else None


def _after_success(
    result: FetchResult,
    hints: FeedHints,
    state: FeedState,
    pacing: Pacing,
    now: datetime,
    jitter: float,
    rhythm: Rhythm | None,
    catch_up: timedelta | None,
) -> PollPlan:
    ours = _our_wait(result, state, pacing, now, rhythm, catch_up)
    asked = [w for w in (_freshness(result), _hint(hints.ttl, "ttl"), _hint(hints.update_period, "updatePeriod")) if w]
    longest = max(asked, key=lambda wait: wait.length, default=ours)
    wait = _Wait(min(longest.length, MAX_WAIT), longest.reason)
    if wait.length <= ours.length:
        wait = ours
    wait = _at_least_retry_after(_with_floor(wait, state, pacing), result)
    at = _later(now, wait.length, jitter)
    open_at = _next_open(at, hints)
    if open_at == at:
        return PollPlan(at, 0, None, False, wait.reason, wait.length, catch_up)
    return PollPlan(open_at, 0, None, False, "skipHours and skipDays", open_at - now, catch_up)


def _our_wait(
    result: FetchResult,
    state: FeedState,
    pacing: Pacing,
    now: datetime,
    rhythm: Rhythm | None,
    catch_up: timedelta | None,
) -> _Wait:
    """What we would do were the feed silent on it. An interval that the user set is kept to, come what may."""
    if state.feed.interval is not None:
        return _interval(state, pacing)
    known = rhythm if rhythm is not None and rhythm.batches >= BATCHES else None
    is_costly = result.outcome is FetchOutcome.OK and result.validators is None
    if is_costly:
        wait = _unvalidated(result, state, pacing, known)
    elif known is not None and is_telling(known) and pacing.adaptive:
        wait = _Wait(best_wait(known, now, budget_of(pacing)), "when its news is likely")
    else:
        wait = _interval(state, pacing)
    half = None if is_costly else _half_the_list(state, known, now)
    if half is not None and half < wait.length:
        wait = _Wait(half, "half the time an entry stays listed")
    if catch_up is not None and catch_up < wait.length:
        wait = _Wait(catch_up, "catching up after a gap")
    return wait


def _unvalidated(result: FetchResult, state: FeedState, pacing: Pacing, rhythm: Rhythm | None) -> _Wait:
    """A feed without validators is paid for in full each time: as seldom as its list allows."""
    if len(result.body) >= LARGE:
        return _Wait(DAY, "large and without validators: daily")
    rate = shape(rhythm).rate if rhythm else 0.0
    if rate <= 0 or not state.format_entries:
        return _interval(state, pacing)
    half = timedelta(hours=min(state.format_entries / rate / 2, 24 * 365))
    return _Wait(min(max(half, pacing.floor), UNVALIDATED_CAP), "no validators: half the time an entry stays listed")


def _half_the_list(state: FeedState, rhythm: Rhythm | None, now: datetime) -> timedelta | None:
    """The time in which half of what the feed lists would be replaced (Little's law), at its present rate."""
    if rhythm is None or not state.format_entries:
        return None
    means = shape(rhythm)
    rate = max(means.rate, means.intensity(now, rhythm.last_at))
    return timedelta(hours=state.format_entries / 2 / rate) if rate > 0.01 else None


def _interval(state: FeedState, pacing: Pacing) -> _Wait:
    own = state.feed.interval
    return _Wait(pacing.interval, "interval") if own is None else _Wait(own, "this feed's interval")


def _with_floor(wait: _Wait, state: FeedState, pacing: Pacing) -> _Wait:
    if state.feed.own or wait.length >= pacing.floor:
        return wait
    return _Wait(pacing.floor, "the floor")


def _hint(length: timedelta | None, name: str) -> _Wait | None:
    return _Wait(length, name) if length else None


def _freshness(result: FetchResult) -> _Wait | None:
    """How long the answer says it stays fresh: max-age less Age, else Expires less Date. `no-cache` and `no-store`
    disable both: the answer may be asked for again at any time."""
    directives = _cache_control(result)
    if "no-cache" in directives or "no-store" in directives:
        return None
    age = _seconds(result.header("age")) or timedelta(0)
    max_age = _seconds(directives.get("max-age"))
    if max_age is not None:
        return _Wait(max_age - age, "max-age") if max_age > age else None
    expires, date = _moment(result.header("expires")), _moment(result.header("date"))
    if expires is None or date is None or expires - date <= age:
        return None
    return _Wait(expires - date - age, "Expires")


def _cache_control(result: FetchResult) -> dict[str, str]:
    """Directives by lower-case name; of a repeated one the first counts (RFC 9111 §4.2.1)."""
    directives: dict[str, str] = {}
    for name, value in result.headers:
        if name.lower() == "cache-control":
            for found in _DIRECTIVE.finditer(value):
                directives.setdefault(found.group(1).lower(), found.group(2) or found.group(3) or "")
    return directives


def _seconds(text: str | None) -> timedelta | None:
    """RFC 9111 §1.2.2: a delta is a number of digits; one too large to hold means «very long»."""
    text = (text or "").strip()
    if not (text.isascii() and text.isdigit()):
        return None
    return timedelta(seconds=min(int(text[:12]), 2**31))


def _moment(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text) if text else None
    except ValueError:
        return None
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _after_failure(
    outcome: FetchOutcome, result: FetchResult, state: FeedState, pacing: Pacing, failing_for: timedelta
) -> _Wait:
    interval = _interval(state, pacing).length
    if outcome is FetchOutcome.THROTTLED or result.status == 503:
        wait = _Wait(
            max(interval, _doubled(HOUR, state.failures, DAY)), "the server asks for fewer requests: 1 h, doubling"
        )
        asked = _asked(result)
        return _Wait(max(asked, interval), "Retry-After") if asked else wait
    if outcome is FetchOutcome.NOT_FOUND:
        if failing_for >= MISSING_PATIENCE:
            return _Wait(max(WEEK, interval), "404 for a week: weekly")
        return _at_least_retry_after(_Wait(_doubled(interval, state.failures, DAY), "404: to daily"), result)
    if outcome in CLIENT_ERRORS:
        wait = _Wait(_doubled(max(CLIENT_FIRST, interval), state.failures, DAY), f"{outcome}: long back-off")
        return _at_least_retry_after(wait, result)
    wait = _Wait(_doubled(interval, state.failures, NETWORK_CAP), f"{outcome}: back-off")
    return _at_least_retry_after(wait, result)


def _doubled(first: timedelta, times: int, cap: timedelta) -> timedelta:
    """`first`, twice that, four times, … up to the cap, or `first` where that is longer."""
    return max(first, min(first * (1 << min(times, 16)), cap))


def _asked(result: FetchResult) -> timedelta | None:
    return min(result.retry_after, ABSURD) if result.retry_after else None


def _at_least_retry_after(wait: _Wait, result: FetchResult) -> _Wait:
    asked = _asked(result)
    return _Wait(asked, "Retry-After") if asked and asked > wait.length else wait


def _later(now: datetime, wait: timedelta, jitter: float) -> datetime:
    return now + wait + min(wait * JITTER, MAX_JITTER) * jitter


def _next_open(at: datetime, hints: FeedHints) -> datetime:
    """The first moment from `at` on outside the feed's skipHours and skipDays (GMT); `at` where nothing is left."""
    if len(hints.skip_hours) >= 24 or len(hints.skip_days) >= 7:
        return at
    moment = at.astimezone(UTC)
    for _ in range(24 * 8):
        if moment.weekday() not in hints.skip_days and moment.hour not in hints.skip_hours:
            return moment if moment > at else at
        moment = moment.replace(minute=0, second=0, microsecond=0) + HOUR
    return at
