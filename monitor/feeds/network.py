"""Telling a network that is down from feeds that fail: when well feeds of several hosts fail one after the other."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from monitor.model.news import FetchOutcome
from monitor.model.state import RecentPoll

NETWORK = frozenset({FetchOutcome.DNS, FetchOutcome.CONNECT, FetchOutcome.TIMEOUT})
"""Outcomes that a missing network gives; any other is an answer from outside."""
WINDOW = timedelta(minutes=15)
HOSTS = 3
"""Fewer hosts failing together are those hosts' own trouble."""


def down_since(recent: Iterable[RecentPoll], now: datetime) -> datetime | None:
    """Since when the network is down, from the latest polls, newest first; None while it is not.

    It is down when the last polls failed for want of a network on at least three hosts, and on at least half of the
    hosts asked lately, with no answer from outside in between. Feeds that failed before prove nothing.
    """
    telling = [p for p in recent if p.failing_since is None or now - p.failing_since <= WINDOW]
    run: list[RecentPoll] = []
    for poll in telling:
        if poll.outcome not in NETWORK:
            break
        run.append(poll)
    failing, asked = {p.host for p in run}, {p.host for p in telling}
    if len(failing) < HOSTS or 2 * len(failing) < len(asked):
        return None
    return min(p.at for p in run)
