"""Statements compiled once and run on the driver's own cursor.

SQLAlchemy's way to execute a statement it has cached costs about 0.1 ms; for the few statements that every poll and
every entry runs that is most of the work. Here its compiler and its types are used once, at the first run, and what is
left is the driver. Statements whose text does not depend on their values only: a list is bound as `listed`.
"""

from __future__ import annotations

import json
from collections import namedtuple
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

Processor = Callable[[Any], Any]


def listed(name: str) -> Select[Any]:
    """For `column.in_(…)`: the values of one parameter, given as `as_list` makes it. Numbers and text only."""
    return select(func.json_each(bindparam(name)).table_valued("value").c.value)


def as_list(values: Collection[Any]) -> str:
    """The value of a `listed` parameter."""
    return json.dumps(list(values), ensure_ascii=False)


class Prepared:
    """One statement. `values` name its parameters; what it returns has an attribute for each column."""

    def __init__(self, statement: Any, columns: Iterable[str] | None = None) -> None:
        """`columns` are those that an INSERT without values of its own sets."""
        self._statement = statement
        self._columns = list(columns) if columns is not None else None
        self._sql = ""
        self._bound: list[tuple[str, Processor | None]] = []
        self._fixed: dict[str, Any] = {}
        self._results: list[tuple[int, Processor]] = []
        self._row: Callable[[Iterable[Any]], Any]

    def run(self, driver: Any, dialect: Dialect, values: Mapping[str, Any]) -> Any:
        """The driver's cursor after execution, for its `rowcount` and `lastrowid`."""
        if not self._sql:
            self._compile(dialect)
        return driver.execute(self._sql, self._parameters(values))

    def run_many(self, driver: Any, dialect: Dialect, values: Iterable[Mapping[str, Any]]) -> Any:
        """Once for each of `values`, none returning rows; the cursor's `rowcount` is of all together."""
        if not self._sql:
            self._compile(dialect)
        return driver.executemany(self._sql, [self._parameters(each) for each in values])

    def rows(self, driver: Any, dialect: Dialect, values: Mapping[str, Any]) -> list[Any]:
        """All that it returns: an INSERT or UPDATE has run to its end."""
        found = self.run(driver, dialect, values).fetchall()
        return [self._row(self._processed(raw)) for raw in found]

    def first(self, driver: Any, dialect: Dialect, values: Mapping[str, Any]) -> Any | None:
        """The first row, or None."""
        found = self.run(driver, dialect, values).fetchall()
        return self._row(self._processed(found[0])) if found else None

    def _processed(self, raw: Sequence[Any]) -> Sequence[Any]:
        if not self._results:
            return raw
        row = list(raw)
        for index, process in self._results:
            row[index] = process(row[index])
        return row

    def _parameters(self, values: Mapping[str, Any]) -> list[Any]:
        given = {**self._fixed, **values} if self._fixed else values
        return [given[name] if process is None else process(given[name]) for name, process in self._bound]

    def _compile(self, dialect: Dialect) -> None:
        compiled: SQLCompiler = self._statement.compile(dialect=dialect, column_keys=self._columns)
        names = compiled.positiontup
        if names is None:
            raise TypeError("this driver does not take parameters by position")
        self._bound = [
            (name, compiled.binds[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names
        ]
        self._fixed = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        columns = list(self._statement.exported_columns)
        processors = [(n, c.type.dialect_impl(dialect).result_processor(dialect, None)) for n, c in enumerate(columns)]
        self._results = [(n, process) for n, process in processors if process is not None]
        make_row: Any = namedtuple
        self._row = make_row("Row", [column.key for column in columns], rename=True)._make
        self._sql = str(compiled)
