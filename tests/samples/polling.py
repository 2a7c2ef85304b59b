"""Several polls of one feed, with the books that a store would keep of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from monitor.feeds.identity import Change, decide, entangled, identify_all, listed_item
from monitor.feeds.parse import parse_feed
from monitor.model.news import Entry, EntryKey, Identified, ParsedFeed
from monitor.model.state import KnownEntry, ListedItem


@dataclass(frozen=True)
class Polled:
    """What one poll brought."""

    changes: tuple[Change, ...]
    identified: tuple[Identified, ...]
    known: dict[EntryKey, KnownEntry]
    """What the books knew of any key before."""
    unread: tuple[ListedItem, ...]
    parsed: ParsedFeed


@dataclass
class Books:
    """What a store holds of one feed."""

    keys: dict[EntryKey, int] = field(default_factory=dict)
    hashes: dict[int, str] = field(default_factory=dict)
    listed: tuple[ListedItem, ...] = ()

    @property
    def known(self) -> dict[EntryKey, KnownEntry]:
        """By each key, its entry."""
        return {key: KnownEntry(number, self.hashes[number]) for key, number in self.keys.items()}

    def record(self, change: Change) -> int:
        """As the poll's transaction does."""
        number = change.entry_id if change.entry_id is not None else len(self.hashes) + 1
        for key in change.identified.keys:
            self.keys.setdefault(key, number)
        self.hashes[number] = change.identified.content_hash
        return number

    def poll(self, body: bytes, url: str) -> Polled:
        """Read a document as the flow does, what is new of it or all, and record it."""
        held = {item.fingerprint: item for item in self.listed}
        parsed = parse_feed(body, url, {}, frozenset(held))
        unread = tuple(held[fingerprint] for fingerprint in parsed.seen)
        identified, known = identify_all(parsed.entries, unread), self.known
        if unread and entangled(identified, known, unread):
            parsed, unread = parse_feed(body, url, {}), ()
            identified = identify_all(parsed.entries)
        changes = decide(identified, known)
        self.settle(changes, dict(zip(parsed.entries, parsed.fingerprints, strict=False)), unread)
        return Polled(changes, identified, known, unread, parsed)

    def settle(
        self, changes: Sequence[Change], fingerprints: Mapping[Entry, bytes], unread: Sequence[ListedItem]
    ) -> None:
        """Record a poll."""
        held = {change.identified: self.record(change) for change in changes}
        read = [listed_item(one, fingerprints[one.entry], n) for one, n in held.items() if one.entry in fingerprints]
        self.listed = (*unread, *read)
