"""`monitor run`: the application served until SIGTERM.

signals → stop | reload;  scheduler → rings;  guard → clock steps;  watchdog → only after real progress
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from monitor.app import Application
from monitor.daemon.control import ControlServer, socket_folders
from monitor.daemon.guard import ClockGuard
from monitor.daemon.notify import Notifier
from monitor.errors import MonitorError
from monitor.flow.reports import Delivered, Polled, Report, Settled, WasRead, WindowCut
from monitor.loading import Loaded
from monitor.model.telling import Verdict

DRAIN_SECONDS = 6.0
"""What is in flight may end within this; with the rest of the shutdown it stays under 10 s."""
STDERR = 2
TICK_SECONDS = 1
SLOW_TICK_SECONDS = 5
log = structlog.get_logger()
WELL_AGAIN_SECONDS = 300.0
"""A part that served for so long before it died is started again at once."""
Serve = Callable[[asyncio.Event], Awaitable[None]]
Commands = Callable[["Daemon", str, Mapping[str, Any]], Awaitable[Any]]


class Daemon:
    """One running service: the application, and all that keeps it going."""

    def __init__(self, loaded: Loaded, environ: Mapping[str, str], commands: Commands) -> None:
        self.app = Application(loaded, environ, log_report)
        self._environ = environ
        self._commands = commands
        self._stop = asyncio.Event()
        self._ticks = 0
        self._ticks_told = -1
        self._on_terminal = os.isatty(STDERR)
        self._notifier = Notifier(environ)
        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        )

    async def run(self) -> None:
        """Serve until a signal; drain; close."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, lambda: loop.create_task(self._on_hangup()))
        async with self.app as app:
            folder = socket_folders(app.loaded.state, self._environ)[0]
            control = ControlServer(folder, self._command, (app.loaded.path, app.loaded.state))
            await control.start()
            await app.store.write(lambda tx: tx.put_note("started_at", app.clock.now().isoformat()))
            self._start_scheduler()
            served: list[tuple[str, Serve]] = [(lane.name, lane.serve) for lane in app.runner.lanes]
            served += [("clock", self._guard_clock), ("watchdog", self._watchdog)]
            tasks = [asyncio.create_task(self._supervise(name, serve)) for name, serve in served]
            feeds = len(app.current.setup.settings.feeds)
            log.info("started", feeds=feeds, rules=len(app.current.setup.settings.rules), state=str(app.loaded.state))
            self._notifier.ready(f"watching {feeds} feeds")
            await self._stop.wait()
            await self._shut_down(control, tasks)

    def stop(self) -> None:
        self._stop.set()

    async def _shut_down(self, control: ControlServer, tasks: list[asyncio.Task[None]]) -> None:
        self._notifier.stopping()
        log.info("stopping")
        await control.aclose()
        self.app.runner.ring()
        cut_off = await self.app.runner.drain(DRAIN_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._scheduler.shutdown(wait=False)
        log.info("stopped", cut_off=cut_off)

    async def reload(self) -> None:
        """Take up the changed configuration; raises MonitorError and keeps the old one when it is bad."""
        self._notifier.reloading()
        try:
            loaded = await self.app.reload()
        finally:
            self._notifier.ready(f"watching {len(self.app.current.setup.settings.feeds)} feeds")
        for warning in loaded.warnings:
            log.warning("config", problem=str(warning))
        log.info("config reloaded", feeds=len(loaded.setup.settings.feeds), rules=len(loaded.setup.settings.rules))

    async def _on_hangup(self) -> None:
        """SIGHUP re-reads the config; but where the terminal it runs on was closed, nobody is left to serve."""
        if self._on_terminal and not os.isatty(STDERR):
            _log_to_nowhere()
            self.stop()
            return
        try:
            await self.reload()
        except MonitorError as error:
            for line in str(error).splitlines():
                log.error("config is bad, the old one stays in force", problem=line)

    async def _command(self, name: str, arguments: Mapping[str, Any]) -> Any:
        return await self._commands(self, name, arguments)

    def _start_scheduler(self) -> None:
        runner = self.app.runner
        self._scheduler.add_job(self._tick, "interval", seconds=TICK_SECONDS, id="tick")
        self._scheduler.add_job(runner.digests.bell.set, "interval", seconds=SLOW_TICK_SECONDS, id="digests")
        self._scheduler.start()

    async def _tick(self) -> None:
        self._ticks += 1
        runner = self.app.runner
        for lane in (runner.polls, runner.reads, runner.holds, runner.outbox):
            lane.bell.set()

    async def _supervise(self, name: str, serve: Serve) -> None:
        """A part that dies is started again, with an alarm in the log, ever more slowly."""
        wait = 1.0
        while not self._stop.is_set():
            began = self.app.clock.monotonic()
            try:
                await serve(self._stop)
            except MonitorError as error:
                log.error("cannot go on, will try again", part=name, problem=str(error), in_seconds=wait)
            except Exception:
                log.exception("died and is started again", part=name, in_seconds=wait)
            else:
                return
            served = self.app.clock.monotonic() - began
            wait = 1.0 if served > WELL_AGAIN_SECONDS else wait
            await asyncio.sleep(wait)
            wait = min(wait * 2, 60.0)

    async def _guard_clock(self, stop: asyncio.Event) -> None:
        clock = self.app.clock
        guard = ClockGuard(clock.now(), clock.monotonic())
        while not stop.is_set():
            await asyncio.sleep(TICK_SECONDS)
            step = guard.step(clock.now(), clock.monotonic())
            if step is not None:
                await self._on_clock_step(step)

    async def _on_clock_step(self, step: timedelta) -> None:
        """Set back: what was due in ten minutes still is. Forward (or slept): what is due now is due."""
        log.warning("the clock was set, or the machine slept", seconds=round(step.total_seconds()))
        if step < timedelta(0):
            await self.app.store.write(lambda tx: tx.shift_due(step))
        now = self.app.clock.now()
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=now)
        self.app.runner.woke()

    async def _watchdog(self, stop: asyncio.Event) -> None:
        """A sign of life to systemd, only after the loop, the scheduler and the store made progress."""
        every = self._notifier.watchdog_seconds / 3 if self._notifier.watchdog_seconds else 60.0
        while not stop.is_set():
            await asyncio.sleep(every)
            await self.app.store.write(lambda tx: tx.put_note("alive_at", self.app.clock.now().isoformat()))
            if self._ticks != self._ticks_told:
                self._ticks_told = self._ticks
                self._notifier.alive(f"watching {len(self.app.current.setup.settings.feeds)} feeds")


