"""How answers look: JSON, or text that fits the terminal."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import typer

WHITE = re.compile(r"[ \t\r\n]+")
"""Where a line may be broken: not at a no-break space."""
LABEL = 11
"""Columns of the word in front of a line of `status`."""
UNBOUNDED = 100_000
Row = tuple[Sequence[str], Sequence[str]]
"""The cells of a row, and lines of detail that stand below it."""


def emit_json(value: Any) -> None:
    """One JSON value on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def emit_line(value: Any) -> None:
    """One JSON line on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def terminal_width() -> int:
    """Columns of the terminal; without one (and without $COLUMNS) lines are as long as they are, for `grep`."""
    if not sys.stdout.isatty() and not os.environ.get("COLUMNS"):
        return UNBOUNDED
    return max(40, shutil.get_terminal_size().columns)


def table(columns: Sequence[str], rows: Iterable[Row], empty: str) -> None:
    """A table without ruling, as wide as it needs and the terminal allows; `empty` where there are no rows."""
    listed = list(rows)
    for line in layout(columns, listed, terminal_width()) if listed else [empty]:
        typer.echo(line)


def layout(columns: Sequence[str], rows: Sequence[Row], width: int) -> list[str]:
    """The lines of a table: a cell too long for its column ends in `…`, details are wrapped below their row."""
    widths = _widths([columns, *(cells for cells, _ in rows)], width)
    lines = [_line(columns, widths)]
    for cells, details in rows:
        lines.append(_line(cells, widths))
        for detail in details:
            lines += wrapped(detail, width, "    ")
    return lines


def labelled(label: str, text: str, width: int) -> list[str]:
    """A line with a word in front of it, wrapped under itself."""
    first, *rest = wrapped(text, width, " " * LABEL)
    return [f"{label:<{LABEL}}{first.lstrip()}", *rest]


def wrapped(text: str, width: int, indent: str) -> list[str]:
    """Lines of at most `width` columns, each behind `indent`; what cannot be broken stays whole. Letters of some
    scripts are two columns wide."""
    from rich.cells import cell_len

    lines = [indent]
    for word in WHITE.split(text.strip(" \t\r\n")):
        grown = f"{lines[-1]} {word}" if lines[-1] != indent else indent + word
        if cell_len(grown) <= width or lines[-1] == indent:
            lines[-1] = grown
        else:
            lines.append(indent + word)
    return lines


def _widths(rows: Sequence[Sequence[str]], width: int) -> list[int]:
    """Of each column; the widest give way until the line fits."""
    from rich.cells import cell_len

    widths = [max(cell_len(cell) for cell in column) for column in zip(*rows, strict=True)]
    while sum(widths) + 2 * (len(widths) - 1) > width and max(widths) > 8:
        widths[widths.index(max(widths))] -= 1
    return widths


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    from rich.cells import cell_len, set_cell_size

    fitted = (
        set_cell_size(cell, room) if cell_len(cell) <= room else set_cell_size(cell, room - 1) + "…"
        for cell, room in zip(cells, widths, strict=True)
    )
    return "  ".join(fitted).rstrip()


def counted(number: int, noun: str, plural: str = "") -> str:
    """`1 feed`, `2 feeds`, `3 entries`."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


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
    """A duration in its largest fitting unit, rounded down: `45 s`, `12 min`, `5 h`, `3 d`."""
    seconds = max(0, int(length.total_seconds()))
    for unit_seconds, unit in ((2 * 86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= unit_seconds:
            return f"{seconds // min(unit_seconds, 86_400)} {unit}"
    return f"{seconds} s"


def size(number: int) -> str:
    """Bytes, readable."""
    amount = float(number)
    for unit in ("B", "kB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"
