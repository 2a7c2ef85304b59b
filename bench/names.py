"""Which spellings of a name are found, and whose else: the rules' generated variants beside Jaro-Winkler and rapidfuzz.

names with aliases → the aliases that are the same name spelled otherwise → one JSON line:

    aliases                  such spellings; what folding alone makes equal is not counted
    recall_*                 the share of them that the method finds, given the name
    false_pairs_*            (name of one, spelling of another) that the method takes for one, folding alone excepted
    precision_*              pairs found that belong together, by all found
    us_per_pair_*            microseconds

`variants` is the matcher itself: every name an actor, every alias a line of news. `jaro_winkler` compares whole folded
names, `token_sort` is rapidfuzz's ratio of sorted words; each with the threshold it is used with.

An alias counts as the same name where it has as many words, small ones aside, and each of its words has a partner of
like letters (edit similarity of .6 and more); so neither other names of one person nor shortened ones are asked for.
Ends with 2 when there is no list.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

from rapidfuzz import fuzz, process
from rapidfuzz.distance import JaroWinkler, Levenshtein

from monitor.model.news import Document
from monitor.model.settings import Actor, Rule
from monitor.rules import compile_rules
from monitor.text.names import spellings
from monitor.text.normal import fold
from monitor.text.tokens import words_of

NAMES = Path(__file__).resolve().parents[2] / "shared" / "data" / "names-sanctions-aliases.jsonl.gz"
LIKE = 0.6
JARO_WINKLER, TOKEN_SORT = 0.85, 75
SMALL = frozenset({"al", "el", "ul", "ur", "de", "da", "la", "von", "van"})


@dataclass(frozen=True)
class Alias:
    """Another spelling, and the number of the name that it spells."""

    name: int
    text: str


@dataclass(frozen=True)
class Scores:
    """What a method found."""

    recall: float
    false_pairs: int
    precision: float
    us_per_pair: float


Pairs = set[tuple[int, int]]
"""(number of a name, number of an alias)."""


def read(path: Path) -> tuple[list[str], list[Alias]]:
    """Names of persons of two to four words, and their aliases that spell them otherwise."""
    names: list[str] = []
    aliases: list[Alias] = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["kind"] == "individual"]
    for row in rows:
        name = _natural(row["name"])
        if 2 <= len(_large(name)) <= 4:
            spelled = dict.fromkeys(map(_natural, row["aliases"]))
            aliases += [Alias(len(names), alias) for alias in spelled if _same_name(name, alias)]
            names.append(name)
    return names, aliases


def _natural(name: str) -> str:
    """`AL-ZAHAR, Mahmoud` → `Mahmoud Al-Zahar`."""
    last, _, first = name.partition(",")
    last = re.sub(r"\w+", lambda match: match[0].capitalize(), last)
    return f"{first.strip()} {last.strip()}".strip()


def _large(name: str) -> list[str]:
    words = [fold(word) for word in words_of(name)]
    return [word for word in words if word not in SMALL and not spellings(word)]


def _same_name(name: str, alias: str) -> bool:
    ours, theirs = _large(name), _large(alias)
    if len(ours) != len(theirs) or sorted(ours) == sorted(theirs):
        return False
    return any(
        all(Levenshtein.normalized_similarity(a, b) >= LIKE for a, b in zip(ours, order, strict=True))
        for order in permutations(theirs)
    )


def by_variants(names: Sequence[str], aliases: Sequence[Alias]) -> Pairs:
    """By the matcher, variants of spelling and all."""
    return _matched([Actor(str(n), name, "person") for n, name in enumerate(names)], aliases)


def by_folding(names: Sequence[str], aliases: Sequence[Alias]) -> Pairs:
    """By the matcher without variants: what any method finds."""
    return _matched([Actor(str(n), name, "person", variants=False) for n, name in enumerate(names)], aliases)


def _matched(actors: Sequence[Actor], aliases: Sequence[Alias]) -> Pairs:
    matcher = compile_rules([Rule(actor.id, "", any=(f"@{actor.id}",)) for actor in actors], actors, ())
    return {
        (int(match.rule), n)
        for n, alias in enumerate(aliases)
        for match in matcher.match(Document("", f"On Monday {alias.text} was told."))
    }


def by_ratio(
    scorer: Callable[..., float], cutoff: float, names: Sequence[str], aliases: Sequence[Alias]
) -> Iterator[tuple[int, int]]:
    """By comparing each alias with every name."""
    folded = [" ".join(_words(name)) for name in names]
    for n, alias in enumerate(aliases):
        text = " ".join(_words(alias.text))
        yield from (
            (index, n)
            for _, _, index in process.extract_iter(text, folded, scorer=scorer, processor=None, score_cutoff=cutoff)
        )


def _words(name: str) -> list[str]:
    return [fold(word) for word in words_of(name)]


def scores(found: Pairs, given: Pairs, names: Sequence[str], aliases: Sequence[Alias], seconds: float) -> Scores:
    """`given` is what folding alone finds: it counts neither for nor against."""
    true = {pair for pair in found if aliases[pair[1]].name == pair[0]}
    false = found - true - given
    hits = len({n for _, n in true})
    return Scores(
        hits / len(aliases), len(false), hits / (hits + len(false)), 1e6 * seconds / len(names) / len(aliases)
    )


def measure(path: Path) -> dict[str, float | int]:
    """The line that is printed."""
    names, aliases = read(path)
    given = by_folding(names, aliases)
    methods: dict[str, Callable[[], Pairs]] = {
        "variants": lambda: by_variants(names, aliases),
        "jaro_winkler": lambda: set(by_ratio(JaroWinkler.similarity, JARO_WINKLER, names, aliases)),
        "token_sort": lambda: set(by_ratio(fuzz.token_sort_ratio, TOKEN_SORT, names, aliases)),
    }
    line: dict[str, float | int] = {"names": len(names), "aliases": len(aliases)}
    for label, method in methods.items():
        start = time.process_time()
        found = method()
        score = scores(found, given, names, aliases, time.process_time() - start)
        line |= {
            f"recall_{label}": round(score.recall, 3),
            f"false_pairs_{label}": score.false_pairs,
            f"precision_{label}": round(score.precision, 3),
            f"us_per_pair_{label}": round(score.us_per_pair, 3),
        }
    return line


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.names", description="Which spellings of names are found.")
    parser.add_argument("--names", type=Path, default=NAMES, help="the list of names (%(default)s)")
    options = parser.parse_args(arguments)
    if not options.names.is_file():
        print(f"no names: {options.names} is not here; name the file with --names", file=sys.stderr)
        return 2
    print(json.dumps(measure(options.names)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
