"""What is wrong with rules, actors and topics, collected rather than raised one by one."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.errors import RuleFault


class RuleFaults(Exception):
    """Every fault found while compiling. Not told to a person as it is: `config` finds file and line."""

    def __init__(self, faults: Iterable[RuleFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{f.table} {f.item_id}: {f.key}: {f.message}" for f in self.faults))


class Flaw(Exception):
    """One thing wrong with one string, before it is known whose it is."""

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def at(self, table: str, item_id: str, key: str) -> RuleFault:
        return RuleFault(table, item_id, key, self.message, self.remedy)
