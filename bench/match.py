"""What matching costs, at a thousand rules and at ten thousand.

recorded articles, cut to 500 words → rules of 10 actors and 10 topics within 30 words, names on → one JSON line:

    ms_per_article_1k, _10k         the whole match: words, terms, names, rules, evidence, prominence (CPU time)
    ms_without_presearch_1k, _10k   the same with every rule asked
    scaling_10k_vs_1k               how many times dearer ten times the rules are
    automaton_ms_10k                ahocorasick_rs alone, overlapping, over the same terms and the same text, folded
    ratio_to_automaton_10k          the whole match by that
    actor_hit_rules_per_article     rules of the ten thousand of which an actor stands in the article
    evaluated_share_10k             of the rules, those that presearch lets through to evaluation
    matches_per_article_10k         rules that fit
    compile_s_10k, rss_mb_10k       CPU time to compile; peak memory of the process that
                                compiled and matched, the articles included

Actors are names of two words and more that stand in the articles, drawn by the number of articles that hold them;
topics are words that stand in .5 to 5% of the articles, each drawn alike. Every number of rules has a process of its
own. Ends with 2 when there are no recordings.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import re
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal, TypeVar

from ahocorasick_rs import BytesAhoCorasick

from monitor.model.news import Document
from monitor.model.settings import Actor, Rule, Topic
from monitor.rules import compile_rules
from monitor.text.normal import fold
from monitor.text.tokens import words_of

T = TypeVar("T")
ARTICLES = Path(__file__).resolve().parents[2] / "shared" / "data" / "articles-us-2012-2020.jsonl.gz"
SEED = 20240229
WORDS = 500
"""Of each article; shorter ones are left out."""
SAMPLE = 250
"""Articles that are timed."""
ROUNDS = 6
_TITLE = "The|Mr|President|Vice President|Senator|Representative"
NAME = re.compile(rf"(?<=[a-z,;] )(?:(?:{_TITLE}) )?([A-Z]\w*[a-z](?: [A-Z]\w*[a-z]){{1,2}})\b")
TOPIC = re.compile(r"[a-z]{4,}")
TOPIC_SHARE = (0.005, 0.05)


@dataclass(frozen=True)
class Corpus:
    """Articles, and what rules about them can be made of."""

    documents: tuple[Document, ...]
    names: dict[str, int]
    """→ the number of articles that hold it, two at least."""
    words: tuple[str, ...]
    people: frozenset[str]
    """The names that are taken for persons', and have surnames: their last word is hardly ever written small."""

    def sample(self) -> list[Document]:
        return random.Random(SEED).sample(self.documents, SAMPLE)  # noqa: S311 - a fixed draw is wanted


@dataclass(frozen=True)
class Watch:
    """Rules with what they refer to."""

    rules: list[Rule]
    actors: list[Actor]
    topics: list[Topic]

    def terms(self) -> list[bytes]:
        return sorted({fold(name).encode() for name in [a.name for a in self.actors] + [t.name for t in self.topics]})


def corpus(path: Path) -> Corpus:
    """The articles of 500 words and more, cut there."""
    names: Counter[str] = Counter()
    words: Counter[str] = Counter()
    documents = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            text = _cut(row["text"])
            if text is None:
                continue
            documents.append(Document(row["title"], text))
            names.update(set(NAME.findall(text)))
            words.update(set(TOPIC.findall(text)))
    low, high = (share * len(documents) for share in TOPIC_SHARE)
    topics = sorted(word for word, count in words.items() if low <= count <= high)
    held = {name: count for name, count in sorted(names.items()) if count > 1}
    people = frozenset(name for name in held if 20 * words[name.split()[-1].lower()] <= held[name] + 20)
    return Corpus(tuple(documents), held, tuple(topics), people)


def _cut(text: str) -> str | None:
    ends = [match.end() for match in re.finditer(r"\S+", text)]
    return text[: ends[WORDS - 1]] if len(ends) >= WORDS else None


def watch(corpus: Corpus, count: int) -> Watch:
    """So many rules, the same in every run; a smaller number is the beginning of a larger one."""
    dice = random.Random(SEED)  # noqa: S311 - a fixed draw is wanted
    names, weights = list(corpus.names), list(accumulate(corpus.names.values()))
    rules: list[Rule] = []
    actors: dict[str, Actor] = {}
    topics: dict[str, Topic] = {}
    for number in range(count):
        drawn = _drawn(dice, names, weights)
        words = dice.sample(corpus.words, 10)
        actors |= {_id(name): Actor(_id(name), name, _kind(corpus, name)) for name in drawn}
        topics |= {word: Topic(word, word, (word,)) for word in words}
        groups = (tuple(f"@{_id(name)}" for name in drawn), tuple(f"#{word}" for word in words))
        rules.append(Rule(f"rule-{number}", "", all=groups, near=30))
    return Watch(rules, list(actors.values()), list(topics.values()))


