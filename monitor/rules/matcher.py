"""Compiled rules, asked of documents.

A document is scanned once for all rules; of the rules, those are looked at that presearch lets through.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from monitor.model.news import Document, Match, Span
from monitor.rules.evaluate import Node
from monitor.rules.findings import Findings, Hit, Scope, Sources
from monitor.rules.lexicon import Lexicon
from monitor.rules.presearch import Pair, Presearch, Shown, WordRun
from monitor.rules.prominence import Judge
from monitor.rules.reading import Reading


@dataclass(frozen=True, slots=True)
class Watch:
    """A rule, ready to be asked."""

    id: str
    version: str
    node: Node
    needs: tuple[frozenset[int], ...] = ()
    """Sources of each of which one must stand in a document, beside what presearch looks for."""


@dataclass(frozen=True, slots=True)
class Labels:
    """What the evidence calls each source."""

    of_source: Sequence[str]
    has_namesakes: bool
    """Whether two sources go by one name, an actor and a term: evidence is not to show one place twice."""


class Matcher:
    """Compiled rules; safe to share between threads as long as one matches at a time."""

    def __init__(
        self,
        watches: Sequence[Watch],
        lexicon: Lexicon,
        sources: Sources,
        labels: Labels,
        presearch: Presearch,
    ) -> None:
        self._watches = watches
        self._lexicon = lexicon
        self._sources = sources
        self._labels = labels
        self._presearch = presearch
        self.versions: Mapping[str, str] = MappingProxyType({watch.id: watch.version for watch in watches})
        """Rule id → hash of what decides its matches: the expression, and the actors and topics it refers to."""

    def match(self, document: Document, presearch: bool = True) -> tuple[Match, ...]:
        """The rules that fit the document, in their order, each with its evidence and prominence.

        Without `presearch` every rule is evaluated: the same comes out, slowly.
        """
        findings = self._findings(document)
        if not findings.live:
            return ()
        report = _Report(findings, self._labels)
        linked: Mapping[int, Sequence[Pair]] = self._presearch.linked(findings) if presearch else {}
        others = self._others(findings) if presearch else range(len(self._watches))
        found = report.linked(self._watches, linked)
        for n in others:
            if match := report.evaluated(self._watches[n]):
                found[n] = match
        return tuple([found[n] for n in sorted(found)])

    def candidates(self, document: Document) -> tuple[str, ...]:
        """The rules that presearch lets through to evaluation, for measuring it."""
        findings = self._findings(document)
        return tuple(self._watches[n].id for n in sorted({*self._presearch.linked(findings), *self._others(findings)}))

    def _findings(self, document: Document) -> Findings:
        reading = Reading(document)
        return Findings(reading, self._lexicon.scan(reading.words, reading.is_glued), self._sources)

    def _others(self, findings: Findings) -> list[int]:
        """The rules that may fit and ask for more than one pair of sources."""
        present, watches = findings.live.keys(), self._watches
        return [n for n in self._presearch.others(findings) if not any(map(present.isdisjoint, watches[n].needs))]


class _Report:
    """Evaluates rules on one document and tells what was found; what rules have in common is worked out once."""

    def __init__(self, findings: Findings, labels: Labels) -> None:
        self._findings = findings
        self._labels = labels
        self._spans: dict[WordRun, Span] = {}

    def evaluated(self, watch: Watch) -> Match | None:
        """None where the rule does not fit."""
        if not watch.node.holds(self._findings, self._findings.whole):
            return None
        hits = sorted({hit for place in watch.node.places(self._findings, self._findings.whole) for hit in place.hits})
        prominence, why = self._judge.by_question(_Question(watch.node, self._findings, hits))
        return Match(watch.id, watch.version, prominence, self._shown(hits), why)

    def linked(self, watches: Sequence[Watch], linked: Mapping[int, Sequence[Pair]]) -> dict[int, Match]:
        """The matches of rules that ask for a pair of sources and nothing else, given the pairs of each."""
        found = {}
        for n, pairs in linked.items():
            watch = watches[n]
            zones, hits, told = pairs[0].shown or self._pair(pairs[0])
            if len(pairs) > 1:
                together = set(hits)
                for pair in pairs:
                    more, others, _ = pair.shown or self._pair(pair)
                    zones |= more
                    together.update(others)
                told = *self._judge.by_zones(zones), self._shown(sorted(together))
            prominence, why, spans = told
            found[n] = Match(watch.id, watch.version, prominence, spans, why)
        return found

    def _pair(self, pair: Pair) -> Shown:
        """The zones in which two sources stand near each other, and the hits that do."""
        zones_of = self._judge.zones
        zones = 0
        for (start, end, _), (other_start, other_end, _) in pair.touching:
            zones |= zones_of[start] & zones_of[end - 1] & zones_of[other_start] & zones_of[other_end - 1]
        hits = sorted(set[WordRun]().union(*pair.touching))
        pair.shown = Shown(zones, hits, (*self._judge.by_zones(zones), self._shown(hits)))
        return pair.shown

    @cached_property
    def _judge(self) -> Judge:
        return Judge(self._findings.reading)

    def _shown(self, hits: Iterable[WordRun]) -> tuple[Span, ...]:
        spans = [self._spans.get(hit) or self._span(hit) for hit in hits]
        return tuple(dict.fromkeys(spans) if self._labels.has_namesakes else spans)

    def _span(self, hit: WordRun) -> Span:
        field, whole, start, end = self._findings.reading.span(hit[0], hit[1])
        span = self._spans[hit] = Span(field, start, end, whole[start:end], self._labels.of_source[hit[2]])
        return span


@dataclass(frozen=True, slots=True)
class _Question:
    """Whether an expression holds on hits in a stretch alone."""

    node: Node
    findings: Findings
    hits: Sequence[Hit]

    def __call__(self, start: int, end: int) -> bool:
        first = bisect_left(self.hits, (start,))
        if first == len(self.hits) or self.hits[first].start >= end:
            return False  # no evidence there: no need to ask
        whole = self.findings.whole
        return self.node.holds(self.findings, Scope(whole.low, whole.high, start, end))
