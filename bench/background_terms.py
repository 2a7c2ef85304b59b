"""Counts how many recorded articles hold each term, for `monitor/stories/data/counts.txt`.

    python -m bench.background_terms > monitor/stories/data/counts.txt

3,651 English articles (whole) and 4,988 Arabic ones (headline and first lines); terms in fewer than three documents are
left out. Only counts come out, no text.
"""

from __future__ import annotations

import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

from monitor.stories.terms import ARABIC, LATIN, number, script, term
from monitor.text.tokens import words_of

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
SOURCES = ((LATIN, "articles-us-2012-2020.jsonl.gz", "text"), (ARABIC, "articles-arabic.jsonl.gz", "excerpt"))
LEAST = 3


def main() -> int:
    if not all((DATA / file).exists() for _, file, _ in SOURCES):
        print(f"no recordings in {DATA}", file=sys.stderr)
        return 2
    for which, file, body in SOURCES:
        counts: Counter[str] = Counter()
        documents = 0
        for title, text in _articles(DATA / file, body):
            counts.update({term(word) for word in words_of(f"{title}\n{text}")} - {""})
            documents += 1
        print("#", which, documents)
        for count, terms in sorted(_by_count(counts, which).items(), reverse=True):
            print(count, *sorted(terms))
    return 0


def _articles(file: Path, body: str) -> Iterator[tuple[str, str]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield row["title"] or "", row[body] or ""


def _by_count(counts: Counter[str], which: int) -> dict[int, list[str]]:
    found = defaultdict(list)
    for name, count in counts.items():
        if count >= LEAST and script(number(name)) == which:
            found[count].append(name)
    return found


if __name__ == "__main__":
    sys.exit(main())