def _drawn(dice: random.Random, names: Sequence[str], weights: Sequence[int]) -> list[str]:
    """Ten different names."""
    drawn: dict[str, None] = {}
    while len(drawn) < 10:
        drawn |= dict.fromkeys(dice.choices(names, cum_weights=weights))
    return list(drawn)


def _kind(corpus: Corpus, name: str) -> Literal["person", "organisation"]:
    return "person" if name in corpus.people else "organisation"


def _id(name: str) -> str:
    return re.sub(r"\W+", "-", name)


def actor_hits(watch: Watch, documents: Sequence[Document]) -> float:
    """Rules an article of which an actor stands in it, on the average, whatever else the rule asks for."""
    single = compile_rules([Rule(a.id, "", any=(f"@{a.id}",)) for a in watch.actors], watch.actors, [])
    wanted = [{item[1:] for item in rule.all[0]} for rule in watch.rules]
    total = 0
    for document in documents:
        present = {match.rule for match in single.match(document)}
        total += sum(not present.isdisjoint(actors) for actors in wanted)
    return total / len(documents)


def cost_ms(work: Callable[[T], object], items: Sequence[T], rounds: int = ROUNDS) -> float:
    """CPU time of one item: of each the quickest of some rounds, as the machine may be busy; after one to warm up."""
    best = [math.inf] * len(items)
    for done in range(rounds + 1):
        for n, item in enumerate(items):
            start = time.process_time_ns()
            work(item)
            best[n] = min(best[n], time.process_time_ns() - start) if done else math.inf
    return sum(best) / len(items) / 1e6


def automaton_ms(watch: Watch, documents: Sequence[Document]) -> float:
    """The bare automaton on text that is folded already."""
    automaton = BytesAhoCorasick(watch.terms())
    folded = [" ".join(map(fold, words_of(f"{d.title} {d.text}"))).encode() for d in documents]
    return cost_ms(lambda text: automaton.find_matches_as_indexes(text, overlapping=True), folded)


def measure(path: Path, count: int) -> dict[str, Any]:
    """Everything about so many rules."""
    held = corpus(path)
    rules, documents = watch(held, count), held.sample()
    del held
    start = time.process_time()
    matcher = compile_rules(rules.rules, rules.actors, rules.topics)
    compiled = time.process_time() - start
    whole = cost_ms(matcher.match, documents)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    bare = automaton_ms(rules, documents)
    found = {
        "rules": count,
        "terms": len(rules.terms()),
        "ms": whole,
        "automaton_ms": bare,
        "ms_without_presearch": cost_ms(lambda d: matcher.match(d, presearch=False), documents[:25], rounds=1),
        "evaluated": sum(len(matcher.candidates(d)) for d in documents) / len(documents),
        "matches": sum(len(matcher.match(d)) for d in documents) / len(documents),
        "compile_s": compiled,
        "rss_mb": memory,
    }
    return found | {"actor_hits": actor_hits(rules, documents)}


def result(small: dict[str, Any], large: dict[str, Any]) -> dict[str, float | int]:
    """The line that is printed."""
    return {
        "actor_hit_rules_per_article": round(large["actor_hits"], 1),
        "scaling_10k_vs_1k": round(large["ms"] / small["ms"], 2),
        "ratio_to_automaton_10k": round(large["ms"] / large["automaton_ms"], 1),
        "compile_s_10k": round(large["compile_s"], 2),
        "rss_mb_10k": round(large["rss_mb"]),
        "ms_per_article_1k": round(small["ms"], 3),
        "ms_per_article_10k": round(large["ms"], 3),
        "automaton_ms_1k": round(small["automaton_ms"], 4),
        "automaton_ms_10k": round(large["automaton_ms"], 4),
        "ms_without_presearch_1k": round(small["ms_without_presearch"], 2),
        "ms_without_presearch_10k": round(large["ms_without_presearch"], 2),
        "evaluated_share_1k": round(small["evaluated"] / small["rules"], 5),
        "evaluated_share_10k": round(large["evaluated"] / large["rules"], 5),
        "matches_per_article_1k": round(small["matches"], 2),
        "matches_per_article_10k": round(large["matches"], 2),
        "terms_10k": large["terms"],
        "articles": SAMPLE,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.match", description="What matching costs.")
    parser.add_argument("--articles", type=Path, default=ARTICLES, help="the recorded articles (%(default)s)")
    parser.add_argument("--only", type=int, metavar="RULES", help="measure so many rules in this process")
    options = parser.parse_args(arguments)
    if not options.articles.is_file():
        print(f"no articles: {options.articles} is not here; name the file with --articles", file=sys.stderr)
        return 2
    if options.only:
        print(json.dumps(measure(options.articles, options.only)))
        return 0
    small, large = (_in_a_process(options.articles, count) for count in (1_000, 10_000))
    print(json.dumps(result(small, large)))
    return 0


def _in_a_process(path: Path, count: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.match", "--articles", str(path), "--only", str(count)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"{count} rules: {json.dumps({k: round(v, 4) for k, v in measured.items()})}", file=sys.stderr)
    return measured


if __name__ == "__main__":
    sys.exit(main())
