"""Rules 25 to 36: what a status, a failure or a redirect makes of a feed."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.model.news import FetchOutcome
from monitor.model.state import FeedState
from monitor.testing.newsroom import Answer, Newsroom
from tests.samples.guest import RSS, Fetch, Guest, feed, rss

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
JITTER = 5 * MINUTE
SAID = "Mon, 23 Nov 2026 09:00:00 GMT"
UNTIL = "Mon, 23 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("headers", [{"Retry-After": "10800"}, {"Retry-After": UNTIL, "Date": SAID}])
async def test_rule_25_retry_after_is_honoured(guest: Guest, status: int, headers: dict[str, str]) -> None:
    """In seconds, or as a date that counts from the server's own clock: here it runs three hours ahead of ours."""
    guest.watch(guest.outlet.put("/feed.xml", Answer(status, headers=headers)))
    await guest.start()
    assert 3 * HOUR <= await guest.wait() <= 3 * HOUR + JITTER
    await guest.after(hours=2, minutes=59)
    assert len(guest.outlet.asked()) == 1


@pytest.mark.parametrize(("scope", "asked"), [('"host"', 1), ('"feed"', 3)])
async def test_rule_26_retry_after_holds_for_the_host(guest: Guest, scope: str, asked: int) -> None:
    """The other feed of that host waits too, unless the one that was told to says that it alone is meant."""
    guest.watch(guest.outlet.put("/other.xml", feed("one", ETag='"1"')), "a-other")
    guest.watch(guest.outlet.put("/feed.xml", Answer(429, headers={"Retry-After": "14400"})), "b", retry_after=scope)
    guest.watch(guest.room["second"].put("/feed.xml", feed("two", ETag='"1"')), "elsewhere")
    await guest.start()
    for _ in range(2):
        await guest.after(hours=1, minutes=6)
    assert len(guest.outlet.asked("/other.xml")) == asked
    assert len(guest.outlet.asked("/feed.xml")) == 1
    assert len(guest.room["second"].asked()) == 3


@pytest.mark.parametrize("status", [429, 503])
async def test_rule_27_without_retry_after_an_hour_doubling(guest: Guest, status: int) -> None:
    """One, two, four, eight hours."""
    guest.watch(guest.outlet.put("/feed.xml", Answer(status)), interval='"15m"')
    await guest.start()
    waits = []
    for _ in range(4):
        waits.append(await guest.wait())
        await guest.when_due()
    assert [wait // HOUR for wait in waits] == [1, 2, 4, 8]


@pytest.mark.parametrize("keys", [{"interval": '"15m"'}, {"interval": '"1s"', "own": "true"}])
async def test_rule_28_nothing_of_the_users_shortens_retry_after(guest: Guest, keys: dict[str, str]) -> None:
    """Not a short interval, not a server of one's own; and a wait of days is kept to in full."""
    guest.watch(guest.outlet.put("/feed.xml", Answer(429, headers={"Retry-After": "259200"})), **keys)
    await guest.start()
    await guest.after(days=2, hours=23)
    assert len(guest.outlet.asked()) == 1
    await guest.after(hours=2)
    assert len(guest.outlet.asked()) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 405, 451])
