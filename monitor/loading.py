"""From a config file to settings with their rules compiled. Opens nothing and imports no adapter, so that commands
which only look at the config, and those a running daemon answers, start quickly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from monitor.config import parse, place
from monitor.errors import ConfigError, InputError, Problem
from monitor.flow.setup import Setup
from monitor.rules import RuleFaults, compile_rules

STORE = "monitor.db"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration that holds together, with its rules compiled."""

    path: Path
    setup: Setup
    warnings: tuple[Problem, ...]

    @property
    def state(self) -> Path:
        return self.setup.settings.service.state


def load(path: Path, environ: Mapping[str, str]) -> Loaded:
    """Read and check a configuration whole. Raise ConfigError with every problem of the file, its rules included.

    Of the environment only systemd's STATE_DIRECTORY counts, where the file names no state folder."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8") from error
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; name another file with --config") from error
    return compose(text, path, environ)


def compose(text: str, path: Path, environ: Mapping[str, str]) -> Loaded:
    """The same from a text; `path` names it in messages, and its folder is what relative paths start from."""
    parsed = parse(text, str(path), path.parent, environ)
    settings = parsed.settings
    try:
        matcher = compile_rules(settings.rules, settings.actors, settings.topics)
    except RuleFaults as faults:
        raise ConfigError(place(text, str(path), faults.faults)) from faults
    return Loaded(path, Setup(settings, matcher), parsed.warnings)
