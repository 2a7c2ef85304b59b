"""Rules 1 to 12: conditional requests, as the server sees them and as the store keeps them."""

from __future__ import annotations

import pytest

from monitor.model.news import FetchOutcome, Validators
from monitor.testing.newsroom import Answer, Outlet
from tests.samples.guest import Fetch, Guest, feed, lines, rss

CONDITIONS = ("If-None-Match", "If-Modified-Since")


@pytest.mark.parametrize("etag", ['W/"Ab  C"', '"quoted"', "bare-UPPER", '""', '"a,b;c=\\"d"'])
async def test_rule_01_the_etag_goes_back_byte_for_byte(guest: Guest, etag: str) -> None:
    """Quotes, the weak mark, case and spaces as they came."""
    guest.watch(guest.outlet.put("/feed.xml", feed("one", ETag=etag)))
    await guest.start()
    await guest.when_due()
    assert lines(guest.outlet.asked(), "If-None-Match") == [(None,), (etag,)]
    held = (await guest.state()).validators
    assert held is not None
    assert held.etag == etag


async def test_rule_01_an_etag_that_no_header_may_carry_is_dropped(fetch: Fetch, outlet: Outlet) -> None:
    """One that is not ASCII is neither kept nor sent, even when an older version kept it."""
    url = outlet.put("/feed.xml", Answer(raw=b'HTTP/1.1 200 OK\r\nETag: "caf\xe9"\r\nContent-Length: 1\r\n\r\nx'))
    assert (await fetch(url)).validators is None
    await fetch(url, Validators(url, '"a\r\nX-Evil: 1"', "ok"))
    assert lines(outlet.asked(), *CONDITIONS, "X-Evil")[-1] == (None, "ok", None)


@pytest.mark.parametrize("date", ["Mon, 23 Nov 2026 06:00:00 GMT", "23/11/26, about six", "0"])
async def test_rule_02_last_modified_is_echoed_verbatim(guest: Guest, date: str) -> None:
    """Whether it is a date or not; and where none came none is made up."""
    guest.watch(guest.outlet.put("/feed.xml", feed("one", Last_Modified=date)))
    guest.watch(guest.room["second"].put("/feed.xml", feed("one")), "other")
    await guest.start()
    await guest.after(hours=2)
    assert lines(guest.outlet.asked(), "If-Modified-Since") == [(None,), (date,)]
    assert lines(guest.room["second"].asked(), *CONDITIONS) == [(None, None)] * 2


async def test_rule_03_both_validators_are_sent(guest: Guest) -> None:
    """And the server that knows them answers 304."""
    answer = Answer(200, rss("one"), conditional=True)
    guest.watch(guest.outlet.put("/feed.xml", answer))
    await guest.start()
    await guest.when_due()
    assert lines(guest.outlet.asked(), *CONDITIONS)[1] == (answer.etag, answer.last_modified)
    assert (await guest.state()).last_outcome is FetchOutcome.NOT_MODIFIED


async def test_rule_04_validators_are_updated_although_the_body_is_the_same(guest: Guest) -> None:
    """A server may change its tags and nothing else."""
    body = rss("one")
    answers = [Answer(200, body, {"ETag": f'"{n}"'}, times=1) for n in range(3)]
    guest.watch(guest.outlet.put("/feed.xml", *answers))
    await guest.start()
    for _ in range(2):
        await guest.when_due()
    assert lines(guest.outlet.asked(), "If-None-Match") == [(None,), ('"0"',), ('"1"',)]
    assert (await guest.state()).last_detail == "unchanged"


async def test_rule_05_validators_are_updated_by_a_304(guest: Guest) -> None:
    """What the 304 carries replaces what was held; what it does not carry stays."""
    first = Answer(200, rss("one"), {"ETag": '"1"', "Last-Modified": "then"}, times=1)
    guest.watch(guest.outlet.put("/feed.xml", first, Answer(304, headers={"ETag": '"2"'})))
    await guest.start()
    await guest.when_due()
    await guest.when_due()
    assert lines(guest.outlet.asked(), *CONDITIONS)[1:] == [('"1"', "then"), ('"2"', "then")]


async def test_rule_06_validators_outlive_a_restart(guest: Guest) -> None:
    """They are kept from the very first fetch on."""
    guest.watch(guest.outlet.put("/feed.xml", feed("one", ETag='"1"')))
    await guest.start()
    await guest.restart()
    await guest.when_due()
    assert lines(guest.outlet.asked(), "If-None-Match") == [(None,), ('"1"',)]


