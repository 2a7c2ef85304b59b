"""Digests: cutting windows, and saying what stands in one.

schedule of (recipient, digest) → due cut → window (durable, one a local date) → delivery owed
delivery → body: stories, mentions, day zero, withdrawn, held back, quiet watches, coverage
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from monitor.flow.decide import owe
from monitor.flow.reports import WindowCut
from monitor.flow.setup import Setup
from monitor.flow.telling import item
from monitor.model.news import FetchOutcome, Prominence
from monitor.model.settings import Digest, EmptyDigest, Recipient
from monitor.model.state import Cause, DecisionRecord, DigestItemRecord, FeedState, PollLog
from monitor.model.telling import (
    Action,
    Coverage,
    Delivery,
    DeliveryKind,
    DigestBody,
    FeedTrouble,
    Item,
    Message,
    Reason,
    RuleCount,
    Window,
    Withdrawn,
)
from monitor.ports import Tx
from monitor.routing.windows import Cut, due_cut

ON_TIME = timedelta(minutes=10)
"""A cut made within this of its schedule ends at the schedule; a later one ends when it is made."""
HISTORY = timedelta(days=28)
"""Over which a watch's usual rate is counted."""
_ELSEWHERE = frozenset({Reason.MENTION, Reason.RULE_SAYS_DIGEST, Reason.DAY_ZERO, Reason.NOT_SUBSCRIBED})
"""Reasons for no alert whose items the digest shows in full: they are not «held back»."""


def start_windows(tx: Tx, setup: Setup, now: datetime) -> None:
    """Remember from when each recipient's first window runs."""
    for recipient in setup.settings.recipients:
        for digest in setup.settings.digests_of(recipient):
            tx.windows_started(recipient.id, digest.id, now)


def late_cuts(tx: Tx, setup: Setup, now: datetime) -> bool:
    """Whether a cut is due that was missed: worth catching up on the news before it is made."""
    return any(now - cut.scheduled_at > ON_TIME for _, _, cut in _due(tx, setup, now))


def cut_due(tx: Tx, setup: Setup, now: datetime) -> list[WindowCut]:
    """Cut every window that is due, and owe its digest."""
    return [done for r, d, cut in _due(tx, setup, now) if (done := _cut(tx, setup, r, d, cut, now)) is not None]


def _due(tx: Tx, setup: Setup, now: datetime) -> list[tuple[Recipient, Digest, Cut]]:
    due = []
    for recipient in setup.settings.recipients:
        for digest in setup.settings.digests_of(recipient):
            cut = due_cut(digest, recipient.timezone, _since(tx, recipient, digest, now), now)
            if cut is not None:
                due.append((recipient, digest, cut))
    return due


def _since(tx: Tx, recipient: Recipient, digest: Digest, now: datetime) -> datetime:
    last = tx.last_window(recipient.id, digest.id)
    return last.end_at if last else tx.windows_started(recipient.id, digest.id, now)


def _cut(tx: Tx, setup: Setup, recipient: Recipient, digest: Digest, cut: Cut, now: datetime) -> WindowCut | None:
    # A late cut takes in what was decided at this very moment: times are kept to the microsecond.
    end = cut.scheduled_at if now - cut.scheduled_at <= ON_TIME else now + timedelta(microseconds=1)
    window = tx.cut_window(recipient.id, digest.id, cut.local_date, cut.start_at, end, cut.merged_days)
    if window is None:
        return None
    items = tx.window_items(window.id)
    sent = bool(items) or _tells_of_nothing(digest, window)
    if sent:
        cause = Cause(window_id=window.id)
        owe(tx, recipient.endpoints, recipient.id, DeliveryKind.DIGEST, str(window.id), 1, cause, (), now)
    return WindowCut(recipient.id, digest.id, window.id, len(items), sent, window.merged_days)


def _tells_of_nothing(digest: Digest, window: Window) -> bool:
    if digest.empty is EmptyDigest.WEEKLY:
        return window.local_date.weekday() == min(digest.days)
    return digest.empty is EmptyDigest.ALWAYS


