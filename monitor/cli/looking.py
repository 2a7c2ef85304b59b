"""Commands that look, and the few that write through the daemon: status, feeds, matches, digest, outbox, channel."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.cli.asking import ask
from monitor.cli.options import Config, Json, examples
from monitor.cli.output import (
    Row,
    ago,
    counted,
    emit_json,
    labelled,
    size,
    span,
    table,
    terminal_width,
    until,
)
from monitor.errors import InputError

NOT_DELIVERED = 11
SHOWN = 16
"""Letters of a delivery's id in the list; `outbox retry` takes the beginning of an id."""
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(
        short_help="What it is doing, what is late, what is wrong.", epilog=examples("status", "status --json")
    )(status)
    feeds_app = typer.Typer(help="State of each feed: trouble, next poll, delay promised.", rich_markup_mode=None)
    feeds_app.callback(invoke_without_command=True, epilog=examples("feeds", "feeds --json"))(feeds)
    feeds_app.command(short_help="Poll feeds now.", epilog=examples("feeds refresh", "feeds refresh bbc-world"))(
        refresh
    )
    app.add_typer(feeds_app, name="feeds")
    app.command(
        short_help="What the rules found, and what became of it.",
        epilog=examples("matches --rule truce --since 24h", "matches --json"),
    )(matches)
    digest_app = typer.Typer(help="Look at a digest before it is sent.", no_args_is_help=True, rich_markup_mode=None)
    digest_app.command(epilog=examples("digest preview daily --html preview.html"))(preview)
    digest_app.callback()(_group)
    app.add_typer(digest_app, name="digest")
    outbox_app = typer.Typer(help="Deliveries: what is owed, sent, given up and why.", rich_markup_mode=None)
    outbox_app.callback(invoke_without_command=True, epilog=examples("outbox --state dead"))(outbox)
    outbox_app.command(
        short_help="Try given-up and held deliveries again.", epilog=examples("outbox retry", "outbox retry msg_…")
    )(retry)
    app.add_typer(outbox_app, name="outbox")
    channel_app = typer.Typer(help="Try a channel.", no_args_is_help=True, rich_markup_mode=None)
    channel_app.command("test", epilog=examples("channel test mail --to me@example.org"))(channel_test)
    channel_app.callback()(_group)
    app.add_typer(channel_app, name="channel")


def _group() -> None:
    """A group of commands."""


def _since(text: str | None) -> str | None:
    """`24h`, `7d` or an ISO date or time, as an ISO time in UTC."""
    if text is None:
        return None
    try:
        moment = _back(text) or datetime.fromisoformat(text)
    except (ValueError, OverflowError) as error:
        raise InputError(f"--since {text}: say for example 24h, 7d or 2026-11-23") from error
    return (moment if moment.tzinfo else moment.astimezone()).astimezone(UTC).isoformat()


def _back(text: str) -> datetime | None:
    """So long ago; None where it is no duration."""
    short = re.fullmatch(r"(\d+)([mhdw])", text)
    return datetime.now(UTC) - timedelta(**{_UNITS[short[2]]: int(short[1])}) if short else None


def status(config: Config = None, as_json: Json = False) -> None:
    """What it is doing, what is late, what is wrong, in about ten lines."""
    answer = ask(config, "status", {})
    if as_json:
        emit_json(answer)
        return
    for line in status_lines(answer, terminal_width()):
        typer.echo(line)


def status_lines(answer: dict[str, Any], width: int) -> list[str]:
    """The answer of `status`, a line a matter."""
    now, counts = datetime.fromisoformat(answer["at"]), answer["counts"]
    next_poll = until(counts["next_poll_at"], now)
    matters = [
        ("daemon", _daemon(answer, now)),
        ("state", f"{answer['state']}, {size(counts['size_bytes'])}"),
        ("feeds", _feeds_told(counts) + (f"; next poll {next_poll}" if next_poll else "")),
        ("entries", _entries_told(counts)),
        ("matches", f"{counts['matches_today']} today; {counted(counts['alerts_today'], 'alert')} today"),
        ("outbox", _outbox_told(counts)),
        *(("digest", _digest_told(digest, now)) for digest in answer["next_digests"][:2]),
        *_troubles(answer),
    ]
    return [line for label, text in matters for line in labelled(label, text, width)]


