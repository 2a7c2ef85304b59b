"""The structured face: the items and keys of a rule → the expression tree.

An item is a word, a phrase of words, `=Exact`, `prefix*`, `title:item`, `text:item`, `@actor` or `#topic`; in `of` it
may end in a weight, `@haniyeh ^3`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from monitor.errors import RuleFault
from monitor.model.settings import Rule
from monitor.rules.faults import Flaw
from monitor.rules.tree import (
    FIELDS,
    MAX_REACH,
    MAX_WEIGHT,
    MIN_PREFIX,
    And,
    AtLeast,
    Near,
    Not,
    Or,
    Ref,
    Term,
    Tree,
    Unit,
    Within,
    joined,
)
from monitor.text.tokens import words_of

_FIELD = re.compile(r"([A-Za-z]+):(?=\S)")
_REFERENCE = re.compile(r"[@#][\w.-]*\w")
_OPERATOR = re.compile(r"(?<!\S)(?:AND|OR|NOT|O?NEAR/\S+)(?!\S)")
_WEIGHED = re.compile(r"(.*\S)\s+\^(\d{1,4})", re.DOTALL)
_STAR = re.compile(r"([^\s*]*)\*(\S?)")
_REACH = re.compile(r"(?:(\d+) )?(word|sentence|paragraph)s?")
_UNITS = {"word": Unit.WORDS, "sentence": Unit.SENTENCES, "paragraph": Unit.PARAGRAPHS}


def check_term(text: str, exact: bool) -> Term:
    """A term that can hit something. Raises `Flaw`."""
    text = " ".join(text.split())
    if not words_of(text):
        raise Flaw(f"`{text}` has no word in it", "write a word or a phrase")
    for stem, more in _STAR.findall(text):
        if exact or more:
            raise Flaw(f"`{text}`: a star stands at the end of a word only, and not after `=`", "write crossing*")
        if sum(map(str.isalnum, stem)) < MIN_PREFIX:
            raise Flaw(f"`{text}`: fewer than {MIN_PREFIX} letters before the star", "write more of the word")
    return Term(text, exact)


def parse_item(item: str) -> Tree:
    """One string of `all`, `any`, `of` or `none`. Raises `Flaw`."""
    item = item.strip()
    if named := _FIELD.match(item):
        if named[1] not in FIELDS:
            raise Flaw(f"unknown field `{named[1]}:`", "the fields are title: and text:")
        return Within(named[1], parse_item(item[named.end() :]))
    if item[:1] in ("@", "#"):
        return parse_reference(item)
    exact = item.startswith("=")
    bare = item[1:] if exact else item
    if bare[:1] == '"' and bare[-1:] == '"' and len(bare) > 1:
        bare = bare[1:-1]
    if not exact and (operator := _OPERATOR.search(bare)):
        raise Flaw(f"`{item}`: an item holds no operator ({operator.group()})", "write it as the rule's `query`")
    return check_term(bare, exact)


def parse_reference(item: str) -> Ref:
    """`@actor` or `#topic`. Raises `Flaw`."""
    item = item.strip()
    if not _REFERENCE.fullmatch(item):
        raise Flaw(f"`{item}` is no reference", "write @actor or #topic, by id")
    return Ref(item[0], item[1:])


def parse_near(near: int | str) -> tuple[int, Unit]:
    """`12`, "sentence", "2 sentences", "paragraph" → how many of what. Raises `Flaw`."""
    if isinstance(near, int) or near.strip().isdigit():
        count, unit = int(near), Unit.WORDS
    elif match := _REACH.fullmatch(near.strip()):
        count, unit = int(match[1] or 1), _UNITS[match[2]]
    else:
        raise Flaw(f"`{near}` is no distance", 'write a number of words, "sentence", "2 sentences" or "paragraph"')
    check_reach(str(near), count, unit)
    return count, unit


def check_reach(written: str, count: int, unit: Unit) -> None:
    """Raises `Flaw` for a distance of nothing, or beyond what a NEAR may span."""
    if not 1 <= count <= MAX_REACH[unit]:
        raise Flaw(f"`{written}`: a distance of {count}", f"write a number from 1 to {MAX_REACH[unit]}")


def check_weight(text: str) -> int:
    """Raises `Flaw` for a weight of nothing."""
    weight = int(text)
    if not 1 <= weight <= MAX_WEIGHT:
        raise Flaw(f"`^{text}`: a weight of {weight}", f"write a number from 1 to {MAX_WEIGHT}")
    return weight


def at_least(count: int, weighed: Sequence[tuple[Tree, int]]) -> AtLeast:
    """The node of so many of these."""
    weights = tuple(weight for _, weight in weighed)
    return AtLeast(count, tuple(part for part, _ in weighed), weights if set(weights) != {1} else ())


def parse_weighed(item: str) -> tuple[Tree, int]:
    """One string of `of`, which may end in its weight: `@haniyeh ^3`. Raises `Flaw`."""
    match = _WEIGHED.fullmatch(item.strip())
    return (parse_item(match[1]), check_weight(match[2])) if match else (parse_item(item), 1)


class _Reader:
    """Reads the keys of one rule, collecting what is wrong with them."""

    def __init__(self, rule_id: str) -> None:
        self.rule_id = rule_id
        self.faults: list[RuleFault] = []

    def fault(self, key: str, flaw: Flaw) -> None:
        self.faults.append(flaw.at("rules", self.rule_id, key))

    def items(self, key: str, items: Sequence[str]) -> tuple[Tree, ...]:
        return tuple(tree for tree, _ in self.read(key, items, lambda item: (parse_item(item), 1)))

    def read(self, key: str, items: Sequence[str], parse: Callable[[str], tuple[Tree, int]]) -> list[tuple[Tree, int]]:
        """With their weights."""
        found = []
        for item in items:
            try:
                found.append(parse(item))
            except Flaw as flaw:
                self.fault(key, flaw)
        return found


def rule_tree(rule: Rule, parse_query: Callable[[str], Tree]) -> tuple[Tree | None, list[RuleFault]]:
    """The tree of a rule, or None, and everything wrong with its strings. References are not looked up here."""
    reader = _Reader(rule.id)
    parts = [*_required(rule, reader), *_chosen(rule, reader)]
    if rule.query is not None:
        try:
            parts.append(parse_query(rule.query))
        except Flaw as flaw:
            reader.fault("query", flaw)
    if not parts and not reader.faults:
        reader.fault("all", Flaw("the rule says nothing to look for", "give it `all`, `any`, `of` or `query`"))
    if forbidden := reader.items("none", rule.none):
        parts.append(Not(joined(Or, forbidden)))
    return (None if reader.faults else joined(And, tuple(parts))), reader.faults


def _required(rule: Rule, reader: _Reader) -> list[Tree]:
    """`all`, under its `near`."""
    groups = []
    for group in rule.all:
        if not group:
            reader.fault("all", Flaw("a group without items", "give it an item, or take it out"))
        elif items := reader.items("all", group):
            groups.append(joined(Or, items))
    if rule.near is None:
        return groups
    try:
        reach, unit = parse_near(rule.near)
        if len(rule.all) < 2:
            raise Flaw(
                "`near` binds the groups of `all` together, and there are not two", "add a group, or take it out"
            )
    except Flaw as flaw:
        reader.fault("near", flaw)
        return groups
    return [Near(reach, tuple(groups), unit)] if len(groups) > 1 else groups


def _chosen(rule: Rule, reader: _Reader) -> list[Tree]:
    """`any`, and `of` with its `at_least`."""
    parts: list[Tree] = []
    if items := reader.items("any", rule.any):
        parts.append(joined(Or, items))
    if rule.of or rule.at_least:
        weighed = reader.read("of", rule.of, parse_weighed)
        total = sum(weight for _, weight in weighed)
        if len(weighed) == len(rule.of) and not 1 <= rule.at_least <= total:
            by_weight = ", counted by weight" if total > len(weighed) else ""
            message = f"`at_least` asks for {rule.at_least} of the {total} items in `of`{by_weight}"
            reader.fault("at_least", Flaw(message, "name a number between 1 and that"))
        elif weighed:
            parts.append(at_least(rule.at_least, weighed))
    return parts
