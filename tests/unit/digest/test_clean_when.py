"""Cleaning what feeds say, and writing times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.digest.clean import clip, isolated, language_tag, one_line, web_link
from monitor.digest.when import moment, moment_from, span, zone_name

NOW = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


@given(st.text())
def test_one_line_is_one_line(text: str) -> None:
    """No line break, control character or surrogate is left, whatever went in."""
    line = one_line(text)
    assert len(line.splitlines()) <= 1
    line.encode()
    assert "\x1b" not in line
    assert "\u202e" not in line


@given(st.text(), st.integers(1, 60))
def test_clip_keeps_to_its_limit(text: str, limit: int) -> None:
    """A clipped text is never longer than asked for."""
    assert len(clip(text, limit)) <= limit


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a.example/",
        "//a.example/",
        "http://",
        "http://[::1",
        "https://a b.example/",
        "https://a.example/\r\nX: y",
        "https://a.example/" + "x" * 3000,
        "",
        None,
    ],
)
def test_only_web_links_are_links(url: str | None) -> None:
    """Nothing but a plain http or https address becomes a link."""
    assert web_link(url) is None


@pytest.mark.parametrize("url", ["https://a.example/x?y=1&z=2#f", "HTTP://A.example/", "https://a.example/صوت"])
def test_web_links_stay_as_they_are(url: str) -> None:
    """A web address is not rewritten."""
    assert web_link(url) == url


def test_language_tags() -> None:
    """A tag is taken only where it is one."""
    assert [language_tag(t) for t in ("ar", "en-GB", 'x" onload="', None)] == ["ar", "en-GB", None, None]


def test_isolates_only_around_right_to_left() -> None:
    """Latin names stay as they are."""
    assert isolated("Delta") == "Delta"
    assert isolated("صوت") == "\u2068صوت\u2069"


@pytest.mark.parametrize(
    ("minutes", "said"), [(0.2, "0 min"), (25, "25 min"), (60, "1 h"), (24 * 60, "24 h"), (72 * 60, "3 days")]
)
def test_durations(minutes: float, said: str) -> None:
    """Durations are said in the largest unit that says enough."""
    assert span(timedelta(minutes=minutes)) == said


def test_moments_in_the_readers_zone() -> None:
    """A time within a day needs no date, an older one has its day, a much older one its year."""
    assert moment(NOW, "Africa/Cairo") == "Mon 23 Nov 07:00"
    assert moment_from(NOW - timedelta(hours=9), NOW, "Africa/Cairo") == "22:00"
    assert moment_from(NOW - timedelta(days=3), NOW, "Asia/Tokyo") == "Fri 20 Nov 14:00"
    assert moment_from(NOW - timedelta(days=400), NOW, "UTC") == "Sun 19 Oct 2025"


def test_zone_names() -> None:
    """A zone is named by its city."""
    assert zone_name("America/New_York") == "New York"
