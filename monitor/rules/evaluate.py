"""Expression trees on word positions: whether one holds in a stretch of a document, and where."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from monitor.rules.findings import Findings, Place, Scope
from monitor.rules.reading import Reading
from monitor.rules.tree import Unit


class Node(Protocol):
    """A compiled part of an expression."""

    def holds(self, findings: Findings, scope: Scope) -> bool: ...

    def places(self, findings: Findings, scope: Scope) -> list[Place]:
        """Where it is fulfilled; empty where it does not hold, and for what has no place (NOT, lang:)."""
        ...


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of these sources: a term, actor or topic, or an OR of such."""

    sources: frozenset[int]

    def holds(self, findings: Findings, scope: Scope) -> bool:
        return any(findings.hits_in(source, scope) for source in self._present(findings))

    def places(self, findings: Findings, scope: Scope) -> list[Place]:
        hits = (hit for source in self._present(findings) for hit in findings.hits_in(source, scope))
        return [Place(hit.start, hit.end, (hit,)) for hit in hits]

    def _present(self, findings: Findings) -> frozenset[int]:
        return self.sources.intersection(findings.live)


@dataclass(frozen=True, slots=True)
class InField:
    field: str
    part: Node

    def holds(self, findings: Findings, scope: Scope) -> bool:
        return self.part.holds(findings, self._scope(findings, scope))

    def places(self, findings: Findings, scope: Scope) -> list[Place]:
        return self.part.places(findings, self._scope(findings, scope))

    def _scope(self, findings: Findings, scope: Scope) -> Scope:
        cut, end = findings.reading.title_end, len(findings.reading)
        return scope.narrowed(0, cut) if self.field == "title" else scope.narrowed(cut, end)


@dataclass(frozen=True, slots=True)
class InLanguage:
    code: str

    def holds(self, findings: Findings, scope: Scope) -> bool:
        language = (findings.reading.document.language or "").lower().replace("_", "-")
        return language == self.code or language.startswith(self.code + "-")

    def places(self, findings: Findings, scope: Scope) -> list[Place]:
        return []


@dataclass(frozen=True, slots=True)
class FromFeed:
    feed: str
    """In small letters; with a `*` at its end, a beginning."""

    def holds(self, findings: Findings, scope: Scope) -> bool:
        source = (findings.reading.document.source or "").lower()
        return source.startswith(self.feed[:-1]) if self.feed.endswith("*") else source == self.feed

    def places(self, findings: Findings, scope: Scope) -> list[Place]:
        return []


@dataclass(frozen=True, slots=True)
class Never:
    part: Node

    def holds(self, findings: Findings, scope: Scope) -> bool:
        return not self.part.holds(findings, scope.widened())

    def places(self, findings: Findings, scope: Scope) -> list[Place]:
        return []


@dataclass(frozen=True, slots=True)
class Some:
    """Parts that hold and together weigh at least `least`: AND asks for all, OR for one."""

    least: int
    parts: tuple[Node, ...]
    weights: tuple[int, ...]

    def holds(self, findings: Findings, scope: Scope) -> bool:
        missing, left = self.least, sum(self.weights)
        for part, weight in zip(self.parts, self.weights, strict=True):
            if missing > left:
                return False
            left -= weight
            if part.holds(findings, scope):
                missing -= weight
                if missing <= 0:
                    return True
        return False

    def places(self, findings: Findings, scope: Scope) -> list[Place]:
        if not self.holds(findings, scope):
            return []
        return [place for part in self.parts for place in part.places(findings, scope)]


@dataclass(frozen=True, slots=True)
class Pairwise:
    """NEAR of two parts, in words and either order, where each part is one of some sources: the commonest kind."""

    reach: int
    left: frozenset[int]
    right: frozenset[int]

    def holds(self, findings: Findings, scope: Scope) -> bool:
        return bool(self.places(findings, scope))

    def places(self, findings: Findings, scope: Scope) -> list[Place]:
        lefts, rights = self.left.intersection(findings.live), self.right.intersection(findings.live)
        found = (place for a in lefts for b in rights for place in findings.pairs(a, b, self.reach))
        if scope is findings.whole:
            return list(found)
        low, high = scope.edges()
        return [place for place in found if place.start >= low and place.end <= high]


