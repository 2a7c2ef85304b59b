"""The result of a replay, and what makes it a failed one."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog

from bench.account import Held
from bench.outside import Opened, Served
from bench.replay import Books, Faults, Progress, Ran, complaints, configuration, main, result
from monitor.app import compose
from monitor.flow.reports import Delivered, Polled
from monitor.model.news import FetchOutcome
from monitor.model.telling import DeliveryKind, Verdict

NOW = datetime(2026, 11, 23, 5, tzinfo=UTC)
SHIPPED: Mapping[str, Any] = {
    "actors": {"cairo": {"name": "Cairo"}},
    "topics": {"talks": {"terms": ["talks"]}},
    "rules": [{"id": "cairo-talks", "all": ["@cairo", "#talks"]}],
}


def ran() -> Ran:
    progress = Progress()
    progress(Polled("one", FetchOutcome.OK, "2 entries"))
    progress(Polled("one", FetchOutcome.NOT_MODIFIED, ""))
    progress(Delivered("msg_1", "desk", "file:out", DeliveryKind.DIGEST, Verdict.DELIVERED, ""))
    served = Served(Counter({"feed 200": 1, "feed 304": 1}), most_at_once=1)
    return Ran(20.0, NOW, progress, 0, 500_000_000, served)


def books() -> Books:
    sources = Counter({"page": 600, "summary": 500})
    fates = Counter({"read": 600, "given up: not-found": 500})
    return Books(1_100, sources, fates, Counter({"page: not-found": 500}), (), (), ())


def test_the_result_is_one_flat_line() -> None:
    """Its figures are those of the run and of the books."""
    assert result(ran(), books()) == {
        "feeds": 1,
        "entries": 1_100,
        "read": 600,
        "by_text_source": {"page": 600, "summary": 500},
        "failures": {"page: not-found": 500},
        "unaccounted": 0,
        "digests": 1,
        "entries_per_s": 55.0,
        "peak_pss_mb": 500.0,
    }


def test_a_run_in_which_all_is_accounted_for_has_no_complaint() -> None:
    """Pages that were given up with a reason are no complaint."""
    assert complaints(ran(), books()) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"stuck": ("2 pages due or leased",)}, "stuck: 2 pages"),
        ({"lost": ("one: A headline",)}, "not in the store: one: A headline"),
        ({"unexplained": (Held(7, "one", None, None, None),)}, "unexplained: "),
        ({"entries": 999}, "999 entries"),
        ({"dispositions": Counter({"read": 499})}, "499 pages read"),
    ],
)
def test_whatever_is_missing_from_the_books_is_a_complaint(changed: dict[str, Any], words: str) -> None:
    """Each named."""
    (line,) = complaints(ran(), replace(books(), **changed))
    assert line.startswith(words)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"progress": Progress()}, "no digest"),
        ({"faults": 3}, "3 errors were logged"),
        ({"served": Served(Counter({"feed 200": 1}), 1)}, "no feed was answered with 304"),
        ({"served": Served(Counter({"feed 304": 1}), 2)}, "2 requests at once to one host"),
    ],
)
def test_whatever_went_wrong_in_the_run_is_a_complaint(changed: dict[str, Any], words: str) -> None:
    """Each named."""
    (line,) = complaints(replace(ran(), **changed), books())
    assert words in line


def test_a_run_that_lost_items_says_how_many() -> None:
    """Lost items and unexplained entries together."""
    short = replace(books(), lost=("a", "b"), unexplained=(Held(7, "one", None, None, None),))
    assert result(ran(), short)["unaccounted"] == 3


def test_the_configuration_holds_together(tmp_path: Path) -> None:
    """The shipped rules over the recorded feeds, all of each read, everything through the proxy."""
    opened = Opened(3128, tmp_path / "ca.pem", (("one", "http://one.test/feed.xml", "One"),))
    text = configuration(SHIPPED, opened, tmp_path / "state", ["oil"])
    settings = compose(text, tmp_path / "config.toml", {}).setup.settings
    assert [rule.id for rule in settings.rules] == ["cairo-talks", "watch-0"]
    assert settings.service.proxy == "http://127.0.0.1:3128"
    assert settings.service.ca_file == tmp_path / "ca.pem"
    assert [(feed.url, feed.backfill) for feed in settings.feeds] == [("http://one.test/feed.xml", None)]


def test_errors_in_the_log_are_counted() -> None:
    """Those of this program and those of its libraries; warnings are none."""
    faults = Faults()
    log = structlog.wrap_logger(
        structlog.ReturnLogger(), processors=[faults.process, structlog.processors.KeyValueRenderer()]
    )
    log.error("one")
    log.warning("none")
    faults.handle(logging.LogRecord("asyncio", logging.ERROR, "", 0, "two", (), None))
    assert faults.count == 2


def test_without_recordings_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """On standard error, with exit code 2 and nothing on standard output."""
    assert main(["--recordings", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert "no recordings to replay" in said.err
    assert str(tmp_path) in said.err
    assert said.out == ""
