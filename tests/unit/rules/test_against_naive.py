"""The compiled matcher against a naive evaluator: on generated trees and texts both must say the same.

The naive one knows nothing of lexicons, anchors or dynamic programming: it finds terms with regular expressions in the
original text and tries every choice of hits.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model.news import Document
from monitor.model.settings import Actor, Rule, Topic
from monitor.rules import RuleFaults, compile_rules
from monitor.rules.query import format_query, parse_query
from monitor.rules.tree import And, AtLeast, Language, Near, Not, Or, Ref, Source, Term, Tree, Unit, Within
from monitor.text.sentences import paragraphs, sentences

WORDS = ["quartz", "falcon", "Lima", "هدنة", "רפיח"]
ACTORS = [Actor("bird", "falcon", aliases=("falcon quartz",)), Actor("place", "Lima")]
TOPICS = [Topic("talks", "Talks", ("هدنة", "quartz falcon")), Topic("all", "All", ("רפיח", "@place", "#talks"))]
NAMED = {"@bird": ["falcon quartz", "falcon"], "@place": ["Lima"], "#talks": ["هدنة", "quartz falcon"]}

terms = st.builds(Term, st.sampled_from([*WORDS, "quartz falcon", "falc*", "Lima هدنة"]))
exact_terms = st.builds(Term, st.sampled_from(["Lima", "quartz", "lima"]), st.just(True))
references = st.builds(Ref, st.just("@"), st.sampled_from(["bird", "place"])) | st.builds(
    Ref, st.just("#"), st.sampled_from(["talks", "all"])
)
leaves = terms | exact_terms | references


def several(parts: st.SearchStrategy[Tree]) -> st.SearchStrategy[tuple[Tree, ...]]:
    """Two or three of them."""
    return st.lists(parts, min_size=2, max_size=3).map(tuple)


def weighed(parts: tuple[Tree, ...]) -> st.SearchStrategy[Tree]:
    """At least some weight of them; not all weigh one."""
    weights = st.tuples(st.integers(2, 4), *[st.integers(1, 3)] * (len(parts) - 1))
    return weights.flatmap(lambda w: st.builds(AtLeast, st.integers(1, sum(w)), st.just(parts), st.just(w)))


local = st.recursive(
    leaves,
    lambda inner: (
        st.builds(Or, several(inner))
        | st.builds(Within, st.sampled_from(["title", "text"]), inner)
        | st.builds(Near, st.integers(1, 6), several(inner), st.just(Unit.WORDS), st.booleans())
    ),
    max_leaves=5,
)
by_units = st.builds(Near, st.integers(1, 2), several(leaves), st.sampled_from([Unit.SENTENCES, Unit.PARAGRAPHS]))
trees = st.recursive(
    local
    | by_units
    | st.builds(Language, st.sampled_from(["en", "ar"]))
    | st.builds(Source, st.sampled_from(["wire", "wire-*"])),
    lambda inner: (
        st.builds(And, several(inner))
        | st.builds(Or, several(inner))
        | st.builds(Not, inner)
        | st.builds(Within, st.sampled_from(["title", "text"]), inner)
        | several(inner).flatmap(lambda parts: st.builds(AtLeast, st.integers(1, len(parts)), st.just(parts)))
        | several(inner).flatmap(weighed)
    ),
    max_leaves=6,
)
separators = st.sampled_from([" ", " ", " ", "-", ", ", ". ", "\n\n"])
fields = st.lists(st.tuples(st.sampled_from([*WORDS, "LIMA", "other", "More"]), separators), max_size=14).map(
    lambda pairs: "".join(word + separator for word, separator in pairs)
)
documents = st.builds(
    Document,
    fields.map(lambda t: t.replace("\n", "")),
    fields,
    st.sampled_from([None, "en", "ar-EG"]),
    st.sampled_from([None, "wire", "Wire-2"]),
)


@dataclass(frozen=True)
class Naive:
    """Evaluates trees on one document by trying everything."""

    document: Document

    def offsets(self) -> list[tuple[str, int]]:
        found = [("title", m.start()) for m in re.finditer(r"\w+", self.document.title)]
        return found + [("text", m.start()) for m in re.finditer(r"\w+", self.document.text)]

    def number(self, field: str, offset: int) -> int:
        """How many words stand before an offset."""
        return sum((f, o) < (field, offset) if f == field else f == "title" for f, o in self.offsets())

    def hits(self, phrase: str, exact: bool, fields: frozenset[str]) -> list[tuple[int, int]]:
        stem = phrase.endswith("*")
        pattern = re.escape(phrase.rstrip("*")).replace(r"\ ", "[ -]") + (r"\w*" if stem else "") + r"(?!\w)"
        flags = 0 if exact else re.IGNORECASE
        found = []
        for field in sorted(fields):
            for m in re.finditer(rf"(?=(?<!\w)({pattern}))", getattr(self.document, field), flags):
                start = self.number(field, m.start(1))
                if not (exact and self.shouted(field, m.start(1))):
                    found.append((start, start + len(re.findall(r"\w+", m[1]))))
        return found

    def shouted(self, field: str, offset: int) -> bool:
        text = getattr(self.document, field)
        spans = [(0, len(text))] if field == "title" else paragraphs(text)
        around = next(text[a:b] for a, b in spans if a <= offset < b)
        cased = [w for w in re.findall(r"\w+", around) if w.lower() != w.upper()]
        return len(cased) >= 3 and all(w.isupper() for w in cased)

    def unit(self, word: int, unit: Unit) -> int:
        """The number of the sentence or paragraph; the title is the first of both."""
        field, offset = self.offsets()[word]
        if field == "title":
            return 0
        parts = (sentences if unit is Unit.SENTENCES else paragraphs)(self.document.text)
        parts = [(a, b) for a, b in parts if re.search(r"\w", self.document.text[a:b])]
        has_title = bool(re.search(r"\w", self.document.title))
        return has_title + sum(b <= offset for _, b in parts)

    def places(self, tree: Tree, fields: frozenset[str]) -> list[tuple[int, int]]:
        match tree:
            case Term():
                return self.hits(tree.text, tree.exact, fields)
            case Ref("#", "all"):
                parts = (Term("רפיח"), Ref("@", "place"), Ref("#", "talks"))
                return [place for part in parts for place in self.places(part, fields)]
            case Ref():
                spans = [s for alias in NAMED[tree.sign + tree.id] for s in self.hits(alias, False, fields)]
                return [s for s in spans if not any(o != s and o[0] <= s[0] and s[1] <= o[1] for o in spans)]
            case Or():
                return [place for part in tree.parts for place in self.places(part, fields)]
            case Within():
                return self.places(tree.part, fields & {tree.field})
            case Near():
                return self.near(tree, fields)
        return []

    def near(self, tree: Near, fields: frozenset[str]) -> list[tuple[int, int]]:
        choices = itertools.product(*(self.places(part, fields) for part in tree.parts))
        return [(min(c)[0], max(e for _, e in c)) for c in choices if self.together(tree, c)]

    def together(self, tree: Near, choice: tuple[tuple[int, int], ...]) -> bool:
        if tree.unit is not Unit.WORDS:
            units = [self.unit(start, tree.unit) for start, _ in choice]
            return max(units) - min(units) < tree.reach
        for before, after in itertools.pairwise(choice if tree.ordered else sorted(choice)):
            distance = after[0] - before[1] + 1
            same = self.unit(before[0], Unit.PARAGRAPHS) == self.unit(after[0], Unit.PARAGRAPHS)
            if distance > tree.reach or not same or (tree.ordered and distance < 1):
                return False
        return True

    def holds(self, tree: Tree, fields: frozenset[str] = frozenset({"title", "text"})) -> bool:
        match tree:
            case And():
                return all(self.holds(part, fields) for part in tree.parts)
            case Or():
                return any(self.holds(part, fields) for part in tree.parts)
            case AtLeast():
                weights = tree.weights or (1,) * len(tree.parts)
                held = zip(weights, tree.parts, strict=True)
                return sum(weight for weight, part in held if self.holds(part, fields)) >= tree.count
            case Not():
                return not self.holds(tree.part, fields)
            case Within():
                return self.holds(tree.part, fields & {tree.field})
            case Source():
                return re.fullmatch(tree.feed.replace("*", ".*"), self.document.source or "", re.IGNORECASE) is not None
            case Language():
                return (self.document.language or "").split("-")[0] == tree.code
        return bool(self.places(tree, fields))


@settings(deadline=None)  # the first example builds the parser
@given(trees)
def test_a_formatted_tree_parses_to_itself(tree: Tree) -> None:
    """`format_query` writes what `parse_query` reads, parentheses and quotes included."""
    assert parse_query(format_query(tree)) == tree


@settings(max_examples=400, deadline=None)
@given(trees, documents)
def test_the_matcher_agrees_with_the_naive_evaluator(tree: Tree, document: Document) -> None:
    """Same verdict, and every span is the text it points at."""
    try:
        matcher = compile_rules([Rule("r", "", query=format_query(tree))], ACTORS, TOPICS)
    except RuleFaults:  # it could match everything: make it need a word
        tree = And((tree, Term("quartz")))
        matcher = compile_rules([Rule("r", "", query=format_query(tree))], ACTORS, TOPICS)
    matches = matcher.match(document)
    assert bool(matches) == Naive(document).holds(tree)
    for span in (span for match in matches for span in match.spans):
        assert getattr(document, span.field)[span.start : span.end] == span.text


@settings(max_examples=60, deadline=None)
@given(st.lists(trees, min_size=1, max_size=6), documents)
def test_presearch_changes_nothing(several: list[Tree], document: Document) -> None:
    """Many rules at once: those that presearch lets through give the matches that asking every rule gives."""
    rules = [Rule(f"r{n}", "", query=format_query(And((tree, Term("quartz"))))) for n, tree in enumerate(several)]
    near = [Rule(f"n{n}", "", query=f"(Lima OR @bird) NEAR/{n} (quartz OR #talks)") for n in range(1, 7)]
    matcher = compile_rules([*rules, *near], ACTORS, TOPICS)
    matches = matcher.match(document)
    assert matches == matcher.match(document, presearch=False)
    assert {match.rule for match in matches} <= set(matcher.candidates(document))


@settings(deadline=None)
@given(trees, st.sampled_from([None, "en", "ar"]))
def test_no_accepted_rule_fits_an_article_without_its_words(tree: Tree, language: str | None) -> None:
    """What could match everything is refused, so that presearch by words loses nothing."""
    try:
        compile_rules([Rule("r", "", query=format_query(tree))], ACTORS, TOPICS)
    except RuleFaults:
        return
    assert not Naive(Document("Nothing of it", "Nor here.", language)).holds(tree)
