"""How well reports of one event are put together, and what that costs.

    python -m bench.group [--quick] [--ablate]

labelled sets → streams (both spreads, three seeds) → BCubed and pairwise precision → one JSON line:

    SET_SPREAD_f1_worst, _f1_mean           BCubed F1 over the seeds; SET is neus (three short reports an event),
    SET_SPREAD_precision, _recall (means)   neus_final (the fifth of its events that no setting was chosen by) and
    SET_SPREAD_pairs_worst                  ecb (pairs of look-alike events); pairs is the pairwise precision
    SET_f1_worst, SET_pairs_worst           over spreads and seeds
    plain_SET_..._worst                     the plain single pass (bench/group_plain.py) on the same streams
    average_link_SET_f1, _pairs             average-link over the whole set at once, its threshold chosen with the
                                            labels in hand; null where scikit-learn cannot be had
    ms_per_article_100k, rss_mb_100k        with 100,000 articles in the window (bench/group_load.py)

`--quick` takes one seed and neither peers nor load. `--ablate` prints what each part contributes instead: the same keys
with the part's name in front, one seed. Average-link runs in an environment of its own (.setup/peers), which is made
when it is first wanted. Ends with 2 when there are no recordings.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import mean
from typing import Any

from bench import group_plain
from bench.group_measure import Score, score
from bench.group_sets import ARTICLES, SEEDS, SETS, SPREADS, Row, is_final, load, missing, streamed
from monitor.stories import Bounds, Frequencies, Grouper, Report, shipped

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / ".setup" / "peers"
PEERS_NEED = ("scikit-learn>=1.5,<2", "scipy>=1.14,<2")
Group = Callable[[Sequence[Row]], Sequence[int]]
Rows = Sequence[Mapping[str, Any]]
NEVER = timedelta(days=100_000)
WITHOUT: Mapping[str, Bounds] = {
    "all_parts": Bounds(),
    "without_margin": Bounds(margin=0.0),
    "without_fading": Bounds(fading=NEVER),
    "without_first": Bounds(first=0.0),
    "without_weekdays": Bounds(weekdays=0.0),
    "without_dates": Bounds(dates=0.0),
    "without_counts": Bounds(counts=0.0),
    "bare": Bounds(margin=0.0, fading=NEVER, first=0.0, weekdays=0.0, dates=0.0, counts=0.0),
}


def grouped(rows: Sequence[Row], bounds: Bounds | None = None) -> list[int]:
    """The story of each row, by the code that the daemon runs."""
    grouper, found, stories = Grouper(Frequencies(shipped()), bounds), [], 0
    for number, row in enumerate(rows):
        report = Report(number, row.title, row.text, row.at, (), row.outlet)
        reading = grouper.read(report)
        story = grouper.choose(report, reading).story_id
        if story is None:
            stories = story = stories + 1
        grouper.place(report, reading, story)
        found.append(story)
    return found


def sets() -> dict[str, list[dict[str, Any]]]:
    """The rows of each set by its name, the final fifth of neus as one of its own."""
    found = {name: load(file) for name, file in SETS.items()}
    return {**found, "neus_final": [row for row in found["neus"] if is_final(row["story"])]}


def figures(name: str, rows: Rows, group: Group, seeds: Iterable[int] = SEEDS) -> dict[str, float]:
    """Of one set, by spread and over both."""
    found: dict[str, float] = {}
    scores: list[Score] = []
    for spread in SPREADS:
        some = [_score(group, streamed(list(map(dict, rows)), seed, spread)) for seed in seeds]
        found |= {
            f"{name}_{spread}_f1_worst": round(min(s.f1 for s in some), 3),
            f"{name}_{spread}_f1_mean": round(mean(s.f1 for s in some), 3),
            f"{name}_{spread}_precision": round(mean(s.precision for s in some), 3),
            f"{name}_{spread}_recall": round(mean(s.recall for s in some), 3),
            f"{name}_{spread}_pairs_worst": round(min(s.pairs for s in some), 3),
        }
        scores += some
        print(f"{name} {spread}: F1 {[round(s.f1, 3) for s in some]}", file=sys.stderr, flush=True)
    worst = {"f1_worst": min(s.f1 for s in scores), "pairs_worst": min(s.pairs for s in scores)}
    return found | {f"{name}_{key}": round(value, 3) for key, value in worst.items()}


def ablation(everything: Mapping[str, Rows]) -> dict[str, float]:
    """The worst figures with each part left out, one seed."""
    found: dict[str, float] = {}
    for part, bounds in WITHOUT.items():
        for name in SETS:
            some = figures(name, everything[name], lambda rows, b=bounds: grouped(rows, b), SEEDS[:1])  # type: ignore[misc]
            found |= {
                f"{part}_{key}": value for key, value in some.items() if key.endswith(("f1_worst", "pairs_worst"))
            }
    return found


def plain(everything: Mapping[str, Rows]) -> dict[str, float]:
    """The worst figures of the plain single pass."""
    articles = load(ARTICLES)
    counts = group_plain.document_counts([f"{row['title']}\n{row['text']}" for row in articles])
    found: dict[str, float] = {}
    for name, rows in everything.items():
        some = figures(f"plain_{name}", rows, lambda stream: group_plain.group(stream, counts, len(articles)))
        found |= {key: value for key, value in some.items() if key.endswith("worst")}
    return found


def average_link(everything: Mapping[str, Rows]) -> dict[str, float | None]:
    """Average-link's best, or nulls."""
    python = _peers()
    found: dict[str, float | None] = {}
    for name, rows in everything.items():
        keys = (f"average_link_{name}_f1", f"average_link_{name}_pairs")
        found |= dict.fromkeys(keys)
        if python is None:
            continue
        lines = "".join(json.dumps({k: row[k] for k in ("title", "text", "story")}) + "\n" for row in rows)
        script = [str(python), str(ROOT / "bench" / "group_average_link.py")]
        ran = subprocess.run(script, input=lines, capture_output=True, text=True, check=True)
        result = score([row["story"] for row in rows], json.loads(ran.stdout))
        found |= dict(zip(keys, (round(result.f1, 3), round(result.pairs, 3)), strict=True))
    return found


