"""How common a term is: counted once in the background, and learned on from what comes in.

A term's weight is `ln((documents + 1) / (documents that hold it + 1))`, the background's and the learned documents
added up, by script (Spärck Jones, "A statistical interpretation of term specificity", 1972, add-one smoothed).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import log

from monitor.stories.terms import HEBREW, SCRIPTS, number, term

LEAST_WEIGHT = 0.3
"""Below it a term is a function word and weighs nothing."""
MOST_LEARNED = 200_000
"""Documents of a script; then the learned counts are halved: what was common long ago fades."""
MOST_TERMS = 400_000
"""Learned terms; then those that were seen once are forgotten."""

_HEBREW_FUNCTION_WORDS = (
    "של את על עם לא זה זו זאת הוא היא הם הן אני אנחנו אתה כי גם או אם אך אבל רק כל יש אין היה הייתה היו יהיה עוד יותר "
    "מאוד כבר בין אחרי לפני אחר אשר מה מי כמו כדי ידי בו בה לו לה להם שלו שלה שלהם אותו אותה אל עד מן תחת ללא נגד כך "
    "לאחר אמר אמרה לפי היום אתמול ביום בשנת מול דרך שני שתי אחד אחת"
)


@dataclass(frozen=True, slots=True)
class Background:
    """Counts that ship: in how many documents of its script each term stands."""

    counts: Mapping[int, int]
    documents: tuple[int, ...]
    """By script."""


@dataclass(frozen=True, slots=True)
class Learned:
    """What was counted since; the part of the frequencies that a store keeps."""

    counts: Mapping[int, int]
    documents: tuple[int, ...] = (0,) * SCRIPTS
    version: int = 0
    """Documents ever learned: vectors say with which one they were weighed."""


class Frequencies:
    """Background and learned counts together. `weight` and `learn` are all that changes it."""

    def __init__(self, background: Background, learned: Learned | None = None) -> None:
        learned = learned or Learned({})
        self._background = background
        self._counts = dict(learned.counts)
        self._documents = list(learned.documents)
        self.version = learned.version

    def weight(self, key: int) -> float:
        """Of one term, by its number; 0 for a function word."""
        script = key & 3
        documents = self._background.documents[script] + self._documents[script]
        holding = self._background.counts.get(key, 0) + self._counts.get(key, 0)
        weight = log((documents + 1) / (holding + 1))
        return weight if weight > LEAST_WEIGHT else 0.0

    def learn(self, terms: Collection[int]) -> None:
        """Count one document by the numbers of its distinct terms."""
        counts = self._counts
        for key in terms:
            counts[key] = counts.get(key, 0) + 1
        for script in {key & 3 for key in terms}:
            self._documents[script] += 1
        self.version += 1
        self._bound()

    def learned(self) -> Learned:
        """For the store."""
        return Learned(dict(self._counts), tuple(self._documents), self.version)

    def _bound(self) -> None:
        if len(self._counts) > MOST_TERMS:
            self._counts = {key: count for key, count in self._counts.items() if count > 1}
        for script, documents in enumerate(self._documents):
            if documents > MOST_LEARNED:
                self._documents[script] = documents // 2
                halved = ((k, c // 2 if k & 3 == script else c) for k, c in self._counts.items())
                self._counts = {key: count for key, count in halved if count}


@cache
def shipped() -> Background:
    """The counts of `data/counts.txt`: lines of a count and the terms that have it, under a heading a script."""
    text = files("monitor.stories").joinpath("data", "counts.txt").read_text(encoding="utf-8")
    counts: dict[int, int] = {}
    documents = [0] * SCRIPTS
    for line in text.splitlines():
        first, *terms = line.split(" ")
        if first == "#":
            documents[int(terms[0])] = int(terms[1])
        else:
            counts.update(dict.fromkeys(map(number, terms), int(first)))
    documents[HEBREW] = 1_000  # no Hebrew was counted: its commonest words are taken to stand in two of five articles
    counts.update({number(term(word)): 400 for word in _HEBREW_FUNCTION_WORDS.split()})
    return Background(counts, tuple(documents))
