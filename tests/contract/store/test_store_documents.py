"""Contract of `FeedTx.listed` and `put_listed`."""

from __future__ import annotations

from typing import Any

from monitor.model.state import ListedItem
from tests.samples.held import NOW, feed

ITEMS = (
    ListedItem(b"01234567", 1, b"host", (b"aaaa", b"bbbb")),
    ListedItem(b"\x00" * 8, 2**40, b"", ()),
    ListedItem(b"\xff" * 8, 3, b"\x00\x00\x00\x00", (b"\x00\x00\x00\x01",) * 6),
)


async def test_what_a_document_listed_comes_back_whole(tx: Any, seen: Any) -> None:
    """Every field of every item survives the store, in order; a feed never read has none."""
    await tx.sync_feeds([feed(), feed("other")], NOW)
    await tx.put_listed("harbour", ITEMS)
    assert await seen.listed("harbour") == ITEMS
    assert await seen.listed("other") == ()


async def test_the_next_document_replaces_it(tx: Any, seen: Any) -> None:
    """Only the last document counts; one that cannot be taken apart leaves nothing."""
    await tx.sync_feeds([feed()], NOW)
    await tx.put_listed("harbour", ITEMS)
    await tx.put_listed("harbour", ITEMS[1:])
    assert await seen.listed("harbour") == ITEMS[1:]
    await tx.put_listed("harbour", ())
    assert await seen.listed("harbour") == ()
