"""Workers that hang, spin, eat memory, crash or are stopped amid their work, and the pool that goes on."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.model.news import Article, Page, ParsedFeed, TextSource
from monitor.ports import Workers, WorkFailed
from monitor.workers.pool import WorkerPool

URL = "https://ledger.example/feed"
FEED = b"""<rss version="2.0"><channel><title>The Ledger</title>
<item><title>Harbour talks resume</title><guid>1</guid><link>https://ledger.example/1</link></item></channel></rss>"""
PARAGRAPH = "Negotiators met again in the harbour town on Monday and spoke for five hours behind closed doors. "
PAGE = Page(
    "https://ledger.example/1",
    f"<html lang='en'><head><title>Harbour talks resume</title></head><body><article><h1>Harbour talks resume</h1>"
    f"<p>{PARAGRAPH * 4}</p><p>{PARAGRAPH * 3}</p></article></body></html>".encode(),
)
GIGABYTE = 1_000_000_000


def hang() -> None:
    """Wait without end."""
    time.sleep(600)


def spin() -> None:
    """Burn processor time without end."""
    while True:
        pass


def eat_memory() -> int:
    """Ask for more memory than a worker may have."""
    return len(bytearray(4 * GIGABYTE))


def kill_itself() -> None:
    """Die as by a fault in a C library."""
    os.kill(os.getpid(), signal.SIGSEGV)


def own_pid() -> int:
    """Which worker this is."""
    return os.getpid()


def doze(seconds: float) -> str:
    """Take a while."""
    time.sleep(seconds)
    return "done"


def signal_itself_politely() -> str:
    """Get what Ctrl-C or `kill` of the whole group would send, and live."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(os.getpid(), number)
    return "alive"


def loaded_limits() -> tuple[int, int]:
    """Soft limit of processor time and of address space in force in this task."""
    import resource

    return resource.getrlimit(resource.RLIMIT_CPU)[0], resource.getrlimit(resource.RLIMIT_AS)[0]


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    """Two workers with a deadline of two seconds."""
    made = WorkerPool(workers=2, deadline=timedelta(seconds=2), memory_limit=GIGABYTE)
    await made.warm()
    yield made
    await made.aclose()


async def assert_serves(pool: WorkerPool) -> None:
    """The pool still reads feeds and pages."""
    feed = await pool.parse(FEED, URL, {"content-type": "text/xml"})
    assert isinstance(feed, ParsedFeed), feed
    assert [e.title for e in feed.entries] == ["Harbour talks resume"]
    article = await pool.extract(PAGE)
    assert isinstance(article, Article), article
    assert "five hours" in article.text


async def test_feeds_and_pages_are_read(pool: WorkerPool) -> None:
    """A pool is a `ports.Workers`, and its results are types of the model."""
    port: Workers = pool
    await assert_serves(pool)
    fast = await port.extract(PAGE, fast=True)
    assert isinstance(fast, Article)
    assert fast.text_source is TextSource.PAGE_FAST


async def test_a_warm_pool_answers_at_once(pool: WorkerPool) -> None:
    """Every worker has its libraries before its first task: reading two feeds at a time takes no import's time."""
    began = time.monotonic()
    await asyncio.gather(*(pool.parse(FEED, URL, {}) for _ in range(2)), pool.extract(PAGE))
    assert time.monotonic() - began < 1


async def test_a_refusal_is_no_kill(pool: WorkerPool) -> None:
    """A page served as a feed is refused with its reason and costs no worker."""
    refused = await pool.parse(PAGE.html, URL, {})
    assert isinstance(refused, WorkFailed)
    assert (refused.kind, refused.not_a_feed, refused.killed_its_worker) == ("refused", True, False)
    assert "HTML page" in refused.detail
    empty = await pool.extract(Page(URL, b"<html><body></body></html>"))
    assert isinstance(empty, WorkFailed)
    assert empty.kind == "refused"


@pytest.mark.parametrize(
    ("task", "kind"),
    [(hang, "timeout"), (spin, "timeout"), (eat_memory, "memory"), (kill_itself, "crash")],
    ids=["hangs", "spins", "exhausts memory", "kills its process"],
)
async def test_a_bad_task_is_named_and_the_pool_serves_on(pool: WorkerPool, task: object, kind: str) -> None:
    """What a task did to its worker is told by kind, within its deadline, and the next task finds a worker."""
    assert callable(task)
    began = time.monotonic()
    failed = await pool.run(task)
    assert isinstance(failed, WorkFailed)
    assert failed.kind == kind
    assert failed.killed_its_worker
    assert time.monotonic() - began < 6
    await assert_serves(pool)


async def test_a_feed_that_explodes_is_refused_in_time(pool: WorkerPool) -> None:
    """An entity bomb comes back as a refusal, not as a dead worker."""
    levels = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 10))
    bomb = (
        f'<!DOCTYPE rss [<!ENTITY b0 "boom">{levels}]><rss version="2.0"><channel><title>&b9;</title></channel></rss>'
    )
    refused = await pool.parse(bomb.encode(), URL, {})
    assert isinstance(refused, WorkFailed)
    assert refused.kind == "refused"
    assert "entity bomb" in refused.detail


