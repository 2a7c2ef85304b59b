"""Clusterings held against labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Score:
    """Shares from 0 to 1."""

    precision: float
    """BCubed (Bagga and Baldwin, "Entity-based cross-document coreferencing using the vector space model", 1998)."""
    recall: float
    pairs: float
    """Of the pairs that were put together, those that belong together; 1 where there are none."""

    @property
    def f1(self) -> float:
        return 2 * self.precision * self.recall / (self.precision + self.recall)


def score(gold: Sequence[Hashable], found: Sequence[Hashable]) -> Score:
    """Of one clustering, as long as the labels."""
    labels, clusters = Counter(gold), Counter(found)
    both = Counter(zip(gold, found, strict=True))
    precision = sum(n * n / clusters[cluster] for (_, cluster), n in both.items()) / len(gold)
    recall = sum(n * n / labels[label] for (label, _), n in both.items()) / len(gold)
    together = sum(map(_pairs, clusters.values()))
    return Score(precision, recall, sum(map(_pairs, both.values())) / together if together else 1.0)


def _pairs(n: int) -> int:
    return n * (n - 1) // 2
