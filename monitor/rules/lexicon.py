"""All terms of all rules in one trie over words, and the scan that finds every one of them in a text at once.

A word of a text costs one look-up in a memo, however many terms there are: the memo remembers which forms of the
lexicon a word satisfies, and most satisfy none. Only words that do are walked through the trie.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from monitor.rules.forms import Form, Pattern, text_keys
from monitor.rules.tree import MIN_PREFIX

_MEMO_LIMIT = 200_000
"""Distinct words remembered (about 25 MB); beyond, the memo begins anew."""


class _Node:
    """A place in the trie: what follows, by form, and the numbers of the terms that end here."""

    __slots__ = ("following", "terms")

    def __init__(self) -> None:
        self.following: dict[int, _Node] = {}
        self.terms: tuple[int, ...] = ()


class _Memo(dict[str, tuple[int, ...]]):
    """Word of a text → numbers of the forms it satisfies; worked out when first asked for."""

    def __init__(self, find: Callable[[str], tuple[int, ...]]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, word: str) -> tuple[int, ...]:
        if len(self) >= _MEMO_LIMIT:
            self.clear()
        found = self[word] = self._find(word)
        return found


class Lexicon:
    """Patterns with the numbers of the terms they stand for. Add all of them before the first scan."""

    def __init__(self) -> None:
        self._forms: dict[Form, int] = {}
        self._by_key: dict[str, list[int]] = {}
        self._prefix_lengths: set[int] = set()
        self._hyphened: set[int] = set()
        self._root = _Node()
        self._memo = _Memo(self._satisfied)

    def add(self, pattern: Pattern, term: int) -> None:
        """Have `pattern` found as `term`."""
        node = self._root
        for form in pattern:
            node = node.following.setdefault(self._number(form), _Node())
        if term not in node.terms:
            node.terms += (term,)

    def scan(self, words: Sequence[str], is_glued: Callable[[int, bool], bool]) -> dict[int, list[tuple[int, int]]]:
        """Term → where it stands, as (first word, word after the last), in the order of the text.

        `is_glued(i, hyphen)` says whether word i + 1 follows word i within a phrase (by a hyphen).
        """
        memo = self._memo
        known = [(i, forms) for i, word in enumerate(words) if (forms := memo[word])]
        at = dict(known)
        found: dict[int, list[tuple[int, int]]] = {}
        for start, forms in known:
            paths = [(self._root, forms, start)]
            while paths:
                node, numbers, i = paths.pop()
                for number in numbers:
                    after = node.following.get(number)
                    if after is None:
                        continue
                    for term in after.terms:
                        found.setdefault(term, []).append((start, i + 1))
                    if after.following and i + 1 in at and is_glued(i, number in self._hyphened):
                        paths.append((after, at[i + 1], i + 1))
        return found

    def _number(self, form: Form) -> int:
        known = self._forms.get(form)
        if known is not None:
            return known
        number = self._forms[form] = len(self._forms)
        for key in form.keys:
            self._by_key.setdefault(key, []).append(number)
            if key.endswith("*"):
                self._prefix_lengths.add(len(key) - 1)
        if form.hyphened:
            self._hyphened.add(number)
        return number

    def _satisfied(self, word: str) -> tuple[int, ...]:
        keys = text_keys(word)
        numbers = {n for key in keys for n in self._by_key.get(key, ())}
        for key in keys:
            if key[0] != "=":
                numbers |= self._by_beginning(key)
        return tuple(sorted(numbers))

    def _by_beginning(self, key: str) -> set[int]:
        lengths = [n for n in self._prefix_lengths if MIN_PREFIX <= n <= len(key)]
        return {number for n in lengths for number in self._by_key.get(key[:n] + "*", ())}
