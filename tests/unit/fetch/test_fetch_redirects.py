"""Where redirects lead, and who may be shown credentials."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import SecretError
from monitor.fetch.addresses import literal
from monitor.fetch.credentials import credentials_of
from monitor.fetch.redirects import Origin, looks_like_login, parsed, redacted, shown, target, without_userinfo
from monitor.model.news import FetchRequest
from monitor.model.settings import Feed, FeedAuth, SecretRef


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "feed.xml",
            "ftp://example.org/x",
            "file:///etc/passwd",
            "http://",
            "http:///x",
            "http://a b/",
            "//host/x",
        ),
        *("http://example.org:99999/", "http://user:pa/ss@host/x", "javascript:alert(1)", "http://exa\nmple.org/\x00"),
    ],
)
def test_what_cannot_be_asked_over_http_is_no_url(text: str) -> None:
    """Other schemes, missing hosts, ports out of range."""
    assert parsed(text) is None


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("https://Example.org", "https://example.org"),
        ("https://example.org:443/a%2Fb?x=%zz|y#part", "https://example.org/a%2Fb?x=%zz|y"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("http://my_host/x", "http://my_host/x"),
    ],
)
def test_a_url_is_asked_as_it_was_written(text: str, asked: str) -> None:
    """Only what cannot stand on the wire is encoded; the fragment stays at home."""
    assert str(parsed(text)) == asked


@pytest.mark.parametrize(
    ("location", "to"),
    [
        ("/new", "https://example.org/new"),
        ("new", "https://example.org/a/new"),
        ("//other.example/x", "https://other.example/x"),
        ("https://u:p@other.example/x#y", "https://other.example/x"),
        (" https://other.example/x ", "https://other.example/x"),
        ("?page=2", "https://example.org/a/b?page=2"),
        ("ftp://example.org/", None),
        ("http://[broken", None),
        ("javascript:1", None),
    ],
)
def test_a_location_is_resolved_without_credentials_or_fragment(location: str, to: str | None) -> None:
    """Relative forms by RFC 3986; what is not http or https leads nowhere."""
    found = target(httpx.URL("https://example.org/a/b"), location)
    assert (None if found is None else str(found)) == to


@pytest.mark.parametrize(
    ("source", "to", "is_login"),
    [
        ("https://example.org/feed", "https://example.org/login?next=/feed", True),
        ("https://example.org/feed", "https://example.org/users/sign-in", True),
        ("https://example.org/feed", "https://example.org/wp-login.php", True),
        ("https://example.org/feed", "https://accounts.example.org/x", True),
        ("https://example.org/feed", "https://consent.example.org/?continue=feed", True),
        ("https://example.org/feed", "http://captive.hotel.example/", True),
        ("https://example.org/feed", "https://example.org/en/feed", False),
        ("https://example.org/feed", "https://example.org/2026/login-troubles-at-the-border", False),
        ("https://example.org/login/news.rss", "https://www.example.org/login/news.rss", False),
        ("https://example.org/a", "https://example.org/portal/a", False),
        ("https://example.org/a", "https://consent.org/a", False),
    ],
)
def test_a_redirect_to_a_login_is_known_by_its_target(source: str, to: str, is_login: bool) -> None:
    """By a whole path segment or a host label that the source did not have."""
    assert looks_like_login(httpx.URL(source), httpx.URL(to)) is is_login


@pytest.mark.parametrize(
    "text",
    [
        "https://user:secret@example.org/x",
        "https://secret@example.org",
        "nonsense://a:secret@b/",
        "http://u:sec/secret@host/",
    ],
)
def test_credentials_are_cut_out_of_urls(text: str) -> None:
    """For URLs and for what only looks like one."""
    assert "secret" not in redacted(text)
    assert redacted("https://example.org/@user/feed") == "https://example.org/@user/feed"


def test_a_shown_url_has_no_query() -> None:
    """Tokens stand there."""
    url = httpx.URL("https://u:p@example.org:8443/path?token=secret")
    assert shown(url) == "https://example.org:8443/path"
    assert str(without_userinfo(url)) == "https://example.org:8443/path?token=secret"


def origin(text: str) -> Origin:
    return Origin.of(httpx.URL(text))


@pytest.mark.parametrize(
    ("mine", "theirs", "shared"),
    [
        ("https://example.org/a", "https://example.org/b", True),
        ("http://example.org/a", "https://example.org/a", True),
        ("https://example.org/a", "http://example.org/a", False),
        ("https://example.org/a", "https://www.example.org/a", False),
        ("https://example.org/a", "https://example.org:8443/a", False),
        ("http://example.org:8080/a", "https://example.org/a", False),
    ],
)
def test_credentials_stay_with_their_host(mine: str, theirs: str, shared: bool) -> None:
    """The same origin, or the same host over TLS; never in the clear, never to a neighbour."""
    assert origin(mine).shares_credentials_with(origin(theirs)) is shared


def request(url: str, feed_url: str | None = None, auth: FeedAuth | None = None) -> FetchRequest:
    feed = Feed("f", feed_url, "F", auth=auth) if feed_url else None
    return FetchRequest(url, "feed", 1000, timedelta(seconds=1), feed=feed)


REF = SecretRef("env", "FEED_KEY")


@pytest.mark.parametrize(
    ("auth", "header"),
    [
        (FeedAuth("basic", REF, "desk"), ("Authorization", "Basic ZGVzazpzM2NyZXQ=")),
        (FeedAuth("bearer", REF), ("Authorization", "Bearer s3cret")),
        (FeedAuth("header", REF, "X-Api-Key"), ("X-Api-Key", "s3cret")),
    ],
)
def test_each_kind_of_auth_becomes_its_header(auth: FeedAuth, header: tuple[str, str]) -> None:
    """Sent to the feed's own host, not to the host of another URL, and never printed."""
    found = credentials_of(request("https://example.org/f", "https://example.org/f", auth), lambda ref: "s3cret")
    assert found is not None
    assert found.for_url(httpx.URL("https://example.org/f")) == (header,)
    assert found.for_url(httpx.URL("https://evil.example/f")) == ()
    assert "s3cret" not in repr(found)
    assert header[1] not in repr(found)


