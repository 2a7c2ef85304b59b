"""How answers are laid out: widths, durations, sizes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len

from monitor.cli.output import ago, counted, labelled, layout, size, span, until, wrapped

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(seconds=60), "1 min"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(hours=48), "2 d"),
        (timedelta(days=400), "400 d"),
    ],
)
def test_a_span_is_told_in_its_largest_unit(length: timedelta, told: str) -> None:
    """Rounded down; days only from two on, so that `30 h` is not `1 d`."""
    assert span(length) == told


def test_moments_are_told_from_now() -> None:
    """What is past was `ago`, what is due is `now`, what never was is `never`."""
    assert ago("2026-11-23T11:57:00+00:00", NOW) == "3 min ago"
    assert ago(None, NOW) == "never"
    assert until("2026-11-23T14:00:00+02:00", NOW) == "now"
    assert until("2026-11-23T12:40:00+00:00", NOW) == "in 40 min"
    assert until(None, NOW) == ""


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 B"), (999, "999 B"), (1_000, "1 kB"), (2_500_000, "2 MB"), (3_210_000_000, "3.2 GB")]
)
def test_sizes_are_readable(number: int, told: str) -> None:
    """In powers of a thousand."""
    assert size(number) == told


def test_nouns_follow_their_number() -> None:
    """One entry, two entries, no entries."""
    assert [counted(n, "entry", "entries") for n in (0, 1, 2)] == ["0 entries", "1 entry", "2 entries"]
    assert counted(2, "feed") == "2 feeds"


def test_a_table_aligns_its_columns() -> None:
    """Columns are as wide as their widest cell, details stand below their row, nothing trails."""
    rows = [(("bbc", "ok", "≤ 1 h"), ()), (("aljazeera", "failing 2×", ""), ("HTTP 503 Service Unavailable",))]
    assert layout(("feed", "state", "delay"), rows, 80) == [
        "feed       state       delay",
        "bbc        ok          ≤ 1 h",
        "aljazeera  failing 2×",
        "    HTTP 503 Service Unavailable",
    ]


@pytest.mark.parametrize("width", [40, 80, 132])
def test_a_table_fits_its_terminal(width: int) -> None:
    """In every script, the widest column gives way, with `…` where something was cut; details are wrapped."""
    title = "وزير الخارجية يبحث مع نظيره 外務大臣が協議した " * 4
    rows = [(("a" * 64, "ok", "3 min ago"), (title,)), ((title, "failing", "now"), ())]
    lines = layout(("feed", "state", "polled"), rows, width)
    assert max(cell_len(line) for line in lines) <= max(width, cell_len(max(title.split(), key=len)) + 4)
    assert any("…" in line for line in lines)
    assert "3 min ago" in lines[1]


def test_lines_are_wrapped_under_themselves() -> None:
    """A label stands once, in front; an address is not broken, a text of several lines is one."""
    lines = labelled("wrong", "feed bbc: timeout, no answer\n within 30 s from https://feeds.example.org/a-b/c", 40)
    assert lines == [
        "wrong      feed bbc: timeout, no answer",
        "           within 30 s from",
        "           https://feeds.example.org/a-b/c",
    ]
    assert labelled("", "", 40) == [" " * 11]
    assert wrapped("10\u00a0pages read", 10, "") == ["10\u00a0pages", "read"]
