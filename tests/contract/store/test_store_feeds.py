"""Contract of `FeedTx`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from monitor.model.news import FetchOutcome, Validators
from monitor.model.settings import FeedAuth, SecretRef
from monitor.model.state import Gap
from tests.samples.held import DAY, HOUR, LEASE, MINUTE, NOW, feed, polled


async def test_new_feeds_are_due_now_and_come_back_whole(tx: Any, seen: Any) -> None:
    """Every field of a configured feed survives the store, credentials as references."""
    auth = FeedAuth("header", SecretRef("env", "FEED_KEY"), "X-Key")
    rich = replace(
        feed(), language="ar", group="desk", interval=timedelta(minutes=90), own=True, auth=auth, backfill=None
    )
    await tx.sync_feeds([rich, feed("plain")], NOW)
    states = await seen.feed_states()
    assert [state.feed for state in states] == [rich, feed("plain")]
    assert {(s.next_at, s.fence, s.seeded, s.url == s.feed.url) for s in states} == {(NOW, 0, False, True)}


async def test_the_same_configuration_again_changes_nothing(tx: Any, seen: Any) -> None:
    """Syncing is idempotent: what polling has taught stays."""
    await tx.sync_feeds([feed()], NOW)
    [state] = await tx.claim_feeds(NOW, 10, LEASE)
    await tx.finish_poll(polled(state))
    before = await seen.feed_states()
    await tx.sync_feeds([feed()], NOW + HOUR)
    assert await seen.feed_states() == before


async def test_a_changed_url_is_asked_anew(tx: Any, seen: Any) -> None:
    """A new URL drops validators, body hash and a 410, is due now, and makes a poll of the old one stale."""
    await tx.sync_feeds([feed()], NOW)
    [state] = await tx.claim_feeds(NOW, 10, LEASE)
    await tx.finish_poll(polled(state, gone=True))
    await tx.due_now(NOW)
    moved = feed(url="https://elsewhere.example.org/feed")
    await tx.sync_feeds([moved], NOW + MINUTE)
    after = await seen.feed_state("harbour")
    assert (after.url, after.validators, after.body_hash, after.gone) == (moved.url, None, None, False)
    assert (after.next_at, after.seeded, after.title) == (NOW + MINUTE, True, "Harbour News")
    assert not await tx.finish_poll(polled(state))


async def test_a_changed_setting_keeps_what_polling_taught(tx: Any, seen: Any) -> None:
    """Only the URL makes a feed anew."""
    await tx.sync_feeds([feed()], NOW)
    [state] = await tx.claim_feeds(NOW, 10, LEASE)
    await tx.finish_poll(polled(state))
    await tx.sync_feeds([replace(feed(), name="The Harbour")], NOW)
    after = await seen.feed_state("harbour")
    assert (after.feed.name, after.body_hash) == ("The Harbour", "b1")


async def test_a_removed_feed_is_never_polled_and_comes_back_with_its_state(tx: Any, seen: Any) -> None:
    """Removal hides a feed; configuring it again shows it as it was."""
    await tx.sync_feeds([feed(), feed("plain")], NOW)
    claimed = await tx.claim_feeds(NOW, 10, LEASE)
    for state in claimed:
        await tx.finish_poll(polled(state))
    await tx.sync_feeds([feed("plain")], NOW)
    assert await seen.feed_state("harbour") is None
    assert [s.feed.id for s in await tx.claim_feeds(NOW + DAY, 10, NOW + DAY + HOUR)] == ["plain"]
    await tx.sync_feeds([feed(), feed("plain")], NOW)
    assert (await seen.feed_state("harbour")).body_hash == "b1"


async def test_claims_take_the_longest_due_first_and_one_a_host(tx: Any) -> None:
    """Two feeds of one host are never asked at once, nor those of a busy host."""
    feeds = [feed(name, f"https://{host}.example.org/{name}") for name, host in zip("abcd", "xxyz", strict=True)]
    await tx.sync_feeds(feeds[1:2], NOW - HOUR)
    await tx.sync_feeds(feeds[:2], NOW - MINUTE)
    await tx.sync_feeds(feeds, NOW)
    claimed = await tx.claim_feeds(NOW, 10, LEASE, busy_hosts=["z.example.org"])
    assert [state.feed.id for state in claimed] == ["b", "c"]
    assert len({0, *(state.fence for state in claimed)}) == 3, "each claim has a fence of its own"
    assert [s.feed.id for s in await tx.claim_feeds(NOW, 10, LEASE)] == ["d"], "the host of b is busy with b"


async def test_a_claim_finds_other_hosts_behind_a_crowded_one(tx: Any) -> None:
    """Hundreds of due feeds of one host do not hide the feed of another."""
    crowd = [feed(f"c{n:03}", f"https://crowd.example.org/{n}") for n in range(300)]
    await tx.sync_feeds(crowd, NOW - HOUR)
    await tx.sync_feeds([*crowd, feed("last")], NOW)
    assert [s.feed.id for s in await tx.claim_feeds(NOW, 5, LEASE)] == ["c000", "last"]


async def test_nothing_is_claimed_before_it_is_due_nor_beyond_the_limit(tx: Any) -> None:
    """`due` is `next_at <= now`, to the microsecond."""
    await tx.sync_feeds([feed("a"), feed("b")], NOW)
    assert await tx.claim_feeds(NOW - timedelta(microseconds=1), 10, LEASE) == []
    assert await tx.claim_feeds(NOW, 0, LEASE) == []
    assert len(await tx.claim_feeds(NOW, 1, LEASE)) == 1


async def test_a_lease_that_ran_out_is_claimed_again_under_a_new_fence(tx: Any) -> None:
    """The outcome of the first claim is stale then: it changes nothing."""
    await tx.sync_feeds([feed()], NOW)
    [first] = await tx.claim_feeds(NOW, 10, LEASE)
    assert await tx.claim_feeds(LEASE - MINUTE, 10, LEASE) == []
    [second] = await tx.claim_feeds(LEASE, 10, LEASE + HOUR)
    assert second.fence > first.fence
    before = await tx.feed_state("harbour")
    assert not await tx.finish_poll(polled(first))
    assert await tx.feed_state("harbour") == before
    assert await tx.polls(NOW - DAY, NOW + DAY) == []
    assert await tx.finish_poll(polled(second))


async def test_leases_of_an_earlier_life_end_at_once(tx: Any) -> None:
    """After a restart everything leased is due again, and outcomes of the earlier life are stale."""
    await tx.sync_feeds([feed()], NOW)
    [state] = await tx.claim_feeds(NOW, 10, LEASE)
    assert await tx.expire_leases() == 1
    assert await tx.expire_leases() == 0
    assert not await tx.finish_poll(polled(state))
    assert len(await tx.claim_feeds(NOW, 10, LEASE)) == 1


async def test_a_poll_is_recorded(tx: Any, seen: Any) -> None:
    """The state, the log, and the delay that the feed can promise."""
    await tx.sync_feeds([feed()], NOW)
    [state] = await tx.claim_feeds(NOW, 10, LEASE)
    assert await tx.finish_poll(polled(state, at=NOW + MINUTE))
    after = await seen.feed_state("harbour")
    assert after.validators == Validators(state.url, '"v1"', None)
    assert (after.last_polled_at, after.last_success_at, after.last_new_at) == (NOW + MINUTE,) * 3
    assert (after.title, after.format, after.format_entries) == ("Harbour News", "rss20", 3)
    assert (after.promised, after.next_at, after.last_outcome) == (HOUR, NOW + MINUTE + HOUR, FetchOutcome.OK)
    [log] = await seen.polls(NOW, NOW + 2 * MINUTE)
    assert (log.feed_id, log.at, log.outcome, log.new) == ("harbour", NOW + MINUTE, FetchOutcome.OK, 3)
    assert await seen.polls(NOW, NOW + MINUTE) == [], "the end is not included"


async def test_a_failed_poll_keeps_what_it_says_nothing_of(tx: Any, seen: Any) -> None:
    """Title, format and the times of success stay after a failure."""
    await tx.sync_feeds([feed()], NOW)
    [state] = await tx.claim_feeds(NOW, 10, LEASE)
    await tx.finish_poll(polled(state))
    [state] = await tx.claim_feeds(NOW + HOUR, 10, NOW + 2 * HOUR)
    failure = polled(
        state,
        at=NOW + HOUR,
        outcome=FetchOutcome.TIMEOUT,
        failures=1,
        failing_since=NOW + HOUR,
        new=0,
        title="",
        format="",
        format_entries=None,
    )
    assert await tx.finish_poll(failure)
    after = await seen.feed_state("harbour")
    assert (after.last_success_at, after.last_new_at, after.title, after.format_entries) == (
        NOW,
        NOW,
        "Harbour News",
        3,
    )
    assert (after.failures, after.failing_since, after.last_outcome) == (1, NOW + HOUR, FetchOutcome.TIMEOUT)


async def test_a_gone_feed_is_not_claimed(tx: Any) -> None:
    """410 stops a feed until a person says otherwise."""
    await tx.sync_feeds([feed()], NOW)
    [state] = await tx.claim_feeds(NOW, 10, LEASE)
    await tx.finish_poll(polled(state, gone=True, outcome=FetchOutcome.GONE))
    assert await tx.claim_feeds(NOW + DAY, 10, NOW + 2 * DAY) == []
    assert await tx.due_now(NOW + DAY) == 0


async def test_a_poll_that_followed_a_permanent_move_counts_for_the_new_host(tx: Any) -> None:
    """Politeness goes by the host that is asked, not by the one configured."""
    await tx.sync_feeds([feed("a"), feed("b")], NOW)
    states = {s.feed.id: s for s in await tx.claim_feeds(NOW, 10, LEASE)}
    await tx.finish_poll(polled(states["a"], url="https://b.example.org/moved"))
    await tx.finish_poll(polled(states["b"]))
    assert len(await tx.claim_feeds(NOW + HOUR, 10, NOW + 2 * HOUR)) == 1


async def test_feeds_are_made_due_by_hand_except_under_a_retry_after(tx: Any, seen: Any) -> None:
    """Asked now: all, or those named; a host that said «later» is left alone."""
    await tx.sync_feeds([feed("a"), feed("b"), feed("c"), feed("d")], NOW)
    states = {s.feed.id: s for s in await tx.claim_feeds(NOW, 10, LEASE)}
    for name in "ab":
        await tx.finish_poll(polled(states[name]))
    await tx.finish_poll(polled(states["c"], outcome=FetchOutcome.THROTTLED))
    await tx.finish_poll(polled(states["d"]))
    await tx.hold_host("d.example.org", NOW + DAY, "HTTP 429")
    assert await tx.due_now(NOW + MINUTE, ["a"]) == 1
    assert await tx.due_now(NOW + MINUTE, []) == 0
    assert await tx.due_now(NOW + MINUTE) == 2, "a, which was due already, and b"
    due = {s.feed.id: s.next_at for s in await seen.feed_states()}
    assert due == {"a": NOW + MINUTE, "b": NOW + MINUTE, "c": NOW + HOUR, "d": NOW + HOUR}


async def test_a_held_host_waits_and_the_longer_hold_stays(tx: Any, seen: Any) -> None:
    """Nothing of a host under Retry-After is claimed before its end."""
    await tx.sync_feeds([feed()], NOW)
    await tx.hold_host("harbour.example.org", NOW + HOUR, "HTTP 429")
    await tx.hold_host("harbour.example.org", NOW + MINUTE, "HTTP 503")
    assert await seen.host_free_at("harbour.example.org") == NOW + HOUR
    assert await seen.host_free_at("plain.example.org") is None
    assert await tx.claim_feeds(NOW + HOUR - MINUTE, 10, NOW + DAY) == []
    assert len(await tx.claim_feeds(NOW + HOUR, 10, NOW + DAY)) == 1


async def test_gaps_are_found_by_overlap(tx: Any, seen: Any) -> None:
    """Half-open on both sides: a gap that ends where the window begins is not in it."""
    await tx.sync_feeds([feed()], NOW)
    gap = Gap("harbour", NOW, NOW + HOUR)
    await tx.add_gap(gap)
    assert await seen.gaps(NOW + MINUTE, NOW + 2 * MINUTE) == [gap]
    assert await seen.gaps(NOW + HOUR, NOW + DAY) == []
    assert await seen.gaps(NOW - DAY, NOW) == []


async def test_one_episode_of_a_kind_is_open_at_a_time(tx: Any, seen: Any) -> None:
    """Onset and recovery are each told once; the next trouble is another episode."""
    await tx.sync_feeds([feed()], NOW)
    first = await tx.open_episode("harbour", "failing", NOW, "HTTP 500")
    assert await tx.open_episode("harbour", "failing", NOW + HOUR, "HTTP 502") is None
    assert await tx.open_episode("harbour", "gone", NOW, "HTTP 410") is not None
    closed = await tx.close_episode("harbour", "failing", NOW + DAY)
    assert closed == replace(first, cleared_at=NOW + DAY)
    assert await tx.close_episode("harbour", "failing", NOW + DAY) is None
    again = await tx.open_episode("harbour", "failing", NOW + 2 * DAY, "HTTP 500")
    assert again.id != first.id
