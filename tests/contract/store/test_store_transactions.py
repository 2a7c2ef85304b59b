"""Contract of `Store`: transactions, snapshots, lives."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Protocol

import pytest

from monitor.errors import StateError
from monitor.ports import Store, Tx
from monitor.store import schema
from tests.samples.held import begin_story

ROOT = Path(__file__).parents[3]


class Backend(Protocol):
    path: Path

    async def open(self, *, read_only: bool = False) -> Any: ...

    async def close_all(self) -> None: ...


async def test_what_a_write_returns_is_returned(store: Store) -> None:
    """And is committed: a snapshot taken afterwards shows it."""

    def work(tx: Tx) -> int:
        tx.put_note("a", "1")
        return 7

    assert await store.write(work) == 7
    assert await store.read(lambda tx: tx.get_note("a")) == "1"


async def test_a_write_that_raises_leaves_nothing(store: Store) -> None:
    """The exception comes through as it is, and the store goes on."""

    def work(tx: Tx) -> None:
        tx.put_note("a", "1")
        raise LookupError("no such entry")

    with pytest.raises(LookupError, match="no such entry"):
        await store.write(work)
    assert await store.read(lambda tx: tx.get_note("a")) is None
    await store.write(lambda tx: tx.put_note("a", "2"))
    assert await store.read(lambda tx: tx.get_note("a")) == "2"


async def test_a_read_cannot_write(store: Store) -> None:
    """A snapshot refuses, and nothing changes."""
    with pytest.raises(StateError, match="written"):
        await store.read(lambda tx: tx.put_note("a", "1"))
    assert await store.read(lambda tx: tx.get_note("a")) is None


async def test_a_reader_sees_a_snapshot(store: Store) -> None:
    """What is committed while it reads is not there for it, and it holds up no writer."""
    await store.write(lambda tx: tx.put_note("a", "before"))
    begun, written = threading.Event(), threading.Event()

    def work(tx: Tx) -> tuple[str | None, str | None]:
        first = tx.get_note("a")
        begun.set()
        assert written.wait(20)
        return first, tx.get_note("a")

    reading = asyncio.create_task(store.read(work))
    assert await asyncio.to_thread(begun.wait, 20)
    await store.write(lambda tx: tx.put_note("a", "after"))
    written.set()
    assert await reading == ("before", "before")
    assert await store.read(lambda tx: tx.get_note("a")) == "after"


def _count_up(tx: Tx) -> None:
    tx.put_note("n", str(int(tx.get_note("n") or 0) + 1))


async def test_writes_of_one_store_take_turns(store: Store) -> None:
    """None of fifty at once is lost."""
    await asyncio.gather(*(store.write(_count_up) for _ in range(50)))
    assert await store.read(lambda tx: tx.get_note("n")) == "50"


async def test_two_writers_serialise(backend: Backend) -> None:
    """Two stores on one place: read-then-write of either loses nothing of the other."""
    first, second = await backend.open(), await backend.open()
    await asyncio.gather(*(store.write(_count_up) for store in (first, second) * 20))
    assert await first.read(lambda tx: tx.get_note("n")) == "40"


async def test_a_cancelled_write_ends_whole(store: Store) -> None:
    """The caller is gone; the transaction commits by itself and the store goes on."""
    begun, go_on = threading.Event(), threading.Event()

    def work(tx: Tx) -> None:
        tx.put_note("a", "1")
        begun.set()
        assert go_on.wait(20)
        tx.put_note("b", "2")

    writing = asyncio.create_task(store.write(work))
    assert await asyncio.to_thread(begun.wait, 20)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    go_on.set()
    await store.write(_count_up)
    assert await store.read(lambda tx: (tx.get_note("a"), tx.get_note("b"))) == ("1", "2")


async def test_a_write_that_waits_its_turn_outlives_its_caller(store: Store) -> None:
    """What was handed over is recorded, though the caller was cancelled before it began."""
    begun, go_on = threading.Event(), threading.Event()

    def long(tx: Tx) -> None:
        begun.set()
        assert go_on.wait(20)

    first = asyncio.create_task(store.write(long))
    assert await asyncio.to_thread(begun.wait, 20)
    second = asyncio.create_task(store.write(_count_up))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second
    go_on.set()
    await first
    await store.write(_count_up)
    assert await store.read(lambda tx: tx.get_note("n")) == "2"


async def test_a_store_opened_again_holds_what_was_committed(backend: Backend) -> None:
    """Closing and opening loses nothing."""
    store = await backend.open()
    await store.write(lambda tx: tx.put_note("a", "1"))
    await backend.close_all()
    assert await (await backend.open()).read(lambda tx: tx.get_note("a")) == "1"


async def test_a_closed_store_says_so(store: Store) -> None:
    """Closing twice is no fault; work after it is."""
    await store.aclose()
    await store.aclose()
    with pytest.raises(StateError, match="closed"):
        await store.write(_count_up)
    with pytest.raises(StateError, match="closed"):
        await store.read(lambda tx: tx.get_note("n"))


async def test_closing_waits_for_writes_begun(backend: Backend) -> None:
    """What was handed over before is committed."""
    store = await backend.open()
    writes = [asyncio.create_task(store.write(_count_up)) for _ in range(10)]
    await asyncio.sleep(0)
    await store.aclose()
    await asyncio.gather(*writes)
    assert await (await backend.open()).read(lambda tx: tx.get_note("n")) == "10"


async def _hold_up(store: Store) -> tuple[asyncio.Task[None], threading.Event]:
    """A write that is under way until its event is set: what comes meanwhile waits together."""
    begun, go_on = threading.Event(), threading.Event()

    def long(tx: Tx) -> None:
        begun.set()
        assert go_on.wait(20)

    writing = asyncio.create_task(store.write(long))
    assert await asyncio.to_thread(begun.wait, 20)
    return writing, go_on


async def test_of_writes_that_waited_together_one_that_raises_leaves_nothing(store: Store) -> None:
    """Those before and after it are recorded, and each caller is told its own."""

    def bad(tx: Tx) -> None:
        _count_up(tx)
        tx.put_note("bad", "1")
        raise LookupError("no such entry")

    first, go_on = await _hold_up(store)
    writes = [asyncio.create_task(store.write(work)) for work in (_count_up, bad, _count_up)]
    await asyncio.sleep(0)
    go_on.set()
    told = await asyncio.gather(first, *writes, return_exceptions=True)
    assert [type(one) for one in told] == [type(None), type(None), LookupError, type(None)]
    assert await store.read(lambda tx: (tx.get_note("n"), tx.get_note("bad"))) == ("2", None)


async def test_writes_that_waited_together_survive_one_that_ends_their_transaction(store: Store) -> None:
    """As a full disk can: the others are done again, once, and only the culprit is told."""

    def bad(tx: Tx) -> None:
        tx._c.exec_driver_sql("ROLLBACK")  # type: ignore[attr-defined]  # behind the port, to do what SQLite may do
        tx._c.exec_driver_sql("no statement")  # type: ignore[attr-defined]  # the error that comes with it

    first, go_on = await _hold_up(store)
    writes = [asyncio.create_task(store.write(work)) for work in (_count_up, bad, _count_up)]
    await asyncio.sleep(0)
    go_on.set()
    told = await asyncio.gather(first, *writes, return_exceptions=True)
    assert [isinstance(one, Exception) for one in told] == [False, False, True, False]
    assert await store.read(lambda tx: tx.get_note("n")) == "2"


async def test_nobody_is_told_of_a_write_before_its_commit(store: Store) -> None:
    """Of writes that waited together none returns while a later one of them is still at work."""
    first, go_on = await _hold_up(store)
    in_batch, finish = threading.Event(), threading.Event()

    def slow(tx: Tx) -> None:
        in_batch.set()
        assert finish.wait(20)

    quick, late = asyncio.create_task(store.write(_count_up)), asyncio.create_task(store.write(slow))
    await asyncio.sleep(0)
    go_on.set()
    assert await asyncio.to_thread(in_batch.wait, 20)
    assert (quick.done(), await store.read(lambda tx: tx.get_note("n"))) == (False, None)
    finish.set()
    await asyncio.gather(first, quick, late)
    assert await store.read(lambda tx: tx.get_note("n")) == "1"


_DIES = """
import asyncio, os, signal, sys
from pathlib import Path
from monitor.store.sqlite import open_store

