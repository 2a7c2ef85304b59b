"""Commands that look, and the few that write through the daemon: status, feeds, matches, digest, outbox, channel."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.cli.options import Config, Json, loaded
from monitor.cli.output import ago, emit_json, size, span, table, until
from monitor.errors import InputError

NOT_DELIVERED = 11
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(epilog="Examples: monitor status   ·   monitor status --json")(status)
    feeds_app = typer.Typer(help="The feeds: state, trouble, next poll.", rich_markup_mode=None)
    feeds_app.callback(invoke_without_command=True, epilog="Examples: monitor feeds   ·   monitor feeds --json")(feeds)
    feeds_app.command(epilog="Examples: monitor feeds refresh   ·   monitor feeds refresh bbc-world")(refresh)
    app.add_typer(feeds_app, name="feeds")
    app.command(epilog="Examples: monitor matches --rule truce --since 24h   ·   monitor matches --json")(matches)
    digest_app = typer.Typer(help="Digests.", no_args_is_help=True, rich_markup_mode=None)
    digest_app.command(epilog="Example: monitor digest preview daily --html preview.html")(preview)
    digest_app.callback()(_group)
    app.add_typer(digest_app, name="digest")
    outbox_app = typer.Typer(help="What is owed, sent and given up.", rich_markup_mode=None)
    outbox_app.callback(invoke_without_command=True, epilog="Example: monitor outbox --state dead")(outbox)
    outbox_app.command(epilog="Examples: monitor outbox retry   ·   monitor outbox retry msg_…")(retry)
    app.add_typer(outbox_app, name="outbox")
    channel_app = typer.Typer(help="Channels.", no_args_is_help=True, rich_markup_mode=None)
    channel_app.command("test", epilog="Example: monitor channel test mail --to me@example.org")(channel_test)
    channel_app.callback()(_group)
    app.add_typer(channel_app, name="channel")


def _group() -> None:
    """A group of commands."""


def _ask(config: Path | None, name: str, **arguments: Any) -> Any:
    from monitor.commands import ask

    return ask(loaded(config), os.environ, name, arguments)


def _since(text: str | None) -> str | None:
    """`24h`, `7d` or an ISO date or time, as an ISO time in UTC."""
    if text is None:
        return None
    short = re.fullmatch(r"(\d+)([mhdw])", text)
    if short:
        moment = datetime.now(UTC) - timedelta(**{_UNITS[short[2]]: int(short[1])})
        return moment.isoformat()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError(f"--since {text}: say for example 24h, 7d or 2026-11-23") from error
    return (moment if moment.tzinfo else moment.astimezone()).astimezone(UTC).isoformat()


def status(config: Config = None, as_json: Json = False) -> None:
    """What it is doing, what is late, what is wrong, in about ten lines."""
    answer = _ask(config, "status")
    if as_json:
        emit_json(answer)
        return
    for line in status_lines(answer):
        typer.echo(line)


def status_lines(answer: dict[str, Any]) -> list[str]:
    """The answer of `status`, a line a matter."""
    now, counts = datetime.fromisoformat(answer["at"]), answer["counts"]
    well = counts["feeds"] - counts["feeds_failing"] - counts["feeds_gone"] - counts["feeds_never_polled"]
    running = f"running since {answer['started_at'][:16]} UTC" if answer["running"] else "not running"
    lines = [
        f"daemon     {running} · state {answer['state']} ({size(counts['size_bytes'])})",
        f"feeds      {well} of {counts['feeds']} well · {counts['feeds_failing']} failing · {counts['feeds_gone']} gone"
        f" · {counts['feeds_never_polled']} never polled · next poll {until(counts['next_poll_at'], now) or 'none'}",
        f"entries    {counts['entries']} held · {counts['entries_today']} today · {counts['reads_owed']} pages owed"
        f" · {counts['holds']} alerts waiting for their page",
        f"matches    {counts['matches_today']} today · {counts['alerts_today']} alerts today",
        f"outbox     {counts['deliveries_pending']} owed · {counts['deliveries_dead']} given up"
        f" · {counts['deliveries_held']} held",
    ]
    for digest in answer["next_digests"][:2]:
        when = until(digest["at"], now)
        lines.append(f"digest     {digest['digest']} for {digest['recipient']} {when}, {digest['items']} items so far")
    troubles = [f"late       {line}" for line in answer["late"]] + [f"wrong      {line}" for line in answer["wrong"]]
    lines += troubles[:4] or ["wrong      nothing"]
    if len(troubles) > 4:
        lines.append(f"           and {len(troubles) - 4} more: `monitor feeds`, `monitor outbox`, or --json")
    return lines


def feeds(context: typer.Context, config: Config = None, as_json: Json = False) -> None:
    """State of each feed: why it fails, the next poll, the delay it can promise."""
    if context.invoked_subcommand:
        return
    answer = _ask(config, "feeds")
    if as_json:
        emit_json(answer)
        return
    now = datetime.now(UTC)
    rows = (
        [f["id"], _feed_state(f, now), ago(f["last_polled_at"], now), until(f["next_at"], now), _promise(f)]
        for f in answer
    )
    table(["feed", "state", "polled", "next", "delay"], rows, "No feeds are held yet; `monitor once` polls them.")


def _feed_state(feed: dict[str, Any], now: datetime) -> str:
    if feed["state"] != "failing":
        return f"{feed['state']}: {feed['why']}" if feed["why"] else str(feed["state"])
    return f"failing {feed['failures']}× for {ago(feed['failing_since'], now).removesuffix(' ago')}: {feed['why']}"


def _promise(feed: dict[str, Any]) -> str:
    return f"≤ {span(timedelta(seconds=feed['promised']))}" if feed["promised"] else ""


def refresh(
    feed_ids: Annotated[list[str] | None, typer.Argument(metavar="[FEED]...", help="All when none is named.")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Poll feeds now; conditional as ever, and a server's Retry-After is respected."""
    answer = _ask(config, "feeds.refresh", feeds=feed_ids)
    if as_json:
        emit_json(answer)
        return
    typer.echo(f"{answer['due']} feeds are due now; the daemon polls them, or `monitor once` does.")


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
    answer = _ask(config, "matches", rule=rule, feed=feed, since=_since(since), prominence=prominence, limit=limit)
    if as_json:
        emit_json(answer)
        return
    now = datetime.now(UTC)
    rows = ([ago(m["at"], now), m["rule"], m["prominence"], m["title"], "; ".join(m["told"])] for m in answer)
    table(["when", "rule", "as", "title", "told"], rows, "Nothing matched (in this selection).")


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
    answer = _ask(config, "digest.preview", digest=digest, recipient=recipient)
    if html is not None:
        html.write_text(answer["html"], encoding="utf-8")
    if as_json:
        emit_json(answer)
        return
    typer.echo(f"Subject: {answer['subject']}\n")
    typer.echo(answer["text"])
    if html is not None:
        typer.echo(f"HTML: {html}", err=True)


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
    answer = _ask(config, "outbox", states=state, limit=limit)
    if as_json:
        emit_json(answer)
        return
    now = datetime.now(UTC)
    rows = (
        [d["id"][:16], d["state"], d["kind"], d["endpoint"], ago(d["created_at"], now), _trouble(d)] for d in answer
    )
    table(["id", "state", "kind", "endpoint", "made", "why"], rows, "The outbox is empty.")


def _trouble(delivery: dict[str, Any]) -> str:
    return str(delivery["held_reason"] or (delivery["last_error"] if delivery["state"] != "sent" else ""))


def retry(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="All dead and held when none.")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Try given-up and held deliveries again: the same ids, the same bytes."""
    answer = _ask(config, "outbox.retry", ids=ids)
    if as_json:
        emit_json(answer)
        return
    typer.echo(f"{answer['retried']} deliveries are owed again; the daemon sends them, or `monitor once` does.")


def channel_test(
    channel: Annotated[str, typer.Argument(metavar="ID", help="Of the channel.")],
    to: Annotated[str | None, typer.Option(help="An address on it; else those of the recipients.")] = None,
    config: Config = None,
    as_json: Json = False,
) -> None:
    """Send a ping over a channel and say how it was answered. Exit code 11 when one was not delivered."""
    answer = _ask(config, "channel.test", channel=channel, to=to)
    if as_json:
        emit_json(answer)
    else:
        for one in answer:
            typer.echo(f"{one['endpoint']}: {one['verdict']} ({one['reason']})")
    if any(one["verdict"] != "delivered" for one in answer):
        raise typer.Exit(NOT_DELIVERED)