def digest_message(tx: Tx, setup: Setup, delivery: Delivery, window: Window) -> Message | None:
    """The message of a cut window; None where its recipient or digest is no longer configured."""
    recipient, digest = setup.recipient(window.recipient), setup.digest(window.digest)
    if recipient is None or digest is None:
        return None
    body = digest_body(tx, setup, recipient, digest, window, tx.window_items(window.id))
    return digest_head(recipient, body, delivery.created_at)


def digest_head(recipient: Recipient, body: DigestBody, at: datetime) -> Message:
    return Message(
        kind=DeliveryKind.DIGEST,
        at=at,
        recipient=recipient.id,
        recipient_name=recipient.name,
        timezone=recipient.timezone,
        languages=recipient.languages,
        digest=body,
    )


def digest_body(
    tx: Tx, setup: Setup, recipient: Recipient, digest: Digest, window: Window, rows: Sequence[DigestItemRecord]
) -> DigestBody:
    """All that a digest says of its window."""
    standing = [row.decision for row in rows if row.decision.action != Action.WITHDRAW]
    items = _items(tx, setup, recipient, [_latest(tx, d) for d in standing])
    zero = tuple(i for i in items if i.day_zero)
    rest = [i for i in items if not i.day_zero]
    return DigestBody(
        digest=digest.id,
        name=digest.name,
        window_id=window.id,
        start_at=window.start_at,
        end_at=window.end_at,
        local_date=window.local_date,
        items=tuple(i for i in rest if i.prominence is Prominence.SUBJECT),
        mentions=tuple(i for i in rest if i.prominence is Prominence.MENTION),
        day_zero=zero,
        withdrawn=tuple(w for row in rows if (w := _withdrawn(tx, setup, row.decision)) is not None),
        held=_held(tx, recipient, window),
        quiet=_quiet(tx, setup, recipient, digest, window),
        coverage=_coverage(tx, setup, digest, window),
        merged_days=window.merged_days,
    )


def _latest(tx: Tx, decision: DecisionRecord) -> DecisionRecord:
    """What was decided last about this entry for this recipient, the full text having been read meanwhile."""
    own = [d for d in tx.decisions(decision.entry_id) if d.recipient == decision.recipient]
    return own[-1] if own else decision


def _items(tx: Tx, setup: Setup, recipient: Recipient, decisions: Sequence[DecisionRecord]) -> list[Item]:
    """One a story: subjects first, then by urgency, then the newest first."""
    stories: dict[int, list[DecisionRecord]] = {}
    for decision in decisions:
        if decision.action != Action.WITHDRAW:
            stories.setdefault(decision.story_id, []).append(decision)
    items = [item(tx, setup, recipient, of_story) for of_story in stories.values()]
    return sorted(items, key=lambda i: (-i.priority.rank, -len(i.sources), -i.first_at.timestamp(), i.story_id))


def _withdrawn(tx: Tx, setup: Setup, decision: DecisionRecord) -> Withdrawn | None:
    if decision.action != Action.WITHDRAW:
        return None
    entry = tx.entry(decision.entry_id)
    alerts = [
        d
        for d in tx.decisions(decision.entry_id)
        if d.recipient == decision.recipient and d.action in (Action.ALERT, Action.UPGRADE)
    ]
    return Withdrawn(
        story_id=decision.story_id,
        title=entry.entry.title if entry else "",
        url=entry.entry.url if entry else None,
        alerted_at=alerts[-1].at if alerts else decision.at,
        rules=decision.rules,
        reason=decision.reason,
    )


def _held(tx: Tx, recipient: Recipient, window: Window) -> tuple[tuple[str, int], ...]:
    decisions = tx.decisions_between(recipient.id, window.start_at, window.end_at)
    reasons = Counter(d.reason for d in decisions if d.action == Action.SUPPRESS and d.reason not in _ELSEWHERE)
    return tuple(reasons.most_common())


