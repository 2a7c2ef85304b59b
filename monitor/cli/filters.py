"""The pure stages as Unix filters, JSON lines in and out: parse, extract, match.

They run the daemon's own code, and need no state, no network and no resolved secret.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.options import Config, examples, loaded
from monitor.cli.output import emit_line
from monitor.errors import InputError

if TYPE_CHECKING:
    from monitor.model.news import Article, Entry, Match
    from monitor.ports import WorkFailed

BAD_LINES = 2
Lines = Annotated[bool, typer.Option("--json", help="JSON lines on standard output, as always.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        "parse",
        short_help="A feed → one JSON line an entry.",
        epilog=examples("parse feed.xml --url https://example.com/feed.xml"),
    )(parse)
    app.command(
        "extract",
        short_help="Pages → one JSON line an article.",
        epilog=examples("extract page.html", "extract pages.jsonl"),
    )(extract)
    app.command(
        "match",
        short_help="Articles → the rules that match, with proof.",
        epilog=examples("match article.txt", "match articles.jsonl"),
    )(match)


def parse(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A feed's document; - is standard input.")],
    url: Annotated[str, typer.Option(help="Where it came from: relative links start there.")] = "",
    content_type: Annotated[str, typer.Option(help="The Content-Type it was served with.")] = "",
    as_json: Lines = True,
) -> None:
    """A feed's document → one JSON line an entry."""
    from monitor.feeds.parse import FeedRefused, parse_feed

    headers = {"content-type": content_type} if content_type else {}
    try:
        feed = parse_feed(_bytes(file), url, headers)
    except FeedRefused as refused:
        raise InputError(f"{file}: {refused}") from refused
    for entry in feed.entries:
        emit_line(_entry(entry))


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "guid": entry.guid,
        "url": entry.url,
        "title": entry.title,
        "summary": entry.summary,
        "content": entry.content,
        "published_at": entry.published_at.isoformat() if entry.published_at else None,
        "updated_at": entry.updated_at.isoformat() if entry.updated_at else None,
        "authors": list(entry.authors),
        "categories": list(entry.categories),
    }


def extract(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="JSON lines {id, url, html}, or an .html file; - is standard input.")
    ] = "-",
    as_json: Lines = True,
) -> None:
    """Pages → one JSON line an article. Bad lines are told one by one; the good ones are kept (exit code 2)."""
    rows = Rows()
    asyncio.run(_extract(_pages(file, rows)))
    rows.finish()


def _pages(file: str, rows: Rows) -> Iterator[dict[str, Any]]:
    if file.endswith((".html", ".htm")):
        yield {"id": file, "url": "", "html": _bytes(Path(file))}
        return
    yield from rows.read(file, ("id", "html"))


async def _extract(pages: Iterator[dict[str, Any]]) -> None:
    from monitor.model.settings import Pacing
    from monitor.workers.pool import WorkerPool

    pacing = Pacing()
    pool = WorkerPool(pacing.workers, pacing.worker_deadline, pacing.worker_memory)
    try:
        async for page, article in _in_order(pool, pages, pacing.workers * 4):
            emit_line(_article(page, article))
    finally:
        await pool.aclose()


async def _in_order(
    pool: Any, pages: Iterator[dict[str, Any]], ahead: int
) -> AsyncIterator[tuple[dict[str, Any], Article | WorkFailed]]:
    """Results in the order of the input, `ahead` of them in the making."""
    waiting: list[tuple[dict[str, Any], asyncio.Task[Article | WorkFailed]]] = []
    for page in pages:
        waiting.append((page, asyncio.create_task(pool.extract(_page(page)))))
        if len(waiting) >= ahead:
            first, task = waiting.pop(0)
            yield first, await task
    for page, task in waiting:
        yield page, await task


def _page(row: dict[str, Any]) -> Any:
    from monitor.model.news import Page

    html = row["html"]
    if isinstance(html, str):
        return Page(row.get("url") or "", html.encode("utf-8", "surrogatepass"), "text/html; charset=utf-8")
    return Page(row.get("url") or "", html, "")


