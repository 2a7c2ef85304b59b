"""Rules 37 to 45: what a request says of us, and what is asked at all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor import __version__
from monitor.model.news import FetchOutcome
from monitor.testing.newsroom import Answer, Outlet
from tests.samples.guest import RSS, START, Fetch, Guest, feed, rss

PAGE = b"<html><head><title>A page</title></head><body><p>Words of a page, some of them.</p></body></html>"


async def test_rule_37_the_user_agent_is_honest(guest: Guest) -> None:
    """Name, version, and where whoever runs this is reached; the same whatever the answer was."""
    guest.watch(guest.outlet.put("/feed.xml", Answer(403, times=1), feed("one")))
    await guest.start()
    await guest.when_due()
    agents = {one.header("User-Agent") for one in guest.outlet.asked()}
    assert agents == {f"news-monitor/{__version__} (+https://example.org/about)"}


async def test_rule_38_no_cookies_no_referer_nothing_added(guest: Guest) -> None:
    """A cookie that was set is never shown, a redirect brings no Referer, the query is the feed's own."""
    cookie = {"Set-Cookie": "id=1; Path=/", "Location": "/b.xml?x=1&y=a%2Fb"}
    guest.outlet.put("/b.xml?x=1&y=a%2Fb", Answer(200, rss("one"), {"Set-Cookie": "id=2; Path=/"}))
    guest.watch(guest.outlet.put("/a.xml?z=%7E|", Answer(302, headers=cookie)))
    await guest.start()
    await guest.when_due()
    asked = guest.outlet.asked()
    assert [one.path for one in asked] == ["/a.xml?z=%7E|", "/b.xml?x=1&y=a%2Fb"] * 2
    sent = {name.lower() for one in asked for name, _ in one.headers}
    assert sent == {"host", "user-agent", "accept", "accept-encoding"}


async def test_rule_39_what_we_accept_is_what_we_can_read(fetch: Fetch, outlet: Outlet) -> None:
    """Feed types first; codings that are decompressed under a limit and no others: brotli is refused by name."""
    url = outlet.put("/feed.xml", feed("one"))
    await fetch(url)
    asked = outlet.asked()[0]
    assert asked.header("Accept-Encoding") == "gzip, deflate"
    assert (asked.header("Accept") or "").startswith("application/atom+xml, application/rss+xml")
    brotli = outlet.put("/br.xml", Answer(200, b"\x8b\x00\x80", {"Content-Encoding": "br"}))
    assert (await fetch(brotli)).outcome is FetchOutcome.BAD_ENCODING


async def test_rule_40_neither_favicon_nor_home_page_is_fetched(guest: Guest) -> None:
    """Of a feed with a link, an image and an icon: the feed, robots.txt, and the pages of its entries, each once."""
    outlet = guest.outlet
    body = (
        f"<rss version='2.0'><channel><title>T</title><link>{outlet.url('/')}</link><image><url>"
        f"{outlet.url('/logo.png')}</url><link>{outlet.url('/')}</link><title>T</title></image>"
        f"<item><title>One</title><link>{outlet.url('/one')}</link></item></channel></rss>"
    )
    outlet.put("/robots.txt", Answer(404))
    outlet.put("/one", Answer(200, PAGE, {"Content-Type": "text/html"}))
    guest.watch(outlet.put("/feed.xml", Answer(200, body.encode(), RSS)))
    await guest.start()
    assert sorted(one.path for one in outlet.asked()) == ["/feed.xml", "/one", "/robots.txt"]


async def test_rule_41_an_article_is_not_fetched_again(guest: Guest) -> None:
    """Neither when its feed is polled again, nor when its entry was edited, nor when another entry is new."""
    outlet = guest.outlet
    outlet.put("/robots.txt", Answer(404))
    for page in ("/one", "/two"):
        outlet.put(page, Answer(200, PAGE, {"Content-Type": "text/html"}))

    def listing(*titles: str) -> Answer:
        items = "".join(
            f"<item><title>{title}</title><guid>{outlet.url('/' + title.split(',')[0])}</guid>"
            f"<link>{outlet.url('/' + title.split(',')[0])}</link></item>"
            for title in titles
        )
        return Answer(
            200, f"<rss version='2.0'><channel><title>T</title>{items}</channel></rss>".encode(), RSS, times=1
        )

    guest.watch(outlet.put("/feed.xml", listing("one"), listing("one, edited"), listing("two", "one, edited")))
    await guest.start()
    for _ in range(3):
        await guest.when_due()
    assert [len(outlet.asked(page)) for page in ("/one", "/two")] == [1, 1]
    assert await guest.titles() == ["one, edited", "two"]


