"""The control socket: commands that write go through the running daemon.

A Unix socket in the runtime folder ($RUNTIME_DIRECTORY) or the state folder; one JSON object a line each way:
`{"command": "outbox.retry", "arguments": {…}, "of": […]}` → `{"ok": true, "result": …}` or
`{"ok": false, "error": …, "id": …}`. `of` names the config file and the state folder the caller means: the runtime
folder is one for the machine, and a daemon answers only for what is its own.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import structlog

from monitor.errors import AlreadyRunning, ControlError, InputError, MonitorError, SecretError, StateError

NAME = "control.sock"
LIMIT = 8_000_000
"""Bytes of one line."""
OTHER = "other-monitor"
"""The id of the answer to a caller who means another monitor."""
_ERRORS = {kind.id: kind for kind in (InputError, StateError, AlreadyRunning, SecretError)}
Handler = Callable[[str, Mapping[str, Any]], Awaitable[Any]]
log = structlog.get_logger()


def socket_folders(state: Path, environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Where the socket may be, the daemon's own choice first."""
    runtime = environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    folders = (Path(runtime),) if runtime else ()
    return (*folders, state, Path("/run/monitor"))


class ControlServer:
    """Serves a handler on the socket of a folder; the lock of the state folder makes it the only one."""

    def __init__(self, folder: Path, handler: Handler, own: Collection[Path] = ()) -> None:
        """`own` are the config file and the state folder that it answers for; none: whoever asks."""
        self._folder = folder
        self._handler = handler
        self._own = set(_names(own))
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen. Raise StateError where the socket cannot be made."""
        path = self._folder / NAME
        try:
            path.unlink(missing_ok=True)
            self._server = await asyncio.start_unix_server(self._serve, sock=_bound(self._folder), limit=LIMIT)
            path.chmod(0o660)
        except OSError as error:
            raise StateError(
                f"{path}: the control socket cannot be made ({error.strerror}): "
                "its folder must be on a local disk and may be written by this user"
            ) from error

    async def aclose(self) -> None:
        if self._server is not None:
            self._server.close()
            (self._folder / NAME).unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                writer.write(json.dumps(await self._answer(line), ensure_ascii=False).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            log.debug("control connection ended early")
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            request = json.loads(line)
            if self._own and request.get("of") and self._own.isdisjoint(request["of"]):
                return {"ok": False, "error": "this daemon serves another config file and state folder", "id": OTHER}
            result = await self._handler(request["command"], request.get("arguments", {}))
        except MonitorError as error:
            return {"ok": False, "error": str(error), "id": error.id}
        except (ValueError, KeyError, TypeError) as error:
            return {"ok": False, "error": f"not understood: {error}", "id": "control"}
        except Exception as error:
            log.exception("control command failed")
            return {"ok": False, "error": f"{type(error).__name__}: see the daemon's log", "id": "control"}
        return {"ok": True, "result": result}


def _bound(folder: Path) -> socket.socket:
    """A bound socket; through a descriptor of the folder, because a socket's path may have 107 bytes at most."""
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        sock.bind(f"/proc/self/fd/{descriptor}/{NAME}")
    except BaseException:
        sock.close()
        raise
    finally:
        os.close(descriptor)
    return sock


class NoDaemon(ControlError):
    """No daemon listens."""

    id = "no-daemon"


def call(
    folders: tuple[Path, ...],
    command: str,
    arguments: Mapping[str, Any],
    timeout: float = 60.0,
    of: Collection[Path] = (),
) -> Any:
    """Ask the running daemon, waiting at most `timeout` seconds; `of` are the config file and state folder meant.

    Raise `NoDaemon` where none listens, and what the daemon raised where it refuses."""
    request = {"command": command, "arguments": dict(arguments), "of": list(_names(of))}
    for sock in _connected(folders):
        with sock:
            answer = _exchange(sock, request, timeout)
        if answer["ok"]:
            return answer["result"]
        if answer["id"] != OTHER:
            raise _ERRORS.get(answer["id"], ControlError)(answer["error"])
    raise NoDaemon("no daemon is running for this state folder; start it with `monitor run`")


def _exchange(sock: socket.socket, request: Mapping[str, Any], timeout: float) -> Any:
    """One request, one answer."""
    command = request["command"]
    sock.settimeout(timeout)
    with sock.makefile("rwb") as stream:
        try:
            stream.write(json.dumps(request).encode() + b"\n")
            stream.flush()
            line = stream.readline(LIMIT)
        except OSError as error:
            raise ControlError(f"the daemon did not answer `{command}` within {timeout:.0f} s: {error}") from error
    if not line:
        raise ControlError(f"the daemon closed the connection without an answer to `{command}`; it may be stopping")
    if not line.endswith(b"\n"):
        raise ControlError(f"the answer to `{command}` is over {LIMIT // 1_000_000} MB; ask for less with --limit")
    return json.loads(line)


def _names(paths: Collection[Path]) -> Iterator[str]:
    """Paths as both ends write them, links followed."""
    return (os.path.realpath(path) for path in paths)


def _connected(folders: tuple[Path, ...]) -> Iterator[socket.socket]:
    """A connection to each socket on which somebody listens."""
    for folder in folders:
        try:
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            continue
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.connect(f"/proc/self/fd/{descriptor}/{NAME}")
        except OSError:
            sock.close()
            continue
        finally:
            os.close(descriptor)
        yield sock
