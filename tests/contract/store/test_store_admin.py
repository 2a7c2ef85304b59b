"""Contract of `AdminTx`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from monitor.model.news import FetchOutcome
from monitor.model.telling import Attempt, DeliveryState, Reason, Stage, Verdict
from monitor.ports import Store, Tx
from tests.samples.held import DAY, HOOK, HOUR, LEASE, NOW, add_entry, alert, begin_story, feed, match, polled


async def test_rules_known_are_those_put_last(tx: Any, seen: Any) -> None:
    """Others are forgotten, versions are replaced."""
    assert await seen.rule_versions() == {}
    await tx.put_rule_versions({"a": "1", "b": "1"}, NOW)
    await tx.put_rule_versions({"b": "2", "c": "1"}, NOW)
    assert await seen.rule_versions() == {"b": "2", "c": "1"}
    await tx.put_rule_versions({}, NOW)
    assert await seen.rule_versions() == {}


async def test_notes_are_kept_by_key(tx: Any, seen: Any) -> None:
    """The last value counts."""
    assert await seen.get_note("last_tick_at") is None
    await tx.put_note("last_tick_at", "1")
    await tx.put_note("last_tick_at", "2")
    assert await seen.get_note("last_tick_at") == "2"


async def test_an_empty_store_counts_nothing(seen: Any) -> None:
    """Zeros and no times, and a size."""
    counts = await seen.counts(NOW, NOW)
    assert (counts.feeds, counts.entries, counts.reads_owed, counts.deliveries_pending) == (0, 0, 0, 0)
    assert (counts.next_poll_at, counts.oldest_pending_at, counts.oldest_read_owed_at) == (None, None, None)
    assert counts.size_bytes > 0


async def test_counts_tell_what_is_held_and_owed(store: Store, tx: Any, seen: Any) -> None:
    """Each number for itself; removed feeds do not count."""
    await tx.sync_feeds([feed(name) for name in ("fails", "gone", "removed", "waits")], NOW)
    states = {s.feed.id: s for s in await tx.claim_feeds(NOW, 10, LEASE)}
    await tx.finish_poll(polled(states["fails"], outcome=FetchOutcome.DNS, failures=2, next_at=NOW + 2 * HOUR))
    await tx.finish_poll(polled(states["gone"], outcome=FetchOutcome.GONE, gone=True, next_at=NOW))
    await tx.sync_feeds([feed(name) for name in ("fails", "gone", "waits")], NOW)

    def fill(tx: Tx) -> None:
        add_entry(tx, "old", NOW - DAY)
        for n in range(4):
            entry_id, story_id = begin_story(tx, str(n))
            tx.put_matches(entry_id, 1, Stage.FEED, [match()], NOW)
            alert(tx, entry_id, story_id, f"m{n}", endpoint=HOOK, at=NOW - n * HOUR)
        tx.owe_read(entry_id, "https://harbour.example.org/x", NOW)
        tx.hold(entry_id, NOW)

    await store.write(fill)
    [one, _] = await tx.claim_deliveries(NOW, "hook", 2, LEASE)
    await tx.finish_attempt(one.id, one.fence, Attempt(Verdict.DEAD, "410"), NOW, None)
    counts = await seen.counts(NOW, NOW - timedelta(hours=1))
    assert (counts.feeds, counts.feeds_failing, counts.feeds_gone, counts.feeds_never_polled) == (4, 1, 1, 2)
    assert (counts.entries, counts.entries_today, counts.matches_today, counts.alerts_today) == (5, 4, 4, 2)
    assert (counts.reads_owed, counts.oldest_read_owed_at, counts.holds) == (1, NOW, 1)
    assert (counts.deliveries_pending, counts.deliveries_dead, counts.deliveries_held) == (3, 1, 0)
    assert counts.oldest_pending_at == NOW - 3 * HOUR
    assert counts.next_poll_at == NOW
    await tx.hold_deliveries(Reason.CHANNEL_REMOVED, channel="hook")
    counts = await seen.counts(NOW, NOW)
    assert (counts.deliveries_pending, counts.deliveries_held) == (1, 2), "one is leased"
    assert {row.state for row in await seen.outbox()} == {DeliveryState.DEAD, DeliveryState.LEASED, DeliveryState.HELD}
