"""What a poll costs, beside lemon24/reader and beside bare aiohttp, in one run on one machine.

    outlets (a process) ← monitor (a process tree) | reader (a virtual environment of its own) | aiohttp

Feeds of 25 items, each on a loopback address of its own, with validators; everything is stored, no page is fetched.
Rounds: first (nothing known) → unchanged (304) → changed (2 new items in each). Connections are closed between rounds,
as real servers close them between polls. Processor time is that of the whole process tree. The last line is JSON:

    first_wall_ratio_vs_reader       first round, time passed                                         ≤ 0.55
    unchanged_cpu_ratio_vs_reader    unchanged round, processor time                                  ≤ 0.6
    changed_cpu_ratio_vs_reader      changed round, processor time                                    ≤ 0.25
    unchanged_cpu_ratio_vs_aiohttp   the same against the bare transport                              ≤ 6
    rss_mb_10k_feeds                 PSS of the monitor's process tree after two rounds over 10,000   ≤ 450
    rss_flat_ratio                   the most in later rounds (a tenth of the feeds changed) over that  ≤ 1.05
    claim_ms_100k                    claiming 100 due feeds out of 100,000, commit and fsync included ≤ 10

and the figures that they are made of. Where reader cannot be installed, its keys are left out, and that is said.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import poll_claims
from bench.poll_outlets import ITEMS, NEW, feed_url

HERE = Path(__file__).resolve().parent
READER = ("reader>=3.15,<4", "sgmllib3k")
"""Its own copy of feedparser wants the second, which it does not name."""
ROUNDS = (("first", 0), ("unchanged", 0), ("changed", 1))
"""Each with every how many feeds change before it; 0 is none."""
LIMITS = {
    "first_wall_ratio_vs_reader": 0.55,
    "unchanged_cpu_ratio_vs_reader": 0.6,
    "changed_cpu_ratio_vs_reader": 0.25,
    "unchanged_cpu_ratio_vs_aiohttp": 6,
    "rss_mb_10k_feeds": 450,
    "rss_flat_ratio": 1.05,
    "claim_ms_100k": 10,
}
IN_FLIGHT = 20
"""Requests at once, for the monitor (its default) and bare aiohttp alike."""
_CONFIG_HEAD = """
[service]
state = "state"
contact = "https://example.org/bench"
allow_private = ["127.0.0.0/8"]

[[recipients]]
id = "desk"
endpoints = ["file:out"]

[[rules]]
id = "truce"
all = ["Gaza", ["truce", "ceasefire"]]

[[rules]]
id = "volcano"
any = ["volcano", "eruption"]
"""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured."""

    feeds: int
    memory_feeds: int
    memory_rounds: int
    claim_feeds: int
    claims: int


FULL = Sizes(feeds=1_000, memory_feeds=10_000, memory_rounds=10, claim_feeds=100_000, claims=60)
QUICK = Sizes(feeds=100, memory_feeds=300, memory_rounds=4, claim_feeds=10_000, claims=20)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


class Side:
    """A process that is asked one line and answers one."""

    def __init__(self, command: Sequence[str | Path], folder: Path) -> None:
        with (folder / "stderr.txt").open("ab") as errors:
            self._process = subprocess.Popen(
                list(map(str, command)),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                cwd=HERE.parent,
            )
        self._name, self._folder = str(command[-2]), folder
        self.greeting = self._line()

    def ask(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._line())
        return answer

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            errors = (self._folder / "stderr.txt").read_text(encoding="utf-8", errors="replace")
            raise SystemExit(f"{self._name} ended:\n{errors[-3000:]}")
        return line.strip()

    def close(self) -> None:
        """End its input and wait for it."""
        self._process.communicate()


@contextmanager
def side(folder: Path, *command: str | Path) -> Iterator[Side]:
    folder.mkdir(exist_ok=True)
    opened = Side(command, folder)
    try:
        yield opened
    finally:
        opened.close()


@contextmanager
def outlets(folder: Path, feeds: int) -> Iterator[tuple[Side, list[str]]]:
    """The server's process, and the URLs of its feeds."""
    with side(folder / "outlets", sys.executable, "-m", "bench.poll_outlets", str(feeds)) as server:
        yield server, [feed_url(number, int(server.greeting)) for number in range(feeds)]


@contextmanager
def monitor(folder: Path, urls: Sequence[str]) -> Iterator[Side]:
    own = folder / "monitor"
    own.mkdir()
    feeds = "".join(f'\n[[feeds]]\nid = "f{n}"\nurl = "{url}"\n' for n, url in enumerate(urls))
    (own / "config.toml").write_text(_CONFIG_HEAD + feeds, encoding="utf-8")
    with side(own, sys.executable, "-m", "bench.poll_monitor", own / "config.toml") as opened:
        yield opened


def reader_python(folder: Path) -> Path | None:
    """The interpreter of a virtual environment made now, with reader in it; None where it cannot be had."""
    say(f"installing {' '.join(READER)} into a virtual environment of its own")
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    pip: list[str | Path] = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *READER]
    done = subprocess.run(pip, capture_output=True, text=True, check=False)
    if done.returncode:
        say(f"reader cannot be had, its ratios are left out: {done.stderr.strip()[-300:]}")
        return None
    return python


