"""The pool of workers, on Pebble: a task that hangs, spins, eats memory or crashes costs a worker, never the daemon."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable, Mapping
from concurrent.futures import TimeoutError as PoolTimeout
from concurrent.futures.process import BrokenProcessPool
from datetime import timedelta
from multiprocessing.context import SpawnContext, SpawnProcess

from pebble import ProcessExpired, ProcessPool

from monitor.model.news import Article, Page, ParsedFeed
from monitor.ports import WorkFailed
from monitor.workers import tasks

TASKS_A_LIFE = 2_000
"""A worker is replaced after this many: trafilatura's and lxml's caches grow."""
WARM_UP = 60.0
"""Seconds after which a start goes on although a worker has not answered; it may still come."""
RESTARTS = 2
"""How often one task is begun again when the pool, not the task, is at fault."""
_CRASHES = {
    signal.SIGXCPU: ("timeout", "it used up its processor time"),
    signal.SIGSEGV: ("crash", "the process crashed (SIGSEGV)"),
    signal.SIGABRT: ("crash", "the process gave up (SIGABRT)"),
    signal.SIGKILL: ("crash", "the process was killed (SIGKILL), perhaps by the kernel for want of memory"),
}


class _Worker(SpawnProcess):
    """Workers ignore SIGTERM, so that a signal to the whole group leaves their end to the daemon; Pebble's way to stop
    one would then take three seconds."""

    def terminate(self) -> None:
        self.kill()


class _Context(SpawnContext):
    """`spawn` with workers of our kind."""

    Process = _Worker


class WorkerPool:
    """Implements `ports.Workers`."""

    def __init__(self, workers: int, deadline: timedelta, memory_limit: int) -> None:
        self._workers = workers
        self._deadline = deadline.total_seconds()
        self._memory = memory_limit
        self._closing = False
        self._pending: set[asyncio.Future[object]] = set()
        self._retired: list[asyncio.Future[None]] = []
        self._pool = self._new_pool()

    async def parse(
        self, body: bytes, url: str, headers: Mapping[str, str], seen: frozenset[bytes] = frozenset()
    ) -> ParsedFeed | WorkFailed:
        """Read a feed in a worker; never raises for what the feed does."""
        result = await self.run(tasks.parse, body, url, dict(headers), seen)
        return result if isinstance(result, ParsedFeed | WorkFailed) else _odd(result)

    async def extract(self, page: Page, fast: bool = False) -> Article | WorkFailed:
        """Read a page in a worker; never raises for what the page does."""
        result = await self.run(tasks.extract, page, fast)
        return result if isinstance(result, Article | WorkFailed) else _odd(result)

    async def warm(self) -> None:
        """Start the workers and wait until each has loaded its libraries."""
        ready: set[object] = set()
        until = time.monotonic() + WARM_UP
        while len(ready) < self._workers and not self._closing and time.monotonic() < until:
            ready.update(await asyncio.gather(*(self.run(tasks.report_ready) for _ in range(self._workers))))

    def begin_shutdown(self) -> None:
        """From now on the end of a worker is nobody's fault, and nothing new is begun."""
        self._closing = True

    async def aclose(self, drain: timedelta = timedelta(0)) -> None:
        """Give running tasks this long, then end every worker. Tasks cut short answer `shutdown`."""
        self._closing = True
        if self._pending and drain:
            await asyncio.wait(set(self._pending), timeout=drain.total_seconds())
        self._retire(self._pool)
        for future in set(self._pending):
            future.cancel()
        await asyncio.gather(*self._retired)

    async def run(self, function: Callable[..., object], *args: object) -> object:
        """Run a module-level function in a worker: what it returns, or `WorkFailed` where it did not come back."""
        for _ in range(RESTARTS + 1):
            if self._closing:
                return WorkFailed("shutdown", "the service is stopping")
            result = await self._attempt(function, args)
            if result is not _AGAIN:
                return result
        return WorkFailed("shutdown", "the pool of workers could not be kept up")

    async def _attempt(self, function: Callable[..., object], args: tuple[object, ...]) -> object:
        pool, began = self._pool, time.monotonic()
        try:
            scheduled = pool.schedule(tasks.run_limited, args=(function, *args), timeout=self._deadline)
        except RuntimeError:
            return self._replace(pool)
        future: asyncio.Future[object] = asyncio.wrap_future(scheduled)
        self._pending.add(future)
        try:
            return await future
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._closing and task is not None and not task.cancelling():
                return WorkFailed("shutdown", "the service is stopping")
            raise
        except (PoolTimeout, BrokenProcessPool, ProcessExpired) as error:
            return self._explain(error, pool, time.monotonic() - began)
        finally:
            self._pending.discard(future)

    def _explain(self, error: BaseException, pool: ProcessPool, elapsed: float) -> object:
        if self._closing:
            return WorkFailed("shutdown", "the service is stopping")
        if isinstance(error, PoolTimeout):
            if elapsed < self._deadline:  # Pebble reads the wall clock, and that was set forward
                return _AGAIN
            return WorkFailed("timeout", f"not done after {self._deadline:g} s")
        if isinstance(error, ProcessExpired):
            return _died(error.exitcode)
        return self._replace(pool)

    def _replace(self, pool: ProcessPool) -> object:
        """A pool whose idle worker was killed from outside is broken for good: begin with a new one."""
        if not self._closing and self._pool is pool:
            self._pool = self._new_pool()
            self._retire(pool)
        return _AGAIN

    def _retire(self, pool: ProcessPool) -> None:
        """End a pool's workers, on a thread: Pebble's threads take a moment to join."""
        pool.stop()  # type: ignore[no-untyped-call]  # Pebble types its pool in part
        self._retired.append(asyncio.ensure_future(asyncio.to_thread(pool.join)))

    def _new_pool(self) -> ProcessPool:
        limits = tasks.Limits(self._deadline, self._memory, os.getpid())
        return ProcessPool(
            max_workers=self._workers,
            max_tasks=TASKS_A_LIFE,
            initializer=tasks.prepare,
            initargs=(limits,),
            context=_Context(),
        )


_AGAIN = object()


def _died(code: int | None) -> WorkFailed:
    if code is not None and code < 0:
        kind, detail = _CRASHES.get(
            signal.Signals(-code), ("crash", f"the process died of {signal.Signals(-code).name}")
        )
        return WorkFailed(kind, detail)
    return WorkFailed("crash", f"the process ended with code {code}")


def _odd(result: object) -> WorkFailed:
    return WorkFailed("refused", f"the worker answered with {type(result).__name__}")