def _daemon(answer: dict[str, Any], now: datetime) -> str:
    if not answer["running"]:
        return "not running: `monitor run` starts it"
    since = answer["started_at"]
    return f"running since {since[:16].replace('T', ' ')} UTC ({ago(since, now).removesuffix(' ago')})"


def _feeds_told(counts: dict[str, Any]) -> str:
    rest = {"failing": counts["feeds_failing"], "gone": counts["feeds_gone"], "new": counts["feeds_never_polled"]}
    well = counts["feeds"] - sum(rest.values())
    parts = [f"{number} {what}" for what, number in {"well": well, **rest}.items() if number or what == "well"]
    return f"{counts['feeds']}: {', '.join(parts)}"


def _entries_told(counts: dict[str, Any]) -> str:
    held = (
        f"{counts['entries']} held, {counts['entries_today']} new today; {counted(counts['reads_owed'], 'page')} owed"
    )
    waiting = counts["holds"]
    return held + (f", {counted(waiting, 'alert')} waiting for the page" if waiting else "")


def _outbox_told(counts: dict[str, Any]) -> str:
    rest = {"given up": counts["deliveries_dead"], "held": counts["deliveries_held"]}
    return ", ".join([f"{counts['deliveries_pending']} owed", *(f"{n} {what}" for what, n in rest.items() if n)])


def _digest_told(digest: dict[str, Any], now: datetime) -> str:
    items = counted(digest["items"], "item")
    return f"{digest['digest']} for {digest['recipient']} {until(digest['at'], now)}, {items} so far"


def _troubles(answer: dict[str, Any]) -> list[tuple[str, str]]:
    """What is late and what is wrong, four lines at most; `nothing` where nothing is."""
    told = [("late", line) for line in answer["late"]] + [("wrong", line) for line in answer["wrong"]]
    more = [("", f"and {len(told) - 4} more: `monitor feeds`, `monitor outbox`, or --json")] if len(told) > 4 else []
    return [*told[:4], *more] or [("wrong", "nothing")]


def feeds(context: typer.Context, config: Config = None, as_json: Json = False) -> None:
    """State of each feed: trouble, next poll, delay promised."""
    if context.invoked_subcommand:
        return
    answer = ask(config, "feeds", {})
    if as_json:
        emit_json(answer)
        return
    now = datetime.now(UTC)
    rows: list[Row] = [
        (
            (f["id"], _feed_state(f, now), ago(f["last_polled_at"], now), until(f["next_at"], now), _promise(f)),
            [f["why"]] if f["why"] else [],
        )
        for f in answer
    ]
    table(["feed", "state", "polled", "next", "delay"], rows, "No feeds are held yet; `monitor once` polls them.")


def _feed_state(feed: dict[str, Any], now: datetime) -> str:
    if feed["state"] != "failing":
        return str(feed["state"])
    return f"failing {feed['failures']}×, {ago(feed['failing_since'], now).removesuffix(' ago')}"


def _promise(feed: dict[str, Any]) -> str:
    """Rounded up: a promise is kept."""
    if not feed["promised"]:
        return ""
    unit = timedelta(minutes=1) if feed["promised"] < 2 * 3600 else timedelta(hours=1)
    return f"≤ {span(-(-timedelta(seconds=feed['promised']) // unit) * unit)}"


