"""What the scan found in one document: the hits of terms, actors and topics, and which stand near each other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from monitor.rules.aliases import FORBIDDEN_REACH
from monitor.rules.reading import Reading

WordSpan = tuple[int, int]
"""The numbers of the first word and of the word after the last."""


class Hit(NamedTuple):
    """One occurrence of a term, actor or topic: the numbers of its first word and of the word after its last."""

    start: int
    end: int
    source: int


class Place(NamedTuple):
    """Where a part of an expression is fulfilled, and the hits that fulfil it."""

    start: int
    end: int
    hits: tuple[Hit, ...]


class Scope(NamedTuple):
    """Where to look: [low, high) is the field, [zone_low, zone_high) the stretch that counts as evidence. A NOT
    looks at the whole field, however small the zone."""

    low: int
    high: int
    zone_low: int
    zone_high: int

    def narrowed(self, low: int, high: int) -> Scope:
        return Scope(max(self.low, low), min(self.high, high), self.zone_low, self.zone_high)

    def widened(self) -> Scope:
        return Scope(self.low, self.high, self.low, self.high)

    def edges(self) -> tuple[int, int]:
        """Where evidence may begin, and where it must have ended."""
        return max(self.low, self.zone_low), min(self.high, self.zone_high)


@dataclass(frozen=True, slots=True)
class Entry:
    """One way in which a source occurs: a term of the lexicon and the company it must or must not keep."""

    term: int
    company: tuple[int, ...] = ()
    forbidden: tuple[int, ...] = ()
    exact: bool = False
    alone: bool = False
    yields_to: tuple[int, ...] = ()
    since: date | None = None
    until: date | None = None

    @property
    def is_plain(self) -> bool:
        """Whether every occurrence counts."""
        conditions = (self.company, self.forbidden, self.exact, self.alone, self.yields_to, self.since, self.until)
        return not any(conditions)

    def holds_on(self, day: date) -> bool:
        return (self.since is None or day >= self.since) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Sources:
    """What can hit: terms, actors and topics, by number."""

    of_term: Sequence[Sequence[tuple[int, Entry | None]]]
    """Term → (source, how it is an entry of it; None where every occurrence counts)."""


class Findings:
    """The hits of one document, by source."""

    def __init__(self, reading: Reading, found: Mapping[int, Sequence[WordSpan]], sources: Sources) -> None:
        self.reading = reading
        self.whole = Scope(0, len(reading), 0, len(reading))
        self._found = found
        published_at = reading.document.published_at
        self._day = published_at.date() if published_at else None
        self.live = self._gathered(sources)
        """Source → where it stands, in the order of the text; one that lies within another of the same source is left
        out, and so are sources that stand nowhere."""
        self._hits: dict[int, list[Hit]] = {}
        self._pairs: dict[tuple[int, int, int], list[Place]] = {}

    def hits(self, source: int) -> list[Hit]:
        """In the order of the text."""
        known = self._hits.get(source)
        if known is None:
            known = self._hits[source] = [Hit(start, end, source) for start, end in self.live.get(source, ())]
        return known

    def hits_in(self, source: int, scope: Scope) -> list[Hit]:
        hits = self.hits(source)
        if scope is self.whole:
            return hits
        low, high = scope.edges()
        return [hit for hit in hits[bisect_left(hits, (low,)) :] if hit.end <= high]

    def pairs(self, left: int, right: int, reach: int) -> list[Place]:
        """Where two sources stand within `reach` words of each other: of every hit of the one with the nearest of the
        other before it and after it. A source is near itself."""
        key = (left, right, reach)
        known = self._pairs.get(key)
        if known is None:
            known = self._pairs[key] = self._near(self.hits(left), self.hits(right), reach)
        return known

    def _gathered(self, sources: Sources) -> dict[int, Sequence[WordSpan]]:
        live: dict[int, Sequence[WordSpan]] = {}
        several: dict[int, set[WordSpan]] = {}
        for term, spans in self._found.items():
            for source, entry in sources.of_term[term]:
                counted = spans if entry is None else self._counted(entry, spans)
                if not counted:
                    continue
                if source in several:
                    several[source].update(counted)
                elif source in live:
                    several[source] = {*live[source], *counted}
                else:
                    live[source] = counted
        live.update((source, outermost(spans)) for source, spans in several.items())
        return live

    def _counted(self, entry: Entry, spans: Sequence[WordSpan]) -> Sequence[WordSpan]:
        if self._day is not None and not entry.holds_on(self._day):
            return ()
        if entry.company and self._found.keys().isdisjoint(entry.company):
            return ()
        if entry.exact:
            spans = [span for span in spans if not self.reading.is_shouted(span[0])]
        if entry.yields_to:
            taken = {span for term in entry.yields_to for span in self._found.get(term, ())}
            spans = [span for span in spans if span not in taken]
        if entry.alone:
            spans = [span for span in spans if self.reading.stands_alone(*span)]
        if not (spans and entry.forbidden):
            return spans
        forbidden = [span for term in entry.forbidden for span in self._found.get(term, ())]
        return [span for span in spans if not any(self._is_beside(span, other) for other in forbidden)]

    def _is_beside(self, span: WordSpan, other: WordSpan) -> bool:
        """At most `FORBIDDEN_REACH` words from one to the other (neighbours are one apart), in one paragraph."""
        first, second = sorted((span, other))
        near = second[0] - first[1] < FORBIDDEN_REACH
        return near and self.reading.paragraph(first[0]) == self.reading.paragraph(second[0])

    def _near(self, left: list[Hit], right: list[Hit], reach: int) -> list[Place]:
        """Linear: hits of one source begin and end in the same order, so that the nearest is a neighbour."""
        places: dict[tuple[Hit, Hit], Place] = {}
        for hits, others in ((left, right), (right, left)):
            for hit in hits:
                n = bisect_left(others, hit[:2])
                for other in others[max(0, n - 1) : n + 1]:
                    first, second = (hit, other) if hit <= other else (other, hit)
                    if (first, second) not in places and self._reaches(first, second, reach):
                        end = max(first.end, second.end)
                        places[first, second] = Place(first.start, end, tuple(dict.fromkeys((first, second))))
        return list(places.values())

    def _reaches(self, before: Hit, after: Hit, reach: int) -> bool:
        near = after.start - before.end < reach
        return near and self.reading.paragraph(before.start) == self.reading.paragraph(after.start)


def outermost(spans: Iterable[WordSpan]) -> list[WordSpan]:
    """In order, without those that lie within another."""
    kept: list[WordSpan] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not kept or end > kept[-1][1]:
            kept.append((start, end))
    return kept
