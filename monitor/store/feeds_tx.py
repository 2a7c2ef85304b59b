"""Feeds and polls (`ports.FeedTx`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, case, delete, false, func, insert, literal, or_, select, update

from monitor.model.news import FetchOutcome
from monitor.model.settings import Feed
from monitor.model.state import Episode, FeedState, Gap, PollLog, PollResult, RecentPoll
from monitor.model.telling import DeliveryState
from monitor.store import rows
from monitor.store.columns import UtcTime
from monitor.store.prepared import Prepared, as_list, listed
from monitor.store.schema import deliveries, episodes, feeds, gaps, hosts, poll_leases, polls, reads
from monitor.store.statements import Part, chunks, one_a_host, put
from monitor.text.urls import host_of

_CONFIG = "config"
_now = bindparam("b_now", type_=feeds.c.next_at.type)
_held_hosts = select(hosts.c.host).where(hosts.c.hold_until > _now)
_DUE = Prepared(
    select(feeds.c.id, feeds.c.host)
    .where(
        feeds.c.removed == false(),
        feeds.c.gone == false(),
        feeds.c.next_at <= _now,
        feeds.c.id.not_in(select(poll_leases.c.feed_id).where(poll_leases.c.lease_until > _now)),
        feeds.c.host.not_in(listed("b_closed")),
        feeds.c.host.not_in(_held_hosts),
        feeds.c.host.not_in(select(poll_leases.c.host).where(poll_leases.c.lease_until > _now)),
    )
    .order_by(feeds.c.next_at, feeds.c.id)
    .limit(bindparam("b_count"))
)
_UNLEASE = Prepared(delete(poll_leases).where(poll_leases.c.feed_id.in_(listed("b_ids"))))
_LEASE = Prepared(insert(poll_leases), ("feed_id", "host", "lease_until"))
_LEASED = Prepared(
    select(feeds, poll_leases.c.fence)
    .join(poll_leases, poll_leases.c.feed_id == feeds.c.id)
    .where(feeds.c.id.in_(listed("b_ids")))
)
_END_LEASE = Prepared(
    delete(poll_leases).where(poll_leases.c.feed_id == bindparam("b_id"), poll_leases.c.fence == bindparam("b_fence"))
)
_ALL = select(feeds).where(feeds.c.removed == false()).order_by(feeds.c.id)
_ONE = select(feeds).where(feeds.c.id == bindparam("b_id"), feeds.c.removed == false())
_ALWAYS = (
    *("url", "host", "validators", "body_hash", "next_at", "last_polled_at", "last_outcome"),
    *("last_detail", "failures", "failing_since", "gone", "seeded", "promised"),
    *("moving", "merged_into", "catch_up"),
)
_WHERE_TOLD = (
    *("last_success_at", "last_new_at", "title", "format", "format_entries"),
    *("hints", "rhythm", "body_at"),
)
_FINISH = Prepared(
    update(feeds)
    .where(feeds.c.id == bindparam("b_id"))
    .values({name: bindparam(f"b_{name}", type_=feeds.c[name].type) for name in _ALWAYS})
    .values({n: func.coalesce(bindparam(f"b_{n}", type_=feeds.c[n].type), feeds.c[n]) for n in _WHERE_TOLD})
)
_ADD_POLL = Prepared(insert(polls), ("feed_id", "at", "outcome", "detail", "new", "revised", "elapsed"))
_taken = feeds.alias("taken")
_PART_FROM_REMOVED = (
    update(feeds)
    .where(
        feeds.c.merged_into.is_not(None),
        feeds.c.merged_into.not_in(select(_taken.c.id).where(_taken.c.removed == false(), _taken.c.gone == false())),
    )
    .values(merged_into=None, gone=False, next_at=_now)
)
"""A feed that was merged into one that is no longer polled stands on its own again."""
_LATEST_POLLS = (
    select(polls.c.feed_id, feeds.c.host, polls.c.at, polls.c.outcome, feeds.c.failing_since)
    .join(feeds, feeds.c.id == polls.c.feed_id)
    .where(polls.c.at >= bindparam("b_since", type_=polls.c.at.type))
    .order_by(polls.c.at.desc(), polls.c.id.desc())
    .limit(bindparam("b_limit"))
)
_FORGIVE = (
    update(feeds)
    .where(
        feeds.c.failing_since >= bindparam("b_since", type_=feeds.c.failing_since.type),
        feeds.c.last_outcome.in_(bindparam("b_outcomes", expanding=True, type_=feeds.c.last_outcome.type)),
    )
    .values(failures=0, failing_since=None)
)
_AT_URL = select(feeds.c.id).where(
    feeds.c.url == bindparam("b_url"),
    feeds.c.id != bindparam("b_id"),
    feeds.c.removed == false(),
    feeds.c.gone == false(),
)
_HOST = Prepared(select(hosts.c.hold_until).where(hosts.c.host == bindparam("b_host")))
_HOLD_HOST = put(hosts, "host")
_OPEN_EPISODE = Prepared(
    select(episodes).where(
        episodes.c.feed_id == bindparam("b_feed"),
        episodes.c.kind == bindparam("b_kind"),
        episodes.c.cleared_at.is_(None),
    )
)


class FeedsTx(Part):
    def sync_feeds(self, configured: Sequence[Feed], now: datetime) -> None:
        held = {row.id: row for row in self._c.execute(select(feeds.c.id, feeds.c.configured, feeds.c.removed))}
        wanted = {feed.id: rows.feed_structure(feed) for feed in configured}
        new = [_new_feed(feed_id, structure, now) for feed_id, structure in wanted.items() if feed_id not in held]
        if new:
            self._c.execute(insert(feeds), new)
        for feed_id, structure in wanted.items():
            if feed_id in held and (held[feed_id].removed or held[feed_id].configured != structure):
                self._reconfigure(feed_id, structure, held[feed_id].configured["url"], now)
        gone = [feed_id for feed_id, row in held.items() if feed_id not in wanted and not row.removed]
        for some in chunks(gone):
            self._c.execute(update(feeds).where(feeds.c.id.in_(some)).values(removed=True))
        self._c.execute(_PART_FROM_REMOVED, {"b_now": now})

    def _reconfigure(self, feed_id: str, structure: dict[str, Any], old_url: str, now: datetime) -> None:
        values: dict[str, Any] = {"configured": structure, "removed": False}
        if structure["url"] != old_url:
            values |= _asked_anew(structure["url"], now)
            self._run(_UNLEASE, {"b_ids": as_list([feed_id])})
        self._c.execute(update(feeds).where(feeds.c.id == feed_id).values(values))

    def expire_leases(self) -> int:
        """Also makes every outcome of the earlier life stale."""
        ended = self._c.execute(delete(poll_leases)).rowcount
        owed = update(reads).where(reads.c.lease_until.is_not(None))
        ended += self._c.execute(owed.values(lease_until=None, fence=reads.c.fence + 1)).rowcount
        leased = update(deliveries).where(deliveries.c.state == DeliveryState.LEASED)
        fresh = {"state": DeliveryState.PENDING, "lease_until": None, "fence": deliveries.c.fence + 1}
        return ended + self._c.execute(leased.values(fresh)).rowcount

    def claim_feeds(
        self, now: datetime, limit: int, lease_until: datetime, busy_hosts: Collection[str] = ()
    ) -> list[FeedState]:
        """A host with a feed under a living lease is busy too."""

        def due(closed: Collection[str], count: int) -> list[Any]:
            return self._rows(_DUE, {"b_now": now, "b_closed": as_list(closed), "b_count": count})

        taken = one_a_host(due, busy_hosts, limit)
        if not taken:
            return []
        ids = as_list([row.id for row in taken])
        self._run(_UNLEASE, {"b_ids": ids})  # those that ran out
        self._run_many(_LEASE, [{"feed_id": r.id, "host": r.host, "lease_until": lease_until} for r in taken])
        leased = {row.id: rows.feed_state(row, row.fence) for row in self._rows(_LEASED, {"b_ids": ids})}
        return [leased[row.id] for row in taken]

    def feed_states(self) -> list[FeedState]:
        return [rows.feed_state(row) for row in self._c.execute(_ALL)]

    def feed_state(self, feed_id: str) -> FeedState | None:
        row = self._c.execute(_ONE, {"b_id": feed_id}).one_or_none()
        return None if row is None else rows.feed_state(row)

    def due_now(self, now: datetime, feed_ids: Collection[str] | None = None) -> int:
        """Returns how many of these feeds are due at `now`, those that were already included."""
        asked = (
            feeds.c.removed == false(),
            feeds.c.gone == false(),
            or_(feeds.c.last_outcome.is_distinct_from(FetchOutcome.THROTTLED), feeds.c.next_at <= now),
            feeds.c.host.not_in(select(hosts.c.host).where(hosts.c.hold_until > now)),
        )
        statement = update(feeds).where(*asked).values(next_at=min_of(feeds.c.next_at, now))
        if feed_ids is None:
            return self._c.execute(statement).rowcount
        return sum(self._c.execute(statement.where(feeds.c.id.in_(some))).rowcount for some in chunks(feed_ids))

    def finish_poll(self, result: PollResult) -> bool:
        if not self._run(_END_LEASE, {"b_id": result.feed_id, "b_fence": result.fence}):
            return False
        self._run(_FINISH, _polled(result))
        self._run(
            _ADD_POLL,
            {
                "feed_id": result.feed_id,
                "at": result.at,
                "outcome": result.outcome,
                "detail": result.detail,
                "new": result.new,
                "revised": result.revised,
                "elapsed": result.elapsed,
            },
        )
        return True

    def polls(self, since: datetime, until: datetime) -> list[PollLog]:
        """Oldest first."""
        wanted = select(polls).where(polls.c.at >= since, polls.c.at < until).order_by(polls.c.at, polls.c.id)
        return [PollLog(row.feed_id, row.at, row.outcome, row.detail, row.new) for row in self._c.execute(wanted)]

    def latest_polls(self, since: datetime, limit: int) -> list[RecentPoll]:
        found = self._c.execute(_LATEST_POLLS, {"b_since": since, "b_limit": limit})
        return [RecentPoll(row.feed_id, row.host, row.at, row.outcome, row.failing_since) for row in found]

    def forgive(self, since: datetime, outcomes: Collection[FetchOutcome]) -> int:
        return self._c.execute(_FORGIVE, {"b_since": since, "b_outcomes": list(outcomes)}).rowcount

    def spread(self, outcomes: Collection[FetchOutcome], since: datetime, now: datetime, within: timedelta) -> int:
        """One every two seconds, faster where they are too many for that."""
        waiting = (
            select(feeds.c.id)
            .where(
                feeds.c.removed == false(),
                feeds.c.gone == false(),
                feeds.c.last_polled_at >= since,
                feeds.c.last_outcome.in_(outcomes),
                feeds.c.next_at > now,
            )
            .order_by(feeds.c.next_at, feeds.c.id)
        )
        ids = list(self._c.execute(waiting).scalars())
        step = min(timedelta(seconds=2), within / max(len(ids), 1))
        for number, feed_id in enumerate(ids):
            sooner = min_of(feeds.c.next_at, now + number * step)
            self._c.execute(update(feeds).where(feeds.c.id == feed_id).values(next_at=sooner))
        return len(ids)

    def feeds_due(self, now: datetime) -> int:
        due = (
            feeds.c.removed == false(),
            feeds.c.gone == false(),
            feeds.c.next_at <= now,
            feeds.c.id.not_in(select(poll_leases.c.feed_id).where(poll_leases.c.lease_until > now)),
            feeds.c.host.not_in(select(hosts.c.host).where(hosts.c.hold_until > now)),
        )
        return self._c.execute(select(func.count()).select_from(feeds).where(*due)).scalar_one()

    def feed_at(self, url: str, but: str) -> str | None:
        return self._c.execute(_AT_URL, {"b_url": url, "b_id": but}).scalars().first()

    def add_gap(self, gap: Gap) -> None:
        values = {"feed_id": gap.feed_id, "start_at": gap.start_at, "end_at": gap.end_at, "filled": gap.filled}
        self._c.execute(insert(gaps), values)

    def gaps(self, since: datetime, until: datetime) -> list[Gap]:
        """Earliest first."""
        overlapping = select(gaps).where(gaps.c.start_at < until, gaps.c.end_at > since)
        ordered = overlapping.order_by(gaps.c.start_at, gaps.c.id)
        return [Gap(row.feed_id, row.start_at, row.end_at, row.filled) for row in self._c.execute(ordered)]

    def open_episode(self, feed_id: str, kind: str, since: datetime, detail: str) -> Episode | None:
        if self._first(_OPEN_EPISODE, {"b_feed": feed_id, "b_kind": kind}) is not None:
            return None
        values = {"feed_id": feed_id, "kind": kind, "since": since, "detail": detail}
        return rows.episode(self._c.execute(insert(episodes).returning(episodes), values).one())

    def close_episode(self, feed_id: str, kind: str, at: datetime) -> Episode | None:
        found = self._first(_OPEN_EPISODE, {"b_feed": feed_id, "b_kind": kind})
        if found is None:
            return None
        cleared = update(episodes).where(episodes.c.id == found.id).values(cleared_at=at).returning(episodes)
        return rows.episode(self._c.execute(cleared).one())

    def tell_episode(self, episode_id: int, cleared: bool, now: datetime, until: datetime) -> int | None:
        told_with, told_until = _told_columns(cleared)
        kind = select(episodes.c.kind).where(episodes.c.id == episode_id).scalar_subquery()
        leaders = select(episodes.c.id).where(told_with == episodes.c.id, told_until > now, episodes.c.kind == kind)
        leader = self._c.execute(leaders.order_by(episodes.c.id.desc())).scalars().first()
        values = {told_with: leader or episode_id, told_until: until}
        self._c.execute(update(episodes).where(episodes.c.id == episode_id).values(values))
        return leader

    def told_together(self, leader_id: int, cleared: bool) -> list[Episode]:
        told_with, _ = _told_columns(cleared)
        wanted = select(episodes).where(told_with == leader_id).order_by(episodes.c.id)
        return [rows.episode(row) for row in self._c.execute(wanted)]

    def open_episodes(self) -> list[Episode]:
        wanted = select(episodes).where(episodes.c.cleared_at.is_(None)).order_by(episodes.c.id)
        return [rows.episode(row) for row in self._c.execute(wanted)]

    def host_free_at(self, host: str) -> datetime | None:
        """The moment may have passed: no clock stands here."""
        row = self._first(_HOST, {"b_host": host})
        return None if row is None else row.hold_until

    def hold_host(self, host: str, until: datetime, reason: str) -> None:
        longer = self.host_free_at(host)
        if longer is None or longer < until:
            self._c.execute(_HOLD_HOST, {"host": host, "hold_until": until, "reason": reason})


def min_of(column: Any, moment: datetime) -> Any:
    """The earlier of a column and a moment."""
    return case((column > moment, literal(moment, UtcTime())), else_=column)


def _asked_anew(url: str, now: datetime) -> dict[str, Any]:
    """A feed at a URL not asked before: nothing learnt of the old one's answers holds, and a 410 was the old one's."""
    return {
        "url": url,
        "host": host_of(url),
        "next_at": now,
        "validators": None,
        "body_hash": None,
        "gone": False,
        "moving": None,
        "merged_into": None,
    }


def _new_feed(feed_id: str, structure: dict[str, Any], now: datetime) -> dict[str, Any]:
    return _asked_anew(structure["url"], now) | {
        "id": feed_id,
        "origin": _CONFIG,
        "configured": structure,
        "removed": False,
        "last_detail": "",
        "failures": 0,
        "seeded": False,
        "title": "",
        "format": "",
        "format_entries": 0,
    }


def _polled(result: PollResult) -> dict[str, Any]:
    """What a poll sets; None in one of `_WHERE_TOLD` leaves the column as it was."""
    values = {
        "id": result.feed_id,
        "url": result.url,
        "host": host_of(result.url),
        "validators": None if result.validators is None else asdict(result.validators),
        "body_hash": result.body_hash,
        "next_at": result.next_at,
        "last_polled_at": result.at,
        "last_success_at": result.at if result.outcome.is_success else None,
        "last_new_at": result.at if result.new else None,
        "last_outcome": result.outcome,
        "last_detail": result.detail,
        "failures": result.failures,
        "failing_since": result.failing_since,
        "gone": result.gone,
        "seeded": result.seeded,
        "promised": result.promised or result.next_at - result.at,
        "title": result.title or None,
        "format": result.format or None,
        "format_entries": result.format_entries,
        "hints": None if result.hints is None else rows.hints_structure(result.hints),
        "rhythm": None if result.rhythm is None else rows.rhythm_structure(result.rhythm),
        "moving": None if result.moving is None else rows.moving_structure(result.moving),
        "merged_into": result.merged_into,
        "catch_up": result.catch_up,
        "body_at": result.body_at,
    }
    return {f"b_{name}": value for name, value in values.items()}


def _told_columns(cleared: bool) -> tuple[Any, Any]:
    if cleared:
        return episodes.c.cleared_with, episodes.c.cleared_until
    return episodes.c.raised_with, episodes.c.raised_until
