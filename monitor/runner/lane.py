"""A lane: one kind of due work, claimed from the store and carried through a bounded number at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import structlog

from monitor.errors import MonitorError

J = TypeVar("J")
log = structlog.get_logger()


class Lane(Generic[J]):
    """Claims with `claim(free places)` and works each job with `work(job)`; rings its bell when one is done."""

    def __init__(
        self,
        name: str,
        width: int,
        claim: Callable[[int], Awaitable[Sequence[J]]],
        work: Callable[[J], Awaitable[None]],
        rings: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self.bell = asyncio.Event()
        self.idle = False
        """Nothing was due at the last look, and nothing is in flight."""
        self.faults = 0
        """Jobs that ended in an error nobody foresaw."""
        self._width = width
        self._claim = claim
        self._work = work
        self._rings = rings
        self._tasks: set[asyncio.Task[None]] = set()
        self._fault: MonitorError | None = None

    @property
    def in_flight(self) -> frozenset[asyncio.Task[None]]:
        return frozenset(self._tasks)

    async def pump(self) -> bool:
        """Start what is due and fits; whether anything was started. Raises what a person must mend: a full disk ends
        the work of every job, and whoever pumps is told once."""
        if self._fault is not None:
            fault, self._fault = self._fault, None
            raise fault
        free = self._width - len(self._tasks)
        jobs = await self._claim(free) if free > 0 else ()
        for job in jobs:
            task = asyncio.create_task(self._one(job), name=self.name)
            self._tasks.add(task)
            task.add_done_callback(self._done)
        self.idle = not self._tasks
        return bool(jobs)

    async def serve(self, stop: asyncio.Event) -> None:
        """Pump at every ring until `stop`. Whoever stops rings too, and so does every job that ends."""
        while not stop.is_set():
            self.bell.clear()
            await self.pump()
            await self.bell.wait()

    async def drain(self, seconds: float) -> int:
        """Let what is in flight end within `seconds`, cancel the rest; how many were cancelled. Their leases end."""
        if not self._tasks:
            return 0
        _, late = await asyncio.wait(self._tasks, timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        return len(late)

    async def _one(self, job: J) -> None:
        try:
            await self._work(job)
        except asyncio.CancelledError:
            raise
        except MonitorError as error:
            self._fault = error
        except Exception:
            # The lease brings the job back; a fault of ours must not end the lane.
            self.faults += 1
            log.exception("work failed", lane=self.name, job=str(job)[:200])

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self.idle = self.idle and not self._tasks
        self.bell.set()
        self._rings()
