"""Contract of `EntryTx`: entries, articles, matches and holds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from monitor.model.news import EntryKey, KeyKind, Prominence, TextSource
from monitor.model.state import KnownEntry
from monitor.model.telling import Action, Reason, Stage
from monitor.ports import Store, Tx
from tests.samples.held import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    add_entry,
    article,
    decision,
    feed,
    identified,
    match,
)


@pytest.fixture
async def entry_id(store: Store) -> int:
    return await store.write(add_entry)


async def test_an_entry_comes_back_as_it_was_given(tx: Any, seen: Any) -> None:
    """Every field of an entry survives the store."""
    await tx.sync_feeds([feed()], NOW)
    given = identified("1")
    rich = replace(
        given.entry,
        content="نص المقال",
        published_at=NOW - HOUR,
        updated_at=NOW,
        authors=("A", "B"),
        categories=("sea",),
        language="ar",
    )
    entry_id = await tx.add_entry("harbour", replace(given, entry=rich), NOW, True)
    record = await seen.entry(entry_id)
    assert record.entry == rich
    assert (record.feed_id, record.seen_at, record.day_zero, record.decided) == ("harbour", NOW, True, None)
    assert record.content_hash == given.content_hash
    assert await seen.entry(entry_id + 1) is None


async def test_an_entry_is_known_by_each_of_its_keys_within_its_feed(tx: Any, seen: Any, entry_id: int) -> None:
    """Guid and link lead to it; the same guid in another feed does not."""
    given = identified("1")
    unknown = EntryKey(KeyKind.GUID, "other")
    crossed = EntryKey(KeyKind.LINK, given.keys[0].key)
    held = KnownEntry(entry_id, given.content_hash)
    found = await seen.known("harbour", [*given.keys, unknown, crossed])
    assert found == dict.fromkeys(given.keys, held)
    assert await seen.known("plain", given.keys) == {}
    assert await seen.known("harbour", []) == {}


async def test_thousands_of_keys_are_looked_up_at_once(tx: Any, seen: Any, entry_id: int) -> None:
    """A large feed exceeds no limit of the database."""
    keys = [EntryKey(KeyKind.GUID, f"guid-{n}") for n in range(40_000)]
    assert list(await seen.known("harbour", keys)) == [EntryKey(KeyKind.GUID, "guid-1")]


async def test_an_alias_never_takes_a_key_from_another_entry(tx: Any, seen: Any, entry_id: int) -> None:
    """A key that leads elsewhere already stays there."""
    other = await tx.add_entry("harbour", identified("2"), NOW, False)
    new = EntryKey(KeyKind.CONTENT, "c")
    taken = identified("1").keys[0]
    await tx.add_keys("harbour", other, [new, taken])
    found = await seen.known("harbour", [new, taken])
    assert {key: known.entry_id for key, known in found.items()} == {new: other, taken: entry_id}


async def test_text_that_no_database_takes_is_stored_and_found_again(tx: Any, seen: Any) -> None:
    """A NUL or half a surrogate pair becomes one replacement character; its keys still lead to the entry."""
    await tx.sync_feeds([feed()], NOW)
    wild = replace(identified("\ud83d-\0", title="half \ud83d nul \0 end"), content_hash="h")
    entry_id = await tx.add_entry("harbour", wild, NOW, False)
    assert (await seen.entry(entry_id)).entry.title == "half \ufffd nul \ufffd end"
    assert set(await seen.known("harbour", wild.keys)) == set(wild.keys)


async def test_a_revised_entry_reads_as_it_reads_now(tx: Any, seen: Any, entry_id: int) -> None:
    """Text, hash and new keys are those of the revision; id and first sight stay."""
    revised = identified("1", title="Ferry sails")
    revised = replace(revised, keys=(*revised.keys, EntryKey(KeyKind.TITLE_DATE, "t")))
    await tx.revise_entry(entry_id, revised, NOW + HOUR)
    record = await seen.entry(entry_id)
    assert (record.entry.title, record.content_hash, record.seen_at) == ("Ferry sails", revised.content_hash, NOW)
    assert set(await seen.known("harbour", revised.keys)) == set(revised.keys)


async def test_entries_are_counted_in_a_half_open_window(store: Store, seen: Any) -> None:
    """Seen at the start counts, seen at the end does not."""
    await store.write(lambda tx: [add_entry(tx, str(n), NOW + n * MINUTE) for n in range(3)])
    assert await seen.entries_seen(NOW, NOW + 2 * MINUTE) == 2


async def test_entries_read_are_those_with_a_text_of_their_own(store: Store, seen: Any) -> None:
    """A summary is not the article; a later page is; each entry counts once, in its half-open window."""

    def fill(tx: Tx) -> None:
        for n, source in enumerate((TextSource.SUMMARY, TextSource.PAGE, TextSource.FEED_CONTENT, TextSource.PAGE)):
            add_entry(tx, str(n), NOW + n * MINUTE)
            tx.add_article(n + 1, article("First text.", source), NOW)
        tx.add_article(2, article("Second text.", TextSource.PAGE), NOW)

    await store.write(fill)
    assert await seen.entries_read(NOW, NOW + 3 * MINUTE) == 2


async def test_recent_entries_have_an_article(store: Store, tx: Any, seen: Any) -> None:
    """Oldest first; an entry beyond the backfill has none and is not looked back at."""
    ids = await store.write(lambda tx: [add_entry(tx, str(n), NOW - n * MINUTE) for n in range(4)])
    for entry_id in (ids[0], ids[1], ids[3]):
        await tx.add_article(entry_id, article(), NOW)
    assert await seen.recent_entries(NOW - 2 * MINUTE) == [ids[1], ids[0]]


async def test_articles_are_immutable_revisions(tx: Any, seen: Any, entry_id: int) -> None:
    """Another text is another revision; earlier ones stay readable."""
    assert await seen.article(entry_id) is None
    first, second = article("One."), article("Two.")
    assert await tx.add_article(entry_id, first, NOW) == 1
    assert await tx.add_article(entry_id, second, NOW + HOUR) == 2
    assert (await seen.article(entry_id)).article == second
    held = await seen.article(entry_id, 1)
    assert (held.article, held.revision, held.at) == (first, 1, NOW)
    assert await seen.article(entry_id, 3) is None


async def test_the_same_article_again_adds_no_revision(tx: Any, entry_id: int) -> None:
    """Title, text and source decide; the same text from another source is a revision."""
    await tx.add_article(entry_id, article(), NOW)
    assert await tx.add_article(entry_id, replace(article(), author="X"), NOW + HOUR) == 1
    assert await tx.add_article(entry_id, article(source=TextSource.JSON_LD), NOW) == 2
    assert await tx.add_article(entry_id, article(), NOW) == 3, "the latest is compared, not an earlier one"


async def test_matches_are_replaced_as_a_whole(tx: Any, seen: Any, entry_id: int) -> None:
    """The current matches are those of the last verdict, by rule, with all their evidence."""
    await tx.put_matches(entry_id, 1, Stage.FEED, [match("b"), match("a")], NOW)
    held = await seen.matches(entry_id)
    assert [m.match for m in held] == [match("a"), match("b")]
    assert {(m.entry_id, m.revision, m.stage, m.at) for m in held} == {(entry_id, 1, Stage.FEED, NOW)}
    await tx.put_matches(entry_id, 2, Stage.FULL, [match("a", Prominence.MENTION)], NOW + HOUR)
    [only] = await seen.matches(entry_id)
    assert (only.match.prominence, only.revision, only.stage) == (Prominence.MENTION, 2, Stage.FULL)
    await tx.put_matches(entry_id, 3, Stage.FULL, [], NOW)
    assert await seen.matches(entry_id) == []


async def test_match_rows_tell_what_was_decided(store: Store, tx: Any, seen: Any, entry_id: int) -> None:
    """Newest first, with source, story, terms, and every decision about that rule."""
    await tx.add_article(entry_id, article(), NOW)
    await tx.put_matches(entry_id, 1, Stage.FULL, [match("ferries"), match("ports")], NOW)
    story_id = await tx.begin_story(entry_id, NOW)
    await tx.add_decision(entry_id, story_id, decision(), NOW)
    await tx.add_decision(entry_id, story_id, decision(Action.SUPPRESS, Reason.MENTION, "press"), NOW)
    later = await store.write(lambda tx: add_entry(tx, "2"))
    await tx.put_matches(later, 1, Stage.FEED, [match("ferries", Prominence.MENTION)], NOW + HOUR)
    newest, ports, ferries = await seen.match_rows()
    assert (newest.entry_id, newest.story_id, newest.text_source, newest.told) == (later, None, TextSource.SUMMARY, ())
    assert ports.told == ()
    assert ferries.told == ("desk: alert (first report of the story)", "press: suppress (only a passing mention)")
    assert (ferries.story_id, ferries.text_source, ferries.terms) == (story_id, TextSource.PAGE, ("ferry",))
    assert (ferries.title, ferries.url) == ("Ferry 1 delayed", "https://harbour.example.org/1")


async def test_match_rows_are_filtered(store: Store, tx: Any, seen: Any, entry_id: int) -> None:
    """By time, rule, feed and prominence, and cut at the limit."""
    other = await store.write(lambda tx: add_entry(tx, "2", feed_id="plain"))
    await tx.put_matches(entry_id, 1, Stage.FULL, [match("a"), match("b", Prominence.MENTION)], NOW)
    await tx.put_matches(other, 1, Stage.FULL, [match("a")], NOW + HOUR)

    async def rules(**named: Any) -> list[tuple[str, str]]:
        return [(row.feed_id, row.rule) for row in await seen.match_rows(**named)]

    assert await rules(since=NOW + MINUTE) == [("plain", "a")]
    assert await rules(rule="b") == [("harbour", "b")]
    assert await rules(feed="harbour", rule="a") == [("harbour", "a")]
    assert await rules(prominence="mention") == [("harbour", "b")]
    assert await rules(limit=1) == [("plain", "a")]


async def test_matched_entries_go_by_first_sight_and_current_matches(store: Store, tx: Any, seen: Any) -> None:
    """A match that was superseded by none does not count."""
    ids = await store.write(lambda tx: [add_entry(tx, str(n), NOW + n * MINUTE) for n in range(4)])
    for entry_id, rule in zip(ids, "abab", strict=True):
        await tx.put_matches(entry_id, 1, Stage.FULL, [match(rule)], NOW)
    await tx.put_matches(ids[2], 2, Stage.FULL, [], NOW)
    assert await seen.matched_entries(NOW, NOW + 3 * MINUTE) == ids[:2]
    assert await seen.matched_entries(NOW, NOW + DAY, ["b"]) == [ids[1], ids[3]]
    assert await seen.matched_entries(NOW, NOW + DAY, []) == []


async def test_holds_fall_due_and_are_dropped(store: Store, tx: Any, seen: Any) -> None:
    """An alert waits until its time; a second hold replaces the first."""
    ids = await store.write(lambda tx: [add_entry(tx, str(n)) for n in range(3)])
    for n, entry_id in enumerate(ids):
        await tx.hold(entry_id, NOW - n * MINUTE)
    await tx.hold(ids[1], NOW + HOUR)
    assert await seen.due_holds(NOW, 10) == [ids[2], ids[0]]
    assert await seen.due_holds(NOW, 1) == [ids[2]]
    assert await seen.held(ids[1]) == NOW + HOUR
    assert await seen.all_holds() == [ids[2], ids[0], ids[1]]
    await tx.drop_hold(ids[2])
    assert await seen.held(ids[2]) is None
    assert await seen.due_holds(NOW, 10) == [ids[0]]
