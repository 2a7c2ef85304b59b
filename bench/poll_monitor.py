"""The monitor as one side of the polling bench: its whole application, of which only the polls are let run.

python -m bench.poll_monitor CONFIG           then one command a line, one JSON line in answer:
round     two hours pass, every feed is due: poll them all; measured
settle    a second's rest, then the memory of the whole process tree
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import sys
import time
from collections.abc import Collection
from datetime import timedelta
from pathlib import Path
from typing import Any

from bench.memory import PROC, parse_parent, parse_pss, tree
from bench.poll_outlets import START
from monitor.app import Application
from monitor.flow.reports import Polled, Report
from monitor.loading import load
from monitor.testing.clock import SteppedClock

_TICKS = os.sysconf("SC_CLK_TCK")


def parse_processor_time(stat: str) -> float:
    """Seconds used by a process itself, from the text of /proc/PID/stat (proc(5): utime and stime)."""
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _stats() -> dict[int, str]:
    found = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                found[int(entry.name)] = (entry / "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue  # it has ended meanwhile
    return found


def below(stats: dict[int, str]) -> Collection[int]:
    """The processes of this one's tree, itself included."""
    return tree({pid: parse_parent(stat) for pid, stat in stats.items()}, os.getpid(), ())


def processor_time() -> float:
    """Of the whole tree in seconds: this process, its workers alive, and those it has waited for."""
    stats = _stats()
    workers = sum(parse_processor_time(stats[pid]) for pid in below(stats) if pid != os.getpid())
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + workers + ended.ru_utime + ended.ru_stime


def pss_by_process() -> list[float]:
    """Megabytes of each process of the tree, this one first."""
    pids = sorted(below(_stats()), key=lambda pid: (pid != os.getpid(), pid))
    return [parse_pss((PROC / str(pid) / "smaps_rollup").read_text(encoding="utf-8")) / 1e6 for pid in pids]


class Tally:
    """Listens to the polls."""

    def __init__(self) -> None:
        self.ok = 0
        self.new = 0
        self.wrong: list[str] = []

    def __call__(self, report: Report) -> None:
        if isinstance(report, Polled) and report.outcome.is_success:
            self.ok += 1
            self.new += report.new
        elif isinstance(report, Polled):
            self.wrong.append(f"{report.feed_id}: {report.outcome}: {report.detail}")


async def poll_all(app: Application) -> None:
    """What the daemon's polls lane does until nothing is due."""
    lane, stop = app.runner.polls, asyncio.Event()
    lane.idle = False  # as long as it has not looked again
    serving = asyncio.create_task(lane.serve(stop))
    while not lane.idle:  # noqa: ASYNC110 -- a lane does not tell when it has come to rest
        await asyncio.sleep(0.005)
    stop.set()
    lane.bell.set()
    await serving


class Side:
    def __init__(self, app: Application, clock: SteppedClock, tally: Tally) -> None:
        self._app, self._clock, self._tally = app, clock, tally

    async def round(self) -> dict[str, Any]:
        self._clock.set(self._clock.now() + timedelta(hours=2))
        pause = self._app.current.setup.settings.service.pacing.feed_pause
        await asyncio.sleep(pause.total_seconds() + 0.5)  # hosts rest after a poll; the wall clock alone was set on
        now, tally = self._clock.now(), self._tally
        await self._app.store.write(lambda tx: tx.due_now(now))
        tally.ok, tally.new = 0, 0
        wall, cpu, own = time.monotonic(), processor_time(), time.process_time()
        await poll_all(self._app)
        spent = {"cpu": processor_time() - cpu, "own_cpu": time.process_time() - own}
        answer = {"wall": time.monotonic() - wall, **spent}
        return {**answer, "ok": tally.ok, "new": tally.new, "wrong": tally.wrong[:3]}

    async def settle(self) -> dict[str, Any]:
        await asyncio.sleep(1)
        parts = pss_by_process()
        return {"pss_mb": sum(parts), "parts_mb": [round(part, 1) for part in parts]}


async def serve(config: Path) -> None:
    clock, tally, loop = SteppedClock(START), Tally(), asyncio.get_running_loop()
    async with Application(load(config, {}), {}, tally, clock=clock) as app:
        await app.workers.warm()
        side = Side(app, clock, tally)
        print("ready", flush=True)
        while line := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
            print(json.dumps(await (side.round() if line == "round" else side.settle())), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
