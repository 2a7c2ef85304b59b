"""The plainest way to group a stream, to be held against: cosine to TF-IDF centroids, a window, a threshold."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import log, sqrt

from bench.group_sets import Row
from monitor.text.normal import fold
from monitor.text.tokens import words_of

WINDOW_HOURS = 72.0
JOIN = 0.28


@dataclass(slots=True)
class _Centroid:
    latest: float
    sum: dict[str, float] = field(default_factory=dict)
    square: float = 0.0


def document_counts(texts: Sequence[str]) -> Counter[str]:
    """In how many of the texts each word stands."""
    return Counter(word for text in texts for word in set(_words(text)))


def group(rows: Sequence[Row], counts: Mapping[str, int], documents: int) -> list[int]:
    """A number of a cluster for each row, in the order of the stream."""
    centroids: list[_Centroid] = []
    holding: dict[str, set[int]] = defaultdict(set)
    found = []
    for row in rows:
        hour = row.at.timestamp() / 3600
        vector = _vector(row, counts, documents)
        best, likest = 0.0, -1
        for number, dot in sorted(_dots(vector, centroids, holding).items()):
            likeness = dot / sqrt(centroids[number].square)
            if likeness > best and hour - centroids[number].latest <= WINDOW_HOURS:
                best, likest = likeness, number
        if best < JOIN:
            likest = len(centroids)
            centroids.append(_Centroid(hour))
        _join(centroids[likest], vector, hour)
        for word in vector:
            holding[word].add(likest)
        found.append(likest)
        if len(found) % 300 == 0:
            _forget(holding, centroids, hour)
    return found


def _dots(
    vector: Mapping[str, float], centroids: Sequence[_Centroid], holding: Mapping[str, set[int]]
) -> dict[int, float]:
    dots: dict[int, float] = {}
    for word, weight in vector.items():
        for number in holding.get(word, ()):
            dots[number] = dots.get(number, 0.0) + weight * centroids[number].sum[word]
    return dots


def _vector(row: Row, counts: Mapping[str, int], documents: int) -> dict[str, float]:
    raw = {
        word: (1 + log(n)) * log((documents + 1) / (counts.get(word, 0) + 1))
        for word, n in Counter(_words(f"{row.title}\n{row.text}")).items()
    }
    length = sqrt(sum(weight * weight for weight in raw.values())) or 1.0
    return {word: weight / length for word, weight in raw.items() if weight}


def _join(centroid: _Centroid, vector: Mapping[str, float], hour: float) -> None:
    for word, weight in vector.items():
        before = centroid.sum.get(word, 0.0)
        centroid.sum[word] = before + weight
        centroid.square += weight * (2 * before + weight)
    centroid.latest = hour


def _forget(holding: dict[str, set[int]], centroids: Sequence[_Centroid], hour: float) -> None:
    for word in list(holding):
        holding[word] = {n for n in holding[word] if hour - centroids[n].latest <= WINDOW_HOURS}


def _words(text: str) -> list[str]:
    return [_folded(word) for word in words_of(text)]


@lru_cache(maxsize=1 << 17)
def _folded(word: str) -> str:
    return fold(word)
