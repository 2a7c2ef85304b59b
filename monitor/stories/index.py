"""From terms to the recent reports that hold them; reports are numbered as they come, and leave in that order."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable
from heapq import nlargest

INDEXED = 24
"""Terms of a report under which it is found, its weightiest."""
LONGEST = 3_000
"""A term under which more stand tells nothing apart and is not followed."""
EFFORT = 8_000
"""Entries that one look-up follows in all, the weightiest terms first."""
FOUND = 40
"""Reports that a look-up returns at most."""


class Index:
    """Lists of reports by term, each in the order of their numbers."""

    def __init__(self) -> None:
        self._lists: dict[int, array[int]] = {}
        self._gone = 0
        """Numbers below have left."""
        self._swept = 0

    def add(self, report: int, terms: Iterable[int]) -> None:
        """`report` is greater than any before; `terms` its weightiest first."""
        for term in list(terms)[:INDEXED]:
            held = self._lists.get(term)
            if held is None:
                self._lists[term] = array("I", (report,))
            else:
                held.append(report)

    def leave(self, below: int) -> None:
        """All reports numbered below have left."""
        self._gone = below
        if below - self._swept > 10_000:
            self._swept = below
            self._lists = {term: kept for term, held in self._lists.items() if (kept := self._present(held))}

    def find(self, weights: dict[int, float]) -> list[int]:
        """The reports that share most, most first, by the squared weights (weightiest first) of what they share."""
        shared: dict[int, float] = {}
        effort = EFFORT
        for term, weight in list(weights.items())[:INDEXED]:
            held = self._lists.get(term)
            if held is None:
                continue
            if held and held[0] < self._gone:
                held = self._lists[term] = self._present(held)
            if len(held) > min(LONGEST, effort):
                continue
            effort -= len(held)
            square = weight * weight
            for report in held:
                shared[report] = shared.get(report, 0.0) + square
        best = nlargest(FOUND, [(score, -report) for report, score in shared.items()])
        return [-report for _, report in best]

    def _present(self, held: array[int]) -> array[int]:
        return held[bisect_left(held, self._gone) :]