async def test_rule_42_a_delta_is_not_asked_for_and_deletes_nothing(guest: Guest) -> None:
    """No A-IM goes out; a 226 that comes all the same adds what it holds, and what it lacks stays."""
    partial = Answer(226, rss("two"), {**RSS, "IM": "feed"})
    guest.watch(guest.outlet.put("/feed.xml", Answer(200, rss("one"), RSS, times=1), partial))
    await guest.start()
    await guest.when_due()
    assert {one.header("A-IM") for one in guest.outlet.asked()} == {None}
    assert await guest.titles() == ["one", "two"]


def archived(number: int, *titles: str) -> Answer:
    """A document of an archived feed; before number 0 there is none."""
    link = f"<a:link xmlns:a='http://www.w3.org/2005/Atom' rel='prev-archive' href='/archive/{number - 1}'/>"
    return Answer(200, rss(*titles, channel=link if number > 0 else ""), RSS)


async def test_rule_43_archives_are_followed_only_to_fill_a_gap(guest: Guest) -> None:
    """As long as polls share an entry no archive is asked for; after a gap they are, back to what was known."""
    outlet = guest.outlet
    outlet.put("/archive/2", archived(2, "four", "three"))
    outlet.put("/archive/1", archived(1, "two", "one"))
    outlet.put("/archive/0", archived(0, "zero"))
    steps = [archived(2, "one"), archived(2, "two", "one"), archived(3, "six", "five")]
    guest.watch(outlet.put("/feed.xml", *(Answer(a.status, a.body, a.headers, times=1) for a in steps)))
    await guest.start()
    await guest.when_due()
    assert {one.path for one in outlet.asked()} == {"/feed.xml"}
    await guest.when_due()
    assert [one.path for one in outlet.asked()[3:]] == ["/archive/2", "/archive/1"]
    assert sorted(await guest.titles()) == ["five", "four", "one", "six", "three", "two"]
    assert [gap.filled for gap in await guest.gaps()] == [True]


async def test_rule_43_an_archive_without_end_is_left_after_five_documents(guest: Guest) -> None:
    """The gap is then told as one that was not filled, and what was found is kept."""
    outlet = guest.outlet
    for number in range(1, 30):
        outlet.put(f"/archive/{number}", archived(number, f"n{number}"))
    first = Answer(200, rss("one"), RSS, times=1)
    guest.watch(outlet.put("/feed.xml", first, archived(30, "newest")))
    await guest.start()
    await guest.when_due()
    assert [one.path for one in outlet.asked()[2:]] == [f"/archive/{n}" for n in (29, 28, 27, 26, 25)]
    assert [gap.filled for gap in await guest.gaps()] == [False]
    assert {"newest", "n29", "n25"} <= set(await guest.titles())


async def test_rule_43_an_archive_in_a_circle_is_left(guest: Guest) -> None:
    """A document that names itself or one before is not asked again."""
    outlet = guest.outlet
    outlet.put("/archive/2", archived(2, "b"))
    outlet.put("/archive/1", archived(3, "c"))
    guest.watch(outlet.put("/feed.xml", Answer(200, rss("one"), RSS, times=1), archived(3, "a")))
    await guest.start()
    await guest.when_due()
    assert [one.path for one in outlet.asked()[2:]] == ["/archive/2", "/archive/1"]


@pytest.mark.parametrize("header", [{"cf-mitigated": "challenge"}, {"SG-Captcha": "challenge"}])
async def test_rule_44_a_robot_check_is_its_own_failure(guest: Guest, header: dict[str, str]) -> None:
    """Named as such, backed off from for hours, and never answered: one request a poll."""
    guest.watch(guest.outlet.put("/feed.xml", Answer(403, b"<html>Just a moment</html>", header)))
    await guest.start()
    state = await guest.state()
    assert state.last_outcome is FetchOutcome.CHALLENGED
    assert "not bypassed" in state.last_detail
    assert await guest.wait() >= timedelta(hours=4)
    assert len(guest.outlet.asked()) == 1


async def test_rule_45_a_hub_is_not_asked(guest: Guest) -> None:
    """A feed that offers WebSub is polled like any other."""
    hub = f"<a:link xmlns:a='http://www.w3.org/2005/Atom' rel='hub' href='{guest.room['second'].url('/hub')}'/>"
    guest.watch(guest.outlet.put("/feed.xml", Answer(200, rss("one", channel=hub), RSS)))
    await guest.start()
    await guest.after(days=1)
    assert guest.room["second"].asked() == []
    assert (await guest.state()).next_at > START
