"""Which entry is which: the names of an entry, strongest first, and the verdict new, known or revised.

A guid decides. Where it is new, a weaker name that is known makes the entry an old acquaintance under a new guid,
unless that name proves nothing: a link that several entries of the poll share, or one that leads to a mere home page;
an entry that another one of this poll has already been recognised as.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from monitor.model.news import Entry, EntryKey, Identified, KeyKind
from monitor.model.state import KnownEntry, ListedItem
from monitor.text.normal import clean, fold
from monitor.text.urls import host_of, url_key

MIN_BODY = 80
"""Characters of summary or content from which two equal texts are one entry; shorter ones recur («Live updates»)."""
MIN_ALIAS = 16
"""Characters of path and query from which a guid is known again under another host."""
MAX_KEY = 500
"""Longer names are hashed: keys stand in an index."""

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://(?:www\.)?", re.IGNORECASE)


class ChangeKind(StrEnum):
    """What a poll brought of one entry."""

    NEW = "new"
    KNOWN = "known"
    REVISED = "revised"


class Level(StrEnum):
    """How strong a name is, strongest first."""

    GUID = "guid"
    ALIAS = "alias"
    LINK = "link"
    TITLE_DATE = "title-date"
    CONTENT = "content"


@dataclass(frozen=True, slots=True)
class Change:
    """The verdict on one entry of a poll."""

    kind: ChangeKind
    identified: Identified
    """For a new entry only with the names that are its own."""
    entry_id: int | None = None
    aliases: tuple[EntryKey, ...] = ()
    """Names of a known entry that were not known yet."""
    by: KeyKind | None = None
    """By which kind of name it was known."""


def identify(entry: Entry) -> Identified:
    """One entry with all its names, as if it were alone in its poll."""
    strong = (*_guid_keys(entry), *_link_key(entry))
    content = content_hash(entry)
    weak = (*_title_key(entry, bool(strong)), *_content_key(entry, content, bool(strong)))
    names = (*strong, *weak)
    return Identified(entry, names, content, names)


def identify_all(entries: Sequence[Entry], unread: Sequence[ListedItem] = ()) -> tuple[Identified, ...]:
    """The entries of one poll, repetitions dropped, each with the names that tell it from the others.

    A guid that different entries share is joined with the link; weaker names that they share are left out. `unread`
    are the poll's other items, known by their fingerprints, with which these are not `entangled`.
    """
    shared = _shared_guids(entries)
    hosts = {_host_mark(e) for e in entries} | {item.host for item in unread}
    one_host = len(hosts - {b""}) <= 1
    unique: dict[tuple[str, ...], Identified] = {}
    for entry in entries:
        identified = identify(entry)
        if entry.guid in shared:
            identified = _with_joined_guid(identified)
        elif not one_host:
            identified = replace(identified, keys=tuple(k for k in identified.keys if not _is_bare_path(k)))
        name = _own_name(identified)
        unique[name] = _fresher(unique[name], identified) if name in unique else identified
    return _without_ambiguous(tuple(unique.values()))


def decide(identified: Sequence[Identified], known: Mapping[EntryKey, KnownEntry]) -> tuple[Change, ...]:
    """Which entries of a poll (from `identify_all`) are new, known or revised; in their order.

    `known` holds what the store knows of any of their keys. Strong names choose first: an entry held is recognised once
    a poll, so that a weak name cannot make a second one of it. The verdict does not depend on the order of the poll.
    """
    found: dict[int, EntryKey] = {}
    claimed: set[int] = set()
    for level in Level if known else ():
        hits = sorted(
            (known[key].content_hash != one.content_hash, key, index)
            for index, one in enumerate(identified)
            for key in _keys_at(one, level)
            if index not in found and key in known
        )
        for _, key, index in hits:
            if index not in found and (level is Level.GUID or known[key].entry_id not in claimed):
                found[index] = key
                claimed.add(known[key].entry_id)
    return tuple(_change(one, found.get(index), known) for index, one in enumerate(identified))


def entangled(
    identified: Sequence[Identified], known: Mapping[EntryKey, KnownEntry], unread: Sequence[ListedItem]
) -> bool:
    """Whether the verdict on these entries may depend on items that were not read: one bears a name that an unread item
    bears too, or that leads to the entry an unread item stands for. The whole poll has to be read then."""
    names = {name for item in unread for name in item.names}
    if any(name in names for one in identified for name in _name_marks(one)):
        return True
    held = {item.entry_id for item in unread}
    return any(known[key].entry_id in held for one in identified for key in one.keys if key in known)


def listed_item(one: Identified, fingerprint: bytes, entry_id: int) -> ListedItem:
    """What is kept of an item that was read, to know it again unread."""
    return ListedItem(fingerprint, entry_id, _host_mark(one.entry), _name_marks(one))


def _name_marks(one: Identified) -> tuple[bytes, ...]:
    return tuple(_mark(f"{key.kind}:{key.key}") for key in one.names)


def _host_mark(entry: Entry) -> bytes:
    return _mark(host_of(entry.guid or "")) if _is_url(entry.guid) else b""


def _mark(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).digest()


def content_hash(entry: Entry) -> str:
    """The hash of what a reader would see: title, summary and content, white space apart. Dates do not count."""
    return _digest("\x1f".join(clean(text) for text in (entry.title, entry.summary, entry.content)))


def _change(one: Identified, by: EntryKey | None, known: Mapping[EntryKey, KnownEntry]) -> Change:
    aliases = tuple(key for key in one.keys if key not in known)
    if by is None:
        return Change(ChangeKind.NEW, replace(one, keys=aliases))
    kind = ChangeKind.KNOWN if known[by].content_hash == one.content_hash else ChangeKind.REVISED
    return Change(kind, one, known[by].entry_id, aliases, by.kind)


def _keys_at(one: Identified, level: Level) -> tuple[EntryKey, ...]:
    guids = tuple(key for key in one.keys if key.kind is KeyKind.GUID)
    if level is Level.GUID:
        return guids[:1]
    return guids[1:] if level is Level.ALIAS else tuple(key for key in one.keys if key.kind.value == level.value)


def _key(kind: KeyKind, text: str) -> EntryKey:
    return EntryKey(kind, text if len(text) <= MAX_KEY else f"{text[:100]}…{_digest(text)}")


def _guid_keys(entry: Entry) -> tuple[EntryKey, ...]:
    """The guid; for a web address also without its scheme and `www.`, and, where it is long enough to be one entry's
    own, without its host."""
    if not entry.guid:
        return ()
    names = [entry.guid]
    if _is_url(entry.guid):
        bare = _SCHEME.sub("//", entry.guid)
        path = bare[2:].partition("/")[2]
        names += [bare, *([f"/{path}"] if len(path) >= MIN_ALIAS else [])]
    return tuple(_key(KeyKind.GUID, name) for name in dict.fromkeys(names))


def _is_url(guid: str | None) -> bool:
    return bool(guid) and str(guid).lower().startswith(("http://", "https://"))


def _is_bare_path(key: EntryKey) -> bool:
    return key.kind is KeyKind.GUID and key.key.startswith("/") and not key.key.startswith("//")


def _link_key(entry: Entry) -> tuple[EntryKey, ...]:
    """The normalised link, unless it leads to a home page."""
    key = url_key(entry.url) if entry.url else None
    return (_key(KeyKind.LINK, key),) if key and not _is_home(key) else ()


def _is_home(key: str) -> bool:
    return not key.partition("/")[2] and "?" not in key


def _title_key(entry: Entry, has_better: bool) -> tuple[EntryKey, ...]:
    """Title and moment; the title alone only for what has no other name."""
    title = _title(entry)
    if not title or (entry.published_at is None and has_better):
        return ()
    moment = entry.published_at.isoformat() if entry.published_at else ""
    return (EntryKey(KeyKind.TITLE_DATE, _digest(f"{title}\x1f{moment}")),)


def _content_key(entry: Entry, content: str, has_better: bool) -> tuple[EntryKey, ...]:
    """Title and text; a short text is a name only where there is no better."""
    if len(entry.summary) + len(entry.content) < MIN_BODY and has_better:
        return ()
    return (EntryKey(KeyKind.CONTENT, content),)


def _title(entry: Entry) -> str:
    return " ".join(map(fold, clean(entry.title).split()))


def _own_name(one: Identified) -> tuple[str, ...]:
    """By what a repetition within the poll is told from another entry. Without a guid a link is not enough: some feeds
    send every entry to one page."""
    first = next(iter(one.keys), None)
    if first is not None and first.kind is KeyKind.GUID:
        return (first.key,)
    link = next((key.key for key in _link_key(one.entry)), None)
    return (link, _title(one.entry)) if link else ("", one.content_hash)


def _shared_guids(entries: Sequence[Entry]) -> set[str | None]:
    """Guids under which this poll has entries that differ in link and title both."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.guid:
            groups.setdefault(entry.guid, []).append(entry)
    return {guid for guid, group in groups.items() if any(_differ(group[0], other) for other in group[1:])}


