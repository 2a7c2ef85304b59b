"""Headlines of one mould: «Smith wins Ohio», «Smith wins Iowa» read alike and tell of two events."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Sequence
from dataclasses import dataclass

from monitor.stories.frequencies import Frequencies
from monitor.stories.terms import number, term

NAME_WEIGHT = 2.0
"""A term that stands in more than one of seven documents is no name by which two events are told apart."""
MOST_APART = 2
"""Terms in which two headlines of one mould differ, on either side."""
LEAST_SHARED = 2
"""Terms that make a mould."""


@dataclass(frozen=True, slots=True)
class Headline:
    """The terms of a title in their order (numbers, `terms.number`), function words left out, and those that look like
    names."""

    terms: tuple[int, ...] = ()
    names: frozenset[int] = frozenset()


def headline(title: Sequence[str], text: Iterable[str], frequencies: Frequencies) -> Headline:
    """Of the words of a title. A word looks like a name when it is rare, and written large (or in a script without
    capitals) wherever the text has it too."""
    small = {word for word in text if word[:1].islower()} if title else set()
    terms, names = [], set()
    for word in title:
        key = number(term(word))
        weight = frequencies.weight(key)
        if not weight:
            continue
        terms.append(key)
        if weight > NAME_WEIGHT and not word[0].islower() and not word[0].isdigit() and word.lower() not in small:
            names.add(key)
    return Headline(tuple(terms), frozenset(names))


def rivals(
    mine: Headline, here: Container[int], theirs: Headline, there: Container[int]
) -> tuple[Sequence[int], Sequence[int]] | None:
    """The names that stand in the same place of two headlines that are else the same, or None.

    `here` and `there` are the terms of the whole reports: a name that the other report mentions too is no rival, nor is
    a vaguer word that is no name.
    """
    shared = set(mine.terms) & set(theirs.terms)
    own, other = _outside(mine, shared), _outside(theirs, shared)
    if len(shared) < LEAST_SHARED or not own or not other or max(len(own), len(other)) > MOST_APART:
        return None
    if not (mine.names.issuperset(own) and theirs.names.issuperset(other)):
        return None
    if any(key in there for key in own) or any(key in here for key in other):
        return None
    return (own, other) if _place(mine, own) == _place(theirs, other) else None


def _outside(headline: Headline, shared: Collection[int]) -> list[int]:
    return [key for key in headline.terms if key not in shared]


def _place(headline: Headline, apart: Sequence[int]) -> tuple[int | None, int | None] | None:
    """The terms before and after a run; None where it is no run."""
    terms = headline.terms
    start = terms.index(apart[0])
    end = start + len(apart)
    if list(terms[start:end]) != list(apart):
        return None
    return terms[start - 1] if start else None, terms[end] if end < len(terms) else None
