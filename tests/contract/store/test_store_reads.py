"""Contract of `EntryTx`: the pages owed."""

from __future__ import annotations

from typing import Any

from monitor.ports import Store, Tx
from tests.samples.held import DAY, HOUR, LEASE, MINUTE, NOW, add_entry


def _owe(tx: Tx, name: str, host: str, due: int = 0) -> int:
    """An entry whose page on `host` falls due that many minutes after NOW."""
    entry_id = add_entry(tx, name, host=f"{host}.example.org")
    tx.owe_read(entry_id, f"https://{host}.example.org/{name}", NOW + due * MINUTE)
    return entry_id


async def test_a_claimed_read_brings_its_entry(store: Store, tx: Any) -> None:
    """All that reading a page needs comes with the claim."""
    entry_id = await store.write(lambda tx: _owe(tx, "1", "x"))
    [owed] = await tx.claim_reads(NOW, 10, LEASE)
    assert (owed.entry_id, owed.feed_id, owed.url) == (entry_id, "harbour", "https://x.example.org/1")
    assert (owed.entry.title, owed.seen_at) == ("Ferry 1 delayed", NOW)
    assert (owed.attempts, owed.kills, owed.fence) == (0, 0, 1)


async def test_awaited_pages_come_first_then_the_oldest_due(store: Store, tx: Any) -> None:
    """One a host, none of a busy host, none before its time."""

    def fill(tx: Tx) -> list[int]:
        places = [("x", -1), ("x", -3), ("y", -2), ("z", 0), ("busy", -9), ("late", 1)]
        ids = [_owe(tx, str(n), host, due) for n, (host, due) in enumerate(places)]
        tx.hold(ids[3], NOW)
        return ids

    ids = await store.write(fill)
    claimed = await tx.claim_reads(NOW, 10, LEASE, ["busy.example.org"])
    assert [owed.entry_id for owed in claimed] == [ids[3], ids[1], ids[2]]
    assert [o.entry_id for o in await tx.claim_reads(NOW, 10, LEASE)] == [ids[4]], "x is busy with its first page"


async def test_an_awaited_page_takes_its_host_before_an_older_one(store: Store, tx: Any) -> None:
    """The hold decides between two pages of one host, and the limit holds over both kinds."""

    def fill(tx: Tx) -> list[int]:
        ids = [_owe(tx, "1", "x", -9), _owe(tx, "2", "x", -1), _owe(tx, "3", "y", -9)]
        tx.hold(ids[1], NOW)
        return ids

    ids = await store.write(fill)
    assert [o.entry_id for o in await tx.claim_reads(NOW, 1, LEASE)] == [ids[1]]


async def test_a_held_host_is_not_asked_for_pages(store: Store, tx: Any, seen: Any) -> None:
    """Retry-After holds for pages as it does for feeds."""
    await store.write(lambda tx: _owe(tx, "1", "x"))
    assert await seen.reads_due(NOW) == 1
    await tx.hold_host("x.example.org", NOW + HOUR, "HTTP 429")
    assert await seen.reads_due(NOW) == 0
    assert await tx.claim_reads(NOW, 10, LEASE) == []
    assert len(await tx.claim_reads(NOW + HOUR, 10, NOW + DAY)) == 1


async def test_a_read_is_finished_once(store: Store, tx: Any, seen: Any) -> None:
    """The page is no longer owed; a second outcome under the same fence changes nothing."""
    entry_id = await store.write(lambda tx: _owe(tx, "1", "x"))
    assert not await seen.read_is_leased(entry_id)
    [owed] = await tx.claim_reads(NOW, 10, LEASE)
    assert await seen.read_is_leased(entry_id)
    assert await seen.reads_due(NOW) == 0
    assert await tx.finish_read(entry_id, owed.fence)
    assert not await seen.read_is_leased(entry_id)
    assert not await tx.finish_read(entry_id, owed.fence)
    assert not await tx.retry_read(entry_id, owed.fence, NOW, "timeout", "", 0)
    assert await tx.claim_reads(NOW + DAY, 10, NOW + 2 * DAY) == []
    assert await seen.read_outcomes() == {"read": 1}


