"""Options that several commands share, and what they lead to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from monitor.loading import Loaded

Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="The config file; else $MONITOR_CONFIG, ./config.toml, /etc/monitor/config.toml.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="JSON on standard output.")]


def examples(*commands: str) -> str:
    """The end of a command's help, a line an example; `\\b` keeps the lines as they are."""
    return "\n".join(["\b", "Example:" if len(commands) == 1 else "Examples:", *(f"  monitor {c}" for c in commands)])


def config_path(config: Path | None) -> Path:
    """The file that is in force."""
    from monitor.config import find

    return find(config, os.environ, Path.cwd(), Path.is_file)


def loaded(config: Path | None) -> Loaded:
    """The configuration that is in force, checked whole."""
    from monitor.loading import load

    return load(config_path(config), os.environ)
