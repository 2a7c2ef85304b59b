"""Rules, actors and topics → one matcher.

Every term of every rule stands in one lexicon; a document is scanned once. A rule is looked at only where one of the
terms that it cannot do without was found, so that the cost does not grow with the rules that do not fire.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from types import MappingProxyType

from monitor.errors import RuleFault
from monitor.model.news import Document, Match, Span
from monitor.model.settings import Actor, Rule, Topic
from monitor.rules.aliases import Alias, parse_alias
from monitor.rules.evaluate import (
    AnyOf,
    Entry,
    Findings,
    Hit,
    InField,
    InLanguage,
    Never,
    Node,
    Scope,
    Some,
    Sources,
    Together,
)  # fmt: skip
from monitor.rules.faults import Flaw, RuleFaults
from monitor.rules.forms import patterns
from monitor.rules.items import rule_tree
from monitor.rules.lexicon import Lexicon
from monitor.rules.prominence import Outline, judge, outline
from monitor.rules.reading import Reading
from monitor.rules.tree import And, AtLeast, Language, Near, Not, Or, Ref, Term, Tree, Within, walk
from monitor.text.normal import fold
from monitor.text.tokens import words_of

ENGINE = "1"
"""Part of every version: raised when the same rule comes to match other things."""


@dataclass(frozen=True, slots=True)
class _Watch:
    """A rule, ready to be asked."""

    id: str
    version: str
    node: Node
    needs: tuple[frozenset[int], ...]
    """Terms of each of which one must stand in a document, beside those that the watch is anchored to."""

    def may_fit(self, found: set[int]) -> bool:
        return not any(map(found.isdisjoint, self.needs))


class Matcher:
    """Compiled rules; safe to share between threads as long as one matches at a time."""

    def __init__(
        self,
        watches: Sequence[_Watch],
        lexicon: Lexicon,
        sources: Sources,
        labels: Sequence[str],
        anchored: Mapping[int, Sequence[int]],
    ) -> None:
        self._watches = watches
        self._lexicon = lexicon
        self._sources = sources
        self._labels = labels
        self._anchored = anchored
        self.versions: Mapping[str, str] = MappingProxyType({watch.id: watch.version for watch in watches})
        """Rule id → hash of what decides its matches: the expression, and the actors and topics it refers to."""

    def match(self, document: Document) -> tuple[Match, ...]:
        """The rules that fit the document, in their order, each with its evidence and prominence."""
        reading = Reading(document)
        found = self._lexicon.scan(reading.words, reading.is_glued)
        findings = Findings(reading, found, self._sources)
        fitting = [watch for watch in self._candidates(set(found)) if watch.node.holds(findings, findings.whole)]
        if not fitting:
            return ()
        layout = outline(reading)
        return tuple(self._match(watch, findings, layout) for watch in fitting)

    def candidates(self, document: Document) -> tuple[str, ...]:
        """The rules that presearch lets through to evaluation, for measuring it."""
        reading = Reading(document)
        found = self._lexicon.scan(reading.words, reading.is_glued)
        return tuple(watch.id for watch in self._candidates(set(found)))

    def _candidates(self, found: set[int]) -> list[_Watch]:
        """The watches whose needs are met, in their order: all that can fit, and few that do not."""
        anchored = {number for term in found for number in self._anchored.get(term, ())}
        return [watch for number in sorted(anchored) if (watch := self._watches[number]).may_fit(found)]

    def _match(self, watch: _Watch, findings: Findings, layout: Outline) -> Match:
        whole = findings.whole
        hits = sorted({hit for place in watch.node.places(findings, whole) for hit in place.hits})

        def holds_in(start: int, end: int) -> bool:
            first = bisect_left(hits, (start,))
            if first == len(hits) or hits[first].start >= end:
                return False  # no evidence there: no need to ask
            return watch.node.holds(findings, Scope(whole.low, whole.high, start, end))

        prominence, why = judge(layout, holds_in)
        spans = tuple(dict.fromkeys(self._span(findings.reading, hit) for hit in hits))
        return Match(watch.id, watch.version, prominence, spans, why)

    def _span(self, reading: Reading, hit: Hit) -> Span:
        field, whole = reading.field(hit.start)
        start, end = reading.spans[hit.start][0], reading.spans[hit.end - 1][1]
        return Span(field, start, end, whole[start:end], self._labels[hit.source])


def compile_rules(rules: Sequence[Rule], actors: Sequence[Actor], topics: Sequence[Topic]) -> Matcher:
    """The matcher of these rules. Raises `RuleFaults` with everything that is wrong with them."""
    faults: list[RuleFault] = []
    named = _named(actors, topics, faults)
    trees = {rule.id: tree for rule in rules if (tree := _tree(rule, named, faults)) is not None}
    if faults:
        raise RuleFaults(faults)
    return _Compiler(named).matcher(trees)


Named = Mapping[Ref, tuple[Alias, ...]]


def _named(actors: Sequence[Actor], topics: Sequence[Topic], faults: list[RuleFault]) -> Named:
    """What each `@actor` and `#topic` stands for. An actor's name is an alias of it too, a topic's is not."""
    named: dict[Ref, tuple[Alias, ...]] = {}
    for actor in actors:
        own = () if _bare(actor.name) in map(_bare, actor.aliases) else (actor.name,)
        named[Ref("@", actor.id)] = _aliases("actors", actor.id, "aliases", (*own, *actor.aliases), faults)
    for topic in topics:
        named[Ref("#", topic.id)] = _aliases("topics", topic.id, "terms", topic.terms, faults)
        if not topic.terms:
            faults.append(RuleFault("topics", topic.id, "terms", "the topic has no terms", "give it one"))
    return named


def _bare(alias: str) -> str:
    return " ".join(map(fold, words_of(alias.partition("|")[0])))


def _aliases(table: str, item_id: str, key: str, texts: Iterable[str], faults: list[RuleFault]) -> tuple[Alias, ...]:
    read = []
    for text in texts:
        try:
            read.append(parse_alias(text))
        except Flaw as flaw:
            faults.append(flaw.at(table, item_id, key))
    return tuple(read)


def _tree(rule: Rule, named: Named, faults: list[RuleFault]) -> Tree | None:
    """The rule's tree, or None where there is something wrong with it."""
    tree, found = rule_tree(rule, _parse_query)
    if tree is not None:
        key = _main_key(rule)
        found += [
            _dangling(rule, ref, named)
            for ref in dict.fromkeys(walk(tree))
            if isinstance(ref, Ref) and ref not in named
        ]
        if not found and not _needs(tree, named, {}):
            message = "the rule would fit articles that hold none of its words"
            found.append(RuleFault("rules", rule.id, key, message, "ask for a word, an @actor or a #topic with it"))
    faults += found
    return None if found else tree


