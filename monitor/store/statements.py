"""What the statements of every part share."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.sqlite import Insert, insert

from monitor.store.prepared import Prepared

T = TypeVar("T")

CHUNK = 10_000
"""Values in one IN list; SQLite takes 32,766 variables a statement."""


class Part:
    """The methods of one protocol of `ports`, over the connection of one transaction."""

    def __init__(self, connection: Connection, can_write: bool = True) -> None:
        self._c = connection
        self._driver = connection.connection.dbapi_connection
        self._can_write = can_write

    def _run(self, statement: Prepared, values: Mapping[str, Any]) -> int:
        """How many rows it changed."""
        changed: int = statement.run(self._driver, self._c.dialect, values).rowcount
        return changed

    def _run_many(self, statement: Prepared, values: Iterable[Mapping[str, Any]]) -> int:
        """How many rows it changed in all."""
        changed: int = statement.run_many(self._driver, self._c.dialect, values).rowcount
        return changed

    def _rows(self, statement: Prepared, values: Mapping[str, Any]) -> list[Any]:
        return statement.rows(self._driver, self._c.dialect, values)

    def _first(self, statement: Prepared, values: Mapping[str, Any]) -> Any | None:
        return statement.first(self._driver, self._c.dialect, values)


def insert_new(table: Table, *keys: str) -> Insert:
    """INSERT that leaves a row already holding these key columns alone: rowcount 0 then."""
    return insert(table).on_conflict_do_nothing(index_elements=list(keys))


def put(table: Table, *keys: str) -> Insert:
    """INSERT that overwrites every other column of the row that holds these key columns."""
    statement = insert(table)
    others = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    return statement.on_conflict_do_update(index_elements=list(keys), set_=others)


def chunks(values: Collection[T]) -> Iterator[Sequence[T]]:
    listed = list(values)
    for start in range(0, len(listed), CHUNK):
        yield listed[start : start + CHUNK]


def one_a_host(
    candidates: Callable[[Collection[str], int], Iterable[Any]], busy: Collection[str], limit: int
) -> list[Any]:
    """The first `limit` rows of `candidates(closed hosts, count)`, in order of urgency, one for each `host` of theirs.

    Each round but the first closes the busy hosts and those taken so far, so a host with thousands of due rows costs
    one more query, not thousands of rows read; mostly there is nothing due of a busy host, and one round will do.
    """
    closed, taken = set(busy), list[Any]()
    closing: Collection[str] = ()
    more = True
    while more and len(taken) < limit:
        seen = 0
        for row in candidates(closing, 4 * limit):
            seen += 1
            if row.host not in closed:
                closed.add(row.host)
                taken.append(row)
                if len(taken) == limit:
                    break
        more, closing = seen == 4 * limit, closed
    return taken