def half(tx):
    for n in range(2000):
        tx.put_note(f"half-{n}", "x" * 500)
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    store = await open_store(Path(sys.argv[1]))
    await store.write(lambda tx: tx.put_note("whole", "1"))
    await store.write(half)

asyncio.run(main())
"""


async def test_a_kill_loses_nothing_committed_and_shows_nothing_else(backend: Backend) -> None:
    """SIGKILL in the middle of a transaction larger than the cache of a page or two."""
    died = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", _DIES, str(backend.path)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=60,
    )
    assert died.returncode == -signal.SIGKILL
    store = await backend.open()
    assert await store.read(lambda tx: (tx.get_note("whole"), tx.get_note("half-0"))) == ("1", None)
    assert await store.integrity_check() == "ok"


async def test_ids_of_stories_and_entries_are_never_used_again(store: Store) -> None:
    """Messages already sent name them: not even after the last of them was deleted."""
    await store.write(begin_story)
    last = await store.write(lambda tx: begin_story(tx, "2"))

    def forget(tx: Tx) -> None:
        connection = tx._c  # type: ignore[attr-defined]  # the port deletes neither: retention will
        for table in (schema.story_members, schema.entry_keys):
            connection.execute(table.delete().where(table.c.entry_id == last[0]))
        connection.execute(schema.entries.delete().where(schema.entries.c.id == last[0]))
        connection.execute(schema.stories.delete().where(schema.stories.c.id == last[1]))

    await store.write(forget)
    again = await store.write(lambda tx: begin_story(tx, "3"))
    assert again[0] > last[0]
    assert again[1] > last[1]
