"""The errors a person can meet. Every one has an id, which the troubleshooting guide lists, and says what to do.

MonitorError
├── ConfigError          every problem of a config file, all at once
├── SecretError          a secret that a reference names cannot be had
├── StateError           the state folder or the store cannot be used
│   └── AlreadyRunning   another daemon holds the state folder
├── ControlError         the running daemon refused or did not answer
└── InputError           what a command was given cannot be used
"""

from __future__ import annotations

from dataclasses import dataclass


class MonitorError(Exception):
    """Base of all errors that are told to a person in one line, without a traceback."""

    id = "error"
    exit_code = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in a config file."""

    file: str
    line: int | None
    path: str
    """`feeds[1].intervall`."""
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        path = f"{self.path}: " if self.path else ""
        return f"{where}: {path}{self.message}{', ' + self.remedy if self.remedy else ''}"


class ConfigError(MonitorError):
    """Every problem found in the configuration, in the order of their lines."""

    id = "config"
    exit_code = 2

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(p) for p in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class RuleFault:
    """Why a rule, actor or topic cannot be compiled; `config` finds the line."""

    table: str
    """`rules`, `actors` or `topics`."""
    item_id: str
    key: str
    """The key in the table: `query`, `all`, `near`, …"""
    message: str
    remedy: str = ""


class SecretError(MonitorError):
    """A secret could not be resolved. The message names the reference, never a value."""

    id = "secret"
    exit_code = 2


class StateError(MonitorError):
    """The state folder or the store cannot be used."""

    id = "state"
    exit_code = 3


class AlreadyRunning(StateError):
    """Another daemon holds the state folder."""

    id = "already-running"
    exit_code = 4


class ControlError(MonitorError):
    """The running daemon refused a command or did not answer."""

    id = "control"
    exit_code = 4


class InputError(MonitorError):
    """A file or argument that a command was given cannot be used."""

    id = "input"
    exit_code = 2