def _article(page: dict[str, Any], article: Article | WorkFailed) -> dict[str, Any]:
    from monitor.model.news import Article

    if not isinstance(article, Article):
        empty = {"title": None, "text": "", "author": None, "published_at": None, "language": None, "text_source": None}
        return {"id": page["id"], **empty, "error": f"{article.kind}: {article.detail}"}
    return {
        "id": page["id"],
        "title": article.title,
        "text": article.text,
        "author": article.author,
        "published_at": article.published_at.isoformat() if article.published_at else None,
        "language": article.language,
        "text_source": article.text_source,
    }


def match(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE", help="JSON lines {id, title, text}, or .txt files; - is standard input."),
    ] = None,
    config: Config = None,
    as_json: Lines = True,
) -> None:
    """Articles → one JSON line each with the rules that match, and the spans that prove it."""
    from monitor.model.news import Document

    matcher = loaded(config).setup.matcher
    rows = Rows()
    for row in _documents(files or ["-"], rows):
        document = Document(row.get("title") or "", row.get("text") or "", row.get("language"))
        emit_line({"id": row["id"], "matches": [_match(m) for m in matcher.match(document)]})
    rows.finish()


def _documents(files: Sequence[str], rows: Rows) -> Iterator[dict[str, Any]]:
    for file in files:
        if file.endswith(".txt"):
            yield {"id": file, "title": "", "text": _text(Path(file))}
        else:
            yield from rows.read(file, ("id",))


def _match(match: Match) -> dict[str, Any]:
    return {
        "rule": match.rule,
        "prominence": match.prominence,
        "spans": [
            {"field": s.field, "start": s.start, "end": s.end, "text": s.text, "term": s.term} for s in match.spans
        ],
        "why": match.why,
        "version": match.version,
    }


@dataclass(slots=True)
class Rows:
    """Reads JSON lines, tells the bad ones, and remembers that there were some."""

    bad: int = 0

    def read(
        self, file: str, needed: Sequence[str], check: Callable[[dict[str, Any]], str] = lambda row: ""
    ) -> Iterator[dict[str, Any]]:
        """The good rows. `check` says what else may be wrong with one, or nothing."""
        with _lines(file) as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                row = self._row(file, number, line, needed, check)
                if row is not None:
                    yield row

    def finish(self) -> None:
        if self.bad:
            raise typer.Exit(BAD_LINES)

    def _row(
        self, file: str, number: int, line: str, needed: Sequence[str], check: Callable[[dict[str, Any]], str]
    ) -> dict[str, Any] | None:
        row, fault = _read_row(line, needed)
        fault = fault or (check(row) if row is not None else "")
        if fault:
            self.bad += 1
            name = "standard input" if file == "-" else file
            typer.echo(f"monitor: {name}:{number}: {fault}", err=True)
            return None
        return row


def _read_row(line: str, needed: Sequence[str]) -> tuple[dict[str, Any] | None, str]:
    """The object of a line, or None and what is wrong with it."""
    try:
        row = json.loads(line)
    except ValueError as error:
        return None, f"not JSON: {error}"
    if not isinstance(row, dict):
        return None, "not an object; one JSON object a line is wanted"
    missing = [key for key in needed if key not in row]
    if missing:
        return None, f"no {', '.join(missing)}; wanted are {', '.join(needed)}"
    wrong = [key for key in ("title", "text", "html", "url") if not isinstance(row.get(key, ""), str | None)]
    return (None, f"{', '.join(wrong)} must be text") if wrong else (row, "")


@contextmanager
def _lines(file: str) -> Iterator[IO[str]]:
    if file == "-":
        yield sys.stdin
        return
    try:
        with Path(file).open(encoding="utf-8", errors="replace") as stream:
            yield stream
    except OSError as error:
        raise _cannot(file, error) from error


def _cannot(file: str | Path, error: OSError) -> InputError:
    return InputError(f"{file}: {error.strerror}; check the name")


def _bytes(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise _cannot(file, error) from error


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: not UTF-8 at byte {error.start}; convert it to UTF-8") from error
    except OSError as error:
        raise _cannot(file, error) from error