async def test_rule_07_a_parse_failure_keeps_the_old_validators(guest: Guest) -> None:
    """Those of a body that could not be read would hide the feed behind 304s for good."""
    broken = Answer(200, b"<html><body>Down for maintenance</body></html>", {"ETag": '"broken"'}, times=1)
    good = Answer(200, rss("one"), {"ETag": '"good"'}, times=1)
    guest.watch(guest.outlet.put("/feed.xml", good, broken, feed("two", "one", ETag='"next"')))
    await guest.start()
    await guest.when_due()
    failed = await guest.state()
    await guest.when_due()
    assert failed.last_outcome is FetchOutcome.NOT_A_FEED
    assert lines(guest.outlet.asked(), "If-None-Match") == [(None,), ('"good"',), ('"good"',)]
    assert await guest.titles() == ["one", "two"]


async def test_rule_08_a_200_without_validators_clears_the_old_ones(guest: Guest) -> None:
    """What the server no longer gives is no longer shown to it."""
    first = Answer(200, rss("one"), {"ETag": '"1"', "Last-Modified": "then"}, times=1)
    guest.watch(guest.outlet.put("/feed.xml", first, feed("two", "one")))
    await guest.start()
    await guest.when_due()
    await guest.when_due()
    assert lines(guest.outlet.asked(), *CONDITIONS) == [(None, None), ('"1"', "then"), (None, None)]
    assert (await guest.state()).validators is None


async def test_rule_09_validators_belong_to_the_final_url(guest: Guest) -> None:
    """The redirect is asked without them, its target with them."""
    guest.outlet.put("/real.xml", Answer(200, rss("one"), conditional=True))
    guest.watch(guest.outlet.put("/feed.xml", Answer(302, headers={"Location": "/real.xml"})))
    await guest.start()
    await guest.when_due()
    assert lines(guest.outlet.asked("/feed.xml"), *CONDITIONS) == [(None, None)] * 2
    assert lines(guest.outlet.asked("/real.xml"), "If-None-Match")[0] == (None,)
    assert [one.status for one in guest.outlet.asked("/real.xml")] == [200, 304]


async def test_rule_09_a_changed_url_drops_them(guest: Guest) -> None:
    """A new address in the configuration is asked afresh, and at once."""
    guest.watch(guest.outlet.put("/feed.xml", feed("one", ETag='"1"')))
    await guest.start()
    guest.tables.clear()
    guest.watch(guest.outlet.put("/other.xml", feed("one", ETag='"1"')))
    await guest.restart()
    assert lines(guest.outlet.asked("/other.xml"), "If-None-Match") == [(None,)]


@pytest.mark.parametrize(("option", "whole"), [({}, 0), ({"drop_validators": '"7d"'}, 2)])
async def test_rule_10_a_server_stuck_at_304_is_asked_whole_every_so_often(
    guest: Guest, option: dict[str, str], whole: int
) -> None:
    """Off unless the user sets it: then once in that time, and news behind the 304 is found."""
    stuck = Answer(200, rss("one"), {"ETag": '"for ever"'}, times=1)
    news = Answer(200, rss("two", "one"), {"ETag": '"for ever"'}, conditional=True)
    guest.watch(guest.outlet.put("/feed.xml", stuck, news), interval='"1d"', **option)
    await guest.start()
    for _ in range(15):
        await guest.when_due()
    asked = lines(guest.outlet.asked(), "If-None-Match")[1:]
    assert asked.count((None,)) == whole
    assert len(asked) == 15
    assert await guest.titles() == (["one", "two"] if whole else ["one"])


async def test_rule_11_a_last_modified_of_2038_is_ignored(guest: Guest) -> None:
    """It is a placeholder for «never»: sent back, it would hide every change."""
    guest.watch(guest.outlet.put("/feed.xml", feed("one", Last_Modified="Tue, 19 Jan 2038 03:14:07 GMT")))
    await guest.start()
    await guest.when_due()
    assert lines(guest.outlet.asked(), "If-Modified-Since") == [(None,)] * 2


async def test_rule_12_the_same_body_is_not_parsed_again(guest: Guest) -> None:
    """Five polls of one body without validators: one parse."""
    guest.watch(guest.outlet.put("/feed.xml", feed("one")))
    before = guest.pool.parsed
    await guest.start()
    for _ in range(4):
        await guest.when_due()
    assert (len(guest.outlet.asked()), guest.pool.parsed - before) == (5, 1)
