"""The `query` string: `parse_query` reads it, `format_query` writes it, and each is the other's inverse on trees.

    Gaza AND (truce* OR "cease fire") AND NOT title:opinion
    (@hamas OR Gaza) NEAR/12 #truce        at most twelve words apart; NEAR/2s: sentences, NEAR/1p: paragraph
    Hamas ONEAR/5 Cairo                    in this order
    ATLEAST/2 (Rafah, Sinai, Philadelphi)  two of them
    ATLEAST/4 (@haniyeh ^3, truce, Cairo)  weights: an item counts one unless it says more
    lang:ar AND =حماس                      the language the document says it is in; the word exactly as written
    source:bbc* AND Gaza                   the feed it came by, by id; a star stands for any ending

NEAR binds tightest, then NOT, AND, OR. Operators are in capitals. Two words side by side are an error, never an AND:
write an operator between them, or quotes around a phrase.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args
from lark.exceptions import VisitError

from monitor.rules.faults import Flaw
from monitor.rules.items import at_least, check_reach, check_term, check_weight
from monitor.rules.tree import (
    FIELDS,
    And,
    AtLeast,
    Language,
    Near,
    Not,
    Or,
    Ref,
    Source,
    Term,
    Tree,
    Unit,
    Within,
    joined,
)

_RESERVED = frozenset({
    "AND", "OR", "NOT", "NEAR", "ONEAR", "ATLEAST", "XOR", "ANDNOT", "WITHIN", "ADJ", "BEFORE", "AFTER", "BUT",
})  # fmt: skip
_GRAMMAR = r"""
?start: either
?either: both (_OR both)*
?both: unless (_AND unless)*
?unless: _NOT unless -> negated
       | close
?close: atom (NEAR atom)*
?atom: "(" either ")"
     | FIELD atom -> within
     | LANG -> language
     | SOURCE -> source
     | ATLEAST "(" weighed ("," weighed)* ")" -> at_least
     | ACTOR -> ref
     | TOPIC -> ref
     | EXACT -> exact
     | QUOTED -> quoted
     | WORD -> word
     | ALIEN -> alien
weighed: either WEIGHT?

