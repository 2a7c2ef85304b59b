"""Recorded news through the whole monitor, as fast as it goes.

recorded feeds and pages → served on loopback by a process of their own → the monitor's application with the shipped
rules, over several rounds of a clock that is stepped → the books, and one JSON line:

    feeds             polled
    entries           held in the store
    read              pages read
    by_text_source    entries by where their text came from; together all entries
    failures          `feed: REASON` by feeds whose last poll failed, `page: REASON` by entries whose page was given up
                      or is put off to a later try
    unaccounted       items of the feeds that are not in the store, and entries with neither text of their page nor a
                      reason why not
    digests           delivered
    entries_per_s     over the time in which the monitor worked
    peak_pss_mb       of the monitor with its workers, the servers not counted

Ends with 0 when all is accounted for, 1 when something is not, 2 when there are no recordings.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Collection, Mapping, MutableMapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
import tomlkit

from bench import account
from bench.memory import PeakPss
from bench.outside import Opened, OutsideProcess, Served, load
from bench.recordings import missing_files
from monitor.app import STORE, Application, Loaded
from monitor.app import load as load_config
from monitor.flow.reports import Delivered, Polled, Report, WasRead, WindowCut
from monitor.logs import configure
from monitor.model.news import EntryKey
from monitor.model.state import KnownEntry
from monitor.model.telling import DeliveryKind, Verdict
from monitor.ports import Store, Tx
from monitor.store.sqlite import open_store
from monitor.testing.clock import SteppedClock

ROOT = Path(__file__).resolve().parent.parent
RECORDINGS = ROOT.parent / "shared" / "data"
START = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
"""Half past five in Cairo; the digest is due at seven."""
ROUNDS = (
    ("first round: every feed and page", timedelta(0)),
    ("holds end", timedelta(minutes=2)),
    ("second tries of missing pages", timedelta(minutes=15)),
    ("second round: conditional requests", timedelta(minutes=70)),
    ("the digest", timedelta(minutes=90)),
)
"""What each is for, and when it is, from the start."""
LEAST_ENTRIES, LEAST_READ = 1_000, 500
_TOLD_EVERY = 5.0
_SHARED_TABLES = ("actors", "topics", "rules")


def configuration(shipped: Mapping[str, Any], opened: Opened, state: Path, watches: Sequence[str]) -> str:
    """The shipped actors, topics and rules over the recorded feeds, everything outside behind the proxy. `watches` are
    words that get rules of their own: the recorded news holds next to nothing of what the shipped rules look for."""
    feeds = [{"id": i, "url": url, "name": name, "backfill": "all"} for i, url, name in opened.feeds]
    service = {
        "state": str(state),
        "timezone": "Africa/Cairo",
        "contact": "https://example.org/replay",
        "proxy": f"http://127.0.0.1:{opened.port}",
        "ca_file": str(opened.ca_file),
        "pacing": {"polls": 20, "pages": 24, "page_pause": "0s"},
    }
    desk = {"id": "desk", "endpoints": ["file:out"], "languages": ["en", "ar"], "digest": {"at": "07:00"}}
    tables = {name: shipped[name] for name in _SHARED_TABLES}
    tables["rules"] = [*tables["rules"], *({"id": f"watch-{n}", "name": w, "any": [w]} for n, w in enumerate(watches))]
    return tomlkit.dumps({"service": service, "recipients": [desk], "feeds": feeds, **tables})


@dataclass(slots=True)
class Progress:
    """Listens to the work, and tells of it on standard error."""

    outcomes: Counter[str] = field(default_factory=Counter)
    polled: set[str] = field(default_factory=set)
    digests: int = 0
    _told_at: float = field(default_factory=time.monotonic)

    def __call__(self, report: Report) -> None:
        match report:
            case Polled():
                self.polled.add(report.feed_id)
                self.outcomes[f"polls {report.outcome}"] += 1
            case WasRead():
                self.outcomes["pages read" if report.text_source else "pages not read"] += 1
            case WindowCut():
                self.outcomes["digest items"] += report.items
            case Delivered() if report.verdict is Verdict.DELIVERED:
                self.outcomes[f"delivered {report.kind}"] += 1
                self.digests += report.kind is DeliveryKind.DIGEST
        if time.monotonic() - self._told_at > _TOLD_EVERY:
            self.tell()

    def tell(self) -> None:
        self._told_at = time.monotonic()
        say("  " + ", ".join(f"{count} {what}" for what, count in sorted(self.outcomes.items())))


class Faults(logging.Handler):
    """Counts what is logged as an error: by this program (as a structlog processor) and by its libraries."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1

    def process(self, logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        self.count += method in ("error", "exception", "critical")
        return event


@dataclass(frozen=True, slots=True)
class Ran:
    """What the run itself tells; the store tells the rest."""

    seconds: float
    now: datetime
    """The stepped clock's, at the end."""
    progress: Progress
    faults: int
    peak_pss: int
    served: Served


@dataclass(frozen=True, slots=True)
class Books:
    """The store at the end, gone through."""

    entries: int
    by_text_source: Counter[str]
    dispositions: Counter[str]
    failures: Counter[str]
    lost: tuple[str, ...]
    """Items that are not in the store."""
    unexplained: tuple[account.Held, ...]
    stuck: tuple[str, ...]

    @property
    def read(self) -> int:
        return self.dispositions["read"]


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def result(ran: Ran, books: Books) -> dict[str, Any]:
    """The line that is printed."""
    return {
        "feeds": len(ran.progress.polled),
        "entries": books.entries,
        "read": books.read,
        "by_text_source": dict(books.by_text_source.most_common()),
        "failures": dict(books.failures.most_common()),
        "unaccounted": len(books.lost) + len(books.unexplained),
        "digests": ran.progress.digests,
        "entries_per_s": round(books.entries / ran.seconds, 1),
        "peak_pss_mb": round(ran.peak_pss / 1e6, 1),
    }


def complaints(ran: Ran, books: Books) -> list[str]:
    """Whatever makes the run a failed one, a line each."""
    found = [f"stuck: {what}" for what in books.stuck]
    found += [f"not in the store: {name}" for name in books.lost]
    found += [f"unexplained: {held}" for held in books.unexplained]
    checks = (
        (books.entries < LEAST_ENTRIES, f"{books.entries} entries, not {LEAST_ENTRIES}"),
        (books.read < LEAST_READ, f"{books.read} pages read, not {LEAST_READ}"),
        (not ran.progress.digests, "no digest came out"),
        (not ran.served.answers["feed 304"], "no feed was answered with 304"),
        (ran.served.most_at_once > 1, f"{ran.served.most_at_once} requests at once to one host"),
        (ran.faults > 0, f"{ran.faults} errors were logged"),
    )
    return found + [text for bad, text in checks if bad]


async def work(loaded: Loaded, progress: Progress) -> tuple[float, datetime]:
    """All rounds; seconds of work, and the stepped clock's time at the end."""
    clock, began = SteppedClock(START), time.monotonic()
    async with Application(loaded, {}, progress, clock=clock) as app:
        for name, after in ROUNDS:
            clock.set(START + after)
            round_began = time.monotonic()
            await app.settle()
            say(f"{name}: {time.monotonic() - round_began:.1f} s")
            progress.tell()
    return time.monotonic() - began, clock.now()


def run(outside: OutsideProcess, folder: Path, watches: Sequence[str]) -> tuple[Ran, Path]:
    """Configure and work; what happened, and where the store is."""
    shipped = tomlkit.parse((ROOT / "config.toml").read_text(encoding="utf-8")).unwrap()
    config = folder / "config.toml"
    config.write_text(configuration(shipped, outside.opened, folder / "state", watches), encoding="utf-8")
    loaded, progress, faults = load_config(config, {}), Progress(), _count_faults()
    with PeakPss(without=(outside.pid,)) as memory:
        seconds, now = asyncio.run(work(loaded, progress))
    served = outside.served()
    return Ran(seconds, now, progress, faults.count, memory.peak, served), loaded.state / STORE


def _count_faults() -> Faults:
    configure("warning")
    faults = Faults()
    logging.getLogger().addHandler(faults)
    structlog.configure(processors=[faults.process, *structlog.get_config()["processors"]])
    return faults


def audit(store: Path, recordings: Path, now: datetime) -> Books:
    """Go through the store, and through the recordings with feedparser, once the run is over."""
    held = account.held_entries(store)
    with_fate = [(one, account.disposition(one, now)) for one in held]
    dispositions = Counter(fate for _, fate in with_fate)
    return Books(
        entries=len(held),
        by_text_source=Counter(one.text_source or "none" for one in held),
        dispositions=dispositions,
        failures=account.feed_failures(store) + account.page_failures(fate for _, fate in with_fate),
        lost=tuple(asyncio.run(_lost(store, recordings, {(one.feed_id, one.url or "") for one in held}))),
        unexplained=tuple(one for one, fate in with_fate if not fate),
        stuck=tuple(account.stuck(store, now)),
    )


async def _lost(path: Path, recordings: Path, links: Collection[tuple[str, str]]) -> list[str]:
    """Titles of items that are not in the store; `links` are its (feed, URL)."""
    lost: list[str] = []
    store = await open_store(path, read_only=True)
    try:
        for feed in load(recordings)[0]:
            found = account.items(feed)
            known = await _known(store, feed.id, found)
            urls = {url for feed_id, url in links if feed_id == feed.id}
            lost += [f"{feed.id}: {item.title}" for item in account.lost(found, known, urls)]
    finally:
        await store.aclose()
    return lost


async def _known(store: Store, feed_id: str, found: Sequence[account.Item]) -> Mapping[EntryKey, KnownEntry]:
    keys = {key for item in found for key in item.keys}

    def look_up(tx: Tx) -> Mapping[EntryKey, KnownEntry]:
        return tx.known(feed_id, keys)

    return await store.read(look_up)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; returns the exit code."""
    options = _options().parse_args(arguments)
    missing = missing_files(options.recordings)
    if missing:
        say(f"no recordings to replay: {', '.join(map(str, missing))} is not here; name their folder with --recordings")
        return 2
    with ExitStack() as stack:
        folder = options.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="replay-")))
        _fresh(folder)
        return replay(options.recordings, folder, options.watch)


def replay(recordings: Path, folder: Path, watches: Sequence[str] = ()) -> int:
    """Everything, in an empty folder; returns the exit code."""
    with OutsideProcess(recordings, folder / "certificates") as outside:
        say(f"{len(outside.opened.feeds)} feeds are served on loopback")
        ran, store = run(outside, folder, watches)
    books = audit(store, recordings, ran.now)
    say("served: " + ", ".join(f"{count} {what}" for what, count in sorted(ran.served.answers.items())))
    say("entries: " + ", ".join(f"{count} {what}" for what, count in books.dispositions.most_common()))
    wrong = complaints(ran, books)
    for line in wrong:
        say(line)
    print(json.dumps(result(ran, books), ensure_ascii=False))
    return 1 if wrong else 0


def _fresh(folder: Path) -> None:
    """An empty state and room for certificates; other things in the folder are left alone."""
    shutil.rmtree(folder / "state", ignore_errors=True)
    (folder / "certificates").mkdir(parents=True, exist_ok=True)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.replay", description="Recorded news through the monitor.")
    parser.add_argument("--recordings", type=Path, default=RECORDINGS, help="their folder (%(default)s)")
    parser.add_argument("--keep", type=Path, help="work in this folder and leave it: config, store, digest")
    parser.add_argument("--watch", action="append", default=[], metavar="WORD", help="one more rule, for this word")
    return parser


if __name__ == "__main__":
    sys.exit(main())