async def test_rule_29_other_client_errors_back_off_long(guest: Guest, status: int) -> None:
    """Four hours, then eight, up to a day."""
    guest.watch(guest.outlet.put("/feed.xml", Answer(status)))
    await guest.start()
    waits = []
    for _ in range(5):
        waits.append(await guest.wait())
        await guest.when_due()
    assert [wait // HOUR for wait in waits] == [4, 8, 16, 24, 24]


async def test_rule_29_a_404_goes_to_daily_then_weekly(guest: Guest) -> None:
    """It may be an accident, then a move; it is asked for ever more rarely, but asked, and comes back at once."""
    answers = [Answer(404, times=1)] * 20
    guest.watch(guest.outlet.put("/feed.xml", *answers, feed("one")))
    await guest.start()
    waits = []
    for _ in range(20):
        waits.append(await guest.wait())
        await guest.when_due()
    hours = [wait // HOUR for wait in waits]
    assert hours[:6] == [1, 2, 4, 8, 16, 24]
    assert hours[-1] == 168
    assert await guest.titles() == ["one"]
    assert (await guest.state()).failures == 0


async def test_rule_30_a_410_stops_the_feed_and_is_told(guest: Guest) -> None:
    """It is not asked again, by itself or by hand, until its URL is changed."""
    guest.watch(guest.outlet.put("/feed.xml", Answer(410)))
    await guest.start()
    await guest.after(days=40)
    await guest.refresh()
    assert len(guest.outlet.asked()) == 1
    assert (await guest.state()).gone
    assert sum("The feed is gone" in mail for mail in guest.told()) == 1
    guest.tables.clear()
    guest.watch(guest.outlet.put("/new.xml", feed("one")))
    await guest.restart()
    assert await guest.titles() == ["one"]


@pytest.mark.parametrize(
    "answer", [Answer(404), Answer(403), Answer(500), Answer(200, b"<html>sold</html>"), Answer(raw=b"?")]
)
async def test_rule_30_nothing_else_stops_a_feed(guest: Guest, answer: Answer) -> None:
    """After three months of failure it is still asked, once a week at least."""
    guest.watch(guest.outlet.put("/feed.xml", answer))
    await guest.start()
    for _ in range(13):
        before = len(guest.outlet.asked())
        await guest.after(days=7, minutes=6)
        assert len(guest.outlet.asked()) > before
    assert not (await guest.state()).gone


@pytest.mark.parametrize(
    "answer", [Answer(500), Answer(502), Answer(raw=b"SSH-2.0\r\n"), Answer(200, b"x", drop_after=0)]
)
async def test_rule_31_server_and_network_errors_back_off_to_a_cap(guest: Guest, answer: Answer) -> None:
    """From the interval, doubling, six hours at most."""
    guest.watch(guest.outlet.put("/feed.xml", answer))
    await guest.start()
    waits = []
    for _ in range(5):
        waits.append(await guest.wait())
        await guest.when_due()
    assert [wait // HOUR for wait in waits] == [1, 2, 4, 6, 6]


async def states_of(guest: Guest, *ids: str) -> list[FeedState]:
    return [await guest.state(feed_id) for feed_id in ids]


async def test_rule_31_a_network_that_is_down_counts_against_no_feed(guest: Guest) -> None:
    """Four hosts stop answering at once: told in status, no failure is kept, no alarm raised; when one answers again
    the others are asked within minutes, one after the other."""
    names = ("outlet", "second", "third", "fourth")

    def publish(room: Newsroom, *titles: str) -> None:
        for name in names:
            room[name].put("/feed.xml", feed(*(f"{name} {title}" for title in titles)))

    publish(guest.room, "one")
    for name in names:
        guest.watch(guest.room[name].url("/feed.xml"), name)
    await guest.start()
    ports = {name: guest.room[name].port for name in names}
    await guest.room.stop()
    for _ in range(40):
        await guest.after(minutes=20)
    assert [state.failures for state in await states_of(guest, *names)] == [0] * 4
    assert [state.failing_since for state in await states_of(guest, *names)] == [None] * 4
    assert any("network: down since 2026-11-23" in line for line in (await guest.status()).wrong)
    assert guest.told() == []
    async with Newsroom(names, ports) as again:
        publish(again, "two", "one")
        await guest.after(minutes=20)
        await guest.after(minutes=1)
        assert {one.outlet for one in again.asked} == set(names)
    assert {state.last_outcome for state in await states_of(guest, *names)} == {FetchOutcome.OK}
    assert (await guest.status()).wrong == ()
    assert sum(title.endswith("two") for title in await guest.titles()) == 4


async def test_rule_31_one_host_that_is_down_is_its_own_trouble(guest: Guest) -> None:
    """While others answer, its failures count."""
    for name in ("outlet", "second", "third"):
        guest.watch(guest.room[name].put("/feed.xml", feed(name)), name)
    guest.watch(guest.room["fourth"].put("/feed.xml", Answer(200, b"x", drop_after=0)), "fourth")
    await guest.start()
    for _ in range(10):
        await guest.after(hours=1)
    assert (await guest.state("fourth")).failures >= 3
    assert not any("network" in line for line in (await guest.status()).wrong)


def moved(status: int, to: str = "/new.xml") -> Answer:
    return Answer(status, headers={"Location": to})


async def polled_for(guest: Guest, days: float) -> None:
    """Let days pass, poll by poll."""
    until = guest.clock.now() + timedelta(days=days)
    while guest.clock.now() < until:
        await guest.after(hours=6)


@pytest.mark.parametrize("status", [301, 308])
async def test_rule_32_a_permanent_move_is_believed_after_days(guest: Guest, status: int) -> None:
    """The old address is asked until the move has held for three days; then the new one is, with its validators, over
    restarts too, and the person is told once."""
    guest.outlet.put("/new.xml", Answer(200, rss("one"), RSS, conditional=True))
    old = guest.watch(guest.outlet.put("/feed.xml", moved(status)))
    await guest.start()
    await polled_for(guest, 2.5)
    assert (await guest.state()).url == old
    await polled_for(guest, 1)
    assert (await guest.state()).url == guest.outlet.url("/new.xml")
    asked = len(guest.outlet.asked("/feed.xml"))
    await guest.restart()
    await polled_for(guest, 1)
    assert len(guest.outlet.asked("/feed.xml")) == asked
    assert guest.outlet.asked("/new.xml")[-1].status == 304
    assert sum("The feed has moved" in mail for mail in guest.told()) == 1


@pytest.mark.parametrize(
    "script",
    [
        [moved(301), Answer(200, rss("one"), RSS)],
        [moved(301, "/new.xml"), moved(301, "/other.xml")],
        [moved(301, "/nothing.xml")],
        [moved(301, "/by-way.xml")],
    ],
    ids=["on and off", "to and fro", "no feed there", "partly for the time being"],
)
async def test_rule_32_a_move_that_does_not_hold_is_not_believed(guest: Guest, script: list[Answer]) -> None:
    """Nor one to nothing that is a feed, nor a chain with a temporary step in it."""
    for path in ("/new.xml", "/other.xml"):
        guest.outlet.put(path, Answer(200, rss("one"), RSS))
    guest.outlet.put("/nothing.xml", Answer(200, b"<html>parked</html>"))
    guest.outlet.put("/by-way.xml", moved(302))
    answers = [Answer(a.status, a.body, a.headers, times=1) for a in script * 40]
    old = guest.watch(guest.outlet.put("/feed.xml", *answers))
    await guest.start()
    await polled_for(guest, 6)
    assert (await guest.state()).url == old


@pytest.mark.parametrize("status", [302, 303, 307])
async def test_rule_33_a_temporary_redirect_never_rewrites(guest: Guest, status: int) -> None:
    """However long it lasts."""
    guest.outlet.put("/new.xml", feed("one"))
    old = guest.watch(guest.outlet.put("/feed.xml", moved(status)))
    await guest.start()
    await polled_for(guest, 8)
    assert (await guest.state()).url == old
    assert (await guest.state()).moving is None


@pytest.mark.parametrize(
    "to", ["/login?next=/feed.xml", "/wp-login.php", "/consent", "/captive-portal/start", "/sso/x"]
)
@pytest.mark.parametrize("status", [301, 302])
async def test_rule_34_a_redirect_to_a_login_is_a_failure(guest: Guest, status: int, to: str) -> None:
    """It is not followed, rewrites nothing, and what was held stays held."""
    good = Answer(200, rss("one"), {**RSS, "ETag": '"1"'}, times=1)
    old = guest.watch(guest.outlet.put("/feed.xml", good, moved(status, to)))
    await guest.start()
    await guest.when_due()
    state = await guest.state()
    assert (state.last_outcome, state.url, state.failures) == (FetchOutcome.LOGIN_REDIRECT, old, 1)
    assert state.validators is not None
    assert {one.path for one in guest.outlet.asked()} == {"/feed.xml"}


@pytest.mark.parametrize(
    ("hops", "outcome"), [(5, FetchOutcome.OK), (6, FetchOutcome.TOO_MANY_REDIRECTS)], ids=["five", "six"]
)
async def test_rule_35_five_hops_at_most(guest: Guest, fetch: Fetch, hops: int, outcome: FetchOutcome) -> None:
    """The sixth is not asked."""
    for number in range(hops):
        guest.outlet.put(f"/{number}", moved(302, f"/{number + 1}"))
    guest.outlet.put(f"/{hops}", feed("one"))
    assert (await fetch(guest.outlet.url("/0"))).outcome is outcome
    assert len(guest.outlet.asked()) == 6


async def test_rule_35_loops_are_seen_and_each_hop_is_validated(guest: Guest, fetch: Fetch) -> None:
    """A circle is left when it closes; a hop to a private address or another scheme is not made."""
    guest.outlet.put("/a", moved(301, "/b"))
    guest.outlet.put("/b", moved(301, "/a"))
    assert (await fetch(guest.outlet.url("/a"))).outcome is FetchOutcome.TOO_MANY_REDIRECTS
    assert len(guest.outlet.asked()) == 2
    for to in ("http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://[::ffff:10.0.0.1]/"):
        assert (await fetch(guest.outlet.put("/c", moved(301, to)))).outcome is FetchOutcome.PRIVATE_ADDRESS
    for to in ("file:///etc/passwd", "ftp://example.org/", "javascript:alert(1)"):
        assert (await fetch(guest.outlet.put("/c", moved(301, to)))).outcome is FetchOutcome.MALFORMED


async def test_rule_36_feeds_that_move_to_one_url_are_merged(guest: Guest) -> None:
    """Two addresses lead to a third for days: one of the two is then asked there, the other no more, and that is told.
    When the one is removed from the configuration the other is asked again."""
    guest.outlet.put("/new.xml", Answer(200, rss("one"), RSS, conditional=True))
    for name in ("a", "b"):
        guest.watch(guest.outlet.put(f"/{name}.xml", moved(301)), name)
    await guest.start()
    await polled_for(guest, 4)
    first, second = await states_of(guest, "a", "b")
    kept, merged = (first, second) if second.merged_into else (second, first)
    assert merged.merged_into == kept.feed.id
    assert kept.url == guest.outlet.url("/new.xml")
    assert sum("has become another feed" in mail for mail in guest.told()) == 1
    before = len(guest.outlet.asked(f"/{merged.feed.id}.xml"))
    await polled_for(guest, 1)
    assert len(guest.outlet.asked(f"/{merged.feed.id}.xml")) == before
    guest.tables = [table for table in guest.tables if f'id = "{merged.feed.id}"' in table]
    await guest.restart()
    assert (await guest.state(merged.feed.id)).merged_into is None
    assert (await guest.state(merged.feed.id)).last_polled_at == guest.clock.now()
