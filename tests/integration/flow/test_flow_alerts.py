"""From a feed's item to what a recipient is told: once, with its reason, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from monitor.model.telling import Action, Reason
from monitor.testing.newsroom import Answer

if TYPE_CHECKING:
    World = Any  # the fixture's type, in conftest.py


def piece(world: World, slug: str, title: str, summary: str = "") -> None:
    """Publish one item under the type the fixture knows."""
    kind = type(world.pieces[0])
    world.publish(kind(slug, title, summary))


async def decisions(world: World) -> list[tuple[str, str]]:
    rows = await world.app.store.read(
        lambda tx: [d for entry in range(1, 30) for d in tx.decisions(entry) if tx.entry(entry)]
    )
    return [(row.action, row.reason) for row in rows]


async def test_day_zero_alerts_nobody_and_shows_in_the_first_digest(world: World) -> None:
    """What the first poll holds is read and matched, told to nobody, and stands in the first digest as such."""
    await world.seed()
    await world.stack.aclose()
    world.page("first", "A truce was agreed.")
    fresh = world.folder / "state"
    for path in fresh.glob("monitor.db*"):
        path.unlink()
    piece(world, "first", "Truce agreed")
    await world.start()
    await world.app.settle()
    assert world.types == []
    assert await decisions(world) == [(Action.SUPPRESS, Reason.DAY_ZERO)]
    await world.after(hours=2)
    assert world.types == ["digest.created"]
    (digest,) = world.digests()
    assert [item["title"] for item in digest["day_zero"]] == ["Truce agreed"]


async def test_a_new_match_is_told_once_on_its_full_text(world: World) -> None:
    """A headline that fires waits for its page; the alert carries the full text's evidence, and comes once."""
    await world.seed()
    world.page("talks", "Envoys met in the capital.\nThey agreed on a truce of sixty days, an official said.")
    piece(world, "talks", "Truce talks make headway")
    await world.after(minutes=11)
    await world.after(minutes=11)
    assert world.types == ["alert.created"]
    _, data = world.told[0]
    assert data["story"]["headline_only"] is False
    assert len(world.files(".eml")) == 1


async def test_a_page_that_matches_where_the_headline_did_not_alerts(world: World) -> None:
    """The evidence stands in the article alone."""
    await world.seed()
    world.page("talks", "The envoys of both sides agreed on a truce, officials said.\nThe truce begins at dawn.")
    piece(world, "talks", "Envoys meet in the capital")
    await world.after(minutes=11)
    assert world.types == ["alert.created"]


async def test_an_unreadable_page_goes_out_by_headline_only(world: World) -> None:
    """A page that answers 403 is not waited for, and the alert says that it rests on the headline."""
    await world.seed()
    world.page("talks", "", status=403)
    piece(world, "talks", "Truce talks make headway")
    await world.after(minutes=11)
    ((kind, data),) = world.told
    assert kind == "alert.created"
    assert data["story"]["headline_only"] is True


async def test_a_page_that_clears_its_headline_withdraws_the_alert(world: World) -> None:
    """Told by headline, cleared by the page that came later: withdrawn at the webhook, in the next digest for people,
    and never told again."""
    await world.seed()
    world.page("talks", "", status=403)
    piece(world, "talks", "Truce called at the Oval")
    await world.after(minutes=11)
    world.page("talks", "The captains agreed on a truce over the cricket schedule.")
    await world.after(minutes=12)
    assert world.types == ["alert.created", "alert.withdrawn"]
    await world.after(hours=2)
    (digest,) = world.digests()
    assert [w["title"] for w in digest["withdrawn"]] == ["Truce called at the Oval"]
    assert digest["stories"] == []
    assert not [p for p in world.files(".eml") if "withdrawn" in p.name]


async def test_a_page_read_late_alerts_marked_late(world: World) -> None:
    """The headline had not fired, the page failed at first: when it is read and matches, the alert says late."""
    await world.seed()
    world.page("talks", "", status=403)
    piece(world, "talks", "Envoys meet in the capital")
    await world.after(minutes=11)
    assert world.types == []
    world.page("talks", "The envoys of both sides agreed on a truce, officials said.\nThe truce begins at dawn.")
    await world.after(minutes=12)
    ((kind, data),) = world.told
    assert kind == "alert.created"
    assert data["story"]["late"] is True


async def test_a_critical_headline_does_not_wait(world: World) -> None:
    """A critical rule tells at once, before the page was even asked for."""
    await world.seed()
    world.page("bang", "An explosion shook the port.")
    piece(world, "bang", "Explosion at the port")
    world.clock.set(world.clock.now().replace(minute=20))
    for lane in (world.app.runner.polls, world.app.runner.outbox):
        await lane.pump()
        await lane.drain(5)
    ((_, data),) = world.told
    assert data["story"]["headline_only"] is True
    assert world.room["outlet"].asked("/bang") == []
    assert await decisions(world) == [(Action.ALERT, Reason.FIRST)]