def _parse_query(query: str) -> Tree:
    from monitor.rules.query import parse_query  # lark takes a while to import, and many configs have no query

    return parse_query(query)


def _main_key(rule: Rule) -> str:
    filled = {"query": rule.query, "all": rule.all, "any": rule.any, "of": rule.of, "none": rule.none}
    return next((key for key, value in filled.items() if value), "all")


def _dangling(rule: Rule, ref: Ref, named: Named) -> RuleFault:
    kind = "actor" if ref.sign == "@" else "topic"
    known = [other.id for other in named if other.sign == ref.sign]
    close = get_close_matches(ref.id, known, n=1)
    other = Ref("#" if ref.sign == "@" else "@", ref.id)
    if close:
        remedy = f"did you mean {ref.sign}{close[0]}?"
    elif other in named:
        remedy = f"did you mean {other.sign}{other.id}?"
    else:
        remedy = f"add it as [[{kind}s]] with id = {ref.id!r}"
    return RuleFault("rules", rule.id, _key_holding(rule, ref), f"unknown {kind} {ref.sign}{ref.id}", remedy)


def _key_holding(rule: Rule, ref: Ref) -> str:
    """The key of the rule in which a reference stands."""
    lists = {"all": [i for group in rule.all for i in group], "any": rule.any, "of": rule.of, "none": rule.none}
    written = ref.sign + ref.id
    return next((key for key, items in lists.items() if any(i.strip().endswith(written) for i in items)), "query")


def _needs(tree: Tree, named: Named, popularity: Mapping[Term, int]) -> list[frozenset[Term]]:
    """Sets of terms of each of which a document must hold one if the tree is to hold. None: it can do without any."""
    match tree:
        case Term():
            return [frozenset({tree})]
        case Ref():
            return [frozenset(alias.term for alias in named[tree])]
        case Within():
            return _needs(tree.part, named, popularity)
        case Not() | Language():
            return []
    below = [_needs(part, named, popularity) for part in tree.parts]
    if isinstance(tree, And | Near):
        return [need for needs in below for need in needs]
    count = tree.count if isinstance(tree, AtLeast) else 1
    known = sorted((_rarest(needs, popularity) for needs in below if needs), key=lambda n: _commonness(n, popularity))
    count -= len(below) - len(known)  # parts that need nothing may hold in silence
    return [frozenset().union(*known[: len(known) - count + 1])] if count > 0 else []


