"""Which items of a document have been read before: so that only new ones are parsed.

expat, the parser beneath feedparser, walks the document once and tells where each item begins and ends. An item's
fingerprint is a hash of its bytes as they stand, and of all around it that its reading depends on: the start tags it
stands within (namespaces, xml:base, xml:lang), the feed's language, the address it was got from. A document without the
items already seen is a document like any other; what is told here is only where to cut.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from xml.parsers import expat

from monitor.feeds.tree import MAX_ENTRIES

SIZE = 8
"""Bytes of a fingerprint."""
MAX_DEPTH = 200
"""Elements one within another; a document deeper than this is read whole, which refuses it from 256 on."""
ITEMS = frozenset({"item", "entry"})

_TAG = re.compile(rb"""<(?:[^<>"']|"[^"]*"|'[^']*')*>""")


@dataclass(frozen=True, slots=True)
class Item:
    """One item: `document[start:end]`."""

    start: int
    end: int
    fingerprint: bytes


@dataclass(frozen=True)
class Outline:
    """A well-formed document and where its items stand, in its order."""

    document: bytes
    items: tuple[Item, ...]

    @cached_property
    def fingerprints(self) -> tuple[bytes, ...]:
        """Of each item, in order; two items that are alike to the byte have one."""
        return tuple(item.fingerprint for item in self.items)

    def without(self, seen: Collection[bytes]) -> str:
        """The document without the items seen before."""
        pieces, at = [], 0
        for item in self.items:
            if item.fingerprint in seen:
                pieces.append(self.document[at : item.start])
                at = item.end
        return b"".join((*pieces, self.document[at:])).decode()


def outline_of(text: str, context: str) -> Outline | None:
    """Where the items of a document stand; None where it cannot be taken apart and has to be read whole: it has a
    DOCTYPE, is not well-formed, nests too deeply, or has no items or more than are read.

    `text` is decoded and without XML declaration. `context` is what its reading depends on besides itself.
    """
    document = text.encode()
    walk = _Walk(document)
    if not walk.run() or not 0 < len(walk.spans) <= MAX_ENTRIES:
        return None
    around = walk.around + f"\x00{walk.language}\x00{context}".encode()
    salt = hashlib.blake2b(around, digest_size=32).digest()
    return Outline(document, tuple(Item(a, b, _fingerprint(document[a:b], salt)) for a, b in walk.spans))


def _fingerprint(item: bytes, salt: bytes) -> bytes:
    return hashlib.blake2b(item, digest_size=SIZE, key=salt).digest()


class _Unfit(Exception):
    """A document that is not to be taken apart."""


@dataclass
class _Walk:
    """One pass of expat. Its handlers are called for every element, so they do little."""

    document: bytes
    spans: list[tuple[int, int]] = field(default_factory=list)
    around: bytes = b""
    """The start tags that items stand within."""
    language: str = ""
    """What the feed's own language elements say, outside of items."""
    _open: list[int] = field(default_factory=list)
    """Where the elements above the item begin."""
    _within: int = 0
    """Open elements of the current item, itself included."""
    _begin: int = 0
    _parents: dict[int, None] = field(default_factory=dict)

    def run(self) -> bool:
        """Walk; False where the document is not well-formed or not to be taken apart."""
        parser = expat.ParserCreate("utf-8", " ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._refuse
        self._parser = parser
        try:
            parser.Parse(self.document, True)
        except (expat.ExpatError, _Unfit):
            return False
        self.around = b"".join(self._tag_at(start) for start in self._parents)
        return True

    def _start(self, name: str, _: dict[str, str]) -> None:
        if self._within:
            self._within += 1
            if self._within > MAX_DEPTH:
                raise _Unfit
            return
        local = name.rpartition(" ")[2].lower()
        at = self._parser.CurrentByteIndex
        if local in ITEMS and self._open:
            self._within, self._begin = 1, at
            self._parents.update(dict.fromkeys(self._open))
            return
        self._open.append(at)
        if len(self._open) > MAX_DEPTH:
            raise _Unfit
        if local == "language":
            self._parser.CharacterDataHandler = self._characters

    def _end(self, _: str) -> None:
        if not self._within:
            self._open.pop()
            self._parser.CharacterDataHandler = None
            return
        self._within -= 1
        if not self._within:
            opening = self._tag_at(self._begin)
            last = self._begin if opening.endswith(b"/>") else self._parser.CurrentByteIndex
            self.spans.append((self._begin, last + len(self._tag_at(last))))

    def _refuse(self, *_: object) -> None:
        raise _Unfit

    def _characters(self, text: str) -> None:
        self.language += text

    def _tag_at(self, start: int) -> bytes:
        """The tag that begins here; expat has found it well-formed."""
        found = _TAG.match(self.document, start)
        return found.group() if found else b""
