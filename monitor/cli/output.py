"""How answers look: JSON, or tables that fit the terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import typer


def emit_json(value: Any) -> None:
    """One JSON value on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def emit_line(value: Any) -> None:
    """One JSON line on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], empty: str) -> None:
    """A table without ruling, columns as wide as they need and the terminal allows; `empty` where there are no rows."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    listed = list(rows)
    if not listed:
        typer.echo(empty)
        return
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in listed:
        drawn.add_row(*(Text(cell) for cell in row))
    Console(soft_wrap=False, highlight=False).print(drawn)


def ago(moment: str | None, now: datetime) -> str:
    """`3 min ago` of an ISO time; `never` of none."""
    return f"{span(now - datetime.fromisoformat(moment))} ago" if moment else "never"


def until(moment: str | None, now: datetime) -> str:
    """`in 40 min` of an ISO time, `now` of one that is past."""
    if not moment:
        return ""
    wait = datetime.fromisoformat(moment) - now
    return f"in {span(wait)}" if wait > timedelta(0) else "now"


def span(length: timedelta) -> str:
    """A duration in its largest fitting unit: `45 s`, `12 min`, `5 h`, `3 d`."""
    seconds = max(0, int(length.total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size * (2 if unit == "d" else 1):
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def size(number: int) -> str:
    """Bytes, readable."""
    amount = float(number)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