def rounds(server: Side, asked: Side, feeds: int, name: str) -> dict[str, dict[str, float]]:
    """wall and cpu by round; every feed must have been polled once in each, and answered as the round says."""
    found = {}
    server.ask("round 0")
    for what, every in ROUNDS:
        if every:
            server.ask(f"round {every}")
        answer = asked.ask("round")
        served = server.ask("round 0")
        status = "304" if what == "unchanged" else "200"
        if answer["ok"] != feeds or served != {status: feeds}:
            raise SystemExit(f"{name}, {what}: {answer}, served {served}, not {feeds} times {status}")
        workers = f", {answer['cpu'] - answer['own_cpu']:.2f} s of them workers'" if "own_cpu" in answer else ""
        say(f"{name:8} {what:10} {answer['wall']:7.2f} s wall {answer['cpu']:7.2f} s cpu{workers}")
        found[what] = {"wall": answer["wall"], "cpu": answer["cpu"]}
    return found


def speed(folder: Path, sizes: Sizes, python: Path | None) -> dict[str, float]:
    """The ratios, and what they are ratios of."""
    commands: dict[str, Sequence[str | Path]] = {"aiohttp": (sys.executable, "-m", "bench.poll_aiohttp")}
    if python is not None:
        commands["reader"] = (python, HERE / "poll_reader.py", folder / "reader.db")
    measured = {}
    with outlets(folder, sizes.feeds) as (server, urls), monitor(folder, urls) as ours:
        measured["monitor"] = rounds(server, ours, sizes.feeds, "monitor")
    for name, command in commands.items():
        with outlets(folder, sizes.feeds) as (server, urls):
            listed = folder / f"{name}.txt"
            listed.write_text("\n".join(urls), encoding="utf-8")
            more = [str(IN_FLIGHT)] if name == "aiohttp" else []
            with side(folder / name, *command, listed, *more) as theirs:
                measured[name] = rounds(server, theirs, sizes.feeds, name)
    return figures(measured)


def figures(measured: Mapping[str, Mapping[str, Mapping[str, float]]]) -> dict[str, float]:
    ours, bare, found = measured["monitor"], measured["aiohttp"], {}
    if "reader" in measured:
        theirs = measured["reader"]
        found["first_wall_ratio_vs_reader"] = ours["first"]["wall"] / theirs["first"]["wall"]
        for what in ("unchanged", "changed"):
            found[f"{what}_cpu_ratio_vs_reader"] = ours[what]["cpu"] / theirs[what]["cpu"]
    found["unchanged_cpu_ratio_vs_aiohttp"] = ours["unchanged"]["cpu"] / bare["unchanged"]["cpu"]
    for name, its in measured.items():
        found |= {f"{name}_{what}_{kind}_s": its[what][kind] for what, _ in ROUNDS for kind in ("wall", "cpu")}
    return found


def memory(folder: Path, sizes: Sizes) -> dict[str, float]:
    """Of the monitor's process tree, over rounds in which a tenth of the feeds has something new."""
    after = []
    with outlets(folder, sizes.memory_feeds) as (server, urls), monitor(folder, urls) as ours:
        for number in range(1, sizes.memory_rounds + 1):
            server.ask("round 10" if number > 2 else "round 0")
            answer, held = ours.ask("round"), ours.ask("settle")
            if answer["ok"] != sizes.memory_feeds:
                raise SystemExit(f"memory, round {number}: {answer}")
            after.append(held["pss_mb"])
            say(f"round {number:2}: {held['pss_mb']:6.1f} MB {held['parts_mb']}, {answer['wall']:.1f} s")
    return {"rss_mb_10k_feeds": after[1], "rss_flat_ratio": max(after[2:]) / after[1]}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line. Ends with 0 when every figure is within its limit (a quick run is not judged)."""
    options = _options().parse_args(arguments)
    sizes, found = QUICK if options.quick else FULL, dict[str, float]()
    say(f"{sizes.feeds} feeds of {ITEMS} items, {NEW} of them new in the changed round")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="poll-bench-")))
        if "speed" in options.parts:
            python = options.reader_python or (None if options.no_reader else reader_python(folder / "venv"))
            (folder / "speed").mkdir()
            found |= speed(folder / "speed", sizes, python)
        if "claims" in options.parts:
            found |= poll_claims.measure(folder, sizes.claim_feeds, sizes.claims)
        if "memory" in options.parts:
            (folder / "memory").mkdir()
            found |= memory(folder / "memory", sizes)
    over = [f"{name}: {found[name]:.2f}, not ≤ {limit}" for name, limit in LIMITS.items() if found.get(name, 0) > limit]
    for line in over:
        say(line)
    print(json.dumps({name: round(value, 3) for name, value in found.items()}))
    return 1 if over and not options.quick else 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.poll", description="What a poll costs, beside others.")
    parser.add_argument("--quick", action="store_true", help="smaller numbers: to see that it runs")
    parser.add_argument("--no-reader", action="store_true", help="without lemon24/reader")
    parser.add_argument("--reader-python", type=Path, help="an interpreter that has reader already")
    parts = ("speed", "claims", "memory")
    parser.add_argument("--parts", nargs="+", choices=parts, default=parts, help="only some of the figures")
    return parser


if __name__ == "__main__":
    sys.exit(main())
