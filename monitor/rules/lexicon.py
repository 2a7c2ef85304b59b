"""All terms of all rules in one trie over words, and the scan that finds every one of them in a text at once.

A word of a text costs one look-up in a memo, however many terms there are: the memo remembers which forms of the
lexicon a word satisfies, and most satisfy none. Only words that do are walked through the trie.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from monitor.rules.forms import Form, Pattern, name_keys, text_keys
from monitor.rules.tree import MIN_PREFIX
from monitor.text.names import sounds_alike

_MEMO_LIMIT = 200_000
"""Distinct words remembered (about 25 MB); beyond, the memo begins anew."""
_LONGEST_WORD = 200
"""Letters; anything longer is no word of a language, and is not remembered."""


class _Node:
    """A place in the trie: what follows, by form, and the numbers of the terms that end here."""

    __slots__ = ("following", "terms")

    def __init__(self) -> None:
        self.following: dict[int, _Node] = {}
        self.terms: tuple[int, ...] = ()


class _Known(NamedTuple):
    """What the lexicon knows of a word: which forms it satisfies, the terms it is by itself, what can follow it."""

    forms: tuple[int, ...]
    terms: tuple[int, ...]
    begun: tuple[tuple[_Node, bool], ...]
    """Where longer terms go on, and whether a hyphen must follow first."""
    next: frozenset[int]
    """The forms that the word after it must have one of if a longer term is to go on."""


class _Memo(dict[str, _Known | None]):
    """Word of a text → what is known of it, None for most; worked out when first asked for."""

    def __init__(self, find: Callable[[str], _Known | None]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, word: str) -> _Known | None:
        if len(word) > _LONGEST_WORD:
            return None
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
        self._names: dict[int, str] = {}
        self._root = _Node()
        self._memo = _Memo(self._look_up)

    def add(self, pattern: Pattern, term: int) -> None:
        """Have `pattern` found as `term`."""
        node = self._root
        for form in pattern:
            node = node.following.setdefault(self._number(form), _Node())
        if term not in node.terms:
            node.terms += (term,)

    def scan(self, words: Sequence[str], is_glued: Callable[[int, bool], bool]) -> dict[int, list[tuple[int, int]]]:
        """Term → where it stands, as (first word, word after the last), in the order of the text.

        `is_glued(i, hyphen)` says whether word i goes on with the phrase of the one before (by a hyphen).
        """
        found: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        at = [*map(self._memo.__getitem__, words), None]
        for start, known in enumerate(at):
            if known is None:
                continue
            _, terms, begun, expected = known
            if terms:
                span = (start, start + 1)
                for term in terms:
                    found[term].append(span)
            if expected and (following := at[start + 1]) and not expected.isdisjoint(following.forms):
                for node, hyphen in begun:
                    if is_glued(start + 1, hyphen):
                        for term, end in self._longer(node, start + 1, at, is_glued):
                            found[term].append((start, end))
        return found

    def _longer(
        self, node: _Node, i: int, at: Sequence[_Known | None], is_glued: Callable[[int, bool], bool]
    ) -> Iterator[tuple[int, int]]:
        """The terms that go on from a node with word i, each with the word after its last."""
        known = at[i]
        for number in known.forms if known else ():
            after = node.following.get(number)
            if after is None:
                continue
            for term in after.terms:
                yield term, i + 1
            if after.following and at[i + 1] is not None and is_glued(i + 1, number in self._hyphened):
                yield from self._longer(after, i + 1, at, is_glued)

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
        if form.name:
            self._names[number] = form.name
        return number

    def _look_up(self, word: str) -> _Known | None:
        forms = self._satisfied(word)
        nodes = [(n, node) for n in forms if (node := self._root.following.get(n))]
        terms = tuple(dict.fromkeys(term for _, node in nodes for term in node.terms))
        begun = tuple((node, n in self._hyphened) for n, node in nodes if node.following)
        following = frozenset(number for node, _ in begun for number in node.following)
        return _Known(forms, terms, begun, following) if forms else None

    def _satisfied(self, word: str) -> tuple[int, ...]:
        keys = text_keys(word)
        numbers = {n for key in keys for n in self._by_key.get(key, ())}
        for key in keys:
            if key[0] != "=":
                numbers |= self._by_beginning(key)
        numbers.update(self._by_sound(word))
        return tuple(sorted(numbers))

    def _by_sound(self, word: str) -> Iterator[int]:
        for key, base in name_keys(word):
            for number in self._by_key.get(key, ()):
                if sounds_alike(base, self._names.get(number, base)):
                    yield number

    def _by_beginning(self, key: str) -> set[int]:
        lengths = [n for n in self._prefix_lengths if MIN_PREFIX <= n <= len(key)]
        return {number for n in lengths for number in self._by_key.get(key[:n] + "*", ())}
