"""Links made comparable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.urls import host_of, url_key

SAME = [
    ("https://example.com/news/story", "http://www.example.com/news/story/"),
    ("https://example.com/news/story", "HTTPS://EXAMPLE.COM:443/news/story#comments"),
    ("https://example.com/news/story", "https://example.com/news/story?utm_source=rss&utm_medium=feed"),
    ("https://example.com/news/story?id=7", "https://example.com/news/story?fbclid=x&id=7&gclid=y"),
    ("https://example.com/n?a=1&b=2", "https://example.com/n?b=2&a=1"),
    ("https://example.com/news/story", "https://example.com/news/story/amp/"),
    ("https://example.com/news/story.html", "https://example.com/news/story.amp.html?amp=1"),
    ("https://example.com/%d7%a2%d7%96%d7%94", "https://example.com/עזה"),
    ("https://example.com/a%2Db", "https://example.com/a-b"),
    ("https://bücher.example/x", "https://xn--bcher-kva.example/x"),
    ("https://user:secret@example.com/x", "https://example.com/x"),
    ("https://example.com//news//x", "https://example.com/news/x"),
    ("https://example.com", "http://example.com/?"),
]
DIFFERENT = [
    ("https://example.com/story?id=1", "https://example.com/story?id=2"),
    ("https://example.com/Story", "https://example.com/story"),
    ("https://example.com/story", "https://news.example.com/story"),
    ("https://example.com:8080/story", "https://example.com/story"),
    ("https://example.com/amplify", "https://example.com/lify"),
    ("https://example.com/a%2Fb?x=1%262", "https://example.com/a%2Fb?x=1&2"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_spellings_of_one_page_share_a_key(one: str, other: str) -> None:
    """Scheme, www, case, port, fragment, tracking, order of parameters and AMP do not tell pages apart."""
    assert url_key(one) == url_key(other) is not None


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_pages_have_different_keys(one: str, other: str) -> None:
    """What a server may tell apart stays apart."""
    assert url_key(one) != url_key(other)


@pytest.mark.parametrize(
    "url", ["", "mailto:a@b.c", "/story", "//example.com/x", "https://", "http://h:99999/", "http://[::1/", "http://./"]
)
def test_what_is_no_web_link_has_no_key_and_no_host(url: str) -> None:
    """Relative links, other schemes and broken ports are not guessed at."""
    assert url_key(url) is None
    assert host_of(url) == ""


def test_a_short_name_keeps_its_www() -> None:
    """`www.gov` is a host, not a prefix before one."""
    assert url_key("https://www.gov/x") == "www.gov/x"


def test_an_address_of_version_six_keeps_its_brackets() -> None:
    """So that the port behind it stays readable."""
    assert url_key("http://[::1]:8080/x") == "[::1]:8080/x"
    assert host_of("http://[::1]:8080/x") == "[::1]"


@given(st.text())
def test_no_string_breaks_it(text: str) -> None:
    """Feeds put anything into a link."""
    for url in (text, "https://example.com/" + text, "https://" + text):
        key = url_key(url)
        assert key is None or host_of(url)


segments = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(st.lists(segments, max_size=4), st.lists(st.tuples(segments, segments), max_size=4))
def test_the_key_of_a_key_is_the_key(path: list[str], query: list[tuple[str, str]]) -> None:
    """Normalising is idempotent, so keys can be compared however they were come by."""
    url = "https://example.com/" + "/".join(path) + "?" + "&".join(f"{name}={value}" for name, value in query)
    key = url_key(url)
    assert key is not None
    assert url_key("https://" + key) == key
