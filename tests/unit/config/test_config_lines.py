"""Positions: whatever the layout of the file, a path leads to its line."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.config import parse, place
from monitor.config.lines import Lines
from monitor.errors import ConfigError, RuleFault

NOISE = ["", "\n", "# a = 'decoy'\n", "\n   # [not.a.table]\n\n"]


class Layout:
    """Draws TOML of any layout in which each scalar is a number of its own, so that its line can be found by eye."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._next = 1000

    def document(self) -> str:
        blocks = [self.pairs(), *(self._draw(st.sampled_from([self.table, self.array]))() for _ in range(self.few()))]
        return "".join(block + self.noise() for block in blocks)

    def few(self, most: int = 3) -> int:
        return self._draw(st.integers(0, most))

    def noise(self) -> str:
        return self._draw(st.sampled_from(NOISE))

    def number(self) -> int:
        self._next += 1
        return self._next

    def key(self) -> str:
        form = self._draw(st.sampled_from(["k{}", '"k {}"', "'k.{}'", '"\\u00e9{}"', "k{0}.x", 'k{0} . "y z".w']))
        return form.format(self.number())

    def pairs(self) -> str:
        lines = (f"{self.key()} = {self.value()}{self.comment()}\n{self.noise()}" for _ in range(self.few()))
        return "".join(lines)

    def comment(self) -> str:
        return self._draw(st.sampled_from(["", "  # why", " # ] } ["]))

    def value(self, depth: int = 0) -> str:
        kinds = ["number", "text"] if depth > 2 else ["number", "text", "list", "inline"]
        kind = self._draw(st.sampled_from(kinds))
        if kind == "list":
            return self.list(depth)
        if kind == "inline":
            pairs = ", ".join(f"{self.key()} = {self.value(depth + 1)}" for _ in range(self.few()))
            return "{" + pairs + "}"
        if kind == "text":
            return self._draw(st.sampled_from(['"""\n\na = 1\n"""', "'''\n[x]\n'''", '"# no comment"', "07:00:00"]))
        return str(self.number())

    def list(self, depth: int) -> str:
        between = [", ", ",\n  ", ", # why\n", "\n,\n"]
        items = [self.value(depth + 1) for _ in range(self.few())]
        text = "".join(item + self._draw(st.sampled_from(between)) for item in items)
        return "[" + self._draw(st.sampled_from(["", "\n", " # first\n"])) + text + "]"

    def table(self) -> str:
        name = f"t{self.number()}"
        inner = f"[ {name} . 'in ner' ]\n{self.pairs()}" if self.few() else ""
        return f"[{name}]{self.comment()}\n{self.pairs()}{inner}"

    def array(self) -> str:
        name = f"a{self.number()}"
        return "".join(self.item(name) for _ in range(1 + self.few()))

    def item(self, name: str) -> str:
        text = f"[[{name}]]{self.comment()}\n{self.pairs()}"
        if self.few():
            text += f"[{name}.sub]\n{self.pairs()}[{name}.sub.deeper]\n{self.pairs()}"
        for _ in range(self.few(2)):
            text += f"[[{name}.list]]\n{self.pairs()}[{name}.list.own]\n{self.pairs()}"
        return text


@st.composite
def layouts(draw: st.DrawFn) -> str:
    """A TOML document."""
    return Layout(draw).document()


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], int]]:
    """Every number in a document with its path."""
    if isinstance(value, int):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))


def line_with(text: str, needle: str) -> int:
    """The number of the one line that holds `needle`."""
    (found,) = [number for number, line in enumerate(text.split("\n"), 1) if needle in line]
    return found


@given(layouts())
def test_every_value_of_every_layout_has_the_line_it_stands_on(text: str) -> None:
    """Tables, arrays of tables, dotted keys, inline tables and lists of many lines lead to the right line."""
    lines = Lines(text)
    wrong = {
        path: lines.of(path) for path, n in leaves(tomllib.loads(text)) if lines.of(path) != line_with(text, str(n))
    }
    assert wrong == {}


FEEDS = [
    '[[feeds]]\nurl = "https://example.org/{}"\n',
    '[[feeds]] # one\n\n  "url" = "https://example.org/{}"\n  auth.bearer = "env:X"\n',
    '[[feeds]]\nurl = "https://example.org/{}"\n[feeds.auth]\nuser = "me"\npassword = "env:X"\n',
]
RULES = [
    '[[rules]]\nid = "r{}"\nall = [\n  "Gaza", # [[feeds]]\n  ["truce",\n   "ceasefire"],\n]\n',
    '[[rules]]\nid = "r{}"\nat_least = {{ count = 1, of = ["a", "b"] }}\ndescription = """\ntypo = 1\n"""\n',
]


@given(st.lists(st.sampled_from(FEEDS + RULES), min_size=1, max_size=6), st.data())
def test_a_misspelt_key_is_reported_on_its_own_line(blocks: list[str], data: st.DataObject) -> None:
    """One unknown key, in any table of a generated config, gives one problem, which points to that key."""
    filled = [block.format(number) for number, block in enumerate(blocks)]
    victim = data.draw(st.integers(0, len(filled) - 1))
    header, rest = filled[victim].split("\n", 1)
    filled[victim] = f"{header}\n{data.draw(st.sampled_from(NOISE))}zz_typo = [\n 1,\n]\n{rest}"
    text = data.draw(st.sampled_from(NOISE)).join(filled)
    with pytest.raises(ConfigError) as caught:
        parse(text, "config.toml")
    assert [problem.line for problem in caught.value.problems] == [line_with(text, "zz_typo")]


def test_tables_themselves_have_lines() -> None:
    """A path that ends at a table leads to its header, and one that is not in the file to what is around it."""
    lines = Lines("[a]\n[[b]]\n[[b]]\n[b.c]\nd = 1\n[x.y.z]\n")
    paths: list[tuple[str | int, ...]] = [("a",), ("b",), ("b", 0), ("b", 1), ("b", 1, "c"), ("x",), ("x", "y", "z")]
    assert [lines.of(path) for path in paths] == [1, 2, 2, 3, 4, 6, 6]
    assert (lines.of(("b", 1, "c", "missing")), lines.of(("nowhere",)), lines.of(())) == (4, None, None)


def test_faults_of_the_rule_compiler_are_given_their_lines() -> None:
    """A fault names table, id and key; the problem names file, path and line, in the order of the lines."""
    text = '\ufeff[topics."truce"]\nterms = ["x"]\n\n[[rules]]\nid = "a"\nquery = "x"\n'
    text += '\n[[rules]]\nany = ["y"]\nid = "b"\n'
    faults = [
        RuleFault("rules", "b", "near", "no groups to bind", "add all"),
        RuleFault("rules", "a", "query", 'unknown operator "NEER"', 'did you mean "NEAR"?'),
        RuleFault("topics", "truce", "terms", "bad term"),
        RuleFault("actors", "nobody", "", "no such thing"),
    ]
    assert [str(problem) for problem in place(text, "my.toml", faults)] == [
        "my.toml: actors.nobody: no such thing",
        "my.toml:2: topics.truce.terms: bad term",
        'my.toml:6: rules[0].query: unknown operator "NEER", did you mean "NEAR"?',
        "my.toml:8: rules[1].near: no groups to bind, add all",
    ]
