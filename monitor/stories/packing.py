"""What grouping remembers of an article as bytes for a store, and back; the same on every machine.

A format number, then list after list: its type, its length, its items in little-endian order.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from monitor.stories.facts import Facts
from monitor.stories.frequencies import Learned
from monitor.stories.headlines import Headline
from monitor.stories.vectors import ArticleVector

VECTOR_FORMAT = 1
LEARNED_FORMAT = 1
_HEAD = struct.Struct("<cI")


class UnreadableError(ValueError):
    """Bytes of another format, or cut off. A vector is then made anew from its article; learned counts begin anew."""


def pack(vector: ArticleVector) -> bytes:
    """Some 800 bytes for a long article. The id and the time stay outside: they have columns of their own."""
    facts, headline = vector.facts, vector.headline
    groups: tuple[tuple[tuple[int, ...], ...], ...] = (facts.dates, facts.series, facts.counts)
    return bytes((VECTOR_FORMAT,)) + b"".join((
        _list(vector.terms),
        _list(vector.weights),
        _list(vector.shingles),
        _list(array("I", headline.terms)),
        _list(array("I", sorted(headline.names))),
        _list(array("q", (vector.version, vector.outlet, facts.weekdays))),
        *(_list(array("q", [n for group in groups_of for n in group])) for groups_of in groups),
    ))  # fmt: skip


def unpack(id: int, at: datetime, packed: bytes) -> ArticleVector:
    """The vector that was packed; `UnreadableError` where it cannot be."""
    terms, weights, shingles, title, names, numbers, dates, series, counts = _lists(packed, VECTOR_FORMAT, "IHQIIqqqq")
    if len(numbers) != 3 or len(terms) != len(weights) or len(dates) % 3 or len(series) % 2 or len(counts) % 2:
        raise UnreadableError("a vector whose lists do not fit each other")
    version, outlet, weekdays = numbers
    facts = Facts(weekdays, tuple(_threes(dates)), tuple(_twos(series)), tuple(_twos(counts)))
    headline = Headline(tuple(title), frozenset(names))
    return ArticleVector(id, at, outlet, terms, weights, shingles, headline, facts, version)


def pack_learned(learned: Learned) -> bytes:
    """Eight bytes a term."""
    keys = sorted(learned.counts)
    return bytes((LEARNED_FORMAT,)) + b"".join((
        _list(array("q", (learned.version, *learned.documents))),
        _list(array("I", keys)),
        _list(array("I", [learned.counts[key] for key in keys])),
    ))  # fmt: skip


def unpack_learned(packed: bytes) -> Learned:
    """The counts that were packed; `UnreadableError` where they cannot be."""
    numbers, keys, counts = _lists(packed, LEARNED_FORMAT, "qII")
    if len(numbers) < 2 or len(keys) != len(counts):
        raise UnreadableError("learned counts whose lists do not fit each other")
    return Learned(dict(zip(keys, counts, strict=True)), tuple(numbers[1:]), numbers[0])


def _list(items: array[int]) -> bytes:
    return _HEAD.pack(items.typecode.encode(), len(items)) + _little(items).tobytes()


def _lists(packed: bytes, wanted_format: int, types: str) -> list[array[int]]:
    if packed[:1] != bytes((wanted_format,)):
        raise UnreadableError(f"format {packed[0] if packed else 'none'}, not {wanted_format}")
    found, place = [], 1
    try:
        for wanted in types:
            kind, length = _HEAD.unpack_from(packed, place)
            items: array[int] = array(wanted)
            place += _HEAD.size
            end = place + length * items.itemsize
            if kind != wanted.encode() or end > len(packed):
                raise UnreadableError(f"no whole list of {wanted} at byte {place}")
            items.frombytes(packed[place:end])
            found.append(_little(items))
            place = end
    except struct.error as error:
        raise UnreadableError(f"cut off at byte {place}") from error
    return found


def _little(items: array[int]) -> array[int]:
    if sys.byteorder == "little":
        return items
    items = items[:]
    items.byteswap()
    return items


def _twos(items: Sequence[int]) -> Iterator[tuple[int, int]]:
    return zip(items[::2], items[1::2], strict=True)


def _threes(items: Sequence[int]) -> Iterable[tuple[int, int, int]]:
    return zip(items[::3], items[1::3], items[2::3], strict=True)