def refresh(
    feed_ids: Annotated[list[str] | None, typer.Argument(metavar="FEED", help="All when none is named.")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Poll feeds now; conditional as ever, and a server's Retry-After is respected."""
    answer = ask(config, "feeds.refresh", {"feeds": feed_ids})
    if as_json:
        emit_json(answer)
        return
    due = counted(answer["due"], "feed is", "feeds are")
    typer.echo(f"{due} due now; the daemon polls them, or `monitor once` does.")


def matches(
    config: Config = None,
    rule: Annotated[str | None, typer.Option(help="Of this rule.")] = None,
    feed: Annotated[str | None, typer.Option(help="From this feed.")] = None,
    since: Annotated[str | None, typer.Option(help="24h, 7d, or a date.")] = None,
    prominence: Annotated[str | None, typer.Option(help="subject or mention.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 50,
    as_json: Json = False,
) -> None:
    """What the rules found, newest first, and what was decided about it."""
    if prominence not in (None, "subject", "mention"):
        raise InputError(f"--prominence {prominence}: say subject or mention")
    wanted = {"rule": rule, "feed": feed, "since": _since(since), "prominence": prominence, "limit": limit}
    answer = ask(config, "matches", wanted)
    if as_json:
        emit_json(answer)
        return
    now = datetime.now(UTC)
    rows: list[Row] = [
        ((ago(m["at"], now), m["rule"], m["prominence"], m["feed_id"], m["text_source"]), [m["title"], *m["told"]])
        for m in answer
    ]
    table(["when", "rule", "as", "feed", "text"], rows, "Nothing matched (in this selection).")


def preview(
    digest: Annotated[
        str, typer.Argument(metavar="ID", help="Of the digest; a recipient's own has the recipient's id.")
    ],
    recipient: Annotated[str | None, typer.Option(help="Whose; the first that gets it.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the HTML there.")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """The digest as it would be if it were cut now. Nothing is sent, nothing is cut."""
    answer = ask(config, "digest.preview", {"digest": digest, "recipient": recipient})
    if html is not None:
        _write(html, answer["html"])
    if as_json:
        emit_json(answer)
        return
    typer.echo(f"Subject: {answer['subject']}\n")
    typer.echo(answer["text"])
    if html is not None:
        typer.echo(f"HTML: {html}", err=True)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"--html {file}: {error.strerror}; name a file in a folder that is there") from error


def outbox(
    context: typer.Context,
    config: Config = None,
    state: Annotated[list[str] | None, typer.Option(help="pending, leased, sent, dead or held; repeatable.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1)] = 50,
    as_json: Json = False,
) -> None:
    """Deliveries, newest first: what is owed, what was sent, what was given up and why."""
    if context.invoked_subcommand:
        return
    answer = ask(config, "outbox", {"states": state, "limit": limit})
    if as_json:
        emit_json(answer)
        return
    now = datetime.now(UTC)
    rows: list[Row] = [
        (
            (d["id"][:SHOWN], d["state"], d["kind"], ago(d["created_at"], now), d["endpoint"]),
            [why] if (why := _trouble(d)) else [],
        )
        for d in answer
    ]
    table(["id", "state", "kind", "made", "endpoint"], rows, "The outbox is empty (in this selection).")


def _trouble(delivery: dict[str, Any]) -> str:
    return str(delivery["held_reason"] or (delivery["last_error"] if delivery["state"] != "sent" else ""))


def retry(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID", help="All dead and held when none.")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Try given-up and held deliveries again: the same ids, the same bytes."""
    answer = ask(config, "outbox.retry", {"ids": ids})
    if as_json:
        emit_json(answer)
        return
    owed = counted(answer["retried"], "delivery is", "deliveries are")
    typer.echo(f"{owed} owed again; the daemon sends them, or `monitor once` does.")


def channel_test(
    channel: Annotated[str, typer.Argument(metavar="ID", help="Of the channel.")],
    to: Annotated[str | None, typer.Option(help="An address on it; else those of the recipients.")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Send a ping over a channel and say how it was answered. Exit code 11 when one was not delivered."""
    answer = ask(config, "channel.test", {"channel": channel, "to": to})
    if as_json:
        emit_json(answer)
    else:
        for one in answer:
            typer.echo(f"{one['endpoint']}: {one['verdict']} ({one['reason']})")
    if any(one["verdict"] != "delivered" for one in answer):
        raise typer.Exit(NOT_DELIVERED)
