"""What an item, a distance, an alias and a query may say, and what is said of those that may not."""

from __future__ import annotations

import pytest

from monitor.rules.aliases import Alias, parse_alias
from monitor.rules.faults import Flaw
from monitor.rules.items import parse_item, parse_near
from monitor.rules.query import parse_query
from monitor.rules.tree import And, AtLeast, Language, Near, Not, Or, Ref, Source, Term, Tree, Unit, Within

A, B, C = Term("a"), Term("b"), Term("c")

ITEMS = [
    ("truce", Term("truce")),
    (" several   words ", Term("several words")),
    ('"in quotes"', Term("in quotes")),
    ("=IS", Term("IS", exact=True)),
    ('="Islamic State"', Term("Islamic State", exact=True)),
    ("cross*", Term("cross*")),
    ("border cross*", Term("border cross*")),
    ("title:truce", Within("title", Term("truce"))),
    ("text:@hamas", Within("text", Ref("@", "hamas"))),
    ("@abu-marzouk", Ref("@", "abu-marzouk")),
    ("#gaza.truce", Ref("#", "gaza.truce")),
    ("Re: truce", Term("Re: truce")),
]
BAD_ITEMS = [
    ("", "no word"),
    ("—", "no word"),
    ("=", "no word"),
    ("cro*", "fewer than 4"),
    ("*cross", "at the end of a word"),
    ("cro*ss", "at the end of a word"),
    ("=cross*", "not after `=`"),
    ("titel:truce", "unknown field `titel:`"),
    ("source:reuters", "unknown field `source:`"),
    ("@", "no reference"),
    ("# truce", "no reference"),
    ("Gaza AND truce", "no operator (AND)"),
    ("Gaza NEAR/5 truce", "no operator (NEAR/5)"),
]


@pytest.mark.parametrize(("item", "tree"), ITEMS)
def test_an_item_is_read(item: str, tree: Tree) -> None:
    """Words, phrases, =Exact, prefix*, fields and references."""
    assert parse_item(item) == tree


@pytest.mark.parametrize(("item", "words"), BAD_ITEMS)
def test_a_bad_item_is_named_with_a_remedy(item: str, words: str) -> None:
    """Nothing that looks like an operator, a field or a reference is taken for a word in silence."""
    with pytest.raises(Flaw) as caught:
        parse_item(item)
    assert words in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("near", "reach"),
    [
        (12, (12, Unit.WORDS)),
        ("12", (12, Unit.WORDS)),
        ("3 words", (3, Unit.WORDS)),
        ("sentence", (1, Unit.SENTENCES)),
        ("2 sentences", (2, Unit.SENTENCES)),
        ("paragraph", (1, Unit.PARAGRAPHS)),
    ],
)
def test_a_distance_is_read(near: int | str, reach: tuple[int, Unit]) -> None:
    """In words, sentences or paragraphs."""
    assert parse_near(near) == reach


@pytest.mark.parametrize("near", [0, -1, 201, "0 sentences", "21 sentences", "close", "2.5", "page", ""])
def test_a_bad_distance_is_refused(near: int | str) -> None:
    """With what may be written instead."""
    with pytest.raises(Flaw):
        parse_near(near)


def test_an_alias_carries_company_and_what_it_must_not_stand_beside() -> None:
    """`with` and `without`, entries parted by commas, in either order."""
    expected = Alias(
        Term("Abbas"), (Term("Palestinian"), Term("PA", exact=True)), (Term("Abbas Kamel"), Term("Aragh*"))
    )
    assert parse_alias("Abbas | with Palestinian, =PA | without Abbas Kamel, Aragh*") == expected
    assert parse_alias("Abbas|without Abbas Kamel,Aragh*|with Palestinian,=PA") == expected
    assert parse_alias("=ISIS") == Alias(Term("ISIS", exact=True))


@pytest.mark.parametrize(
    "alias",
    ["| with Fatah", "Abbas |", "Abbas | near Fatah", "Abbas | with", "Abbas | with Fatah,", "Abbas | with a | with b"],
)
def test_a_bad_alias_is_refused(alias: str) -> None:
    """An unknown or empty condition is never taken for part of the name."""
    with pytest.raises(Flaw):
        parse_alias(alias)