def _rarest(needs: Sequence[frozenset[Term]], popularity: Mapping[Term, int]) -> frozenset[Term]:
    return min(needs, key=lambda need: _commonness(need, popularity))


def _commonness(need: frozenset[Term], popularity: Mapping[Term, int]) -> int:
    """What many rules ask for is likely to stand in many articles."""
    return sum(1 + popularity.get(term, 0) for term in need)


class _Compiler:
    """Numbers the terms and sources of all trees, and builds the nodes on these numbers."""

    def __init__(self, named: Named) -> None:
        self._named = named
        self._lexicon = Lexicon()
        self._terms: dict[Term, int] = {}
        self._leaves: dict[Term | Ref, int] = {}
        self._entries: list[tuple[Entry, ...]] = []
        self._of_term: list[list[int]] = []
        self._labels: list[str] = []

    def matcher(self, trees: Mapping[str, Tree]) -> Matcher:
        popularity = Counter(
            t for tree in trees.values() for t in {t for leaf in walk(tree) for t in self._terms_of(leaf)}
        )
        watches, anchored = [], defaultdict(list)
        for number, (rule_id, tree) in enumerate(trees.items()):
            node = self._node(tree)
            needs = sorted(_needs(tree, self._named, popularity), key=lambda need: _commonness(need, popularity))
            numbered = tuple(frozenset(self._terms[term] for term in need) for need in needs)
            watches.append(_Watch(rule_id, self._version(tree), node, numbered[1:]))
            for term in numbered[0]:
                anchored[term].append(number)
        return Matcher(watches, self._lexicon, Sources(self._entries, self._of_term), self._labels, anchored)

    def _terms_of(self, leaf: Tree) -> tuple[Term, ...]:
        if isinstance(leaf, Ref):
            return tuple(alias.term for alias in self._named[leaf])
        return (leaf,) if isinstance(leaf, Term) else ()

    def _version(self, tree: Tree) -> str:
        refs = sorted({leaf for leaf in walk(tree) if isinstance(leaf, Ref)}, key=lambda r: (r.sign, r.id))
        content = repr((ENGINE, tree, [(ref, self._named[ref]) for ref in refs]))
        return sha256(content.encode()).hexdigest()[:16]

    def _node(self, tree: Tree, inner: bool = False) -> Node:
        """`inner`: it stands inside a NEAR."""
        match tree:
            case Term() | Ref():
                return AnyOf(frozenset({self._source(tree)}))
            case Within():
                return InField(tree.field, self._node(tree.part, inner))
            case Language():
                return InLanguage(tree.code)
            case Not():
                return Never(self._node(tree.part))
            case And():
                return Some(len(tree.parts), tuple(map(self._node, tree.parts)))
            case Or():
                return self._either(tree.parts, inner)
            case AtLeast():
                return Some(tree.count, tuple(map(self._node, tree.parts)))
            case Near():
                parts = tuple(self._node(part, inner=True) for part in tree.parts)
                return Together(tree.reach, parts, tree.unit, tree.ordered, inner)

    def _either(self, parts: Sequence[Tree], inner: bool) -> Node:
        simple = frozenset(self._source(part) for part in parts if isinstance(part, Term | Ref))
        others = [self._node(part, inner) for part in parts if not isinstance(part, Term | Ref)]
        return Some(1, (*([AnyOf(simple)] if simple else []), *others)) if others else AnyOf(simple)

    def _source(self, leaf: Term | Ref) -> int:
        known = self._leaves.get(leaf)
        if known is None:
            known = self._leaves[leaf] = len(self._entries)
            aliases = self._named[leaf] if isinstance(leaf, Ref) else (Alias(leaf),)
            self._entries.append(tuple(map(self._entry, aliases)))
            for term in {entry.term for entry in self._entries[known]}:
                self._of_term[term].append(known)
            self._labels.append(leaf.id if isinstance(leaf, Ref) else ("=" if leaf.exact else "") + leaf.text)
        return known

    def _entry(self, alias: Alias) -> Entry:
        company, forbidden = tuple(map(self._term, alias.company)), tuple(map(self._term, alias.forbidden))
        return Entry(self._term(alias.term), company, forbidden, alias.term.exact)

    def _term(self, term: Term) -> int:
        known = self._terms.get(term)
        if known is None:
            known = self._terms[term] = len(self._terms)
            self._of_term.append([])
            for pattern in patterns(term):
                self._lexicon.add(pattern, known)
        return known
