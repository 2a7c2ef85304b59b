"""Which entries are new: every pathology of identity that feeds have shown, and laws that hold for any feed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.feeds.gaps import lost_touch
from monitor.feeds.identity import Change, ChangeKind, decide, identify, identify_all
from monitor.model.news import Entry, EntryKey, KeyKind
from monitor.model.state import KnownEntry

NOON = datetime(2026, 11, 3, 12, tzinfo=UTC)
TEXT = (
    "Negotiators met again in the harbour town on Monday and spoke for five hours behind closed doors, officials said."
)


@dataclass
class Memory:
    """What a store remembers of one feed: names, each leading to one entry for good."""

    known: dict[EntryKey, KnownEntry] = field(default_factory=dict)
    count: int = 0

    def poll(self, entries: Sequence[Entry]) -> tuple[Change, ...]:
        """Decide a poll and remember it."""
        changes = decide(identify_all(entries), self.known)
        for change in changes:
            entry_id = change.entry_id
            if entry_id is None:
                self.count += 1
                entry_id = self.count
            for key in change.identified.keys:
                self.known.setdefault(key, KnownEntry(entry_id, ""))
            for key, held in self.known.items():
                if held.entry_id == entry_id:
                    self.known[key] = KnownEntry(entry_id, change.identified.content_hash)
        return changes

    def kinds(self, entries: Sequence[Entry]) -> list[ChangeKind]:
        """The verdicts alone."""
        return [change.kind for change in self.poll(entries)]


def story(n: int, **other: object) -> Entry:
    """The n-th entry of a feed that does all things right."""
    entry = Entry(
        guid=f"https://ledger.example/guid/2026/{n:06}",
        url=f"https://ledger.example/news/{n}/story",
        title=f"Report number {n} from the harbour",
        summary=f"{n}: {TEXT}",
        published_at=NOON + timedelta(minutes=n),
    )
    return replace(entry, **other)  # type: ignore[arg-type]  # field names and values are the tests' own


FEED = tuple(story(n) for n in range(6))
NEW, KNOWN, REVISED = ChangeKind.NEW, ChangeKind.KNOWN, ChangeKind.REVISED


@pytest.fixture
def memory() -> Memory:
    """A feed polled once."""
    polled = Memory()
    assert polled.kinds(FEED) == [NEW] * 6
    return polled


def test_nothing_is_new_the_second_time(memory: Memory) -> None:
    """The same poll again brings known entries and no alias."""
    changes = memory.poll(FEED)
    assert [c.kind for c in changes] == [KNOWN] * 6
    assert not any(c.aliases for c in changes)


def test_keys_stand_strongest_first() -> None:
    """Guid, link, title and date, content."""
    kinds = [key.kind for key in identify(story(1)).keys]
    assert kinds == sorted(kinds, key=list(KeyKind).index)
    assert set(kinds) == set(KeyKind)


def test_an_edited_title_is_a_revision(memory: Memory) -> None:
    """The same guid with another headline is the same entry, revised."""
    changes = memory.poll([story(1, title="Harbour talks break down")])
    assert [(c.kind, c.entry_id) for c in changes] == [(REVISED, 2)]


def test_everything_but_the_guid_edited_is_a_revision(memory: Memory) -> None:
    """A slug that follows the headline changes the link, too: the guid still decides."""
    edited = story(1, title="Quite another", url="https://ledger.example/other", summary="Now different.")
    assert memory.kinds([edited]) == [REVISED]


def test_white_space_and_dates_are_no_revision(memory: Memory) -> None:
    """A re-dated entry, or one set anew, reads the same."""
    moved = story(1, title="Report  number 1\nfrom the harbour", published_at=NOON + timedelta(days=2), updated_at=NOON)
    assert memory.kinds([moved]) == [KNOWN]


@pytest.mark.parametrize(
    "guid",
    [
        "http://ledger.example/guid/2026/000001",
        "https://www.ledger.example/guid/2026/000001",
        "https://cdn.other.example/guid/2026/000001",
    ],
    ids=["http", "www", "another host"],
)
def test_a_guid_is_known_without_scheme_and_host(memory: Memory, guid: str) -> None:
    """A guid that moved is the same name, even where all else was edited at the same time."""
    moved = story(1, guid=guid, url="https://x.example/9", title="Edited", summary="Edited.", published_at=None)
    changes = memory.poll([moved])
    assert [(c.kind, c.entry_id, c.by) for c in changes] == [(REVISED, 2, KeyKind.GUID)]


def test_a_planets_guids_are_not_mixed() -> None:
    """In a feed gathered from several hosts equal paths are different entries."""
    memory = Memory()
    a = story(1, guid="https://a.example/archive/2026/?p=1", url="https://a.example/1")
    b = story(2, guid="https://b.example/archive/2026/?p=1", url="https://b.example/1")
    assert memory.kinds([a, story(3)]) == [NEW, NEW]
    assert memory.kinds([b, a, story(3)]) == [NEW, KNOWN, KNOWN]


def test_short_guid_paths_are_no_alias() -> None:
    """`/?p=1` under another host proves nothing."""
    memory = Memory()
    assert memory.kinds([story(1, guid="https://a.example/?p=1")]) == [NEW]
    assert memory.kinds([story(2, guid="https://b.example/?p=1")]) == [NEW]


@pytest.mark.parametrize(
    ("keep", "by"),
    [("url", KeyKind.LINK), ("published_at", KeyKind.TITLE_DATE), ("summary", KeyKind.CONTENT)],
    ids=["link", "title and date", "content"],
)
def test_a_changed_guid_scheme_brings_aliases_only(memory: Memory, keep: str, by: KeyKind) -> None:
    """New guids over a known link, title and date, or text: the old entries under other names, none new."""
    changed = {"url": None, "published_at": None, "summary": ""}
    changed.pop(keep)
    polled = [replace(e, guid=f"urn:uuid:{n}", **changed) for n, e in enumerate(FEED)]  # type: ignore[arg-type]  # as above
    changes = memory.poll(polled)
    assert {(c.kind is NEW, c.by) for c in changes} == {(False, by)}
    assert [c.entry_id for c in changes] == [1, 2, 3, 4, 5, 6]
    assert all(EntryKey(KeyKind.GUID, f"urn:uuid:{n}") in c.aliases for n, c in enumerate(changes))
    assert [c.by for c in memory.poll(polled)] == [KeyKind.GUID] * 6


def test_after_a_pause_everything_is_news(memory: Memory) -> None:
    """Being new in bulk proves nothing: after downtime it is real news, and coverage was lost."""
    later = [story(n) for n in range(100, 106)]
    assert lost_touch(identify_all(later), memory.known)
    assert memory.kinds(later) == [NEW] * 6


def test_one_shared_entry_keeps_touch(memory: Memory) -> None:
    """A poll that still shows one known entry has missed nothing; an empty one says nothing."""
    assert not lost_touch(identify_all([story(100), story(5)]), memory.known)
    assert not lost_touch(identify_all([]), memory.known)


def test_one_guid_for_all_is_joined_with_the_link() -> None:
    """A feed whose entries share one guid is told apart by links."""
    memory = Memory()
    feed = [story(n, guid="feed") for n in range(4)]
    assert memory.kinds(feed) == [NEW] * 4
    assert memory.kinds([story(9, guid="feed"), *feed]) == [NEW, *[KNOWN] * 4]
    assert memory.kinds([story(9, guid="feed", title="Edited"), *feed]) == [REVISED, *[KNOWN] * 4]


def test_one_guid_and_one_link_for_all() -> None:
    """Where the link is shared, too, the title tells."""
    memory = Memory()
    feed = [story(n, guid="feed", url="https://ledger.example/") for n in range(4)]
    assert memory.kinds(feed) == [NEW] * 4
    assert memory.kinds([story(9, guid="feed", url="https://ledger.example/"), *feed]) == [NEW, *[KNOWN] * 4]


@pytest.mark.parametrize(
    "url", ["https://ledger.example/", "https://ledger.example/live"], ids=["home page", "one page"]
)
def test_a_link_that_all_entries_share_is_no_name(url: str) -> None:
    """Other guids, titles and texts over one link are new entries."""
    memory = Memory()
    assert memory.kinds([story(n, url=url) for n in range(4)]) == [NEW] * 4
    assert memory.kinds([story(n, url=url) for n in range(2, 6)]) == [KNOWN, KNOWN, NEW, NEW]


def test_a_home_page_link_is_no_name() -> None:
    """Even one entry at a time: the home page is no article."""
    memory = Memory()
    assert memory.kinds([story(1, url="https://ledger.example/")]) == [NEW]
    assert memory.kinds([story(2, url="https://www.ledger.example/?utm_source=rss")]) == [NEW]


def test_a_held_entry_is_recognised_once_a_poll(memory: Memory) -> None:
    """A new entry with the link of one that is still there under its own guid is new."""
    newcomer = story(50, url=FEED[2].url)
    changes = {c.identified.entry.title: c for c in memory.poll([newcomer, *FEED])}
    assert changes[newcomer.title].kind is NEW
    assert changes[FEED[2].title].kind is KNOWN
    assert not any(
        key in memory.known and memory.known[key].entry_id == 3 for key in changes[newcomer.title].identified.keys
    )


def test_recurring_titles_are_not_swallowed(memory: Memory) -> None:
    """«Live updates» every day, with a short text: new each day."""
    for day in range(3):
        daily = story(
            70 + day, title="Live updates", summary="Follow the day.", published_at=NOON + timedelta(days=day)
        )
        assert memory.kinds([daily, *FEED])[0] is NEW


def test_repeated_entries_count_once() -> None:
    """The same entry in two sections of one feed is one; of two versions the later changed is taken."""
    memory = Memory()
    old, new = story(1, updated_at=NOON), story(1, title="Edited", updated_at=NOON + timedelta(hours=1))
    changes = memory.poll([old, story(2), new, story(2)])
    assert [c.identified.entry.title for c in changes] == ["Edited", story(2).title]
    assert [c.kind for c in changes] == [NEW, NEW]


def test_of_repeated_entries_the_same_copy_is_taken_in_any_order() -> None:
    """Two texts under one guid do not look like an edit whenever the feed is shuffled."""
    feed = [story(1), story(1, summary="Short."), story(1, title="Other words")]
    chosen = {identify_all(order)[0].content_hash for order in (feed, feed[::-1], feed[1:] + feed[:1])}
    assert len(chosen) == 1


@pytest.mark.parametrize(
    "missing",
    [
        {"guid": None},
        {"guid": None, "url": None},
        {"guid": None, "url": None, "published_at": None},
        {"guid": None, "published_at": None, "url": "https://ledger.example/", "summary": ""},
        {"guid": None, "published_at": None, "url": "https://ledger.example/live", "summary": ""},
        {"guid": None, "url": None, "title": "", "published_at": None},
    ],
    ids=["no guid", "no link", "no date", "home link, title only", "one link, title only", "text only"],
)
def test_poor_entries_have_a_name_too(missing: dict[str, object]) -> None:
    """Whatever is left of an entry tells it from the others, now and at the next poll."""
    memory = Memory()
    feed = [story(n, **missing) for n in range(5)]
    assert memory.kinds(feed) == [NEW] * 5
    assert memory.kinds(feed[::-1]) == [KNOWN] * 5
    assert memory.kinds([story(9, **missing), *feed]) == [NEW, *[KNOWN] * 5]


def test_an_edit_without_guid_is_a_revision() -> None:
    """The link is enough."""
    memory = Memory()
    memory.poll([story(n, guid=None) for n in range(3)])
    assert memory.kinds([story(1, guid=None, title="Edited", summary="Edited.")]) == [REVISED]


entries = st.lists(
    st.builds(
        story,
        st.integers(0, 30),
        guid=st.sampled_from(["own", "none"]),
        url=st.sampled_from(["own", "none"]),
        published_at=st.sampled_from(["own", "none"]),
    ).map(
        lambda e: replace(
            e,
            guid=None if e.guid == "none" else f"https://ledger.example/guid/{e.title}",
            url=None if e.url == "none" else f"https://ledger.example/news/{e.title.replace(' ', '-')}",
            published_at=None if str(e.published_at) == "none" else NOON + timedelta(minutes=len(e.title)),
        )
    ),
    max_size=12,
    unique_by=lambda e: e.title,
)


@given(entries, st.randoms(use_true_random=False), st.data())
def test_reordering_and_repetition_create_nothing(feed: list[Entry], rng: random.Random, data: st.DataObject) -> None:
    """A poll shuffled, with entries repeated or missing, brings nothing new and no revision."""
    memory = Memory()
    memory.poll(feed)
    again = data.draw(st.lists(st.sampled_from(feed), max_size=20)) if feed else []
    rng.shuffle(again)
    assert {change.kind for change in memory.poll(again)} <= {KNOWN}


@given(entries, st.data())
def test_edits_create_nothing(feed: list[Entry], data: st.DataObject) -> None:
    """An entry with a guid or a link of its own may change its title and text: it is revised, never new."""
    memory = Memory()
    memory.poll(feed)
    count = memory.count
    named = [e for e in feed if e.guid or e.url]
    edited = [
        replace(e, title=f"{e.title}, updated", summary=data.draw(st.sampled_from([e.summary, "Now otherwise."])))
        for e in named
    ]
    assert {change.kind for change in memory.poll(edited)} <= {REVISED}
    assert memory.count == count


@given(entries, st.randoms(use_true_random=False))
def test_the_order_of_a_poll_does_not_matter(feed: list[Entry], rng: random.Random) -> None:
    """Each entry gets the same verdict wherever it stands, and deciding twice gives the same."""
    memory = Memory()
    memory.poll(feed[::2])
    shuffled = list(feed)
    rng.shuffle(shuffled)

    def verdicts(polled: Sequence[Entry]) -> dict[str, tuple[ChangeKind, int | None]]:
        changes = decide(identify_all(polled), memory.known)
        return {c.identified.content_hash: (c.kind, c.entry_id) for c in changes}

    assert verdicts(feed) == verdicts(shuffled) == verdicts(feed)


@given(entries, entries)
def test_what_is_really_new_is_new(first: list[Entry], second: list[Entry]) -> None:
    """Entries that share no guid, link, title or text with earlier ones are all new."""
    memory = Memory()
    memory.poll(first)
    fresh = [
        replace(
            e,
            guid=e.guid and f"{e.guid}/later/one",
            url=e.url and f"{e.url}-later",
            title=f"Later: {e.title}",
            summary=f"Later. {e.summary}",
        )
        for e in second
    ]
    assert memory.kinds(fresh) == [NEW] * len(fresh)
