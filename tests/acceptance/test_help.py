"""What every command says of itself, and how little is loaded to say it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from monitor import __version__
from monitor.cli.main import app
from tests.acceptance.site import COMMANDS, command, surroundings

HEAVY = ("sqlalchemy", "alembic", "trafilatura", "feedparser", "lxml", "httpx", "aiohttp", "pydantic", "apscheduler",
         "structlog", "lark", "pebble", "jinja2", "cryptography")  # fmt: skip


@pytest.mark.parametrize("words", COMMANDS)
def test_every_command_has_an_example_and_json(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`--help` says what it does, names --json, and ends with an example of itself; within 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    shown = CliRunner().invoke(app, [*words.split(), "--help"], prog_name="monitor").stdout
    said = " ".join(shown.split())
    assert f"Usage: monitor {words}" in said
    assert "--json" in said
    assert "Example" in said
    assert f"monitor {words}" in said.split("Example", 1)[1]
    assert max(map(len, shown.splitlines())) <= 80


def test_the_top_lists_every_command(tmp_path: Path) -> None:
    """And where to start; without a word it says the same."""
    ran = command("--help", folder=tmp_path).ended(0)
    listed = {line.split()[0] for line in ran.out.splitlines() if line.startswith("  ") and line.split()}
    assert {words.split()[0] for words in COMMANDS} <= listed
    assert "monitor check" in ran.out
    assert command(folder=tmp_path).ended(2).err.strip() == ran.out.strip()


def test_the_version(tmp_path: Path) -> None:
    """Of the package."""
    assert command("--version", folder=tmp_path).ended(0).out == f"monitor {__version__}\n"


def test_a_wrong_word_is_one_plain_error(tmp_path: Path) -> None:
    """Exit code 2, and where help is."""
    ran = command("stauts", folder=tmp_path).ended(2)
    assert "No such command 'stauts'" in ran.err
    assert "Did you mean 'status'" in ran.err or "--help" in ran.err


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    """No store, no HTTP, no parser, no config library: `--help` is quick."""
    script = (
        "import sys; sys.argv = ['monitor', '--help']\n"
        "from monitor.cli.main import main\n"
        "try: main()\n"
        f"except SystemExit: print('LOADED', sorted(set({HEAVY!r}) & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=surroundings(), capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "LOADED []"
