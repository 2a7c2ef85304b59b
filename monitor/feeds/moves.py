"""When a permanent redirect is believed: 301 and 308 are said by accident often enough (a theme, a captive portal, a
site down for the night), and a URL once rewritten does not come back by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.model.news import FetchResult
from monitor.model.pace import Moving

HELD = timedelta(days=3)
POLLS = 4
"""A move is believed when it has held for so long, over so many polls, and a feed was read there."""


def follow(held: Moving | None, result: FetchResult, is_well: bool, read: bool, now: datetime) -> Moving | None:
    """What is known of a move after a poll. `is_well` says that the poll succeeded, `read` that a feed was read.

    Only a chain that is permanent throughout counts; any other answer ends the move, a failure says nothing of it.
    """
    if not is_well:
        return held
    if not result.permanent:
        return None
    if held is None or held.to != result.final_url:
        return Moving(result.final_url, now, 1, read)
    return Moving(held.to, held.since, held.polls + 1, held.parsed or read)


def is_settled(moving: Moving | None, now: datetime) -> bool:
    """Whether the feed is from now on asked at its new address."""
    return moving is not None and moving.parsed and moving.polls >= POLLS and now - moving.since >= HELD
