"""`monitor`: the commands, and how an error ends one.

Exit codes: 0 done · 1 a fault of ours · 2 bad config or input · 3 the state folder cannot be used · 4 a daemon runs, or
none does · 10 `once`: some feeds could not be polled · 11 `once`, `channel test`: something could not be delivered ·
20 `demo`: not exactly what was expected.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from monitor.cli import filters, grouping, looking, running
from monitor.errors import MonitorError

app = typer.Typer(
    name="monitor",
    help="A news watch that misses nothing and tells you once.",
    epilog="Start with `monitor check`, then `monitor once`; `monitor demo` shows it all on a newsroom of its own. "
    "Every command has --help with examples, and --json.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


def _version(wanted: bool) -> None:
    if wanted:
        from monitor import __version__

        typer.echo(f"monitor {__version__}")
        raise typer.Exit


@app.callback()
def top(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """A news watch that misses nothing and tells you once."""


running.register(app)
looking.register(app)
filters.register(app)
grouping.register(app)


def main() -> None:
    """The entry point: a foreseen error is one message and its exit code, never a traceback."""
    try:
        app()
    except MonitorError as error:
        for line in str(error).splitlines():
            print(f"monitor: {line}", file=sys.stderr)  # noqa: T201 - this is where errors are told
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader of our output went away (`| head`): nothing is wrong.
        sys.stderr.close()
        sys.exit(0)
