"""What each feed's document listed when it was last read (part of `ports.FeedTx`).

A table of its own: claiming feeds and unchanged polls never load it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select

from monitor.model.state import ListedItem
from monitor.store.prepared import Prepared
from monitor.store.schema import documents
from monitor.store.statements import Part, put

MARK = 4
"""Bytes of a mark."""
_HEAD = struct.Struct(">8sqBB")
"""Fingerprint, entry, whether there is a host, number of names."""
_LISTED = Prepared(select(documents.c["items"].label("packed")).where(documents.c.feed_id == bindparam("b_id")))
_PUT = Prepared(put(documents, "feed_id"), ("feed_id", "items"))
_FORGET = Prepared(delete(documents).where(documents.c.feed_id == bindparam("b_id")))


class DocumentsTx(Part):
    def listed(self, feed_id: str) -> tuple[ListedItem, ...]:
        row = self._first(_LISTED, {"b_id": feed_id})
        return () if row is None else _unpack(row.packed)

    def put_listed(self, feed_id: str, items: Sequence[ListedItem]) -> None:
        if items:
            self._run(_PUT, {"feed_id": feed_id, "items": b"".join(map(_pack, items))})
        else:
            self._run(_FORGET, {"b_id": feed_id})


def _pack(item: ListedItem) -> bytes:
    head = _HEAD.pack(item.fingerprint, item.entry_id, bool(item.host), len(item.names))
    return b"".join((head, item.host, *item.names))


def _unpack(packed: bytes) -> tuple[ListedItem, ...]:
    items, at = [], 0
    while at < len(packed):
        fingerprint, entry_id, hosts, names = _HEAD.unpack_from(packed, at)
        at += _HEAD.size
        marks = [packed[n : n + MARK] for n in range(at, at + MARK * (hosts + names), MARK)]
        items.append(ListedItem(fingerprint, entry_id, b"".join(marks[:hosts]), tuple(marks[hosts:])))
        at += MARK * len(marks)
    return tuple(items)
