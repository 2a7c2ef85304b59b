"""What a new configuration does to what is already under way: nothing is lost, everything that ends has its reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from monitor.flow.decide import decide
from monitor.flow.digests import start_windows
from monitor.flow.reports import Settled
from monitor.flow.setup import Setup
from monitor.model.news import Match, Prominence
from monitor.model.settings import Priority
from monitor.model.telling import Action, Decision, Reason, Stage
from monitor.ports import Store, Tx

LOOK_BACK = timedelta(hours=24)
"""A new or changed rule is tried on what was seen in this time, into the digest only."""


async def take_up(store: Store, setup: Setup, now: datetime) -> list[Settled]:
    """Bring the store in line with a configuration: at start and at each reload. Idempotent."""
    known = await store.read(lambda tx: tx.rule_versions())
    changed = {rule for rule, version in setup.matcher.versions.items() if known.get(rule) != version}
    settled = await _look_back(store, setup, changed, now) if changed and known else []
    await store.write(lambda tx: _align(tx, setup, set(known), now))
    return settled


def _align(tx: Tx, setup: Setup, known_rules: set[str], now: datetime) -> None:
    settings = setup.settings
    tx.sync_feeds(settings.feeds, now)
    removed = known_rules - {rule.id for rule in settings.rules}
    if removed:
        tx.hold_deliveries(Reason.RULE_REMOVED, only_rules=removed)
        _end_holds(tx, setup, removed, now)
    _align_deliveries(tx, setup, now)
    tx.put_rule_versions(setup.matcher.versions, now)
    start_windows(tx, setup, now)


def _align_deliveries(tx: Tx, setup: Setup, now: datetime) -> None:
    """What is owed to a recipient or over a channel that is gone is held; a channel that is back gets its own again."""
    recipients = {r.id for r in setup.settings.recipients}
    channels = {c.id for c in setup.settings.channels}
    owed = tx.owed_to()
    for recipient in {r for r, _ in owed} - recipients:
        tx.hold_deliveries(Reason.RECIPIENT_REMOVED, recipient=recipient)
    for channel in {c for _, c in owed} - channels:
        tx.hold_deliveries(Reason.CHANNEL_REMOVED, channel=channel)
    for channel in channels:
        tx.release_deliveries(channel, now)


def _end_holds(tx: Tx, setup: Setup, removed: Collection[str], now: datetime) -> None:
    """Entries that wait for their page under removed rules only wait no longer; each keeps why."""
    for entry_id in tx.all_holds():
        matches = [m.match for m in tx.matches(entry_id)]
        if matches and all(m.rule in removed for m in matches):
            tx.drop_hold(entry_id)
            story_id = tx.story_of(entry_id) or tx.begin_story(entry_id, now)
            for recipient in setup.settings.recipients:
                tx.add_decision(entry_id, story_id, _ended(recipient.id, matches), now)


def _ended(recipient: str, matches: Sequence[Match]) -> Decision:
    return Decision(
        recipient=recipient,
        action=Action.SUPPRESS,
        reason=Reason.RULE_REMOVED,
        rules=tuple(m.rule for m in matches),
        priority=Priority.NORMAL,
        prominence=Prominence.MENTION,
        stage=Stage.FEED,
    )


async def _look_back(store: Store, setup: Setup, rules: Collection[str], now: datetime) -> list[Settled]:
    entries = await store.read(lambda tx: tx.recent_entries(now - LOOK_BACK))
    settled = []
    for entry_id in entries:
        done = await _try_again(store, setup, entry_id, rules, now)
        if done is not None:
            settled.append(done)
    return settled


async def _try_again(
    store: Store, setup: Setup, entry_id: int, rules: Collection[str], now: datetime
) -> Settled | None:
    record, held = await store.read(lambda tx: (tx.entry(entry_id), tx.article(entry_id)))
    if record is None or held is None:
        return None
    matches = setup.match(record.entry, held.article)
    if not any(m.rule in rules for m in matches):
        return None

    def work(tx: Tx) -> Settled | None:
        stage = Stage.FULL if held.article.text_source.is_full else Stage.FEED
        tx.put_matches(entry_id, held.revision, stage, matches, now)
        if tx.held(entry_id) is not None:
            return None
        return decide(tx, setup, entry_id, stage, now, looking_back=True)

    return await store.write(work)
