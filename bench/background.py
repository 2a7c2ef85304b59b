"""Counts how common words are in the recorded articles, for `monitor/text/background.tsv`.

    python -m bench.background > monitor/text/background.tsv

One line a word: folded, and in how many of ten thousand articles of its language it stands. Counts only: no text.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from monitor.text.normal import fold
from monitor.text.tokens import words_of

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
FILES = ("articles-us-2012-2020.jsonl.gz", "articles-arabic.jsonl.gz")
LEAST = 25
"""In ten thousand; rarer words are left out."""


def shares(path: Path) -> dict[str, int]:
    """Word → in how many of ten thousand articles it stands."""
    counts: Counter[str] = Counter()
    total = 0
    for text in _texts(path):
        total += 1
        counts.update({folded for word in words_of(text) if (folded := fold(word)).isalpha()})
    return {word: round(10_000 * n / total) for word, n in counts.items() if 10_000 * n >= LEAST * total}


def _texts(path: Path) -> Iterator[str]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            yield " ".join(value for key in ("title", "text", "excerpt", "summary") if (value := row.get(key)))


def main() -> int:
    """Write the table to standard output; returns the exit code."""
    found: dict[str, int] = {}
    for name in FILES:
        for word, share in shares(DATA / name).items():
            found[word] = max(share, found.get(word, 0))
    for word, share in sorted(found.items(), key=lambda item: (-item[1], item[0])):
        print(f"{word}\t{share}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
