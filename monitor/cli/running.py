"""Commands that do the work: run, once, check, demo."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.options import Config, Json, config_path, examples, loaded
from monitor.cli.output import counted, emit_json, terminal_width, wrapped

if TYPE_CHECKING:
    from monitor.errors import Problem
    from monitor.flow.reports import Report, Tally
    from monitor.loading import Loaded

FAULTS = 1
FEEDS_FAILED = 10
NOT_DELIVERED = 11
NOT_AS_EXPECTED = 20
INTERRUPTED = 130
NO_BREAK = "\u00a0"


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(short_help="Run the daemon until SIGTERM.", epilog=examples("run --config /etc/monitor/config.toml"))(
        run
    )
    app.command(short_help="Poll what is due, tell what is new, end.", epilog=examples("once", "once --all --json"))(
        once
    )
    app.command(
        short_help="Validate the config: every problem at once.",
        epilog=examples("check", "check --config draft.toml --json"),
    )(check)
    app.command(
        short_help="See it all on a newsroom of its own.", epilog=examples("demo", "demo --out /tmp/demo --json")
    )(demo)


def run(
    config: Config = None,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
    as_json: Annotated[bool, typer.Option("--json", help="Log JSON lines on a terminal too.")] = False,
) -> None:
    """Run the daemon in the foreground until SIGTERM; SIGHUP re-reads the config.

    It logs to standard error: for a person on a terminal, JSON lines elsewhere. One daemon serves a state folder;
    exit code 3: the folder cannot be used, 4: another one serves it.
    """
    import structlog

    from monitor.commands import in_daemon
    from monitor.daemon.main import Daemon
    from monitor.errors import InputError
    from monitor.logs import LEVELS, configure

    if log_level not in LEVELS:
        raise InputError(f"--log-level {log_level}: say one of {', '.join(LEVELS)}")
    configure(log_level, as_json=as_json or None)
    ready = loaded(config)
    for warning in ready.warnings:
        structlog.get_logger().warning("config", problem=str(warning))
    asyncio.run(Daemon(ready, os.environ, in_daemon).run())


def once(
    config: Config = None,
    everything: Annotated[bool, typer.Option("--all", help="Poll every feed, due or not.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
    as_json: Json = False,
) -> None:
    """Poll what is due, read, match and deliver, then end.

    Exit code 0: all done; 10: a feed could not be polled; 11: a message could not be delivered. A state folder that
    never was polled begins with day zero: what the feeds hold then is read, shown in the first digest, and alerts
    nobody.
    """
    from monitor.logs import configure

    configure("error")
    ready = loaded(config)
    _warn(ready)
    try:
        tally = asyncio.run(_once(ready, everything, quiet or as_json))
    except KeyboardInterrupt:
        typer.echo("monitor: interrupted; the next run carries on what was begun", err=True)
        raise typer.Exit(INTERRUPTED) from None
    summary = _summary(tally)
    if as_json:
        emit_json(summary)
    else:
        _tell(summary)
    if tally.faults:
        raise typer.Exit(FAULTS)
    if tally.unsent:
        raise typer.Exit(NOT_DELIVERED)
    if tally.failed:
        raise typer.Exit(FEEDS_FAILED)


async def _once(ready: Loaded, everything: bool, quiet: bool) -> Tally:
    from monitor.app import Application
    from monitor.errors import AlreadyRunning
    from monitor.flow.reports import Tally

    tally = Tally()
    show = _Progress(len(ready.setup.settings.feeds), quiet)

    def listen(report: Report) -> None:
        tally(report)
        show(report)

    try:
        async with Application(ready, os.environ, listen) as app:
            if everything:
                now = app.clock.now()
                await app.store.write(lambda tx: tx.due_now(now))
            await app.settle()
            tally.faults = app.runner.faults
    except AlreadyRunning as error:
        raise AlreadyRunning(f"{error}. If that is a daemon, `monitor feeds refresh` makes it poll now") from error
    return tally


class _Progress:
    """One line for each piece of work, on standard error."""

    def __init__(self, feeds: int, quiet: bool) -> None:
        self._feeds = feeds
        self._polled = 0
        self._quiet = quiet

    def __call__(self, report: Report) -> None:
        if not self._quiet and (line := self._line(report)):
            typer.echo(line, err=True)

    def _line(self, report: Report) -> str:
        from monitor.flow.reports import Delivered, Polled, WasRead, WindowCut

        match report:
            case Polled():
                self._polled += 1
                what = f"{report.new} new" if report.outcome.is_success else f"{report.outcome}: {report.detail}"
                return f"[{self._polled}/{self._feeds}] {report.feed_id}: {what}"
            case WasRead():
                what = report.text_source or f"{report.outcome}: {report.detail}"
                return f"  read {report.url}: {what}"
            case Delivered():
                return f"  {report.kind} to {report.endpoint}: {report.verdict} ({report.reason})"
            case WindowCut():
                return f"  digest {report.digest} for {report.recipient}: {report.items} items"
            case _:
                return ""


def _summary(tally: Tally) -> dict[str, Any]:
    return {
        "polled": tally.polled,
        "failed": [{"feed": f.feed_id, "outcome": f.outcome, "detail": f.detail} for f in tally.failed],
        "new": tally.new,
        "read": tally.read,
        "unread": tally.unread,
        "alerts": tally.alerts,
        "digests": tally.digests,
        "faults": tally.faults,
        "sent": tally.sent,
        "unsent": [{"id": d.delivery_id, "endpoint": d.endpoint, "reason": d.reason} for d in tally.unsent],
    }


def _tell(summary: dict[str, Any]) -> None:
    unread = f" ({summary['unread']} put off)" if summary["unread"] else ""
    parts = [
        f"{counted(summary['polled'], 'feed')} polled" + _but(summary["failed"], "failed: see `monitor feeds`"),
        counted(summary["new"], "new entry", "new entries"),
        f"{counted(summary['read'], 'page')} read{unread}",
        f"{counted(summary['sent'], 'message')} sent" + _but(summary["unsent"], "not sent: see `monitor outbox`"),
    ]
    if not summary["polled"]:
        parts[0] = "no feed was due (`monitor feeds` says when; --all polls all)"
    whole = (part.replace(" ", NO_BREAK) for part in parts)
    for line in wrapped(" · ".join(whole), terminal_width(), ""):
        typer.echo(line.replace(NO_BREAK, " "))


def _but(failed: list[Any], what: str) -> str:
    return f", {len(failed)} {what}" if failed else ""


def check(config: Config = None, as_json: Json = False) -> None:
    """Validate the config file: every problem at once, with its line and its remedy."""
    from monitor.errors import ConfigError, InputError, Problem
    from monitor.loading import load

    path = config or Path("config.toml")
    try:
        path = config_path(config)
        ready = load(path, os.environ)
    except (ConfigError, InputError) as error:
        if not as_json:
            raise
        problems = error.problems if isinstance(error, ConfigError) else (Problem(str(path), None, "", str(error)),)
        emit_json({"ok": False, "file": str(path), "problems": _plain(problems), "warnings": []})
        raise typer.Exit(error.exit_code) from error
    settings = ready.setup.settings
    counts = {
        "feeds": len(settings.feeds),
        "rules": len(settings.rules),
        "actors": len(settings.actors),
        "topics": len(settings.topics),
        "recipients": len(settings.recipients),
        "digests": len(settings.digests),
    }
    if as_json:
        emit_json({"ok": True, "file": str(path), "problems": [], "warnings": _plain(ready.warnings), **counts})
        return
    _warn(ready)
    typer.echo(f"{path}: good. " + ", ".join(counted(number, what[:-1]) for what, number in counts.items()))


def _plain(problems: tuple[Problem, ...]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(p) for p in problems]


def _warn(ready: Loaded) -> None:
    for warning in ready.warnings:
        typer.echo(f"monitor: warning: {warning}", err=True)


def demo(
    out: Annotated[Path, typer.Option(help="Folder for what was delivered.")] = Path("demo-out"),
    as_json: Json = False,
) -> None:
    """The whole main job on a newsroom of its own: feeds in, alerts and a digest out. Needs no network."""
    from monitor.demo.run import run_demo
    from monitor.logs import configure

    configure("error")
    say = (lambda line: typer.echo(line, err=True)) if as_json else typer.echo
    report = asyncio.run(run_demo(out, say))
    if as_json:
        emit_json(report.summary())
    sys.stdout.flush()
    if not report.as_expected:
        raise typer.Exit(NOT_AS_EXPECTED)
