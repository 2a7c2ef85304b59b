"""What headers say, in both directions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.fetch import headers as h
from monitor.model.news import Validators

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DATE = "Sun, 01 Mar 2026 10:00:00 GMT"
URL = "https://example.org/feed"


@pytest.mark.parametrize(
    ("value", "date", "wait"),
    [
        ("120", None, timedelta(seconds=120)),
        (" 0 ", None, timedelta(0)),
        ("1.2", None, timedelta(seconds=2)),
        ("99999999999999999999", None, timedelta(days=365)),
        ("9" * 5000, None, timedelta(days=365)),
        ("Sun, 01 Mar 2026 10:05:00 GMT", DATE, timedelta(minutes=5)),
        ("Sunday, 01-Mar-26 10:05:00 GMT", DATE, timedelta(minutes=5)),
        ("Sun Mar  1 10:05:00 2026", DATE, timedelta(minutes=5)),
        ("Sun, 01 Mar 2026 12:30:00 GMT", None, timedelta(minutes=30)),
        ("Sun, 01 Mar 2026 09:00:00 GMT", DATE, timedelta(0)),
        ("Fri, 01 Mar 2999 09:00:00 GMT", DATE, timedelta(days=365)),
        ("soon", DATE, None),
        ("-5", DATE, None),
        ("", DATE, None),
        (None, DATE, None),
    ],
)
def test_retry_after_is_seconds_or_a_date_by_the_servers_own_clock(
    value: str | None, date: str | None, wait: timedelta | None
) -> None:
    """Both forms of RFC 9110 §10.2.3; a date counts from the answer's Date, and from now only without one."""
    headers = {name: text for name, text in (("retry-after", value), ("date", date)) if text is not None}
    assert h.retry_after(headers, NOW) == wait


def test_validators_are_kept_byte_for_byte() -> None:
    """Quotes, the weak mark, case and spaces inside are nobody's to change, nor is a date that is none."""
    given = {"etag": 'W/"AbC  d"', "last-modified": "yesterday, around noon"}
    kept = h.validators_of(given, URL)
    assert kept == Validators(URL, 'W/"AbC  d"', "yesterday, around noon")
    assert h.conditions(kept, URL) == (
        ("If-None-Match", 'W/"AbC  d"'),
        ("If-Modified-Since", "yesterday, around noon"),
    )


def test_an_answer_without_validators_clears_those_held() -> None:
    """A 200 with neither header leaves nothing to ask with."""
    assert h.validators_of({"content-type": "text/xml", "etag": ""}, URL) is None


@pytest.mark.parametrize("value", ['"a"\r\nX-Evil: 1', '"é"', '"\x00"', '"' + "a" * 5000 + '"', "\n"])
def test_a_validator_that_may_not_be_sent_is_dropped(value: str) -> None:
    """Line breaks, other control characters, what is not ASCII and what servers would choke on."""
    assert h.validators_of({"etag": value}, URL) is None


@pytest.mark.parametrize("value", ['"a"\r\nX-Evil: 1', '"é"'])
def test_a_stored_validator_is_judged_again_before_it_is_sent(value: str) -> None:
    """Whatever the store holds, no header is injected with it."""
    assert h.conditions(Validators(URL, value, value), URL) == ()


def test_a_last_modified_in_2038_is_ignored() -> None:
    """It is a placeholder, and a server that honoured it would say 304 for good."""
    assert h.validators_of({"last-modified": "Tue, 19 Jan 2038 03:14:07 GMT"}, URL) is None


def test_validators_are_not_sent_to_another_url() -> None:
    """They belong to the URL they came from."""
    assert h.conditions(Validators("https://example.org/old", '"a"'), URL) == ()


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({"etag": '"new"'}, Validators(URL, '"new"', DATE)),
        ({"last-modified": "Mon, 02 Mar 2026 10:00:00 GMT"}, Validators(URL, '"old"', "Mon, 02 Mar 2026 10:00:00 GMT")),
        ({}, Validators(URL, '"old"', DATE)),
    ],
)
def test_a_304_updates_what_it_carries_and_keeps_the_rest(given: dict[str, str], left: Validators) -> None:
    """RFC 9111 §4.3.4."""
    assert h.refreshed(Validators(URL, '"old"', DATE), given, URL) == left


@pytest.mark.parametrize(
    ("contact", "agent"),
    [
        (None, "news-monitor/1.2"),
        ("https://example.org/about", "news-monitor/1.2 (+https://example.org/about)"),
        ("desk@example.org", "news-monitor/1.2 (+desk@example.org)"),
        ("a)b\r\nX: y", "news-monitor/1.2 (+a%29b%0D%0AX:%20y)"),
        ("https://example.org/münchen", "news-monitor/1.2 (+https://example.org/m%C3%BCnchen)"),
    ],
)
def test_the_user_agent_is_honest_and_one_legal_header(contact: str | None, agent: str) -> None:
    """Name, version and contact; nothing in the contact can break out of the header."""
    assert h.user_agent("1.2", contact) == agent


@pytest.mark.parametrize(
    ("media", "is_page"),
    [
        ("text/html", True),
        ("application/xhtml+xml", True),
        ("text/plain", True),
        ("", True),
        ("html", True),
        ("application/pdf", False),
        ("image/jpeg", False),
        ("video/mp4", False),
        ("application/octet-stream", False),
        ("application/json", False),
    ],
)
def test_pages_are_told_from_other_files_by_their_type(media: str, is_page: bool) -> None:
    """Text in any form is read; a type that is missing or no type at all gets the benefit of the doubt."""
    assert h.is_page_type(media) is is_page


def test_codings_are_read_in_order_without_identity() -> None:
    """`x-gzip` is gzip, and identity is nothing."""
    assert h.content_codings({"content-encoding": "X-GZIP, identity , br"}) == ("gzip", "br")
