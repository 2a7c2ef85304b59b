"""Contract of `StoryTx`."""

from __future__ import annotations

from typing import Any

from monitor.model.news import JoinReason
from monitor.ports import Store
from tests.samples.held import DAY, HOUR, MINUTE, NOW, add_entry, begin_story


async def test_a_story_begins_with_its_first_member(store: Store, seen: Any) -> None:
    """The entry that began it stands in it."""
    entry_id, story_id = await store.write(begin_story)
    assert await seen.story_of(entry_id) == story_id
    [(record, reason, score)] = await seen.members(story_id)
    assert (record.id, reason, score) == (entry_id, JoinReason.FIRST, 1.0)
    assert await seen.story_of(99) is None
    assert await seen.members(99) == []


async def test_members_come_first_seen_first(store: Store, tx: Any, seen: Any) -> None:
    """Whatever the order in which they joined."""
    _, story_id = await store.write(begin_story)
    early = await store.write(lambda tx: add_entry(tx, "2", NOW - HOUR))
    await tx.join_story(story_id, early, JoinReason.WIRE_COPY, 0.83, NOW)
    members = await seen.members(story_id)
    assert [(record.id, reason, score) for record, reason, score in members] == [
        (early, JoinReason.WIRE_COPY, 0.83),
        (1, JoinReason.FIRST, 1.0),
    ]


async def test_an_entry_stands_in_one_story(store: Store, tx: Any, seen: Any) -> None:
    """Joining another story leaves the first."""
    entry_id, story_id = await store.write(begin_story)
    _, other = await store.write(lambda tx: begin_story(tx, "2"))
    await tx.join_story(other, entry_id, JoinReason.SAME_URL, 1.0, NOW)
    assert await seen.story_of(entry_id) == other
    assert await seen.members(story_id) == []


async def test_stories_are_found_by_url(store: Store, tx: Any, seen: Any) -> None:
    """Oldest story first, recent fingerprints only, entries without a story never."""
    first, story = await store.write(begin_story)
    second, other = await store.write(lambda tx: begin_story(tx, "2"))
    loose = await store.write(lambda tx: add_entry(tx, "3"))
    await tx.put_fingerprint(second, ["u1", "u2"], [], NOW)
    await tx.put_fingerprint(first, ["u1"], [], NOW - HOUR)
    await tx.put_fingerprint(loose, ["u1"], [], NOW)
    assert await seen.stories_by_url(["u1", "u9"], NOW - DAY) == [story, other]
    assert await seen.stories_by_url(["u1"], NOW - MINUTE) == [other]
    assert await seen.stories_by_url(["u9"], NOW - DAY) == []


async def test_copies_are_found_by_shared_shingles(store: Store, tx: Any, seen: Any) -> None:
    """Most shared first, with how many of its own each holds; hashes use all 63 bits."""
    top = 2**63 - 1
    first, story = await store.write(begin_story)
    second, other = await store.write(lambda tx: begin_story(tx, "2"))
    await tx.put_fingerprint(first, [], [1, 2, top, top], NOW)
    await tx.put_fingerprint(second, [], [2, 3, 4, 5], NOW - HOUR)
    assert await seen.shingle_overlap([2, 9, top], NOW - DAY) == [(story, first, 2, 3), (other, second, 1, 4)]
    assert await seen.shingle_overlap([2], NOW) == [(story, first, 1, 3)]
    assert await seen.shingle_overlap([], NOW - DAY) == []


async def test_a_long_text_is_compared_whole(store: Store, tx: Any, seen: Any) -> None:
    """More shingles than one statement takes are counted together."""
    entry_id, story_id = await store.write(begin_story)
    await tx.put_fingerprint(entry_id, [], range(25_000), NOW)
    assert await seen.shingle_overlap(range(10, 25_010), NOW) == [(story_id, entry_id, 24_990, 25_000)]


async def test_a_new_fingerprint_replaces_the_earlier_one(store: Store, tx: Any, seen: Any) -> None:
    """What a revision no longer says does not lead to it."""
    entry_id, story_id = await store.write(begin_story)
    await tx.put_fingerprint(entry_id, ["u1"], [1, 2], NOW)
    await tx.put_fingerprint(entry_id, ["u2"], [2, 3, 4], NOW)
    assert await seen.stories_by_url(["u1"], NOW) == []
    assert await seen.shingle_overlap([1], NOW) == []
    assert await seen.shingle_overlap([2], NOW) == [(story_id, entry_id, 1, 3)]
