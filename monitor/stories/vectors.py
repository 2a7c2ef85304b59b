"""A report as what grouping compares: its weightiest terms, its shingles, its facts; small, and fit to be stored."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest
from math import log, sqrt

from monitor.stories.boilerplate import Boilerplate
from monitor.stories.facts import Facts, facts
from monitor.stories.frequencies import Frequencies
from monitor.stories.headlines import Headline, headline
from monitor.stories.terms import number, term
from monitor.text.shingles import shingles_of
from monitor.text.tokens import words_of

TITLE_WEIGHT = 2
"""A word of the headline counts as this many of the text."""
MOST_WORDS = 2_000
"""Words of a text that are looked at."""
MOST_TERMS = 120
SCALE = 65_535
"""Weights are kept in 16 bits."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of an article when it is grouped."""

    id: int
    title: str
    text: str
    at: datetime
    """When it came: published or seen; aware."""
    url_keys: tuple[str, ...] = ()
    outlet: str = ""
    """Whose page it is; empty where that is not known."""
    whole: bool = True
    """Whether the text is the article's own: a summary proves no copy."""


@dataclass(frozen=True, slots=True)
class ArticleVector:
    """What is kept of an article as long as its story may be joined."""

    id: int
    at: datetime
    outlet: int
    """The number of its outlet's name, 0 where it has none."""
    terms: array[int]
    """Numbers of terms, the weightiest first."""
    weights: array[int]
    """Theirs, in parts of `SCALE`; their squares add up to one."""
    shingles: array[int]
    headline: Headline
    facts: Facts
    version: int
    """That of the frequencies it was weighed with (`Frequencies.version`)."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A report read: the vector that is kept, and what only the comparison of the moment needs."""

    vector: ArticleVector
    weights: dict[int, float]
    """By term."""
    names: dict[int, str]
    """All its terms by their numbers, each as a word of the report."""


def read(report: Report, boilerplate: Boilerplate, frequencies: Frequencies) -> Reading:
    """Weighed with what is known by now, without the shingles that are its outlet's own."""
    title = words_of(report.title)
    text = words_of(report.text)[:MOST_WORDS]
    shingles = boilerplate.without(report.outlet, shingles_of(text)) if report.whole else ()
    words = Counter(text)
    for word in title:
        words[word] += TITLE_WEIGHT
    counts: dict[int, int] = {}
    names: dict[int, str] = {}
    for word, n in words.items():
        if name := term(word):
            key = number(name)
            counts[key] = counts.get(key, 0) + n
            names.setdefault(key, word)
    weights = _weigh(counts, frequencies)
    vector = ArticleVector(
        report.id,
        report.at,
        number(report.outlet) if report.outlet else 0,
        array("I", weights),
        array("H", [round(weight * SCALE) for weight in weights.values()]),
        array("Q", sorted(shingles)),
        headline(title, text, frequencies),
        facts(title, text),
        frequencies.version,
    )
    return Reading(vector, weights, names)


def likeness(weights: dict[int, float], other: ArticleVector) -> float:
    """The cosine of two reports, 0 to 1."""
    get = weights.get
    return sum([get(t, 0.0) * w for t, w in zip(other.terms, other.weights, strict=True)]) / SCALE


def _weigh(counts: dict[int, int], frequencies: Frequencies) -> dict[int, float]:
    """`(1 + ln tf) · weight`, the weightiest first, brought to length one."""
    weigh = frequencies.weight
    raw = [((1 + log(n)) * weigh(key), key) for key, n in counts.items()]
    best = nlargest(MOST_TERMS, [pair for pair in raw if pair[0]])
    length = sqrt(sum(weight * weight for weight, _ in best)) or 1.0
    return {key: weight / length for weight, key in best}
