"""What one article costs when a hundred thousand stand in the window.

    python -m bench.group_load [--articles N]

Articles of some 350 words, four to an event, are put together from sentences of recorded ones, two articles to an
event; they come within 70 hours from 500 outlets, each with a paragraph of its own around its articles. Prints one JSON
line: CPU milliseconds an article (reading, choosing, placing) over the last 2,000, and the peak memory of the process.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from bench.group_sets import ARTICLES, DATA, load
from monitor.stories import Frequencies, Grouper, Report, shipped
from monitor.text.sentences import sentences

START = datetime(2026, 1, 5, tzinfo=UTC)
WITHIN = timedelta(hours=70)
OUTLETS = 500
REPORTS = 4
"""Of an event."""
SENTENCES = 14
"""Of a report."""
TIMED = 2_000
SEED = 20260105


def main(arguments: Sequence[str] | None = None) -> int:
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("--articles", type=int, default=100_000)
    count = ask.parse_args(arguments).articles
    if not (DATA / ARTICLES).exists():
        print(f"no recordings: {DATA / ARTICLES}", file=sys.stderr)
        return 2
    print(json.dumps(measure(count)))
    return 0


def measure(count: int) -> dict[str, float]:
    """The figures, with `count` articles in the window at the end."""
    grouper, timed, stories = Grouper(Frequencies(shipped())), min(TIMED, count), 0
    began = time.process_time()
    for number, report in enumerate(reports(count)):
        if number == count - timed:
            began = time.process_time()
        reading = grouper.read(report)
        story = grouper.choose(report, reading).story_id
        stories += story is None
        grouper.place(report, reading, stories if story is None else story)
    spent = time.process_time() - began
    return {
        "articles_in_window": count,
        "stories_in_window": stories,
        "ms_per_article_100k": round(spent / timed * 1000, 2),
        "rss_mb_100k": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000, 1),
    }


def reports(count: int) -> Iterator[Report]:
    """In the order of their times. They are made as they are asked for; making one takes a few microseconds."""
    rng = random.Random(SEED)  # noqa: S311 - a repeatable load, no secret
    sources = [_sentences(row["title"], row["text"]) for row in load(ARTICLES)]
    furniture = [" ".join(rng.sample(rng.choice(sources), 2)) for _ in range(OUTLETS)]
    open_events: list[tuple[str, list[str]]] = []
    for number in range(count):
        if len(open_events) < 200:
            open_events.append(_event(rng, sources))
        title, pool = open_events[rng.randrange(len(open_events))]
        outlet = rng.randrange(OUTLETS)
        text = " ".join([*rng.sample(pool, min(SENTENCES, len(pool))), furniture[outlet]])
        yield Report(number, title, text, START + WITHIN * number / count, (), f"outlet {outlet}")
        if rng.random() < 1 / REPORTS:
            open_events.pop(rng.randrange(len(open_events)))


def _sentences(title: str, text: str) -> list[str]:
    return [title, *(text[start:end] for start, end in sentences(text)), title]


def _event(rng: random.Random, sources: Sequence[list[str]]) -> tuple[str, list[str]]:
    one, other = rng.choice(sources), rng.choice(sources)
    pool = rng.sample(one, len(one) // 2) + rng.sample(other, len(other) // 2)
    return rng.choice(pool), pool


if __name__ == "__main__":
    sys.exit(main())