async def test_a_wire_copy_is_the_same_story(world: World) -> None:
    """The same text under another address and headline is told once; the second is kept as already told."""
    await world.seed()
    wire = "\n".join(
        f"On day {n} the envoys spoke of a truce with {n} officers and {n} aides present." for n in range(20)
    )
    world.page("wire", wire)
    piece(world, "wire", "Truce envoys meet officers")
    await world.after(minutes=11)
    world.page("copy", "Compiled by our staff from agencies and reports.\n" + wire)
    piece(world, "copy", "Envoys in long talks about truce")
    await world.after(minutes=11)
    assert world.types == ["alert.created"]
    assert await decisions(world) == [(Action.ALERT, Reason.FIRST), (Action.SUPPRESS, Reason.ALREADY_TOLD)]


async def test_a_story_told_lower_is_told_once_more_when_critical(world: World) -> None:
    """An edit brings a critical rule into a story told at normal priority: one upgrade, threaded as an update."""
    await world.seed()
    world.page("talks", "Envoys agreed on a truce. " * 3)
    piece(world, "talks", "Truce agreed")
    await world.after(minutes=11)
    world.edit("talks", "Truce agreed hours after explosion")
    await world.after(minutes=11)
    assert world.types == ["alert.created", "alert.updated"]


async def test_an_edited_headline_is_a_revision_not_news(world: World) -> None:
    """The same guid with another headline makes no second entry and no second alert."""
    await world.seed()
    world.page("talks", "Envoys agreed on a truce. " * 3)
    piece(world, "talks", "Truce agreed")
    await world.after(minutes=11)
    world.edit("talks", "Truce agreed, officials say")
    await world.after(minutes=11)
    assert world.types == ["alert.created"]
    held = await world.app.store.read(lambda tx: [tx.entry(n) for n in range(1, 9)])
    assert [e.entry.title for e in held if e] == ["Weather stays mild", "Truce agreed, officials say"]


async def test_a_restart_repeats_nothing(world: World) -> None:
    """After a restart the same feed is unchanged, and nothing is told again."""
    await world.seed()
    world.page("talks", "Envoys agreed on a truce. " * 3)
    piece(world, "talks", "Truce agreed")
    await world.after(minutes=11)
    await world.restart()
    await world.after(minutes=11)
    assert world.types == ["alert.created"]
    assert world.room["outlet"].asked("/feed.xml")[-1].status == 304


async def test_a_page_that_robots_txt_forbids_is_not_asked_for(world: World) -> None:
    """The headline goes out as such, and the server never sees a request for the page."""
    world.room["outlet"].put("/robots.txt", Answer(200, b"User-agent: *\nDisallow: /private/\n"))
    await world.seed()
    piece(world, "private/talks", "Truce talks make headway")
    await world.after(minutes=11)
    assert world.types == ["alert.created"]
    assert world.room["outlet"].asked("/private/talks") == []


async def test_a_rule_that_was_removed_tells_nothing(world: World) -> None:
    """A hold under a rule that a reload removes ends with that reason; nothing goes out."""
    await world.seed()
    world.room["outlet"].put("/talks", Answer(200, b"<html></html>", delay=0.2))
    piece(world, "talks", "Truce talks make headway")
    world.clock.set(world.clock.now().replace(minute=20))
    await world.app.runner.polls.pump()
    await world.app.runner.polls.drain(5)
    world.rules = world.rules.replace('any = ["truce"]', 'any = ["armistice"]').replace('id = "truce"', 'id = "other"')
    await world.restart()
    assert await decisions(world) == [(Action.SUPPRESS, Reason.RULE_REMOVED)]
    await world.after(minutes=2)
    assert world.types == []


async def test_a_new_rule_looks_back_into_the_digest_only(world: World) -> None:
    """A rule added later finds what was seen in the last day, alerts nobody, and shows it in the digest."""
    await world.seed()
    world.page("dam", "The dam overflowed in the night.")
    piece(world, "dam", "Dam overflows")
    await world.after(minutes=11)
    world.rules += '\n[[rules]]\nid = "dams"\nany = ["dam"]\n'
    await world.restart()
    assert await decisions(world) == [(Action.SUPPRESS, Reason.LOOKING_BACK)]
    await world.after(hours=2)
    assert world.types == ["digest.created"]
    (digest,) = world.digests()
    assert [item["title"] for item in digest["stories"]] == ["Dam overflows"]
