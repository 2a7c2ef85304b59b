"""What a person asks of a running or resting monitor: plain reads of the store, one frozen type an answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor.feeds.network import NETWORK
from monitor.flow.digests import digest_body, digest_head
from monitor.flow.setup import Setup
from monitor.flow.standing import NETWORK_NOTE
from monitor.model.settings import Digest, Recipient
from monitor.model.state import Episode, FeedState, Gap, StoreCounts
from monitor.model.telling import Message, Window
from monitor.ports import Tx
from monitor.routing.windows import next_cut

OVERDUE = timedelta(minutes=5)
"""Due for longer than this without having been worked is late."""
GAPS_SHOWN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class NextDigest:
    recipient: str
    digest: str
    at: datetime
    items: int
    """What it would hold now."""


@dataclass(frozen=True, slots=True)
class StatusView:
    """What it is doing, what is late, what is wrong."""

    at: datetime
    state: str
    started_at: datetime | None
    counts: StoreCounts
    pages: Mapping[str, int]
    """By outcome: `read`, `owed`, and why those put off or given up were not read."""
    next_digests: tuple[NextDigest, ...]
    late: tuple[str, ...]
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FeedView:
    """One feed, as a person wants to see it."""

    id: str
    name: str
    url: str
    state: str
    """`ok`, `failing`, `silent` (it answers and brings nothing), `offline` (the network is down), `gone`, `merged` (it
    became another feed) or `new` (never polled)."""
    why: str
    failures: int
    failing_since: datetime | None
    last_polled_at: datetime | None
    last_success_at: datetime | None
    last_new_at: datetime | None
    next_at: datetime
    promised: timedelta | None
    """The delay its pace can promise, from publication to poll."""
    format: str
    entries: int
    gap: Gap | None = None
    """The last of the past week."""


def status(tx: Tx, setup: Setup, now: datetime) -> StatusView:
    """The answer of `monitor status`."""
    counts = tx.counts(now, _day_start(setup, now))
    started = tx.get_note("started_at")
    return StatusView(
        at=now,
        state=str(setup.settings.service.state),
        started_at=datetime.fromisoformat(started) if started else None,
        counts=counts,
        pages=tx.read_outcomes(),
        next_digests=_next_digests(tx, setup, now),
        late=tuple(_late(counts, now)),
        wrong=(*_outage(tx, now), *_wrong(tx, counts, now)),
    )


def _day_start(setup: Setup, now: datetime) -> datetime:
    zone = ZoneInfo(setup.settings.service.timezone)
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def _next_digests(tx: Tx, setup: Setup, now: datetime) -> tuple[NextDigest, ...]:
    found = [
        NextDigest(r.id, d.id, next_cut(d, r.timezone, now), len(tx.pending_items(r.id, d.id)))
        for r in setup.settings.recipients
        for d in setup.settings.digests_of(r)
    ]
    return tuple(sorted(found, key=lambda n: n.at))


def _late(counts: StoreCounts, now: datetime) -> list[str]:
    late = []
    if counts.next_poll_at and now - counts.next_poll_at > OVERDUE:
        late.append(f"polls: the oldest has been due since {counts.next_poll_at:%Y-%m-%d %H:%M} UTC; is it running?")
    if counts.oldest_read_owed_at and now - counts.oldest_read_owed_at > timedelta(hours=1):
        late.append(f"pages: {counts.reads_owed} owed, the oldest entry seen {counts.oldest_read_owed_at:%H:%M} UTC")
    if counts.oldest_pending_at and now - counts.oldest_pending_at > OVERDUE:
        late.append(f"deliveries: {counts.deliveries_pending} owed, see `monitor outbox`")
    return late


def _outage(tx: Tx, now: datetime) -> tuple[str, ...]:
    """The network is down as long as nothing has answered since."""
    note = tx.get_note(NETWORK_NOTE)
    last = tx.latest_polls(datetime.fromisoformat(note), 1) if note else []
    if not note or not last or last[0].outcome not in NETWORK:
        return ()
    since = datetime.fromisoformat(note)
    return (f"network: down since {since:%Y-%m-%d %H:%M} UTC, as it seems; nothing is counted against feeds",)


def _wrong(tx: Tx, counts: StoreCounts, now: datetime) -> list[str]:
    wrong = [f"feed {s.feed.id}: {s.last_outcome}, {s.last_detail}" for s in tx.feed_states() if s.failures or s.gone]
    paused = tx.paused_channels(now)
    wrong += [f"channel {c}: paused until {until:%H:%M} UTC, {why}" for c, (until, why) in paused.items()]
    if counts.deliveries_dead:
        wrong.append(f"{counts.deliveries_dead} deliveries given up; see `monitor outbox`, then `monitor outbox retry`")
    if counts.deliveries_held:
        wrong.append(f"{counts.deliveries_held} deliveries held because what they were for is no longer configured")
    return wrong


def feeds(tx: Tx, now: datetime) -> tuple[FeedView, ...]:
    """The answer of `monitor feeds`: those in trouble first."""
    silent = {e.feed_id: e for e in tx.open_episodes() if e.kind == "stale"}
    lost = {gap.feed_id: gap for gap in tx.gaps(now - GAPS_SHOWN, now)}
    views = [_feed(state, silent.get(state.feed.id), lost.get(state.feed.id)) for state in tx.feed_states()]
    order = ("gone", "merged", "failing", "silent", "offline", "new", "ok")
    return tuple(sorted(views, key=lambda v: (order.index(v.state), v.id)))


def _feed(state: FeedState, silent: Episode | None, gap: Gap | None) -> FeedView:
    return FeedView(
        id=state.feed.id,
        name=state.feed.name,
        url=state.url,
        state=_state(state, silent is not None),
        why=_why(state, silent, gap),
        failures=state.failures,
        failing_since=state.failing_since,
        last_polled_at=state.last_polled_at,
        last_success_at=state.last_success_at,
        last_new_at=state.last_new_at,
        next_at=state.next_at,
        promised=state.promised,
        format=state.format,
        entries=state.format_entries,
        gap=gap,
    )


def _state(state: FeedState, silent: bool) -> str:
    if state.gone:
        return "merged" if state.merged_into else "gone"
    if state.failures:
        return "failing"
    if state.last_outcome in NETWORK:
        return "offline"
    if silent:
        return "silent"
    return "ok" if state.last_polled_at else "new"


def _why(state: FeedState, silent: Episode | None, gap: Gap | None) -> str:
    """What a person should know of it, the worst first."""
    if state.merged_into:
        return f"it leads for good to where {state.merged_into} stands"
    if state.failures or state.gone or state.last_outcome in NETWORK:
        return state.last_detail
    told = [silent.detail] if silent else []
    if gap is not None:
        what = "filled from its archive" if gap.filled else "two polls shared no entry"
        told.append(f"gap {gap.start_at:%m-%d %H:%M} to {gap.end_at:%m-%d %H:%M} UTC, {what}")
    if state.moving is not None:
        told.append(f"redirects for good to {state.moving.to} since {state.moving.since:%m-%d}; believed after days")
    return "; ".join(told)


def recipients_of(setup: Setup, digest_id: str) -> Sequence[Recipient]:
    return [r for r in setup.settings.recipients if digest_id in r.digests]


def preview(tx: Tx, setup: Setup, recipient: Recipient, digest: Digest, now: datetime) -> Message:
    """The digest as it would be if it were cut now; nothing is cut."""
    last = tx.last_window(recipient.id, digest.id)
    pending = tx.pending_items(recipient.id, digest.id)
    start = last.end_at if last else tx.windows_started(recipient.id, digest.id, now)
    zone = ZoneInfo(digest.timezone or recipient.timezone)
    window = Window(0, recipient.id, digest.id, now.astimezone(zone).date(), start, now)
    return digest_head(recipient, digest_body(tx, setup, recipient, digest, window, pending), now)
