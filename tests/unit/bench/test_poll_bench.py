"""The polling bench: what its outlets say, and how its figures are made."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bench.poll import LIMITS, figures
from bench.poll_monitor import parse_processor_time
from bench.poll_outlets import ITEMS, NEW, Outlets, document
from monitor.feeds.parse import parse_feed

HEAD = b"GET /feed/%d.xml HTTP/1.1\r\nHost: 127.1.0.4:80\r\n%s"


def links(edition: int) -> set[str | None]:
    return {entry.url for entry in parse_feed(document(3, edition), "http://127.1.0.4/feed/3.xml", {}).entries}


def test_an_edition_has_as_many_items_as_told_and_gains_as_many() -> None:
    """25 in each, two of them new after a change; about 32 KB."""
    before, after = links(0), links(1)
    assert (len(before), len(after), len(after - before)) == (ITEMS, ITEMS, NEW)
    assert 25_000 < len(document(3, 0)) < 40_000


def test_feeds_have_no_item_in_common() -> None:
    """Each outlet links to its own site."""
    assert not links(0) & {entry.url for entry in parse_feed(document(4, 0), "http://127.1.0.5/", {}).entries}


def test_whoever_shows_the_tag_is_told_that_nothing_changed() -> None:
    """Until the feed has changed."""
    outlets = Outlets(5)
    whole = outlets.answer(HEAD % (3, b""))
    tag = next(line for line in whole.split(b"\r\n") if line.startswith(b"ETag: ")).removeprefix(b"ETag: ")
    shown = HEAD % (3, b"If-None-Match: " + tag)
    assert whole.startswith(b"HTTP/1.1 200 ")
    assert outlets.answer(shown).startswith(b"HTTP/1.1 304 ")
    assert outlets.round(1) == {"200": 1, "304": 1}
    assert outlets.answer(shown).startswith(b"HTTP/1.1 200 ")


def test_a_tenth_of_the_feeds_changes_when_asked_for() -> None:
    """Another tenth in the next round."""
    outlets = Outlets(20)
    outlets.round(10)
    outlets.round(10)
    assert outlets.editions == [1, 1] + [0] * 8 + [1, 1] + [0] * 8


def test_processor_time_is_read_whatever_the_name_of_the_process() -> None:
    """User and system time, in seconds; of this very process it grows."""
    ticks = os.sysconf("SC_CLK_TCK")
    stat = f"7 (a) b (c) S 1 7 7 0 -1 4194304 1 2 3 4 {3 * ticks} {ticks} 9 9 20 0 1 0 5 6 7"
    assert parse_processor_time(stat) == 4.0
    assert parse_processor_time(Path("/proc/self/stat").read_text(encoding="utf-8")) >= 0


@pytest.mark.parametrize("with_reader", [True, False])
def test_figures_are_ratios_of_one_run(with_reader: bool) -> None:
    """Wall time for the first round, processor time for the others; without reader its keys are not there."""
    names = ("monitor", "aiohttp", "reader") if with_reader else ("monitor", "aiohttp")
    sizes = {"monitor": 2.0, "aiohttp": 1.0, "reader": 4.0}
    rounds = ("first", "unchanged", "changed")
    found = figures({name: {r: {"wall": sizes[name], "cpu": sizes[name] * 3} for r in rounds} for name in names})
    assert found["unchanged_cpu_ratio_vs_aiohttp"] == 2.0
    ratios = {name: found[name] for name in LIMITS if name.endswith("_vs_reader") and name in found}
    assert list(ratios.values()) == ([0.5] * 3 if with_reader else [])
