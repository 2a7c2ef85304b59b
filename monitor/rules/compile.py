"""Rules, actors and topics → one matcher.

Every term of every rule stands in one lexicon; a document is scanned once. A rule is looked at only where what it
cannot do without was found, so that the cost does not grow with the rules that do not fire.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from monitor.errors import RuleFault
from monitor.model.settings import Actor, Rule, Topic
from monitor.rules.aliases import Alias
from monitor.rules.evaluate import AnyOf, FromFeed, InField, InLanguage, Never, Node, Pairwise, Some, Together
from monitor.rules.faults import RuleFaults
from monitor.rules.findings import Entry, Sources
from monitor.rules.forms import patterns
from monitor.rules.items import rule_tree
from monitor.rules.lexicon import Lexicon
from monitor.rules.matcher import Labels, Matcher, Watch
from monitor.rules.naming import Named, all_members, named, unknown_name
from monitor.rules.needs import Leaf, Need, conjuncts, needs
from monitor.rules.presearch import Presearch
from monitor.rules.tree import And, AtLeast, Language, Near, Not, Or, Ref, Source, Term, Tree, Unit, Within, walk
from monitor.text.background import share
from monitor.text.normal import fold
from monitor.text.tokens import words_of

ENGINE = "3"
"""Part of every version: raised when the same rule comes to match other things."""


def compile_rules(rules: Sequence[Rule], actors: Sequence[Actor], topics: Sequence[Topic]) -> Matcher:
    """The matcher of these rules. Raises `RuleFaults` with everything that is wrong with them."""
    faults: list[RuleFault] = []
    known = named(actors, topics, faults)
    trees = {rule.id: tree for rule in rules if (tree := _tree(rule, known, faults)) is not None}
    if faults:
        raise RuleFaults(faults)
    return _Compiler(known).matcher(trees)


def _tree(rule: Rule, known: Named, faults: list[RuleFault]) -> Tree | None:
    """The rule's tree, or None where there is something wrong with it."""
    tree, found = rule_tree(rule, _parse_query)
    if tree is not None:
        key = _main_key(rule)
        found += [
            _dangling(rule, ref, known)
            for ref in dict.fromkeys(walk(tree))
            if isinstance(ref, Ref) and ref not in known
        ]
        if not found and not needs(tree, len):
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


def _dangling(rule: Rule, ref: Ref, known: Named) -> RuleFault:
    return RuleFault("rules", rule.id, _key_holding(rule, ref), *unknown_name(ref, known))


def _key_holding(rule: Rule, ref: Ref) -> str:
    """The key of the rule in which a reference stands."""
    lists = {"all": [i for group in rule.all for i in group], "any": rule.any, "of": rule.of, "none": rule.none}
    written = ref.sign + ref.id
    return next((key for key, items in lists.items() if any(i.strip().endswith(written) for i in items)), "query")


