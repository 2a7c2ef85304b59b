"""`monitor group`: a stream of articles → the story of each, at once; the daemon's own grouping as a Unix filter."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.filters import Lines, Rows
from monitor.cli.options import examples
from monitor.cli.output import emit_line

if TYPE_CHECKING:
    from monitor.stories import Report

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
"""The time of a stream that tells none."""


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("group", epilog=examples("group articles.jsonl", "group --why articles.jsonl"))(group)


def group(
    file: Annotated[
        str,
        typer.Argument(help="JSON lines {id, title, text, published_at?, url?, source?}; - is standard input."),
    ] = "-",
    why: Annotated[bool, typer.Option("--why", help="Say in a few words what decided.")] = False,
    as_json: Lines = True,
) -> None:
    """Articles, in the order in which they came → one JSON line each with its story, numbered from 1, and why it stands
    there. It starts empty and learns within the stream."""
    from monitor.stories import Frequencies, Grouper, shipped

    grouper, rows, stories = Grouper(Frequencies(shipped())), Rows(), 0
    now = BEGINNING
    for number, row in enumerate(rows.read(file, ("id",), check=_fault), 1):
        report = _report(number, row, now)
        now = report.at
        reading = grouper.read(report)
        choice = grouper.choose(report, reading)
        stories += choice.story_id is None
        story = stories if choice.story_id is None else choice.story_id
        grouper.place(report, reading, story)
        said = {"why": choice.why} if why else {}
        emit_line({"id": row["id"], "story": story, "reason": choice.reason, "score": choice.score, **said})
    rows.finish()


def _fault(row: dict[str, Any]) -> str:
    """What is wrong with a line beyond what every filter asks."""
    if not isinstance(row.get("source", ""), str | None):
        return "source must be text"
    at = row.get("published_at")
    if at is None:
        return ""
    try:
        datetime.fromisoformat(at)
    except (TypeError, ValueError):
        return "published_at must be a time as in 2026-11-23T06:00:00+02:00"
    return ""


def _report(number: int, row: dict[str, Any], before: datetime) -> Report:
    """`before` is the time of the line before, which holds for one that tells none."""
    from monitor.stories import Report
    from monitor.text.urls import host_of, url_key

    told = datetime.fromisoformat(row["published_at"]) if row.get("published_at") else before
    at = told if told.tzinfo else told.replace(tzinfo=UTC)
    url = row.get("url") or ""
    key = url_key(url)
    keys = (key,) if key and ("/" in key or "?" in key) else ()  # the front page of a site is no article
    outlet = row.get("source") or host_of(url).removeprefix("www.")
    return Report(number, row.get("title") or "", row.get("text") or "", at, keys, outlet)