def _peers() -> Path | None:
    """A Python that has scikit-learn; None, told on standard error, where it cannot be had."""
    python = PEERS / "bin" / "python"
    uv = Path(sys.executable).parent / "uv"
    have = [str(python), "-c", "import sklearn, scipy"]
    if python.exists() and subprocess.run(have, capture_output=True).returncode == 0:
        return python
    try:
        subprocess.run([str(uv), "venv", "--quiet", "--allow-existing", str(PEERS)], check=True)
        subprocess.run([str(uv), "pip", "install", "--quiet", "--python", str(python), *PEERS_NEED], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"average-link is left out: {error}", file=sys.stderr)
        return None
    return python


def _score(group: Group, rows: Sequence[Row]) -> Score:
    unlabelled = [replace(row, story="") for row in rows]
    return score([row.story for row in rows], group(unlabelled))


def _load() -> dict[str, float]:
    ran = subprocess.run(
        [sys.executable, "-m", "bench.group_load"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found: dict[str, float] = json.loads(ran.stdout)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("--quick", action="store_true", help="one seed, neither peers nor load")
    ask.add_argument("--ablate", action="store_true", help="what each part contributes")
    asked = ask.parse_args(arguments)
    if absent := missing():
        print(f"no recordings: {', '.join(map(str, absent))}", file=sys.stderr)
        return 2
    everything = sets()
    if asked.ablate:
        print(json.dumps(ablation(everything)))
        return 0
    seeds = SEEDS[:1] if asked.quick else SEEDS
    found: dict[str, float | None] = {}
    for name, rows in everything.items():
        found |= figures(name, rows, grouped, seeds)
    if not asked.quick:
        found |= plain(everything) | average_link(everything) | _load()
    print(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
