"""Which config file is meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from monitor.errors import ConfigError, Problem

VARIABLE = "MONITOR_CONFIG"
SYSTEM = Path("/etc/monitor/config.toml")


def find(explicit: Path | None, environ: Mapping[str, str], cwd: Path, exists: Callable[[Path], bool]) -> Path:
    """The file named by `--config`, by MONITOR_CONFIG, ./config.toml or /etc/monitor/config.toml, in that order.

    One that was named and is not there is an error: no other file is taken in its stead. Relative names are relative
    to `cwd`. Raises ConfigError, which lists where was looked.
    """
    named = _named(explicit, environ)
    if named is not None:
        path, source = cwd / named[0], named[1]
        if exists(path):
            return path
        raise ConfigError((Problem(str(path), None, "", f"no such file (named by {source})", "check the name"),))
    places = (cwd / "config.toml", SYSTEM)
    for path in places:
        if exists(path):
            return path
    looked = f"--config (not given), {VARIABLE} (not set), {places[0]} and {places[1]}"
    remedy = 'write one (docs/config.md has one of a dozen lines) or name it with "--config FILE"'
    raise ConfigError((Problem("config.toml", None, "", f"no config file found; looked at {looked}", remedy),))


def _named(explicit: Path | None, environ: Mapping[str, str]) -> tuple[Path, str] | None:
    if explicit is not None:
        return explicit, "--config"
    if environ.get(VARIABLE):
        return Path(environ[VARIABLE]), VARIABLE
    return None