_Chains = dict[tuple[int, int], tuple[Place, ...]]
"""(Parts a chain has been through, as bits; where it begins, or 0 where only the latest counts) → the chain."""


@dataclass(frozen=True, slots=True)
class Together:
    """NEAR, as `tree.Near` describes it."""

    reach: int
    parts: tuple[Node, ...]
    unit: Unit
    ordered: bool
    inner: bool
    """It stands inside another NEAR."""

    def holds(self, findings: Findings, scope: Scope) -> bool:
        return bool(self.places(findings, scope))

    def places(self, findings: Findings, scope: Scope) -> list[Place]:
        found = [part.places(findings, scope) for part in self.parts]
        if not all(found):
            return []
        if self.unit is Unit.WORDS:
            return self._chains(findings.reading, found)
        unit_of = findings.reading.sentence if self.unit is Unit.SENTENCES else findings.reading.paragraph
        numbered = [[(unit_of(place.start), place) for place in places] for places in found]
        return self._windows(numbered)

    def _windows(self, numbered: list[list[tuple[int, Place]]]) -> list[Place]:
        """Every stretch of `reach` units that begins with a hit and holds one of each part."""
        columns = [sorted(places) for places in numbered]
        together = []
        for first in sorted({unit for column in columns for unit, _ in column}):
            edges = [(bisect_left(c, (first,)), bisect_left(c, (first + self.reach,))) for c in columns]
            if all(low < high for low, high in edges):
                inside = zip(columns, edges, strict=True)
                together.append(_united([place for column, (low, high) in inside for _, place in column[low:high]]))
        return list(dict.fromkeys(together))

    def _chains(self, reading: Reading, found: list[list[Place]]) -> list[Place]:
        """The chains through all parts: for each place where one can end, the one that begins latest.

        Dynamic programming over places in the order of the text: at each, for every set of parts that a chain ending
        there has been through, the one that begins latest; or, where this NEAR stands inside another that may need the
        hits before, one for every place where such a chain can begin.
        """
        placed = sorted((place.start, place.end, n, place) for n, places in enumerate(found) for place in places)
        longest = max(end - start for start, end, _, _ in placed)
        full = (1 << len(found)) - 1
        chains: list[_Chains] = []
        for j, (start, _, n, place) in enumerate(placed):
            own: _Chains = {(1 << n, start * self.inner): (place,)} if not self.ordered or n == 0 else {}
            for i in range(j - 1, -1, -1):
                if start - placed[i][0] > self.reach + longest:
                    break
                if self._follows(reading, placed[i][3], place):
                    self._extend(own, chains[i], n, place)
            chains.append(own)
        return [_united(chain) for own in chains for (through, _), chain in own.items() if through == full]

    def _follows(self, reading: Reading, before: Place, after: Place) -> bool:
        distance = after.start - before.end + 1
        if distance > self.reach or (self.ordered and distance < 1):
            return False
        return reading.paragraph(before.start) == reading.paragraph(after.start)

    def _extend(self, own: _Chains, earlier: _Chains, part: int, place: Place) -> None:
        bit = 1 << part
        for (through, start), chain in earlier.items():
            if through & bit or (self.ordered and through != bit - 1):
                continue
            known = own.get((through | bit, start))
            if known is None or known[0].start < chain[0].start:
                own[through | bit, start] = (*chain, place)


def _united(places: Sequence[Place]) -> Place:
    hits = sorted({hit for place in places for hit in place.hits})
    return Place(min(p.start for p in places), max(p.end for p in places), tuple(hits))
