"""The composition root: the one place where configuration, adapters and phases are put together.

with the command line:  load(path) → Loaded;  async with Application(loaded, …) as app: await app.settle()
the daemon:             the same application, its lanes served until a signal (`monitor.daemon.main`)
the demo and tests:     the same application with a clock of their own
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import structlog

from monitor import __version__
from monitor.channels import build as build_channels
from monitor.clock import SystemClock
from monitor.config import resolver
from monitor.errors import InputError
from monitor.fetch.client import HttpFetcher
from monitor.fetch.post import HttpPost
from monitor.fetch.robots import HttpRobots
from monitor.flow.deliver import Deliverer
from monitor.flow.poll import Poller
from monitor.flow.read import Reader
from monitor.flow.reload import take_up
from monitor.flow.reports import Listener, Settled
from monitor.flow.setup import Current
from monitor.loading import STORE, Loaded, compose, load
from monitor.model.settings import Pacing, Service
from monitor.ports import Clock, Secrets, Sender
from monitor.runner.embedded import Embedded, Services
from monitor.store.lock import StateLock
from monitor.store.sqlite import SqlStore, open_store
from monitor.workers.pool import WorkerPool

__all__ = ["STORE", "Application", "Loaded", "SystemClock", "compose", "load"]
log = structlog.get_logger()


class Application:
    """One whole monitor on one state folder. Entering takes the lock and opens everything, leaving closes it."""

    def __init__(
        self,
        loaded: Loaded,
        environ: Mapping[str, str],
        listener: Listener,
        clock: Clock | None = None,
        rng: random.Random | None = None,
    ) -> None:
        self.loaded = loaded
        self._environ = environ
        self.current = Current(loaded.setup)
        self.clock = clock or SystemClock()
        self.store: SqlStore
        self.runner: Embedded
        self.secrets: Secrets = resolver(environ, lambda path: path.read_text(encoding="utf-8"))
        self._listener = listener
        self._rng = rng or random.Random()  # noqa: S311 - spreads load, guards nothing
        self._senders: Mapping[str, Sender] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        try:
            await self._open()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    @property
    def senders(self) -> Mapping[str, Sender]:
        return self._senders

    async def settle(self) -> None:
        """Work until nothing is due: polls, pages, digests, deliveries."""
        await self.runner.settle()

    async def reload(self) -> Loaded:
        """Re-read the configuration file. Raises and keeps the old one when the new one is bad."""
        loaded = load(self.loaded.path, self._environ)
        if loaded.state != self.loaded.state:
            raise InputError(f"{loaded.path}: service.state cannot change while running; restart the daemon")
        senders = self._build_senders(loaded)
        self._report(await take_up(self.store, loaded.setup, self.clock.now()))
        old, self._senders = self._senders, senders
        self.loaded, self.current.setup = loaded, loaded.setup
        for sender in old.values():
            await sender.aclose()
        self.runner.ring()
        return loaded

    async def _open(self) -> None:
        service, state = self.loaded.setup.settings.service, self.loaded.state
        self._stack.enter_context(StateLock(state))
        self.store = await open_store(state / STORE)
        self._stack.push_async_callback(self.store.aclose)
        await self.store.write(lambda tx: tx.expire_leases())
        self._wire(service, service.pacing)
        self._report(await take_up(self.store, self.loaded.setup, self.clock.now()))

    def _wire(self, service: Service, pacing: Pacing) -> None:
        fetcher = HttpFetcher(service, self.secrets, __version__, self.clock)
        self._stack.push_async_callback(fetcher.aclose)
        robots = HttpRobots(fetcher, self.clock)
        self.workers = WorkerPool(pacing.workers, pacing.worker_deadline, pacing.worker_memory)
        self._stack.push_async_callback(self.workers.aclose)
        self._post = HttpPost(service, __version__)
        self._stack.push_async_callback(self._post.aclose)
        self._senders = self._build_senders(self.loaded)
        self._stack.push_async_callback(self._close_senders)
        store, current, clock, rng = self.store, self.current, self.clock, self._rng
        services = Services(
            store=store,
            poller=Poller(store, fetcher, self.workers, current, clock, rng),
            reader=Reader(store, fetcher, robots, self.workers, current, clock, rng),
            deliverer=Deliverer(store, lambda: self._senders, current, clock, rng),
            current=current,
            clock=clock,
        )
        self.runner = Embedded(services, self._listener)
        self._stack.push_async_callback(self.runner.drain, 0)

    def _build_senders(self, loaded: Loaded) -> Mapping[str, Sender]:
        settings = loaded.setup.settings
        return build_channels(settings.channels, self.secrets, settings.service, self._post)

    async def _close_senders(self) -> None:
        for sender in self._senders.values():
            await sender.aclose()

    def _report(self, settled: list[Settled]) -> None:
        for one in settled:
            self._listener(one)
