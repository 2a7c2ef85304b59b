"""A guest on the outlets of a newsroom, and the table of the rules."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor.fetch.client import HttpFetcher
from monitor.model.settings import Service
from monitor.testing.clock import SteppedClock
from monitor.testing.newsroom import Newsroom, Outlet
from tests.samples.guest import START, Fetch, Guest, SharedPool
from tests.samples.polite_rules import RULES, Rule


@pytest.fixture(scope="session")
def pool() -> Iterator[SharedPool]:
    shared = SharedPool(1, timedelta(seconds=20), 1_500_000_000)
    yield shared
    shared.end()


@pytest.fixture
async def guest(tmp_path: Path, pool: SharedPool, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Guest]:
    """Not started. Its outlets: `outlet`, `second`, `third`, `fourth`, each on an address of its own."""
    monkeypatch.setattr("monitor.app.WorkerPool", lambda *_: pool)
    async with Newsroom(("outlet", "second", "third", "fourth")) as room:
        made = Guest(tmp_path, room, pool)
        try:
            yield made
        finally:
            await made.stack.aclose()


@pytest.fixture
async def fetch() -> AsyncIterator[Fetch]:
    service = Service(allow_private=("127.0.0.0/8",), contact="https://example.org/about")

    def no_secret(_: object) -> str:
        raise AssertionError("no feed here has a secret")

    fetcher = HttpFetcher(service, no_secret, "0.1", SteppedClock(START))
    yield Fetch(fetcher)
    await fetcher.aclose()


@pytest.fixture
async def outlet() -> AsyncIterator[Outlet]:
    async with Newsroom() as room:
        yield room["outlet"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--conformance", action="store_true", help="print the table of the rules at the end")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if not config.getoption("--conformance", False):
        return
    outcomes: dict[int, list[str]] = {}
    for outcome in ("passed", "failed", "error"):
        for report in terminalreporter.stats.get(outcome, ()):
            found = re.search(r"test_rule_(\d\d)_", report.nodeid)
            if found:
                outcomes.setdefault(int(found[1]), []).append(outcome)
    terminalreporter.section("the rules of a polite feed fetcher")
    for number, rule in RULES.items():
        terminalreporter.write_line(_row(number, rule, outcomes.get(number, [])))


def _row(number: int, rule: Rule, outcomes: list[str]) -> str:
    broken = sum(outcome != "passed" for outcome in outcomes)
    verdict = "BROKEN" if broken or not outcomes else rule.standing
    tests = f"{len(outcomes)} test{'s' if len(outcomes) != 1 else ''}"
    reason = f" ({rule.reason})" if rule.reason else ""
    return f"{number:>2}  {verdict:<18} {tests:<9} {rule.text}{reason}"