def _log_to_nowhere() -> None:
    """Writing to a terminal that is gone would fail."""
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), STDERR)


def log_report(report: Report) -> None:
    """One line for what a person would want to know; the rest is for `debug`."""
    match report:
        case Polled(outcome=outcome) if not outcome.is_success:
            log.warning("poll failed", feed=report.feed_id, outcome=str(outcome), detail=report.detail)
        case Polled():
            tell = log.info if report.new or report.revised else log.debug
            tell("polled", feed=report.feed_id, new=report.new, revised=report.revised, matched=report.matched)
            for settled in report.told:
                log_report(settled)
        case WasRead(text_source=None):
            log.info("page not read", entry=report.entry_id, outcome=report.outcome, detail=report.detail)
            if report.told:
                log_report(report.told)
        case WasRead():
            log.debug("read", entry=report.entry_id, text_source=report.text_source)
            if report.told:
                log_report(report.told)
        case Settled() if report.alerts or report.withdrawals:
            event = "alert" if report.alerts else "alert withdrawn"
            log.info(event, story=report.story_id, title=report.title, rules=list(report.rules))
        case Settled():
            log.debug("settled", entry=report.entry_id, story=report.story_id)
        case Delivered(verdict=Verdict.DELIVERED):
            log.info("delivered", kind=str(report.kind), to=report.recipient, by=report.endpoint.partition(":")[0])
        case Delivered():
            channel = report.endpoint.partition(":")[0]
            log.warning("not delivered", to=report.recipient, by=channel, verdict=report.verdict, why=report.reason)
        case WindowCut():
            log.info("digest", to=report.recipient, digest=report.digest, items=report.items, sent=report.sent)
