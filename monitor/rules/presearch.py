"""Which rules can fit a document at all, from what stands in it: few of many, and none that fits is left out.

A rule that wants one of some sources near one of others is looked up by pairs of sources that do stand near each
other; any other rule by the rarest set of sources of which it needs one. (Sources are terms, actors and topics.)
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from monitor.model.news import Prominence, Span
from monitor.rules.findings import Findings


@dataclass(slots=True)
class Wanted:
    """The rules that want a source."""

    rules: set[int] = field(default_factory=set)
    sieve: int = 0
    """A bit of each, modulo `_SIEVE`: two sources without a common bit have no common rule."""

    def add(self, rule: int) -> None:
        self.rules.add(rule)
        self.sieve |= 1 << rule % _SIEVE


_SIEVE = 2048
"""Bits; above some thousands of rules most pairs of sources have no rule in common, and this tells it at once."""


@dataclass(slots=True)
class Link:
    """The rules that want one source within so many words of another: by the one, and by the other."""

    reach: int
    left: dict[int, Wanted] = field(default_factory=dict)
    right: dict[int, Wanted] = field(default_factory=dict)


WordRun = tuple[int, int, int]
"""A hit: first word, word after the last, source."""
Touch = tuple[WordRun, WordRun]
"""Two hits, near each other."""


@dataclass(slots=True, eq=False)
class Pair:
    """Two sources that stand near each other, and which hits of the one do with which of the other."""

    touching: list[Touch]
    shown: Shown | None = None
    """Worked out when first asked for; many rules share it."""


Told = tuple[Prominence, str, tuple[Span, ...]]
"""What a match says: its grade, why, and its evidence."""


class Shown(NamedTuple):
    """What a pair has to show: bits of `Judge.zones`, hits, and what a rule that has no other pair says of them."""

    zones: int
    hits: list[WordRun]
    told: Told


class Presearch:
    """Rules by number, and what each cannot do without."""

    def __init__(self) -> None:
        self._anchored: dict[int, list[int]] = defaultdict(list)
        self._links: dict[int, Link] = {}
        self._hints: dict[int, Link] = {}

    def anchor(self, rule: int, need: Iterable[int]) -> None:
        """The rule fits only where one of these sources stands."""
        for source in need:
            self._anchored[source].append(rule)

    def link(self, rule: int, left: Iterable[int], right: Iterable[int], reach: int) -> None:
        """The rule fits where one of `left` stands within `reach` words of one of `right`, and nowhere else."""
        _add(self._links, rule, left, right, reach)

    def hint(self, rule: int, left: Iterable[int], right: Iterable[int], reach: int) -> None:
        """The rule fits only where there is such a pair, and may ask for more."""
        _add(self._hints, rule, left, right, reach)

    def linked(self, findings: Findings) -> dict[int, list[Pair]]:
        """The rules of whose links one is there, each with the pairs of sources that stand near each other."""
        return _paired(self._links, findings)

    def others(self, findings: Findings) -> set[int]:
        """The rules that are not linked and may fit."""
        anchored, live = self._anchored, findings.live
        found: set[int] = set().union(*[anchored[source] for source in live if source in anchored])
        return found.union(_paired(self._hints, findings))


def _add(links: dict[int, Link], rule: int, left: Iterable[int], right: Iterable[int], reach: int) -> None:
    link = links.setdefault(reach, Link(reach))
    for side, sources in ((link.left, left), (link.right, right)):
        for source in sources:
            side.setdefault(source, Wanted()).add(rule)


def _paired(links: Mapping[int, Link], findings: Findings) -> dict[int, list[Pair]]:
    found: dict[int, list[Pair]] = defaultdict(list)
    for link in links.values():
        for left, rights in _neighbours(findings, link).items():
            rules, sieve, by_right = link.left[left].rules, link.left[left].sieve, link.right
            for right, touching in rights.items():
                wanted = by_right[right]
                if sieve & wanted.sieve:
                    pair = Pair(touching)
                    for rule in rules & wanted.rules:
                        found[rule].append(pair)
    return found


def _neighbours(findings: Findings, link: Link) -> dict[int, dict[int, list[Touch]]]:
    """Source of the left → source of the right that stands near it → which hits do (as `Findings.pairs` has it)."""
    live, around, reach = findings.live, findings.reading.paragraph_around, link.reach
    rights = sorted([(start, end, s) for s in live.keys() & link.right.keys() for start, end in live[s]])
    starts = [start for start, _, _ in rights]
    back = reach + max((end - start for start, end, _ in rights), default=0)
    near: dict[int, dict[int, list[Touch]]] = {}
    for source in live.keys() & link.left.keys() if rights else ():
        found: dict[int, list[Touch]] = defaultdict(list)
        near[source] = found
        for start, end in live[source]:
            own = (start, end, source)
            begin, stop = around(start)
            low = bisect_left(starts, max(begin, start - back))
            for hit in rights[low : bisect_left(starts, min(stop, end + reach), low)]:
                if hit[1] > start - reach:
                    found[hit[2]].append((own, hit))
    return near