_OR.3: /OR(?![^\s()"“=@#])/
_AND.3: /AND(?![^\s()"“=@#])/
_NOT.3: /NOT(?![^\s()"“=@#])/
NEAR.3: /O?NEAR\/[0-9]{1,4}[sp]?(?![^\s()"“=@#])/
ATLEAST.3: /ATLEAST\/[0-9]{1,4}(?![^\s(])/
LANG.3: /lang:[A-Za-z]{2,3}(?:-[A-Za-z0-9]+)*(?![^\s(),])/
SOURCE.3: /source:[\w.-]+\*?(?![^\s(),])/
WEIGHT.3: /\^[0-9]{1,2}(?![^\s(),])/
FIELD.3: /(?:title|text):/
ACTOR.2: /@[\w.-]+/
TOPIC.2: /#[\w.-]+/
EXACT.2: /=(?:"(?:[^"\\]|\\.)*"|“[^”]*”|[^\s()",“”]+)/
QUOTED.2: /"(?:[^"\\]|\\.)*"|“[^”]*”/
ALIEN.1: /[^\s()",“”]*[\/:&|!+~^?{}\[\]<>\\][^\s()",“”]*|-[^\s()",“”]*|(?:%RESERVED%)(?![^\s(),"“”])/
WORD.0: /(?!-)[^\s()":,“”=@#\/&|!+~^?\\{}\[\]<>]+(?![^\s(),"“”])/
%ignore /\s+/
""".replace("%RESERVED%", "|".join(sorted(_RESERVED)))
_EXPECTED = {
    "_OR": "OR", "_AND": "AND", "NEAR": "NEAR/n", "_NOT": "NOT", "LPAR": "(", "RPAR": ")", "COMMA": "a comma",
    "WORD": "a word", "QUOTED": 'a "phrase"', "ACTOR": "@actor", "TOPIC": "#topic", "EXACT": "=Exact",
    "FIELD": "title: or text:", "LANG": "lang:", "SOURCE": "source:", "WEIGHT": "^weight",
    "ATLEAST": "ATLEAST/n", "$END": "the end",
}  # fmt: skip
_OPERAND = ("WORD", "QUOTED")
_PLAIN_WORD = re.compile(r"(?!-)[^\s()\":,“”=@#/&|!+~^?\\{}\[\]<>]+")


def parse_query(query: str) -> Tree:
    """The tree of a query. Raises `Flaw` with line, column, a caret and what was expected there."""
    if not query.strip():
        raise Flaw("the query is empty", "write what to look for: Gaza AND truce")
    try:
        tree = _parser().parse(query)
        return _Builder().transform(tree)
    except UnexpectedInput as error:
        raise _unexpected(query, error) from None
    except VisitError as error:
        if isinstance(error.orig_exc, _Alien):
            raise error.orig_exc.flaw(query) from None
        raise


def format_query(tree: Tree) -> str:
    """The tree as a query string, with as few parentheses as it takes."""
    match tree:
        case Term():
            return ("=" if tree.exact else "") + _written(tree)
        case Ref():
            return tree.sign + tree.id
        case Language():
            return f"lang:{tree.code}"
        case Source():
            return f"source:{tree.feed}"
        case Within():
            return f"{tree.field}:{_inside(tree.part, _ATOM)}"
        case Not():
            return f"NOT {_inside(tree.part, _UNLESS)}"
        case AtLeast():
            return f"ATLEAST/{tree.count} ({', '.join(_weighed(tree))})"
        case And() | Or():
            word, level = (" AND ", _UNLESS) if isinstance(tree, And) else (" OR ", _BOTH)
            return word.join(_inside(part, level) for part in tree.parts)
        case Near():
            sign = f" {'O' if tree.ordered else ''}NEAR/{tree.reach}{tree.unit.value} "
            return sign.join(_inside(part, _ATOM) for part in tree.parts)


def _weighed(tree: AtLeast) -> Iterator[str]:
    for part, weight in zip(tree.parts, tree.weighed, strict=True):
        yield format_query(part) + (f" ^{weight}" if weight != 1 else "")


_BOTH, _UNLESS, _ATOM = 1, 2, 3
"""How tightly a place binds: what stands there bare, and what needs parentheses."""


def _inside(tree: Tree, level: int) -> str:
    own = {Or: 0, And: _BOTH, Not: _UNLESS, Near: _UNLESS}.get(type(tree), _ATOM)
    text = format_query(tree)
    return text if own >= level else f"({text})"


def _written(term: Term) -> str:
    bare = _PLAIN_WORD.fullmatch(term.text) and term.text not in _RESERVED
    if bare and not (term.exact and term.text.endswith("*")):
        return term.text
    return '"' + term.text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer="basic", propagate_positions=False)


class _Alien(Exception):
    def __init__(self, message: str, remedy: str, position: int) -> None:
        super().__init__(message)
        self.message, self.remedy, self.position = message, remedy, position

    def flaw(self, query: str) -> Flaw:
        return _flaw(query, self.position, self.message, self.remedy)


@v_args(inline=True)
class _Builder(Transformer[Token, Tree]):
    """Lark's tree → ours."""

    def either(self, *parts: Tree) -> Tree:
        return joined(Or, parts)

    def both(self, *parts: Tree) -> Tree:
        return joined(And, parts)

    def negated(self, part: Tree) -> Tree:
        return Not(part)

    def close(self, first: Tree, *rest: Tree | Token) -> Tree:
        """Runs of one operator become one node; a different one takes what stands before it as its first part."""
        tree, run = first, [first]
        signs, parts = rest[::2], rest[1::2]
        for n, (sign, part) in enumerate(zip(signs, parts, strict=True)):
            assert isinstance(sign, Token)  # noqa: S101 - the grammar alternates them
            assert not isinstance(part, Token)  # noqa: S101 - as above
            if n and sign != signs[n - 1]:
                run = [tree]
            run.append(part)
            tree = _near(sign, tuple(run))
        return tree

    def within(self, field: Token, part: Tree) -> Tree:
        return Within(field.rstrip(":"), part)

    def language(self, token: Token) -> Tree:
        return Language(token.removeprefix("lang:").lower())

    def source(self, token: Token) -> Tree:
        return Source(token.removeprefix("source:").lower())

    def weighed(self, part: Tree, weight: Token | None = None) -> tuple[Tree, int]:
        try:
            return part, check_weight(weight.removeprefix("^")) if weight else 1
        except Flaw as flaw:
            raise _Alien(flaw.message, flaw.remedy, (weight and weight.start_pos) or 0) from None

    def at_least(self, sign: Token, *parts: tuple[Tree, int]) -> Tree:
        count, total = int(sign.partition("/")[2]), sum(weight for _, weight in parts)
        if not 1 <= count <= total:
            message = f"`{sign}` asks for {count} of {total}"
            raise _Alien(message, f"name a number from 1 to {total}", sign.start_pos or 0)
        return at_least(count, parts)

    def ref(self, token: Token) -> Tree:
        return Ref(token[0], token[1:].rstrip("."))

    def word(self, token: Token) -> Tree:
        return _term(token, token, exact=False)

    def quoted(self, token: Token) -> Tree:
        return _term(token, _unquoted(token), exact=False)

    def exact(self, token: Token) -> Tree:
        return _term(token, _unquoted(token[1:]), exact=True)

    def alien(self, token: Token) -> Tree:
        raise _Alien(*_about_alien(token), token.start_pos or 0)


def _near(sign: Token, parts: tuple[Tree, ...]) -> Tree:
    name, _, reach = sign.partition("/")
    unit = Unit(reach[-1]) if reach[-1] in "sp" else Unit.WORDS
    count = int(reach.rstrip("sp"))
    try:
        check_reach(sign, count, unit)
    except Flaw as flaw:
        raise _Alien(flaw.message, flaw.remedy, sign.start_pos or 0) from None
    if name == "ONEAR" and unit is not Unit.WORDS:
        raise _Alien(f"`{sign}`: an order is kept among words only", f"write NEAR/{reach}", sign.start_pos or 0)
    for part in parts:
        if not is_local(part):
            raise _Alien(
                f"`{sign}` stands beside an AND, NOT, lang: or ATLEAST",
                "give it words, phrases, @actors, #topics, ORs of these in parentheses, or another NEAR",
                sign.start_pos or 0,
            )
    return Near(count, parts, unit, name == "ONEAR")


def is_local(tree: Tree) -> bool:
    """Whether the node has places of its own, so that something can be near it."""
    match tree:
        case Term() | Ref() | Near():
            return True
        case Or():
            return all(map(is_local, tree.parts))
        case Within():
            return is_local(tree.part)
        case _:
            return False


def _term(token: Token, text: str, exact: bool) -> Tree:
    try:
        return check_term(text, exact)
    except Flaw as flaw:
        raise _Alien(flaw.message, flaw.remedy, token.start_pos or 0) from None


def _unquoted(text: str) -> str:
    if text.startswith('"'):
        return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
    return text[1:-1] if text.startswith("“") else text


def _about_alien(text: str) -> tuple[str, str]:
    """What to say of a string that is neither word nor operator."""
    name, colon, _ = text.partition(":")
    if colon and name.isalpha() and name not in FIELDS and "/" not in text:
        return (
            f"unknown field `{name}:`",
            'the fields are title:, text:, lang: and source:; a colon in a phrase needs "quotes"',
        )
    if text.upper().startswith(("NEAR", "ONEAR")):
        return f"`{text}` is no distance", "write NEAR/5 (words), NEAR/2s (sentences) or NEAR/1p (paragraph)"
    if text.startswith("-"):
        return f"unknown operator `{text}`", "to leave something out, write AND NOT"
    operators = "the operators are AND, OR, NOT, NEAR/n, ONEAR/n and ATLEAST/n"
    return f"unknown operator `{text}`", f'{operators}; text that holds such signs needs "quotes"'


def _unexpected(query: str, error: UnexpectedInput) -> Flaw:
    position = int(getattr(error, "pos_in_stream", None) or 0)
    if isinstance(error, UnexpectedToken):
        token, wanted = error.token, _wanted(error.accepts or error.expected)
        if token.type == "$END":
            return _flaw(query, len(query.rstrip()), "the query ends too early", f"expected {wanted}")
        if token.type == "ALIEN":
            return _flaw(query, position, *_about_alien(str(token)))
        if token.type in (*_OPERAND, "ACTOR", "TOPIC", "EXACT", "FIELD", "LANG", "SOURCE", "LPAR", "ATLEAST"):
            small = str(token) in ("and", "or", "not")
            remedy = f"write {token.upper()}" if small else f'expected {wanted}; a phrase needs "quotes"'
            return _flaw(query, position, f"an operator is missing before `{token}`", remedy)
        return _flaw(query, position, f"`{token}` cannot stand here", f"expected {wanted}")
    sign = query[position : position + 1]
    if isinstance(error, UnexpectedCharacters) and sign in '"“':
        return _flaw(query, position, "a quotation mark that is never closed", "close it, or leave it out")
    return _flaw(query, position, f"`{sign}` cannot stand here", 'text that holds such signs needs "quotes"')


def _wanted(names: set[str]) -> str:
    known = [text for name, text in _EXPECTED.items() if name in names]
    return " or ".join([", ".join(known[:-1]), known[-1]] if len(known) > 1 else known) or "the end"


def _flaw(query: str, position: int, message: str, remedy: str) -> Flaw:
    """With the line that holds the position, and a caret under it."""
    start = query.rfind("\n", 0, position) + 1
    line = query[start:].split("\n", 1)[0]
    before = "".join("\t" if c == "\t" else " " for c in query[start:position])
    where = f"line {query.count(chr(10), 0, position) + 1}, column {position - start + 1}"
    return Flaw(f"{where}: {message}", f"{remedy}\n    {line}\n    {before}^")
