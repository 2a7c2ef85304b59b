"""The one expression tree that both faces of a rule compile to: the structured keys and the `query` string."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """In what the reach of a NEAR is counted; the value is its sign in a query: NEAR/5, NEAR/2s, NEAR/1p."""

    WORDS = ""
    SENTENCES = "s"
    PARAGRAPHS = "p"


class Sound(StrEnum):
    """Which other spellings of a name count."""

    AS_WRITTEN = ""
    WORDS = "words"
    """Those of the same consonants and like vowels, each word in a capital."""
    WORD = "word"
    """Those of the same vowel classes, in a capital; of the one word that is a name, beside articles and `Abu`."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a phrase; `*` at the end of a word stands for any ending. `exact` turns every folding off."""

    text: str
    exact: bool = False
    sound: Sound = Sound.AS_WRITTEN
    """Anything else is for the names of actors; no item and no query asks for it."""


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to an actor (`@`) or a topic (`#`)."""

    sign: str
    id: str


@dataclass(frozen=True, slots=True)
class Within:
    """`title:` or `text:`: the part must hold in that field."""

    field: str
    part: Tree


@dataclass(frozen=True, slots=True)
class Language:
    """`lang:ar`: the document says that it is in that language (or a regional form of it)."""

    code: str


@dataclass(frozen=True, slots=True)
class Source:
    """`source:bbc-arabic`: the document came by that feed; a `*` at the end stands for any ending."""

    feed: str


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold anywhere in the document (in the field, inside a `title:` or `text:`)."""

    part: Tree


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; two or more of them."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One part holds at least; two or more of them."""

    parts: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """`ATLEAST/n (a, b, c ^2)`: the weights of the parts that hold make n at least; a part weighs one unless it says
    otherwise."""

    count: int
    parts: tuple[Tree, ...]
    weights: tuple[int, ...] = ()
    """Of each part; empty where all weigh one."""

    @property
    def weighed(self) -> tuple[int, ...]:
        return self.weights or (1,) * len(self.parts)


@dataclass(frozen=True, slots=True)
class Near:
    """Hits of all parts in one place.

    WORDS: one hit of each part can be picked so that from each to the next in the text it is `reach` words at most
    (neighbours are one word apart, overlapping hits none), all in one paragraph; the title is a paragraph of its own.
    `ordered` asks for the order of the parts. SENTENCES, PARAGRAPHS: all hits begin within `reach` consecutive ones;
    the title is one of each, before the first of the text.
    """

    reach: int
    parts: tuple[Tree, ...]
    unit: Unit = Unit.WORDS
    ordered: bool = False


Tree = Term | Ref | Within | Language | Source | Not | And | Or | AtLeast | Near

FIELDS = ("title", "text")
MAX_REACH = {Unit.WORDS: 200, Unit.SENTENCES: 20, Unit.PARAGRAPHS: 20}
"""How far a NEAR may reach: beyond it says no more than AND, and costs much."""
MAX_WEIGHT = 99
MIN_PREFIX = 4
"""Letters before a `*`."""


def parts_of(tree: Tree) -> tuple[Tree, ...]:
    """The direct parts of a node."""
    if isinstance(tree, And | Or | AtLeast | Near):
        return tree.parts
    return (tree.part,) if isinstance(tree, Not | Within) else ()


def walk(tree: Tree) -> Iterator[Tree]:
    """The node and all below it."""
    yield tree
    for part in parts_of(tree):
        yield from walk(part)


def joined(kind: type[And] | type[Or], parts: tuple[Tree, ...]) -> Tree:
    """The parts under one node; a single part stays itself."""
    return parts[0] if len(parts) == 1 else kind(parts)
