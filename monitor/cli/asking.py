"""Having a command answered: by the running daemon over its control socket, else from the state folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monitor.cli.options import loaded

ANSWER_SECONDS = 60.0
SENDING_SECONDS = 300.0
"""A mail server may take its time at every step of the conversation."""


def ask(config: Path | None, name: str, arguments: Mapping[str, Any]) -> Any:
    """The answer, as JSON values. Raises MonitorError. What only the answer without a daemon needs is imported then."""
    from monitor.daemon.control import NoDaemon, call, socket_folders

    ready = loaded(config)
    timeout = SENDING_SECONDS if name == "channel.test" else ANSWER_SECONDS
    try:
        return call(socket_folders(ready.state, os.environ), name, arguments, timeout, (ready.path, ready.state))
    except NoDaemon:
        from monitor.commands import alone

        return alone(ready, os.environ, name, arguments)
