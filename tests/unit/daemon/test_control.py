"""The control socket, both ends."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from monitor.daemon.control import NAME, ControlServer, NoDaemon, call, socket_folders
from monitor.errors import ControlError, InputError


async def handler(command: str, arguments: Mapping[str, Any]) -> Any:
    if command == "bad":
        raise InputError("no feed 'x'")
    if command == "broken":
        raise RuntimeError("secret=hunter2")
    return {"echo": command, **arguments}


async def ask(folder: Path, command: str, **arguments: Any) -> Any:
    return await asyncio.to_thread(call, (folder,), command, arguments, 5.0)


async def test_answers_come_back(tmp_path: Path) -> None:
    """What the handler gives is what the caller gets."""
    server = ControlServer(tmp_path, handler)
    await server.start()
    assert await ask(tmp_path, "status", deep=[1, "é"]) == {"echo": "status", "deep": [1, "é"]}
    await server.aclose()


async def test_a_refusal_is_one_plain_error(tmp_path: Path) -> None:
    """An error of the handler reaches the caller as itself; a fault of ours as a ControlError without its details."""
    server = ControlServer(tmp_path, handler)
    await server.start()
    with pytest.raises(InputError, match="no feed 'x'"):
        await ask(tmp_path, "bad")
    with pytest.raises(ControlError, match="RuntimeError: see the daemon's log"):
        await ask(tmp_path, "broken")
    await server.aclose()


async def test_the_folder_may_lie_deep(tmp_path: Path) -> None:
    """A path longer than a socket address holds works all the same."""
    deep = tmp_path / ("d" * 90) / ("e" * 90)
    deep.mkdir(parents=True)
    server = ControlServer(deep, handler)
    await server.start()
    assert (await ask(deep, "status"))["echo"] == "status"
    assert (deep / NAME).stat().st_mode & 0o777 == 0o660
    await server.aclose()


def test_no_daemon_is_said_plainly(tmp_path: Path) -> None:
    """Without a socket, and with a dead one, the caller learns that none runs."""
    with pytest.raises(NoDaemon):
        call((tmp_path,), "status", {})
    (tmp_path / NAME).touch()
    with pytest.raises(NoDaemon):
        call((tmp_path, tmp_path / "absent"), "status", {})


def test_the_runtime_folder_comes_first(tmp_path: Path) -> None:
    """Under systemd the socket stands in the runtime folder."""
    assert socket_folders(tmp_path, {"RUNTIME_DIRECTORY": "/run/x"})[0] == Path("/run/x")
    assert socket_folders(tmp_path, {})[0] == tmp_path
