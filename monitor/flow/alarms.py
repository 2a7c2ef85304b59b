"""Troubles of the service itself, told once an episode and together: a feed that keeps failing, one that answers and
brings nothing, one that is gone, each again when it is well; and, once, that one moved, merged or renamed its entries.

An alarm gathers for ten minutes before it goes out, so that feeds that fail together make one message.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.feeds.pace import PollPlan
from monitor.feeds.stale import silent_since
from monitor.flow.decide import owe
from monitor.flow.setup import Setup
from monitor.model.news import FetchOutcome
from monitor.model.pace import Rhythm
from monitor.model.state import Cause, Episode, FeedState
from monitor.model.telling import DeliveryKind
from monitor.ports import Tx

FAILURES = 5
PATIENCE = timedelta(hours=6)
"""A feed's trouble is told when it has failed this often and for this long: never for a blip."""
COMPANIONS = 3
"""When one is told, others that began to fail about then and have failed this often are told with it."""
TOGETHER = timedelta(hours=1)
GATHER = timedelta(minutes=10)
"""How long a message waits for others of its kind."""


def settle_alarms(
    tx: Tx,
    setup: Setup,
    state: FeedState,
    plan: PollPlan,
    outcome: FetchOutcome,
    detail: str,
    new: int,
    rhythm: Rhythm | None,
    now: datetime,
) -> None:
    """Raise or clear the alarms of one feed after a poll; `state` is that before it."""
    feed_id = state.feed.id
    if plan.gone:
        raise_alarm(tx, setup, feed_id, "gone", now, detail, now)
    elif outcome.is_success:
        for kind in ("failing", "gone") if state.failures else ():
            _clear(tx, setup, feed_id, kind, now)
        _settle_silence(tx, setup, state, new, rhythm, now)
    elif plan.failing_since is not None and _is_lasting(plan.failures, plan.failing_since, FAILURES, now):
        _raise_failing(tx, setup, feed_id, plan.failing_since, detail, now)


def tell_once(tx: Tx, setup: Setup, feed_id: str, kind: str, detail: str, now: datetime) -> None:
    """Something about a feed that is over as soon as it is told: `moved`, `merged`, `guids`."""
    raise_alarm(tx, setup, feed_id, kind, now, detail, now)
    tx.close_episode(feed_id, kind, now)


def raise_alarm(tx: Tx, setup: Setup, feed_id: str, kind: str, since: datetime, detail: str, now: datetime) -> bool:
    """Open an episode and owe its message; False where one of that kind is open."""
    episode = tx.open_episode(feed_id, kind, since, detail)
    if episode is None:
        return False
    _tell(tx, setup, episode, DeliveryKind.ALARM, now)
    return True


def _is_lasting(failures: int, since: datetime, least: int, now: datetime) -> bool:
    return failures >= least and now - since >= PATIENCE


def _raise_failing(tx: Tx, setup: Setup, feed_id: str, since: datetime, detail: str, now: datetime) -> None:
    """Of one feed, and of those that have failed since about then."""
    if not raise_alarm(tx, setup, feed_id, "failing", since, detail, now):
        return
    for other in tx.feed_states():
        began = other.failing_since
        if other.feed.id == feed_id or began is None or abs(began - since) > TOGETHER:
            continue
        if _is_lasting(other.failures, began, COMPANIONS, now):
            raise_alarm(tx, setup, other.feed.id, "failing", began, other.last_detail, now)


def _settle_silence(tx: Tx, setup: Setup, state: FeedState, new: int, rhythm: Rhythm | None, now: datetime) -> None:
    """Something new ends a silence. Whether one stands is only asked after hours without news: most polls are soon."""
    if state.last_new_at is None or now - state.last_new_at < PATIENCE:
        return
    if new:
        _clear(tx, setup, state.feed.id, "stale", now)
        return
    since = silent_since(rhythm, now)
    if since is not None:
        detail = f"it answers, but its newest entry appeared {since:%Y-%m-%d %H:%M} UTC"
        raise_alarm(tx, setup, state.feed.id, "stale", since, detail, now)


def _clear(tx: Tx, setup: Setup, feed_id: str, kind: str, now: datetime) -> None:
    episode = tx.close_episode(feed_id, kind, now)
    if episode is not None:
        _tell(tx, setup, episode, DeliveryKind.CLEARED, now)


def _tell(tx: Tx, setup: Setup, episode: Episode, kind: DeliveryKind, now: datetime) -> None:
    """In the message that gathers, else in one that begins to."""
    due = now + GATHER
    if tx.tell_episode(episode.id, kind is DeliveryKind.CLEARED, now, due) is not None:
        return
    cause = Cause(episode_id=episode.id)
    for recipient in setup.settings.recipients:
        if recipient.alarms:
            owe(tx, recipient.endpoints, recipient.id, kind, str(episode.id), 1, cause, (), now, due)
