"""What the world outside answers."""

from __future__ import annotations

import pytest

from bench.outside import LAST_MODIFIED, Document, Request, answer, kind_of, parse_head

PAGE = Document("page", b"<p>text</p>", "text/html; charset=utf-8")


def asked(**headers: str) -> Request:
    return Request("GET", "/", {name.replace("_", "-"): value for name, value in headers.items()})


def test_a_head_is_read_to_its_parts() -> None:
    """Names in lower case, values without the blanks around them."""
    request = parse_head(b'CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nIf-None-Match:  "x:y" \r\n\r\n')
    assert request == Request("CONNECT", "a.example:443", {"host": "a.example:443", "if-none-match": '"x:y"'})


def test_what_is_no_request_is_refused() -> None:
    """A line without target and version."""
    with pytest.raises(ValueError, match="unpack"):
        parse_head(b"hello\r\n\r\n")


def test_what_is_recorded_is_answered_with_validators() -> None:
    """Length, type and both validators go along."""
    status, response = answer(asked(), PAGE)
    head, _, body = response.partition(b"\r\n\r\n")
    assert (status, body) == (200, PAGE.body)
    for field in (f"Content-Length: {len(PAGE.body)}", f"ETag: {PAGE.etag}", f"Last-Modified: {LAST_MODIFIED}"):
        assert field.encode() in head.split(b"\r\n")


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (asked(if_none_match=PAGE.etag), 304),
        (asked(if_modified_since=LAST_MODIFIED), 304),
        (asked(if_none_match='"other"', if_modified_since=LAST_MODIFIED), 200),
        (asked(if_modified_since="Mon, 01 Jan 2024 00:00:00 GMT"), 200),
    ],
)
def test_whoever_shows_the_validators_is_told_that_nothing_changed(request_: Request, status: int) -> None:
    """An entity tag counts before a date."""
    assert answer(request_, PAGE)[0] == status


def test_what_is_unchanged_has_no_body() -> None:
    """A 304 ends with its head, so that the next answer on the connection is not misread."""
    assert answer(asked(if_none_match=PAGE.etag), PAGE)[1].endswith(b"\r\n\r\n")


def test_what_is_not_recorded_is_not_found() -> None:
    """With a length, so that the connection lives on; other methods are refused."""
    status, response = answer(asked(), None)
    assert status == 404
    assert b"Content-Length: " in response
    assert answer(Request("POST", "/", {}), PAGE)[0] == 405


def test_requests_are_counted_by_what_they_were_for() -> None:
    """robots.txt apart from pages that are not recorded."""
    assert [kind_of("/robots.txt", None), kind_of("/x", None), kind_of("/x", PAGE)] == ["robots", "page", "page"]
