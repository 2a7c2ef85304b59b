"""Where a path of the file stands, as a line number.

tomllib gives values without positions. tree-sitter reads the same text again, only when there is something to place,
and the walk below repeats TOML's rule (v1.0.0, "Array of Tables") that a header after `[[feeds]]` speaks of the last
of the feeds.
"""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from monitor.config.faults import Path

if TYPE_CHECKING:
    from tree_sitter import Node

_KEYS = ("bare_key", "quoted_key", "dotted_key")


class Lines:
    """The line on which each key, table and list item of a TOML text begins."""

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        for node in _tree(text).named_children:
            if node.type == "pair":
                self._pair(node, ())
            elif node.type in ("table", "table_array_element"):
                self._table(node)

    def of(self, path: Path) -> int | None:
        """The line of `path`, or of the nearest thing around it that the file has."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return None

    def _table(self, node: Node) -> None:
        header, *pairs = node.named_children if node.named_children else [node]
        *parents, last = _keys(header)
        line = header.start_point.row + 1
        path: Path = ()
        for key in parents:
            path = self._last(self._note((*path, key), line))
        path = self._note((*path, last), line)
        if node.type == "table_array_element":
            self._counts[path] = self._counts.get(path, 0) + 1
            path = self._note(self._last(path), line)
        for pair in pairs:
            if pair.type == "pair":
                self._pair(pair, path)

    def _pair(self, node: Node, path: Path) -> None:
        key, value = (child for child in node.named_children if child.type != "comment")
        for part in _keys(key):
            path = self._note((*path, part), key.start_point.row + 1)
        self._value(value, path)

    def _value(self, node: Node, path: Path) -> None:
        inner = [child for child in node.named_children if child.type != "comment"]
        if node.type == "inline_table":
            for pair in inner:
                self._pair(pair, path)
        elif node.type == "array":
            for index, item in enumerate(inner):
                self._value(item, self._note((*path, index), item.start_point.row + 1))

    def _note(self, path: Path, line: int) -> Path:
        self._lines.setdefault(path, line)
        return path

    def _last(self, path: Path) -> Path:
        """`feeds` → `feeds[1]`, where there are two so far."""
        return (*path, self._counts[path] - 1) if path in self._counts else path


def _tree(text: str) -> Node:
    import tree_sitter
    import tree_sitter_toml

    language = tree_sitter.Language(tree_sitter_toml.language())
    return tree_sitter.Parser(language).parse(text.encode()).root_node


def _keys(node: Node) -> list[str]:
    """The parts of a key, unquoted. A dotted key is a tree that leans left, as deep as it has dots: no recursion."""
    parts: list[str] = []
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if here.type == "dotted_key":
            waiting += [child for child in here.named_children if child.type in _KEYS]
        else:
            parts.append(_unquoted(here))
    return parts[::-1]  # the last part came off the stack first


def _unquoted(node: Node) -> str:
    text = (node.text or b"").decode()
    return next(iter(tomllib.loads(f"{text} = 0"))) if node.type == "quoted_key" else text
