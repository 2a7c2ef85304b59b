"""Average-link over a whole set at once, at the threshold that suits it best. Needs scikit-learn and SciPy, nothing of
this project: `python group_average_link.py < rows.jsonl`, rows of `title`, `text`, `story`; prints the clusters of the
best BCubed F1 as one JSON list. The threshold is chosen with the labels in hand: an upper bound of what it can do.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from importlib import import_module


def main() -> None:
    hierarchy, distance = import_module("scipy.cluster.hierarchy"), import_module("scipy.spatial.distance")
    vectorizer = import_module("sklearn.feature_extraction.text").TfidfVectorizer
    rows = [json.loads(line) for line in sys.stdin]
    texts = [f"{row['title']}\n{row['text']}" for row in rows]
    matrix = vectorizer(sublinear_tf=True, stop_words="english").fit_transform(texts)
    apart = (1 - (matrix @ matrix.T).toarray()).clip(0, 1)
    apart[range(len(rows)), range(len(rows))] = 0
    tree = hierarchy.linkage(distance.squareform(apart, checks=False), "average")
    gold = [row["story"] for row in rows]
    cuts = ([int(n) for n in hierarchy.fcluster(tree, step / 100, "distance")] for step in range(60, 97, 2))
    print(json.dumps(max(cuts, key=lambda found: f1(gold, found))))


def f1(gold: list[str], found: list[int]) -> float:
    """BCubed, as in `bench.group_measure`, which this file must do without."""
    both, clusters, labels = Counter(zip(gold, found, strict=True)), Counter(found), Counter(gold)
    precision = sum(n * n / clusters[c] for (_, c), n in both.items())
    recall = sum(n * n / labels[g] for (g, _), n in both.items())
    return 2 * precision * recall / (precision + recall) / len(gold)


if __name__ == "__main__":
    main()