def test_a_login_in_the_url_becomes_a_header() -> None:
    """For the feed's URL and for the request's own, encoded characters decoded."""
    for each in (
        request("https://u%40x:p%3Aq@example.org/f"),
        request("https://example.org/p", "https://u%40x:p%3Aq@example.org/"),
    ):
        found = credentials_of(each, lambda ref: "")
        assert found is not None
        assert found.for_url(httpx.URL("https://example.org/p")) == (("Authorization", "Basic dUB4OnA6cQ=="),)


@pytest.mark.parametrize("secret", ["two\nlines", "schlüssel"])
def test_a_secret_that_no_header_may_carry_is_refused_by_its_reference(secret: str) -> None:
    """The error names the reference, never the value."""
    with pytest.raises(SecretError, match="env:FEED_KEY") as caught:
        credentials_of(request("https://a.example/", "https://a.example/", FeedAuth("bearer", REF)), lambda ref: secret)
    assert secret not in str(caught.value)


@given(st.text(max_size=60), st.text(max_size=60))
def test_no_text_makes_a_redirect_raise(location: str, path: str) -> None:
    """Whatever stands in a Location or in a config, it is a URL or None."""
    source = parsed(f"https://example.org/{path}") or httpx.URL("https://example.org/")
    found = target(source, location)
    for each in (found, parsed(location), parsed("http://" + location)):
        if each is not None:
            assert each.scheme in ("http", "https")
            assert each.host
            assert shown(each)
            assert literal(each.host) is None or Origin.of(each).port
            looks_like_login(source, each)