class _Compiler:
    """Numbers the terms and sources of all trees, and builds the nodes on these numbers."""

    def __init__(self, known: Named) -> None:
        self._named = known
        self._lexicon = Lexicon()
        self._presearch = Presearch()
        self._terms: dict[Term, int] = {}
        self._sources: dict[Leaf, int] = {}
        self._members: dict[Leaf, Sequence[int]] = {}
        self._of_term: list[list[tuple[int, Entry | None]]] = []
        self._labels: list[str] = []
        self._commonness: dict[Leaf, float] = {}
        self._contents: dict[Ref, str] = {}

    def matcher(self, trees: Mapping[str, Tree]) -> Matcher:
        watches = [self._watch(number, rule_id, tree) for number, (rule_id, tree) in enumerate(trees.items())]
        labels = Labels(self._labels, len(set(self._labels)) < len(self._labels))
        return Matcher(watches, self._lexicon, Sources(self._of_term), labels, self._presearch)

    def _watch(self, number: int, rule_id: str, tree: Tree) -> Watch:
        node, version = self._node(tree), self._version(tree)
        if isinstance(node, Pairwise):
            self._presearch.link(number, node.left, node.right, node.reach)
            return Watch(rule_id, version, node)
        numbered = [self._numbers(need) for need in sorted(needs(tree, self._rarity), key=self._rarity)]
        link = next((pair for part in conjuncts(tree) if isinstance(pair := self._node(part), Pairwise)), None)
        if link is not None:
            self._presearch.hint(number, link.left, link.right, link.reach)
            return Watch(rule_id, version, node, tuple(numbered))
        self._presearch.anchor(number, numbered[0])
        return Watch(rule_id, version, node, tuple(numbered[1:]))

    def _rarity(self, need: Need) -> float:
        """In what share of articles one of the leaves stands, at most."""
        return sum(map(self._common, need))

    def _common(self, leaf: Leaf) -> float:
        known = self._commonness.get(leaf)
        if known is None:
            refs = all_members(leaf, self._named) if isinstance(leaf, Ref) else []
            terms = [alias.term for ref in refs for alias in self._named[ref].aliases] if refs else [leaf]
            known = self._commonness[leaf] = sum(_share(term) for term in terms if isinstance(term, Term))
        return known

    def _version(self, tree: Tree) -> str:
        leaves = {leaf for leaf in walk(tree) if isinstance(leaf, Ref)}
        refs = sorted({ref for leaf in leaves for ref in all_members(leaf, self._named)}, key=lambda r: (r.sign, r.id))
        content = f"{ENGINE}{tree!r}{''.join(map(self._content, refs))}"
        return sha256(content.encode()).hexdigest()[:16]

    def _content(self, ref: Ref) -> str:
        known = self._contents.get(ref)
        if known is None:
            known = self._contents[ref] = repr((ref, self._named[ref]))
        return known

    def _node(self, tree: Tree, inner: bool = False) -> Node:
        """`inner`: it stands inside a NEAR."""
        match tree:
            case Term() | Ref():
                return AnyOf(self._numbers((tree,)))
            case Within():
                return InField(tree.field, self._node(tree.part, inner))
            case Language():
                return InLanguage(tree.code)
            case Source():
                return FromFeed(tree.feed)
            case Not():
                return Never(self._node(tree.part))
            case And():
                return _some(len(tree.parts), tuple(map(self._node, tree.parts)))
            case Or():
                return self._either(tree.parts, inner)
            case AtLeast():
                return Some(tree.count, tuple(map(self._node, tree.parts)), tree.weighed)
            case Near():
                return self._near(tree, tuple(self._node(part, inner=True) for part in tree.parts), inner)

    def _either(self, parts: Sequence[Tree], inner: bool) -> Node:
        simple = self._numbers(part for part in parts if isinstance(part, Term | Ref))
        others = [self._node(part, inner) for part in parts if not isinstance(part, Term | Ref)]
        return _some(1, (*([AnyOf(simple)] if simple else []), *others)) if others else AnyOf(simple)

    def _near(self, tree: Near, parts: tuple[Node, ...], inner: bool) -> Node:
        if tree.unit is Unit.WORDS and not (tree.ordered or inner) and len(parts) == 2:
            left, right = parts
            if isinstance(left, AnyOf) and isinstance(right, AnyOf):
                return Pairwise(tree.reach, left.sources, right.sources)
        return Together(tree.reach, parts, tree.unit, tree.ordered, inner)

    def _numbers(self, leaves: Iterable[Leaf]) -> frozenset[int]:
        return frozenset(number for leaf in leaves for number in self._sources_of(leaf))

    def _sources_of(self, leaf: Leaf) -> Sequence[int]:
        """A term's, or those of a name and of all that it stands for."""
        known = self._members.get(leaf)
        if known is None:
            parts = all_members(leaf, self._named) if isinstance(leaf, Ref) else [leaf]
            known = self._members[leaf] = [self._source(part) for part in parts]
        return known

    def _source(self, leaf: Leaf) -> int:
        known = self._sources.get(leaf)
        if known is None:
            known = self._sources[leaf] = len(self._sources)
            self._labels.append(leaf.id if isinstance(leaf, Ref) else ("=" if leaf.exact else "") + leaf.text)
            for alias in dict.fromkeys(self._named[leaf].aliases if isinstance(leaf, Ref) else (Alias(leaf),)):
                entry = self._entry(alias)
                self._of_term[entry.term].append((known, None if entry.is_plain else entry))
        return known

    def _entry(self, alias: Alias) -> Entry:
        return Entry(
            self._term(alias.term),
            company=self._all(alias.company),
            forbidden=self._all(alias.forbidden),
            exact=alias.term.exact,
            alone=alias.alone,
            yields_to=self._all(alias.yields_to),
            since=alias.since,
            until=alias.until,
        )

    def _all(self, terms: Iterable[Term]) -> tuple[int, ...]:
        return tuple(map(self._term, terms))

    def _term(self, term: Term) -> int:
        known = self._terms.get(term)
        if known is None:
            known = self._terms[term] = len(self._terms)
            self._of_term.append([])
            for pattern in patterns(term):
                self._lexicon.add(pattern, known)
        return known


def _some(count: int, parts: tuple[Node, ...]) -> Some:
    return Some(count, parts, (1,) * len(parts))


def _share(term: Term) -> float:
    """In what share of articles a term stands, at most; what is told by a beginning may be common."""
    return 0.05 if "*" in term.text else min(share(fold(word)) for word in words_of(term.text))