def _differ(one: Entry, other: Entry) -> bool:
    """Two entries under one guid: another title, and another page or none that tells."""
    return _title(one) != _title(other) and (_link_key(one) != _link_key(other) or not _link_key(one))


def _with_joined_guid(one: Identified) -> Identified:
    """The guid, shared by others, joined with the link, or the title where the links are one."""
    name = next((key.key for key in _link_key(one.entry)), _title(one.entry))
    rest = tuple(key for key in one.keys if key.kind is not KeyKind.GUID)
    return replace(one, keys=(_key(KeyKind.GUID, f"{one.entry.guid} {name}"), *rest))


def _fresher(one: Identified, other: Identified) -> Identified:
    """Of two copies of an entry in a poll the later changed, then the longer; never by their order, as that changes."""

    def rank(copy: Identified) -> tuple[str, int, str]:
        entry = copy.entry
        changed = entry.updated_at.isoformat() if entry.updated_at else ""
        return changed, len(entry.summary) + len(entry.content), copy.content_hash

    return max(one, other, key=rank)


def _without_ambiguous(identified: tuple[Identified, ...]) -> tuple[Identified, ...]:
    """Names that several entries of the poll bear tell nothing and go; no entry is left without any."""
    counts = Counter(key for one in identified for key in one.keys)
    telling = []
    for one in identified:
        keys = tuple(key for key in one.keys if counts[key] == 1)
        telling.append(replace(one, keys=keys or (EntryKey(KeyKind.CONTENT, one.content_hash),)))
    return tuple(telling)


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