async def test_good_tasks_beside_a_bad_one_are_untouched(pool: WorkerPool) -> None:
    """While one task is killed, those in the other worker and in the queue come back whole."""
    results = await asyncio.gather(pool.run(kill_itself), *(pool.run(doze, 0.3) for _ in range(4)))
    assert isinstance(results[0], WorkFailed)
    assert results[1:] == ["done"] * 4


async def test_signals_to_the_group_leave_workers_alone(pool: WorkerPool) -> None:
    """Ctrl-C, SIGTERM and SIGHUP are for the daemon, which drains its workers."""
    assert await pool.run(signal_itself_politely) == "alive"


async def test_a_cancelled_task_frees_its_worker(pool: WorkerPool) -> None:
    """Whoever gives up waiting stops the work, and the cancellation is not swallowed."""
    tasks = [asyncio.create_task(pool.run(hang)) for _ in range(2)]
    await asyncio.sleep(0.3)
    for task in tasks:
        task.cancel()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
    began = time.monotonic()
    await assert_serves(pool)
    assert time.monotonic() - began < 10


async def test_processor_time_is_counted_from_each_task(pool: WorkerPool) -> None:
    """RLIMIT_CPU is set anew for a task, so a worker's age does not shorten its life; RLIMIT_AS holds."""
    first = await pool.run(loaded_limits)
    await pool.run(doze, 0.1)
    assert isinstance(first, tuple)
    cpu, memory = first
    assert 2 <= cpu < 30
    assert memory == GIGABYTE


async def test_an_idle_worker_killed_from_outside_is_replaced(pool: WorkerPool) -> None:
    """The kernel may kill a worker that does nothing; the pool begins anew and the task is done."""
    pid = await pool.run(own_pid)
    assert isinstance(pid, int)
    os.kill(pid, signal.SIGKILL)
    await asyncio.sleep(0.5)
    await assert_serves(pool)


async def test_a_shutdown_in_the_midst_blames_no_page() -> None:
    """Tasks cut short by the end of the service answer `shutdown`, at once, and later ones are not begun."""
    pool = WorkerPool(workers=2, deadline=timedelta(seconds=60), memory_limit=GIGABYTE)
    await pool.warm()
    running = [asyncio.create_task(pool.run(task)) for task in (hang, spin, hang)]
    await asyncio.sleep(0.3)
    began = time.monotonic()
    await pool.aclose()
    results = await asyncio.gather(*running)
    assert {r.kind for r in results if isinstance(r, WorkFailed)} == {"shutdown"}
    assert not any(r.killed_its_worker for r in results if isinstance(r, WorkFailed))
    assert time.monotonic() - began < 5
    late = await pool.parse(FEED, URL, {})
    assert isinstance(late, WorkFailed)
    assert late.kind == "shutdown"


async def test_a_drain_lets_running_tasks_end() -> None:
    """What can be done within the drain is done."""
    pool = WorkerPool(workers=1, deadline=timedelta(seconds=60), memory_limit=GIGABYTE)
    await pool.warm()
    running = asyncio.create_task(pool.run(doze, 1.0))
    await asyncio.sleep(0.2)
    await pool.aclose(drain=timedelta(seconds=10))
    assert await running == "done"


async def test_a_worker_killed_during_shutdown_is_not_the_pages_fault(pool: WorkerPool) -> None:
    """Once the shutdown has begun, a worker that dies answers `shutdown`."""
    running = asyncio.create_task(pool.run(doze_then_die))
    await asyncio.sleep(0.2)
    pool.begin_shutdown()
    result = await running
    assert isinstance(result, WorkFailed)
    assert result.kind == "shutdown"


def doze_then_die() -> None:
    """Live until the shutdown has begun."""
    time.sleep(0.8)
    os.kill(os.getpid(), signal.SIGKILL)


def test_workers_end_with_their_daemon(tmp_path: Path) -> None:
    """A daemon killed outright leaves no worker behind, not even one that spins."""
    script = tmp_path / "daemon.py"
    script.write_text(
        textwrap.dedent("""
            import asyncio, os, signal
            from datetime import timedelta
            from monitor.workers.pool import WorkerPool

            async def main():
                pool = WorkerPool(2, timedelta(seconds=60), 0)
                print(*[await pool.run(os.getpid) for _ in range(4)], flush=True)
                asyncio.ensure_future(pool.run(eval, "[0 for _ in iter(int, 1)]"))
                await asyncio.sleep(0.5)
                os.kill(os.getpid(), signal.SIGKILL)

            if __name__ == "__main__":
                asyncio.run(main())
        """)
    )
    done = subprocess.run([sys.executable, str(script)], stdout=subprocess.PIPE, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    pids = {int(pid) for pid in done.stdout.split()}
    assert pids
    deadline = time.monotonic() + 5
    while any(_runs(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [pid for pid in pids if _runs(pid)]


def _runs(pid: int) -> bool:
    """Whether a process lives (one that waits to be reaped does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_daemon_does_not_load_the_readers() -> None:
    """The parent never imports feedparser, lxml or trafilatura for having a pool."""
    readers = "('feedparser', 'lxml', 'trafilatura')"
    code = f"import sys, monitor.workers.pool; print([m for m in {readers} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
