"""The fetcher against a real server: conditional requests, redirects, statuses, credentials."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest

from monitor.errors import SecretError
from monitor.model.news import FetchOutcome, FetchRequest, Validators
from monitor.model.settings import Feed, FeedAuth, SecretRef, Service

ETAG, DATE = 'W/"Ab C"', "Sun, 01 Mar 2026 10:00:00 GMT"


async def test_a_feed_is_got_with_its_validators(web: Any, fetch: Any) -> None:
    """Body, status, headers and validators arrive as they were sent."""
    url = web.reply("/feed", 200, [("ETag", ETAG), ("Last-Modified", DATE), ("X-Two", "1"), ("X-Two", "2")], b"<rss/>")
    result = await fetch(url)
    assert (result.outcome, result.status, result.body) == (FetchOutcome.OK, 200, b"<rss/>")
    assert result.validators == Validators(url, ETAG, DATE)
    assert [value for name, value in result.headers if name == "x-two"] == ["1", "2"]
    assert (result.url, result.final_url, result.redirects, result.permanent) == (url, url, 0, False)
    assert timedelta(0) < result.elapsed < timedelta(seconds=2)


async def test_we_say_who_we_are_and_nothing_else(web: Any, fetch: Any) -> None:
    """An honest User-Agent with the contact, Accept and Accept-Encoding; no cookie, no Referer, no added query."""
    url = web.reply("/feed?x=a%2Fb|c", 200, [("Set-Cookie", "id=1; Path=/")], b"x")
    await fetch(url)
    await fetch(url)
    asked = web.asked[-1]
    assert asked.line == "GET /feed?x=a%2Fb|c HTTP/1.1"
    assert asked.header("User-Agent") == "news-monitor/0.1 (+https://example.org/about)"
    assert asked.header("Accept-Encoding") == "gzip, deflate"
    assert (asked.header("Accept") or "").startswith("application/atom+xml")
    assert {name.lower() for name, _ in asked.headers} == {"host", "user-agent", "accept", "accept-encoding"}


async def test_both_validators_go_out_byte_exact_and_a_304_updates_them(web: Any, fetch: Any) -> None:
    """If-None-Match and If-Modified-Since as received; what the 304 carries replaces what was held."""
    url = web.reply("/feed", 304, [("ETag", '"new"')])
    result = await fetch(url, validators=Validators(url, ETAG, DATE))
    assert (web.asked[0].header("If-None-Match"), web.asked[0].header("If-Modified-Since")) == (ETAG, DATE)
    assert result.outcome is FetchOutcome.NOT_MODIFIED
    assert result.validators == Validators(url, '"new"', DATE)


async def test_a_200_without_validators_clears_the_old_ones(web: Any, fetch: Any) -> None:
    """What the server no longer gives is not asked with again."""
    url = web.reply("/feed", 200, [], b"x")
    result = await fetch(url, validators=Validators(url, ETAG, DATE))
    assert result.outcome is FetchOutcome.OK
    assert result.validators is None


async def test_validators_go_only_to_the_url_they_came_from(web: Any, fetch: Any) -> None:
    """Behind a redirect they belong to the final URL, and the redirect itself is asked without."""
    final = web.reply("/new", 304)
    old = web.redirect("/old", "/new", 301)
    result = await fetch(old, validators=Validators(final, ETAG, None))
    assert [each.header("If-None-Match") for each in web.asked] == [None, ETAG]
    assert (result.outcome, result.final_url, result.permanent) == (FetchOutcome.NOT_MODIFIED, final, True)


async def test_a_304_that_nobody_asked_for_is_no_success(web: Any, fetch: Any) -> None:
    """«Not modified» without a condition says nothing about the feed."""
    assert (await fetch(web.reply("/feed", 304))).outcome is FetchOutcome.MALFORMED


async def test_a_giant_validator_is_not_kept(web: Any, fetch: Any) -> None:
    """A header of 60 KB is received, but never sent back."""
    url = web.reply("/feed", 200, [("ETag", '"' + "a" * 60_000 + '"'), ("Last-Modified", DATE)], b"x")
    result = await fetch(url)
    assert result.outcome is FetchOutcome.OK
    assert result.validators == Validators(url, None, DATE)


@pytest.mark.parametrize(
    ("codes", "permanent"),
    [
        ([301], True),
        ([308], True),
        ([301, 308], True),
        ([302], False),
        ([303], False),
        ([307], False),
        ([301, 302], False),
    ],
)
async def test_a_redirect_is_permanent_only_if_the_whole_chain_is(
    web: Any, fetch: Any, codes: list[int], permanent: bool
) -> None:
    """301 and 308 alone say that a feed has moved."""
    for number, code in enumerate(codes):
        web.redirect(f"/{number}", f"{number + 1}", code)
    final = web.reply(f"/{len(codes)}", 200, [], b"here")
    result = await fetch(web.url("/0"))
    assert (result.body, result.final_url, result.redirects) == (b"here", final, len(codes))
    assert result.permanent is permanent


async def test_five_redirects_are_followed_and_no_sixth(web: Any, fetch: Any) -> None:
    """At most five hops."""
    for number in range(7):
        web.redirect(f"/{number}", f"/{number + 1}")
    web.reply("/7", 200, [], b"x")
    assert (await fetch(web.url("/2"))).outcome is FetchOutcome.OK
    result = await fetch(web.url("/1"))
    assert result.outcome is FetchOutcome.TOO_MANY_REDIRECTS
    assert "5" in result.detail


@pytest.mark.parametrize("way", [["/a", "/b", "/a"], ["/a", "/a"]])
async def test_a_circle_of_redirects_is_recognised(web: Any, fetch: Any, way: list[str]) -> None:
    """A URL seen before ends the trip at once."""
    for here, there in itertools.pairwise(way):
        web.redirect(here, there)
    result = await fetch(web.url("/a"))
    assert result.outcome is FetchOutcome.TOO_MANY_REDIRECTS
    assert "circle" in result.detail
    assert len(web.asked) == len(way) - 1


@pytest.mark.parametrize("headers", [[], [("Location", "ftp://example.org/feed")], [("Location", "http://[x")]])
async def test_a_redirect_to_nowhere_is_an_outcome(web: Any, fetch: Any, headers: list[tuple[str, str]]) -> None:
    """No Location, another scheme, no URL at all."""
    assert (await fetch(web.reply("/feed", 302, headers))).outcome is FetchOutcome.MALFORMED


async def test_a_redirect_to_a_login_page_is_not_followed(web: Any, fetch: Any) -> None:
    """It is a failure, and no change of URL."""
    result = await fetch(web.redirect("/feed", "/account/login?next=/feed", 301))
    assert result.outcome is FetchOutcome.LOGIN_REDIRECT
    assert len(web.asked) == 1
    assert "next" not in result.detail


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (204, [], FetchOutcome.OK),
        (206, [], FetchOutcome.MALFORMED),
        (401, [], FetchOutcome.FORBIDDEN),
        (403, [], FetchOutcome.FORBIDDEN),
        (403, [("cf-mitigated", "challenge")], FetchOutcome.CHALLENGED),
        (202, [("x-amzn-waf-action", "challenge")], FetchOutcome.CHALLENGED),
        (404, [], FetchOutcome.NOT_FOUND),
        (410, [], FetchOutcome.GONE),
        (418, [], FetchOutcome.CLIENT_ERROR),
        (429, [], FetchOutcome.THROTTLED),
        (451, [], FetchOutcome.FORBIDDEN),
        (500, [], FetchOutcome.SERVER_ERROR),
        (503, [], FetchOutcome.SERVER_ERROR),
        (503, [("Retry-After", "60")], FetchOutcome.THROTTLED),
        (599, [], FetchOutcome.SERVER_ERROR),
        (999, [], FetchOutcome.MALFORMED),
    ],
)
async def test_each_status_has_its_outcome(
    web: Any, fetch: Any, status: int, headers: list[tuple[str, str]], outcome: FetchOutcome
) -> None:
    """And every failure names its status with something to do about it, on one line."""
    result = await fetch(web.reply("/feed", status, headers))
    assert (result.outcome, result.status) == (outcome, status)
    if not outcome.is_success:
        assert result.detail.startswith(f"HTTP {status}")
        assert "\n" not in result.detail


async def test_retry_after_counts_from_the_servers_own_date(web: Any, fetch: Any) -> None:
    """A server whose clock is years off asks for ten minutes, and gets ten minutes."""
    headers = [("Date", "Thu, 01 Mar 2001 10:00:00 GMT"), ("Retry-After", "Thu, 01 Mar 2001 10:10:00 GMT")]
    assert (await fetch(web.reply("/feed", 429, headers))).retry_after == timedelta(minutes=10)
    assert (await fetch(web.reply("/feed", 503, [("Retry-After", "7")]))).retry_after == timedelta(seconds=7)


async def test_a_page_of_another_type_is_stopped_at_the_headers(web: Any, fetch: Any) -> None:
    """Its body is never waited for; a feed is judged by its bytes instead."""

    async def endless(writer: Any) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\nContent-Length: 900\r\n\r\n%PDF")

    result = await fetch(web.script("/paper", endless), "page", seconds=1)
    assert result.outcome is FetchOutcome.WRONG_TYPE
    assert "application/pdf" in result.detail
    url = web.reply("/feed", 200, [("Content-Type", "image/png")], b"<rss/>")
    assert (await fetch(url)).outcome is FetchOutcome.OK


REF = SecretRef("env", "KEY")


async def test_credentials_go_to_the_feeds_own_host_only(web: Any, other: Any, fetch: Any) -> None:
    """They stay behind when a redirect leads to another origin."""
    other.reply("/there", 200, [], b"x")
    url = web.redirect("/feed", other.url("/there"))
    feed = Feed("f", url, "F", auth=FeedAuth("bearer", REF))
    result = await fetch(url, feed=feed)
    assert result.outcome is FetchOutcome.OK
    assert web.asked[0].header("Authorization") == "Bearer value-of-KEY"
    assert other.asked[0].header("Authorization") is None


async def test_a_login_in_the_url_is_sent_as_a_header_and_shown_nowhere(web: Any, fetch: Any) -> None:
    """Neither the result's URLs nor its details nor its validators repeat it."""
    url = web.reply("/feed", 200, [("ETag", '"a"')], b"x").replace("http://", "http://desk:hush@")
    gone = web.reply("/gone", 410).replace("http://", "http://desk:hush@")
    good, bad = await fetch(url), await fetch(gone)
    assert web.asked[0].header("Authorization") == "Basic ZGVzazpodXNo"
    assert good.outcome is FetchOutcome.OK
    assert "hush" not in repr(good) + repr(bad)
    assert "hush" not in repr(await fetch("http://desk:hush@127.0.0.1:99999/"))


async def test_a_secret_that_cannot_be_had_is_an_outcome(web: Any, make_fetcher: Any) -> None:
    """One feed's missing secret is that feed's failure, named by its reference."""

    def none(ref: SecretRef) -> str:
        raise SecretError(f"{ref} is not set")

    feed = Feed("f", web.url("/feed"), "F", auth=FeedAuth("bearer", REF))
    fetcher = make_fetcher(Service(allow_private=("127.0.0.0/8",)), none)
    result = await fetcher.fetch(FetchRequest(feed.url, "feed", 1000, timedelta(seconds=1), feed=feed))
    assert result.outcome is FetchOutcome.FORBIDDEN
    assert "env:KEY" in result.detail
    assert web.asked == []


async def test_after_closing_nothing_is_asked(web: Any, make_fetcher: Any) -> None:
    """A late caller gets an outcome, and no connection is opened again."""
    fetcher = make_fetcher(Service(allow_private=("127.0.0.0/8",)))
    await fetcher.aclose()
    result = await fetcher.fetch(FetchRequest(web.url("/feed"), "feed", 1000, timedelta(seconds=1)))
    assert result.outcome is FetchOutcome.CONNECT
    assert web.connections == 0
