"""Which file is taken."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config import find
from monitor.errors import ConfigError

CWD = Path("/home/me")
LOCAL, SYSTEM = Path("/home/me/config.toml"), Path("/etc/monitor/config.toml")


def test_the_order_is_option_variable_folder_system() -> None:
    """Each place is taken only where those before it name or hold nothing."""
    environ = {"MONITOR_CONFIG": "/srv/env.toml"}
    everything = {Path("/home/me/x.toml"), Path("/srv/env.toml"), LOCAL, SYSTEM}
    there = everything.__contains__
    assert find(Path("x.toml"), environ, CWD, there) == Path("/home/me/x.toml")
    assert find(None, environ, CWD, there) == Path("/srv/env.toml")
    assert find(None, {"MONITOR_CONFIG": ""}, CWD, there) == LOCAL
    assert find(None, {}, CWD, {SYSTEM}.__contains__) == SYSTEM


def test_none_found_lists_where_was_looked() -> None:
    """The error names all four places and what to do."""
    with pytest.raises(ConfigError) as caught:
        find(None, {}, CWD, lambda path: False)
    assert str(caught.value) == (
        "config.toml: no config file found; looked at --config (not given), MONITOR_CONFIG (not set), "
        "/home/me/config.toml and /etc/monitor/config.toml, "
        'write one (docs/config.md has one of a dozen lines) or name it with "--config FILE"'
    )


@pytest.mark.parametrize(
    ("explicit", "environ", "message"),
    [
        (Path("x.toml"), {}, "/home/me/x.toml: no such file (named by --config), check the name"),
        (None, {"MONITOR_CONFIG": "/y.toml"}, "/y.toml: no such file (named by MONITOR_CONFIG), check the name"),
    ],
)
def test_a_named_file_that_is_missing_is_never_replaced(
    explicit: Path | None, environ: dict[str, str], message: str
) -> None:
    """Another file that exists is not taken in its stead."""
    with pytest.raises(ConfigError) as caught:
        find(explicit, environ, CWD, {LOCAL, SYSTEM}.__contains__)
    assert str(caught.value) == message