async def test_an_old_fence_ends_no_read(store: Store, tx: Any) -> None:
    """After its lease ran out and was given to another, an outcome is refused."""
    entry_id = await store.write(lambda tx: _owe(tx, "1", "x"))
    [first] = await tx.claim_reads(NOW, 10, LEASE)
    [second] = await tx.claim_reads(LEASE, 10, LEASE + HOUR)
    assert not await tx.finish_read(entry_id, first.fence)
    assert not await tx.retry_read(entry_id, first.fence, NOW, "timeout", "", 0)
    assert not await tx.give_up_read(entry_id, first.fence, "timeout", "")
    assert second.fence == first.fence + 1
    assert await tx.finish_read(entry_id, second.fence)


async def test_a_read_put_off_keeps_its_tries_and_kills(store: Store, tx: Any, seen: Any) -> None:
    """A try that does not count (a shutdown) leaves the number of attempts as it was."""
    entry_id = await store.write(lambda tx: _owe(tx, "1", "x"))
    [owed] = await tx.claim_reads(NOW, 10, LEASE)
    assert await tx.retry_read(entry_id, owed.fence, NOW + HOUR, "unreadable", "crash", kills=2)
    assert await tx.claim_reads(NOW + HOUR - MINUTE, 10, NOW + DAY) == []
    assert await seen.read_outcomes() == {"unreadable": 1}
    [owed] = await tx.claim_reads(NOW + HOUR, 10, NOW + DAY)
    assert (owed.attempts, owed.kills) == (1, 2)
    assert await tx.retry_read(entry_id, owed.fence, NOW + HOUR, "shutdown", "", kills=2, counts=False)
    [owed] = await tx.claim_reads(NOW + HOUR, 10, NOW + DAY)
    assert (owed.attempts, owed.kills) == (1, 2)


async def test_a_read_given_up_is_owed_no_more_and_says_why(store: Store, tx: Any, seen: Any) -> None:
    """The outcome stays countable beside those read and owed."""
    ids = await store.write(lambda tx: [_owe(tx, str(n), host) for n, host in enumerate("xyz")])
    claimed = {o.entry_id: o for o in await tx.claim_reads(NOW, 2, LEASE)}
    assert await tx.give_up_read(ids[0], claimed[ids[0]].fence, "forbidden", "HTTP 403")
    assert await tx.finish_read(ids[1], claimed[ids[1]].fence)
    assert await seen.read_outcomes() == {"forbidden": 1, "read": 1, "owed": 1}
    assert await seen.oldest_unread() == (1, NOW)


async def test_a_page_owed_anew_makes_the_read_under_way_stale(store: Store, tx: Any) -> None:
    """An entry revised while its page is fetched is read again."""
    entry_id = await store.write(lambda tx: _owe(tx, "1", "x"))
    [owed] = await tx.claim_reads(NOW, 10, LEASE)
    await tx.owe_read(entry_id, "https://x.example.org/1b", NOW)
    assert not await tx.finish_read(entry_id, owed.fence)
    [again] = await tx.claim_reads(NOW, 10, LEASE)
    assert (again.url, again.attempts) == ("https://x.example.org/1b", 0)
    assert again.fence > owed.fence


async def test_leases_on_reads_end_with_an_earlier_life(store: Store, tx: Any) -> None:
    """After a restart a page under way is due at once, and the earlier outcome is stale."""
    entry_id = await store.write(lambda tx: _owe(tx, "1", "x"))
    [owed] = await tx.claim_reads(NOW, 10, LEASE)
    assert await tx.expire_leases() == 1
    assert not await tx.finish_read(entry_id, owed.fence)
    assert len(await tx.claim_reads(NOW, 10, LEASE)) == 1
