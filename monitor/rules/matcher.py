"""Compiled rules, asked of documents.

A document is scanned once for all rules; of the rules, those are looked at that presearch lets through.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from types import MappingProxyType

from monitor.model.news import Document, Match, Span
from monitor.rules.evaluate import Node, Pairwise
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


class Matcher:
    """Compiled rules; safe to share between threads as long as one matches at a time."""

    def __init__(
        self,
        watches: Sequence[Watch],
        lexicon: Lexicon,
        sources: Sources,
        labels: Sequence[str],
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
        candidates = self._candidates(findings) if presearch else dict.fromkeys(range(len(self._watches)), ())
        report = _Report(findings, self._labels)
        found = (report.match(self._watches[n], pairs) for n, pairs in sorted(candidates.items()))
        return tuple(match for match in found if match is not None)

    def candidates(self, document: Document) -> tuple[str, ...]:
        """The rules that presearch lets through to evaluation, for measuring it."""
        return tuple(self._watches[n].id for n in sorted(self._candidates(self._findings(document))))

    def _findings(self, document: Document) -> Findings:
        reading = Reading(document)
        return Findings(reading, self._lexicon.scan(reading.words, reading.is_glued), self._sources)

    def _candidates(self, findings: Findings) -> dict[int, Sequence[Pair]]:
        """Rule → the pairs of sources by which it was found, where it was found by such."""
        found: dict[int, Sequence[Pair]] = dict.fromkeys(self._presearch.anchored(findings), ())
        found |= self._presearch.linked(findings)
        present, watches = findings.live.keys(), self._watches
        lacking = [n for n in found if (needs := watches[n].needs) and any(map(present.isdisjoint, needs))]
        for n in lacking:
            del found[n]
        return found


class _Report:
    """Evaluates rules on one document and tells what was found; what rules have in common is worked out once."""

    def __init__(self, findings: Findings, labels: Sequence[str]) -> None:
        self._findings = findings
        self._labels = labels
        self._spans: dict[WordRun, Span] = {}
        self._known_spans: dict[tuple[int, int, str], Span] = {}

    def match(self, watch: Watch, pairs: Sequence[Pair]) -> Match | None:
        """None where the rule does not fit."""
        if pairs and isinstance(watch.node, Pairwise):
            return self._paired(watch, pairs)
        if not watch.node.holds(self._findings, self._findings.whole):
            return None
        hits = sorted({hit for place in watch.node.places(self._findings, self._findings.whole) for hit in place.hits})
        prominence, why = self._judge.by_question(_Question(watch.node, self._findings, hits))
        return Match(watch.id, watch.version, prominence, self._shown(hits), why)

    def _paired(self, watch: Watch, pairs: Sequence[Pair]) -> Match:
        """By the pairs of sources alone: they are all that such a rule asks for."""
        zones, _, spans = pairs[0].shown or self._pair(pairs[0])
        if len(pairs) > 1:
            several = [pair.shown or self._pair(pair) for pair in pairs]
            spans = self._shown(sorted({hit for shown in several for hit in shown.hits}))
            for shown in several:
                zones |= shown.zones
        prominence, why = self._judge.by_zones(zones)
        return Match(watch.id, watch.version, prominence, spans, why)

    def _pair(self, pair: Pair) -> Shown:
        """The zones in which two sources stand near each other, and the hits that do."""
        zones_of = self._judge.zones
        zones = 0
        for (start, end, _), (other_start, other_end, _) in pair.touching:
            zones |= zones_of[start] & zones_of[end - 1] & zones_of[other_start] & zones_of[other_end - 1]
        hits = sorted(set(chain.from_iterable(pair.touching)))
        pair.shown = Shown(zones, hits, self._shown(hits))
        return pair.shown

    @cached_property
    def _judge(self) -> Judge:
        return Judge(self._findings.reading)

    def _shown(self, hits: Iterable[WordRun]) -> tuple[Span, ...]:
        """In the order of the hits; two sources of one name that hit the same words are shown as one."""
        spans = [self._spans.get(hit) or self._span(hit) for hit in hits]
        return tuple({id(span): span for span in spans}.values())

    def _span(self, hit: WordRun) -> Span:
        first, after, source = hit
        key = (first, after, self._labels[source])
        span = self._known_spans.get(key)
        if span is None:
            reading = self._findings.reading
            field, whole, start, end = reading.span(first, after)
            span = self._known_spans[key] = Span(field, start, end, whole[start:end], key[2])
        self._spans[hit] = span
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
