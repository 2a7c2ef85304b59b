"""One suite for every backend of the store: a backend opens stores on one and the same place.

PostgreSQL joins by a second `Backend` and one more parameter of the fixture.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from monitor.ports import Store, Tx
from monitor.store.sqlite import SqlStore, open_store


@dataclass
class SqliteBackend:
    """Stores in one file."""

    path: Path
    opened: list[SqlStore] = field(default_factory=list)

    async def open(self, *, read_only: bool = False) -> SqlStore:
        store = await open_store(self.path, read_only=read_only)
        self.opened.append(store)
        return store

    async def close_all(self) -> None:
        while self.opened:
            await self.opened.pop().aclose()


class EachInItsOwn:
    """Runs every method of `Tx` in a transaction of its own."""

    def __init__(self, run: Callable[[Callable[[Tx], Any]], Any]) -> None:
        self._run = run

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *args, **named: self._run(lambda tx: getattr(tx, name)(*args, **named))


@pytest.fixture(params=["sqlite"])
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqliteBackend]:
    made = SqliteBackend(tmp_path / "state" / "monitor.db")
    yield made
    await made.close_all()


@pytest.fixture
async def store(backend: SqliteBackend) -> Store:
    return await backend.open()


@pytest.fixture
def tx(store: Store) -> EachInItsOwn:
    """`await tx.method(…)`: one write transaction each."""
    return EachInItsOwn(store.write)


@pytest.fixture
def seen(store: Store) -> EachInItsOwn:
    """`await seen.method(…)`: what a reader's snapshot shows."""
    return EachInItsOwn(store.read)
