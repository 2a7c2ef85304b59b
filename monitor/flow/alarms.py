"""Troubles of the service itself, told once an episode: when a feed has failed for long, and when it is well again."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.feeds.pace import PollPlan
from monitor.flow.decide import owe
from monitor.flow.setup import Setup
from monitor.model.news import FetchOutcome
from monitor.model.settings import Feed
from monitor.model.state import Cause, Episode
from monitor.model.telling import DeliveryKind
from monitor.ports import Tx

FAILURES = 5
PATIENCE = timedelta(hours=6)
"""A feed's trouble is told when it has failed this often and for this long: never for a blip."""


def settle_alarms(
    tx: Tx, setup: Setup, feed: Feed, plan: PollPlan, outcome: FetchOutcome, detail: str, now: datetime
) -> None:
    """Raise or clear the alarms of one feed after a poll."""
    if plan.gone:
        _raise(tx, setup, feed, "gone", now, detail, now)
    if outcome.is_success:
        for kind in ("failing", "gone"):
            _clear(tx, setup, feed, kind, now)
    elif plan.failing_since and plan.failures >= FAILURES and now - plan.failing_since >= PATIENCE:
        _raise(tx, setup, feed, "failing", plan.failing_since, detail, now)


def _raise(tx: Tx, setup: Setup, feed: Feed, kind: str, since: datetime, detail: str, now: datetime) -> None:
    episode = tx.open_episode(feed.id, kind, since, detail)
    if episode is not None:
        _tell(tx, setup, episode, DeliveryKind.ALARM, now)


def _clear(tx: Tx, setup: Setup, feed: Feed, kind: str, now: datetime) -> None:
    episode = tx.close_episode(feed.id, kind, now)
    if episode is not None:
        _tell(tx, setup, episode, DeliveryKind.CLEARED, now)


def _tell(tx: Tx, setup: Setup, episode: Episode, kind: DeliveryKind, now: datetime) -> None:
    for recipient in setup.settings.recipients:
        if recipient.alarms:
            owe(tx, recipient.endpoints, recipient.id, kind, str(episode.id), 1, Cause(episode_id=episode.id), (), now)