def _quiet(tx: Tx, setup: Setup, recipient: Recipient, digest: Digest, window: Window) -> tuple[RuleCount, ...]:
    """Watches of this digest with nothing in the window, beside their usual where there is a day of history."""
    since = max(window.start_at - HISTORY, tx.windows_started(recipient.id, digest.id, window.start_at))
    days = (window.start_at - since) / timedelta(days=1)
    now = tx.rule_counts(window.start_at, window.end_at)
    before = tx.rule_counts(since, window.start_at)
    return tuple(
        RuleCount(rule.id, rule.name, 0, before.get(rule.id, 0) / days if days >= 1 else None)
        for rule in setup.settings.rules
        if digest.covers(rule.id) and not now.get(rule.id)
    )


def _coverage(tx: Tx, setup: Setup, digest: Digest, window: Window) -> Coverage:
    troubles = _feed_troubles(tx, window)
    silent = _silent(tx, setup, {trouble.feed for trouble in troubles})
    rules = [rule.id for rule in setup.settings.rules if digest.covers(rule.id)]
    matched = tx.matched_entries(window.start_at, window.end_at, rules)
    unread, oldest = tx.oldest_unread()
    articles = [tx.article(entry_id) for entry_id in matched]
    return Coverage(
        feeds=len(setup.settings.feeds),
        feeds_checked=len(setup.settings.feeds) - len(troubles),
        troubles=(*troubles, *silent, *_gaps(tx, setup, window)),
        entries=tx.entries_seen(window.start_at, window.end_at),
        matched=len(matched),
        without_full_text=sum(a is None or not a.article.text_source.is_full for a in articles),
        oldest_unread_at=oldest,
        unread=unread,
        read=tx.entries_read(window.start_at, window.end_at),
    )


def _feed_troubles(tx: Tx, window: Window) -> tuple[FeedTrouble, ...]:
    """Feeds that were not well at the end of the window, one each."""
    last = {poll.feed_id: poll for poll in tx.polls(window.start_at, window.end_at)}
    found = (_feed_trouble(state, last.get(state.feed.id), window) for state in tx.feed_states())
    return tuple(trouble for trouble in found if trouble is not None)


def _feed_trouble(state: FeedState, poll: PollLog | None, window: Window) -> FeedTrouble | None:
    """What was wrong with a feed; a feed that was well and simply not due within a short window is well."""
    feed = state.feed
    if poll is not None and poll.outcome.is_success:
        return None
    if poll is not None:
        return FeedTrouble(feed.id, feed.name, poll.outcome, state.failing_since or poll.at, poll.detail)
    if state.merged_into is not None:
        return None
    if state.gone:
        return FeedTrouble(feed.id, feed.name, FetchOutcome.GONE, state.last_polled_at or window.start_at)
    if state.last_outcome is not None and not state.last_outcome.is_success:
        since = state.failing_since or state.last_polled_at or window.start_at
        return FeedTrouble(feed.id, feed.name, state.last_outcome, since, state.last_detail)
    if state.last_polled_at is not None and state.next_at >= window.end_at:
        return None
    return FeedTrouble(feed.id, feed.name, "not checked", state.last_polled_at or window.start_at)


def _silent(tx: Tx, setup: Setup, told: set[str]) -> tuple[FeedTrouble, ...]:
    """Feeds that answer and have brought nothing for far longer than is usual for them."""
    found = []
    for episode in tx.open_episodes():
        feed = setup.feed(episode.feed_id)
        if episode.kind == "stale" and feed is not None and feed.id not in told:
            found.append(FeedTrouble(feed.id, feed.name, "silent", episode.since, episode.detail))
    return tuple(found)


def _gaps(tx: Tx, setup: Setup, window: Window) -> tuple[FeedTrouble, ...]:
    found = []
    for gap in tx.gaps(window.start_at, window.end_at):
        if gap.filled:
            continue
        feed = setup.feed(gap.feed_id)
        detail = f"until {gap.end_at:%Y-%m-%d %H:%M} UTC: two polls shared no entry"
        found.append(FeedTrouble(gap.feed_id, feed.name if feed else gap.feed_id, "gap", gap.start_at, detail))
    return tuple(found)
