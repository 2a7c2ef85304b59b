"""What a poll makes of its feed's standing, inside the poll's transaction: when it is asked next and where, what was
learnt of its rhythm, whether coverage was lost, whether the network is to blame, and what of it a person is told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from monitor.feeds.moves import follow, is_settled
from monitor.feeds.network import NETWORK, WINDOW, down_since
from monitor.feeds.pace import PollPlan, budget_of, next_poll
from monitor.feeds.rhythm import arrivals, learn
from monitor.flow.alarms import settle_alarms, tell_once
from monitor.flow.setup import Setup
from monitor.model.news import FetchOutcome, FetchResult, ParsedFeed, Validators
from monitor.model.pace import Moving, Rhythm
from monitor.model.state import FeedState, Gap, PollResult, RecentPoll
from monitor.ports import Tx
from monitor.text.urls import host_of

NETWORK_NOTE = "network_down_since"
LATEST = 40
"""Polls looked at to tell whether the network is down."""
BACKLOG = timedelta(minutes=10)
"""Over which the feeds that failed with the network are asked again."""
RELEARN = timedelta(days=1)
"""A feed that brings nothing new is counted as observed this often."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a poll found, as far as its feed's standing depends on it."""

    state: FeedState
    result: FetchResult
    outcome: FetchOutcome
    detail: str
    parsed: ParsedFeed | None
    body_hash: str | None
    dates: tuple[datetime | None, ...]
    """Of publication, as the feed gave them, of each new entry of its document."""
    new: int
    revised: int
    seeding: bool
    lost_touch: bool
    """The document shares no entry with those before it."""
    filled: bool
    """The feed's archive led back to what was known."""
    renamed: bool
    """Most entries were known by another name than their guid."""
    now: datetime
    jitter: float


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the feed is asked from now on."""

    url: str
    moving: Moving | None
    merged_into: str | None = None


def settle(tx: Tx, setup: Setup, facts: Facts) -> bool:
    """Record the poll and what follows from it; False where another poll came between: nothing may stand then."""
    state, pacing = facts.state, setup.settings.service.pacing
    listed = replace(state, format_entries=facts.parsed.count) if facts.parsed else state
    offline = _is_offline(tx, facts)
    rhythm = _learnt(facts, setup)
    plan = next_poll(
        outcome=facts.outcome,
        result=facts.result,
        hints=facts.parsed.hints if facts.parsed else None,
        state=listed,
        pacing=pacing,
        now=facts.now,
        jitter=facts.jitter,
        rhythm=rhythm or state.rhythm,
        gap=facts.lost_touch and not facts.filled,
        offline=offline,
    )
    place = _place(tx, facts)
    if not tx.finish_poll(_poll_result(facts, plan, place, rhythm)):
        return False
    if facts.lost_touch and state.last_success_at is not None:
        tx.add_gap(Gap(state.feed.id, state.last_success_at, facts.now, facts.filled))
    _hold_host(tx, facts)
    _tell_place(tx, setup, facts, place)
    settle_alarms(tx, setup, state, plan, facts.outcome, facts.detail, facts.new, rhythm or state.rhythm, facts.now)
    return True


def _is_offline(tx: Tx, facts: Facts) -> bool:
    """Whether this failure is the network's. The first answer from outside ends the outage, and the feeds that failed
    in it are asked again, spread over some minutes."""
    failed = facts.outcome in NETWORK
    if not failed and facts.state.last_outcome not in NETWORK:
        return False
    note = tx.get_note(NETWORK_NOTE)
    since = datetime.fromisoformat(note) if note else None
    if not failed:
        if since is not None:
            tx.put_note(NETWORK_NOTE, "")
            tx.spread(NETWORK, since, facts.now, BACKLOG)
        return False
    recent = tx.latest_polls((since or facts.now) - WINDOW, LATEST)
    if since is not None and all(p.outcome in NETWORK for p in recent if p.at >= since):
        return True
    started = down_since((_this_poll(facts), *recent), facts.now)
    if started is None:
        return False
    tx.put_note(NETWORK_NOTE, started.isoformat())
    tx.forgive(started, NETWORK)
    return True


def _this_poll(facts: Facts) -> RecentPoll:
    state = facts.state
    return RecentPoll(state.feed.id, host_of(state.url), facts.now, facts.outcome, state.failing_since)


def _learnt(facts: Facts, setup: Setup) -> Rhythm | None:
    """The rhythm after this poll; None where there is nothing to add to it."""
    state = facts.state
    if not facts.outcome.is_success:
        return None
    since = None if facts.seeding else state.last_success_at
    came = arrivals(facts.dates, since, facts.now)
    if not came and (state.rhythm is None or facts.now - state.rhythm.as_of < RELEARN):
        return None
    return learn(state.rhythm, came, facts.now, budget_of(setup.settings.service.pacing))


def _place(tx: Tx, facts: Facts) -> _Place:
    state = facts.state
    moving = follow(state.moving, facts.result, facts.outcome.is_success, facts.parsed is not None, facts.now)
    if moving is None or not is_settled(moving, facts.now):
        return _Place(state.url, moving)
    return _Place(moving.to, None, tx.feed_at(moving.to, state.feed.id))


def _poll_result(facts: Facts, plan: PollPlan, place: _Place, rhythm: Rhythm | None) -> PollResult:
    state, result, parsed = facts.state, facts.result, facts.parsed
    return PollResult(
        feed_id=state.feed.id,
        fence=state.fence,
        at=facts.now,
        outcome=facts.outcome,
        detail=facts.detail,
        url=place.url,
        validators=_validators(facts),
        body_hash=facts.body_hash,
        next_at=plan.next_at,
        failures=plan.failures,
        failing_since=plan.failing_since,
        gone=plan.gone or place.merged_into is not None,
        seeded=state.seeded or facts.seeding,
        new=facts.new,
        revised=facts.revised,
        elapsed=result.elapsed,
        title=parsed.title if parsed else "",
        format=parsed.format if parsed else "",
        format_entries=parsed.count if parsed else None,
        hints=parsed.hints if parsed else None,
        rhythm=rhythm,
        moving=place.moving,
        merged_into=place.merged_into,
        catch_up=plan.catch_up,
        body_at=facts.now if facts.outcome is FetchOutcome.OK else None,
        promised=plan.wait,
    )


def _validators(facts: Facts) -> Validators | None:
    """Those of the answer once its body is held; after a parse failure or an error the old ones stay (rule 7)."""
    return facts.result.validators if facts.outcome.is_success else facts.state.validators


def _hold_host(tx: Tx, facts: Facts) -> None:
    """A server's wish for fewer requests is its host's, unless the feed says otherwise (rule 26)."""
    asked = facts.result.retry_after
    if asked and facts.outcome is FetchOutcome.THROTTLED and facts.state.feed.retry_after == "host":
        tx.hold_host(host_of(facts.result.final_url), facts.now + asked, facts.detail)


def _tell_place(tx: Tx, setup: Setup, facts: Facts, place: _Place) -> None:
    feed_id, now = facts.state.feed.id, facts.now
    if place.merged_into is not None:
        detail = f"it leads to {place.url}, where {place.merged_into} stands already; it is not asked any more"
        tell_once(tx, setup, feed_id, "merged", detail, now)
    elif place.url != facts.state.url:
        tell_once(tx, setup, feed_id, "moved", f"from {facts.state.url} to {place.url}, for good", now)
    if facts.renamed:
        detail = "most entries came under new ids and were known again by link, title or text; none is told twice"
        tell_once(tx, setup, feed_id, "guids", detail, now)
