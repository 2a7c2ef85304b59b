"""What the loopback servers share: one start and one stop, in the caller's loop or in a thread of their own."""

from __future__ import annotations

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

from aiohttp import web

STOP_SECONDS = 0.2
"""How long a stopping server lets answers under way end; then their connections are closed."""


class Serving(ABC):
    """`async with server:` serves in the running loop, `with server:` in a thread with a loop of its own."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @abstractmethod
    async def start(self) -> None:
        """Open the sockets; addresses are known afterwards."""

    @abstractmethod
    async def stop(self) -> None:
        """Close every connection and socket."""

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=type(self).__name__, daemon=True)
        self._thread.start()
        try:
            self._run(self.start())
        except BaseException:
            self._end_thread()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._run(self.stop())
        finally:
            self._end_thread()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        if self._loop is None:
            raise RuntimeError("not started with `with`")
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    def _end_thread(self) -> None:
        if self._loop is None or self._thread is None:
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()
        self._loop = self._thread = None


async def listen(server: web.Server, host: str, port: int) -> tuple[web.ServerRunner, int]:
    """Serve on one address; `port` 0 picks a free one. Returns the runner, whose `cleanup` ends it, and the port."""
    runner = web.ServerRunner(server, shutdown_timeout=STOP_SECONDS)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    return runner, int(runner.addresses[0][1])