QUERIES = [
    ("a OR b AND NOT c", Or((A, And((B, Not(C)))))),
    ("NOT a NEAR/5 b", Not(Near(5, (A, B)))),
    ("(a OR b) AND c", And((Or((A, B)), C))),
    ("a AND b AND c", And((A, B, C))),
    ("(a AND b) AND c", And((And((A, B)), C))),
    ("a NEAR/5 b NEAR/5 c", Near(5, (A, B, C))),
    ("a NEAR/5 b NEAR/7 c", Near(7, (Near(5, (A, B)), C))),
    ("a ONEAR/2 b", Near(2, (A, B), ordered=True)),
    ("a NEAR/2s b", Near(2, (A, B), Unit.SENTENCES)),
    ("a NEAR/1p (b OR c)", Near(1, (A, Or((B, C))), Unit.PARAGRAPHS)),
    ("title:(a OR b) AND text:c", And((Within("title", Or((A, B))), Within("text", C)))),
    ("lang:ar-EG AND a", And((Language("ar-eg"), A))),
    ("source:BBC-Arabic AND a", And((Source("bbc-arabic"), A))),
    ("source:bbc* OR a", Or((Source("bbc*"), A))),
    ("ATLEAST/3 (a ^2, b OR c, c ^3)", AtLeast(3, (A, Or((B, C)), C), (2, 1, 3))),
    ("ATLEAST/2 (a, b OR c, c)", AtLeast(2, (A, Or((B, C)), C))),
    ('"two words" OR “curly quotes”', Or((Term("two words"), Term("curly quotes")))),
    (r'"a \"b\" c"', Term('a "b" c')),
    ('=IS OR ="Islamic State"', Or((Term("IS", exact=True), Term("Islamic State", exact=True)))),
    ("@hamas NEAR/12 #truce", Near(12, (Ref("@", "hamas"), Ref("#", "truce")))),
    ("truce* AND\n  cease-fire", And((Term("truce*"), Term("cease-fire")))),
    ("butter AND ORacle", And((Term("butter"), Term("ORacle")))),
    ("لحماس AND רפיח", And((Term("لحماس"), Term("רפיח")))),
]
BAD_QUERIES = [
    ("", "empty", 0),
    ("Gaza truce", "line 1, column 6: an operator is missing before `truce`", 5),
    ("Gaza and truce", "column 6: an operator is missing before `and`", 5),
    ("Gaza WITHIN/5 truce", "column 6: unknown operator `WITHIN/5`", 5),
    ("Gaza XOR truce", "column 6: unknown operator `XOR`", 5),
    ("Gaza NEAR truce", "column 6: `NEAR` is no distance", 5),
    ("Gaza near/5 truce", "column 6: `near/5` is no distance", 5),
    ("Gaza NEAR/0 truce", "column 6: `NEAR/0`: a distance of 0", 5),
    ("Gaza NEAR/201 truce", "column 6: `NEAR/201`: a distance of 201", 5),
    ("Gaza NEAR/21s truce", "column 6: `NEAR/21s`: a distance of 21", 5),
    ("Gaza ONEAR/2s truce", "column 6: `ONEAR/2s`", 5),
    ("Gaza && truce", "column 6: unknown operator `&&`", 5),
    ("Gaza AND -truce", "column 10: unknown operator `-truce`", 9),
    ("+Gaza", "column 1: unknown operator `+Gaza`", 0),
    ("Gaza AND", "column 9: the query ends too early", 8),
    ("(Gaza OR truce", "column 15: the query ends too early", 14),
    ("Gaza) OR truce", "column 5: `)` cannot stand here", 4),
    ("Gaza AND OR truce", "column 10: `OR` cannot stand here", 9),
    ("feed:reuters AND Gaza", "column 1: unknown field `feed:`", 0),
    ("ATLEAST/2 (a ^0, b)", "column 14: `^0`: a weight of 0", 13),
    ("ATLEAST/9 (a ^3, b)", "column 1: `ATLEAST/9` asks for 9 of 4", 0),
    ("a ^2", "column 3: `^2` cannot stand here", 2),
    ('Gaza AND "truce', "column 10: a quotation mark that is never closed", 9),
    ("Gaza AND tru*", "column 10: `tru*`: fewer than 4 letters", 9),
    ("Gaza AND t*ce", "column 10: `t*ce`: a star stands at the end", 9),
    ("(Gaza AND a) NEAR/5 truce", "column 14: `NEAR/5` stands beside an AND", 13),
    ("Gaza AND ATLEAST/3 (a, b)", "column 10: `ATLEAST/3` asks for 3 of 2", 9),
    ('Gaza AND "--"', "column 10: `--` has no word in it", 9),
    ("Gaza\nAND OR truce", "line 2, column 5: `OR` cannot stand here", 4),
]


@pytest.mark.parametrize(("query", "tree"), QUERIES)
def test_a_query_is_read(query: str, tree: Tree) -> None:
    """NEAR binds tightest, then NOT, AND, OR."""
    assert parse_query(query) == tree


@pytest.mark.parametrize(("query", "message", "column"), BAD_QUERIES)
def test_a_bad_query_is_named_with_position_and_caret(query: str, message: str, column: int) -> None:
    """The caret stands under the place, below the line of the query that holds it."""
    with pytest.raises(Flaw) as caught:
        parse_query(query)
    assert message in caught.value.message
    if query:
        remedy, line, caret = caught.value.remedy.rsplit("\n", 2)
        assert remedy
        assert line.strip() in query
        assert caret == " " * (4 + column) + "^"


def test_what_was_expected_is_told() -> None:
    """So that the person need not look up the grammar."""
    with pytest.raises(Flaw) as caught:
        parse_query("Gaza truce")
    assert caught.value.remedy.startswith('expected OR, AND, NEAR/n or the end; a phrase needs "quotes"')
