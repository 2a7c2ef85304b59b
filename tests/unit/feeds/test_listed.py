"""Reading only what is new changes no verdict: held against reading the whole poll, over many polls."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.feeds.identity import Change, ChangeKind, decide, entangled, identify_all
from monitor.model.news import Entry
from monitor.model.state import ListedItem
from tests.samples.polling import Books

PAGES = "https://ledger.example/2026/11/"
DAY = datetime(2026, 11, 3, tzinfo=UTC)


def fingerprint(entry: Entry) -> bytes:
    """Equal for equal items."""
    return hashlib.blake2b(repr(entry).encode(), digest_size=8).digest()


def verdicts(changes: Sequence[Change]) -> dict[Entry, tuple[ChangeKind, int | None]]:
    """What was decided of each entry."""
    return {change.identified.entry: (change.kind, change.entry_id) for change in changes}


def poll(books: Books, document: Sequence[Entry]) -> tuple[Sequence[Change], Sequence[ListedItem]]:
    """One poll as the flow makes it: the new items, or all where these may be confused with others."""
    held = {item.fingerprint: item for item in books.listed}
    unread = tuple(held[fingerprint(e)] for e in document if fingerprint(e) in held)
    new = [entry for entry in document if fingerprint(entry) not in held]
    identified = identify_all(new, unread)
    if unread and entangled(identified, books.known, unread):
        unread, identified = (), identify_all(document)
    return decide(identified, books.known), unread


def settle(books: Books, changes: Sequence[Change], unread: Sequence[ListedItem]) -> None:
    """Record a poll."""
    books.settle(changes, {c.identified.entry: fingerprint(c.identified.entry) for c in changes}, unread)


ENTRIES = st.builds(
    Entry,
    guid=st.sampled_from(
        [None, "1", "2", "shared", PAGES + "1", "http://ledger.example/2026/11/1", "https://b.example/2026/11/1"]
    ),
    url=st.sampled_from([None, PAGES + "1", PAGES + "1?utm_source=x", PAGES + "2", "https://ledger.example/"]),
    title=st.sampled_from(["Talks", "TALKS", "Strike", "Live"]),
    summary=st.sampled_from(["", "A word.", "x" * 90]),
    published_at=st.sampled_from([None, DAY]),
)
"""Few values each, so that entries share names."""


@settings(max_examples=400, deadline=None)
@given(st.lists(st.lists(ENTRIES, max_size=5), min_size=2, max_size=5))
def test_what_is_new_is_judged_as_in_the_whole(documents: list[list[Entry]]) -> None:
    """In each of several polls the entries that are read get the verdict that reading all would give them, wherever
    that takes those left out for what they are. (It may not, when a twin has vanished: then the parts know better.)"""
    books = Books()
    for document in documents:
        whole = verdicts(decide(identify_all(document), books.known))
        changes, unread = poll(books, document)
        stands_for = {item.fingerprint: (ChangeKind.KNOWN, item.entry_id) for item in unread}
        assert {fingerprint(entry) for entry in whole if entry not in verdicts(changes)} <= set(stands_for)
        if all(verdict == stands_for.get(fingerprint(entry), verdict) for entry, verdict in whole.items()):
            assert {e: v for e, v in whole.items() if e in verdicts(changes)} == verdicts(changes)
        settle(books, changes, unread)


def test_a_guid_that_a_new_entry_shares_with_an_unread_one_is_no_name() -> None:
    """The same guid on all items: a new one is read with the others, and is new."""
    first = Entry("all", PAGES + "1", "Talks", published_at=DAY)
    second = dataclasses.replace(first, url=PAGES + "2", title="Strike")
    third = dataclasses.replace(first, url=PAGES + "3", title="Storm")
    books = Books()
    settle(books, *poll(books, [first, second]))
    changes, unread = poll(books, [first, second, third])
    assert not unread
    assert [change.kind for change in changes] == [ChangeKind.KNOWN, ChangeKind.KNOWN, ChangeKind.NEW]


def test_an_ordinary_new_entry_is_read_alone() -> None:
    """The usual poll: one new entry that has nothing in common with the others."""
    first = Entry("1", PAGES + "1", "Talks", published_at=DAY)
    second = Entry("2", PAGES + "2", "Strike", published_at=DAY)
    books = Books()
    settle(books, *poll(books, [first]))
    changes, unread = poll(books, [second, first])
    assert [item.entry_id for item in unread] == [1]
    assert [(c.kind, c.identified.entry.title) for c in changes] == [(ChangeKind.NEW, "Strike")]


def test_an_edited_entry_is_read_alone_and_is_a_revision() -> None:
    """Its former text is not in the document any more, so that nothing can be confused."""
    first, second = (Entry(str(n), PAGES + str(n), f"Story {n}", published_at=DAY) for n in (1, 2))
    books = Books()
    settle(books, *poll(books, [first, second]))
    changes, unread = poll(books, [first, dataclasses.replace(second, title="Story 2, corrected")])
    assert len(unread) == 1
    assert [(c.kind, c.entry_id) for c in changes] == [(ChangeKind.REVISED, 2)]
