"""How long news waits to be seen, by class of feed, at the same number of requests.

    python -m bench.pace [--feeds N] [--history FILE]

Each feed is a list of moments of publication. Three rules poll it, none more often than every 15 minutes:

fixed      every so many minutes, evenly, at eight phases of which the mean is taken: the best a fixed rule can do
frequency  a week over the entries of the last week, times a factor (Miniflux's entry-frequency rule; 24 h at most)
ours       `feeds.pace.next_poll` with its defaults, jitter included, on a rhythm learnt by `feeds.rhythm`

Ours spends what it spends at its default of one request an hour; the other two are then given as many requests in
the measured part. The first half of a history is learnt from, the second measured (learning goes on, as it would).

Generated feeds (eight weeks, fixed seeds; times of day in UTC, a different hour for each feed):
    bursty   bursts at any hour (Poisson, 1.5 a day), each 4 to 20 entries some 8 minutes apart (exponential)
    daily    1 to 3 entries once a day at an hour of its own; jitter: normal, 10 minutes; a minute between entries
    nightly  12 entries a night, evenly at random over the eight hours from an hour of its own
    dead     6 entries a day in the first two weeks, then none
    poisson  the control: 10 entries a day at any moment; there is nothing to learn
Recorded feeds: the dates of the entries of ../shared/data/feeds.tar.gz (news2026, news2017), where that lies there;
their histories are short, so they prove less.
--history FILE: real histories, one moment a line (ISO 8601 or seconds since 1970), or `feed<TAB>moment`.
"""

from __future__ import annotations

import argparse
import bisect
import json
import random
import tarfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import fmean

from monitor.feeds.pace import budget_of, next_poll
from monitor.feeds.rhythm import arrivals, learn
from monitor.model.news import FetchOutcome, FetchResult, Validators
from monitor.model.settings import Feed, Pacing
from monitor.model.state import FeedState

START = datetime(2026, 3, 2, tzinfo=UTC)
WEEKS = 8
FLOOR, DAY, HOUR = timedelta(minutes=15), timedelta(days=1), timedelta(hours=1)
PHASES = 8
CLASSES = ("bursty", "daily", "nightly")
CONTROL = "poisson"
RECORDINGS = Path(__file__).parents[2] / "shared" / "data" / "feeds.tar.gz"
PACING = Pacing()
FEED = Feed("bench", "https://bench.example/feed", "Bench")
ANSWER = FetchResult(FetchOutcome.NOT_MODIFIED, FEED.url, FEED.url, validators=Validators(FEED.url, '"1"'))


@dataclass(frozen=True)
class History:
    """When one feed published, and the stretch that is measured."""

    moments: Sequence[datetime]
    start: datetime
    measured_from: datetime
    end: datetime


@dataclass(frozen=True)
class Run:
    """What one rule made of one feed."""

    delays: Sequence[float]
    """Minutes, of each entry of the measured part."""
    requests: float
    """A day."""


def bursty(chance: random.Random) -> Iterable[datetime]:
    at = START
    while (at := at + timedelta(days=chance.expovariate(1.5))) < START + timedelta(weeks=WEEKS):
        moment = at
        for _ in range(chance.randint(4, 20)):
            yield moment
            moment += timedelta(minutes=chance.expovariate(1 / 8))


def daily(chance: random.Random) -> Iterable[datetime]:
    hour = timedelta(minutes=chance.randrange(24 * 60))
    for day in range(WEEKS * 7):
        moment = START + day * DAY + hour + timedelta(minutes=chance.gauss(0, 10))
        for number in range(chance.randint(1, 3)):
            yield moment + timedelta(minutes=number)


def nightly(chance: random.Random) -> Iterable[datetime]:
    hour = timedelta(minutes=chance.randrange(24 * 60))
    for day in range(WEEKS * 7):
        for _ in range(12):
            yield START + day * DAY + hour + chance.random() * 8 * HOUR


def dead(chance: random.Random) -> Iterable[datetime]:
    at = START
    while (at := at + timedelta(days=chance.expovariate(6))) < START + timedelta(weeks=2):
        yield at


def poisson(chance: random.Random) -> Iterable[datetime]:
    at = START
    while (at := at + timedelta(days=chance.expovariate(10))) < START + timedelta(weeks=WEEKS):
        yield at


GENERATORS: dict[str, Callable[[random.Random], Iterable[datetime]]] = {
    "bursty": bursty,
    "daily": daily,
    "nightly": nightly,
    "dead": dead,
    CONTROL: poisson,
}


def generated(kind: str, number: int) -> History:
    chance = random.Random(f"{kind} {number}")  # noqa: S311 - a fixed seed is the point
    end = START + timedelta(weeks=WEEKS)
    moments = sorted(m for m in GENERATORS[kind](chance) if START <= m < end)
    return History(moments, START, START + timedelta(weeks=WEEKS / 2), end)


def halved(moments: Iterable[datetime]) -> History | None:
    """A history from its first to its last moment; None where it is too short to halve."""
    known = sorted(moments)
    if len(known) < 10 or known[-1] - known[0] < 2 * DAY:
        return None
    return History(known, known[0], known[0] + (known[-1] - known[0]) / 2, known[-1] + timedelta(seconds=1))


def measured(history: History, polls: Sequence[datetime]) -> Run:
    """Delays of the measured entries under these polls; the end of the history counts as a poll."""
    times = [*polls, history.end]
    moments = [m for m in history.moments if history.measured_from <= m < history.end]
    delays = [(times[bisect.bisect_left(times, m)] - m) / timedelta(minutes=1) for m in moments]
    within = sum(history.measured_from <= p < history.end for p in polls)
    return Run(delays, within / ((history.end - history.measured_from) / DAY))


def ours(history: History, seed: int) -> Run:
    """The shipped rule, poll by poll, knowing only what its polls have shown."""
    chance = random.Random(seed)  # noqa: S311 - a fixed seed is the point
    budget = budget_of(PACING)
    state, at, polls = FeedState(FEED, FEED.url, history.start, seeded=True), history.start, list[datetime]()
    seen, since = 0, None
    while at < history.end:
        polls.append(at)
        upto = bisect.bisect_right(history.moments, at, lo=seen)
        came = arrivals(history.moments[seen:upto], since, at)
        if came or (state.rhythm and at - state.rhythm.as_of >= DAY):
            state = replace(state, rhythm=learn(state.rhythm, came, at, budget))
        seen, since = upto, at
        plan = next_poll(ANSWER.outcome, ANSWER, None, state, PACING, at, chance.random(), state.rhythm)
        at = plan.next_at
    return measured(history, polls)


def fixed(history: History, requests: float) -> Run:
    """Evenly, so many requests a day."""
    step = max(DAY / max(requests, 0.01), FLOOR)
    delays: list[float] = []
    for phase in range(PHASES):
        first = history.measured_from + step * (phase / PHASES)
        number = int((history.end - first) / step) + 2
        delays += measured(history, [first + step * n for n in range(number)]).delays
    return Run(delays, DAY / step)


def frequency(history: History, requests: float) -> Run:
    """The entry-frequency rule with the factor that spends as many requests."""
    low, high = 0.001, 1000.0
    run = _frequency(history, 1.0)
    for _ in range(18):
        factor = (low * high) ** 0.5
        run = _frequency(history, factor)
        low, high = (factor, high) if run.requests < requests else (low, factor)
    return run


def _frequency(history: History, factor: float) -> Run:
    at, polls = history.start, list[datetime]()
    while at < history.end:
        polls.append(at)
        known = bisect.bisect_right(history.moments, at)
        week = known - bisect.bisect_left(history.moments, at - timedelta(weeks=1))
        wait = timedelta(weeks=1) / (week * factor) if week else DAY
        at += min(max(wait, FLOOR), DAY)
    return measured(history, polls)


def p95(numbers: Sequence[float]) -> float:
    return sorted(numbers)[int(len(numbers) * 0.95)] if numbers else 0.0


def row(name: str, runs: Sequence[Run]) -> str:
    delays = [d for run in runs for d in run.delays]
    mean = fmean(delays) if delays else float("nan")
    spent = fmean(run.requests for run in runs)
    return f"  {name:<10} mean {mean:6.1f} min   p95 {p95(delays):6.1f} min   {spent:5.1f} requests/day"


def ratio(runs: Sequence[Run], base: Sequence[Run]) -> float:
    """Mean delay to mean delay, each feed counting alike."""
    pairs = [(fmean(r.delays), fmean(b.delays)) for r, b in zip(runs, base, strict=True) if r.delays]
    return fmean(r / b for r, b in pairs) if pairs else float("nan")


def compare(name: str, histories: Sequence[History]) -> tuple[float, float]:
    """Print one class; returns our mean delay over that of the fixed interval, and over that of the frequency rule."""
    mine = [ours(h, seed) for seed, h in enumerate(histories)]
    even = [fixed(h, r.requests) for h, r in zip(histories, mine, strict=True)]
    often = [frequency(h, r.requests) for h, r in zip(histories, mine, strict=True)]
    print(f"{name}: {len(histories)} feeds, {sum(len(r.delays) for r in mine)} entries measured")
    for label, runs in (("fixed", even), ("frequency", often), ("ours", mine)):
        print(row(label, runs))
    against = ratio(mine, even), ratio(mine, often)
    if any(r.delays for r in mine):
        print(f"  ours/fixed {against[0]:.3f}   ours/frequency {against[1]:.3f}")
    return against


def recorded() -> list[History]:
    """From the dates in the recorded feeds; empty where they are not there."""
    if not RECORDINGS.exists():
        return []
    from monitor.feeds.parse import parse_feed

    found = []
    with tarfile.open(RECORDINGS) as archive:
        for member in archive:
            if member.isfile() and member.name.split("/")[1] in ("news2026", "news2017"):
                file = archive.extractfile(member)
                assert file is not None
                try:
                    feed = parse_feed(file.read(), "https://bench.example/", {})
                except Exception as refused:  # whatever is no feed is not what is measured here
                    print(f"  {member.name}: {refused}")
                    continue
                history = halved(e.published_at for e in feed.entries if e.published_at)
                found += [history] if history else []
    return found


def read_history(path: Path) -> list[History]:
    feeds: dict[str, list[datetime]] = {}
    for line in path.read_text("utf-8").splitlines():
        if line.strip():
            name, _, moment = line.strip().rpartition("\t")
            feeds.setdefault(name, []).append(_moment(moment))
    return [history for moments in feeds.values() if (history := halved(moments)) is not None]


def _moment(text: str) -> datetime:
    if text.replace(".", "", 1).isdigit():
        return datetime.fromtimestamp(float(text), UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def main() -> None:
    given = argparse.ArgumentParser(prog="python -m bench.pace", description="How long news waits to be seen.")
    given.add_argument("--feeds", type=int, default=12, help="generated feeds a class (12)")
    given.add_argument("--history", type=Path, help="real histories: a moment a line, or feed<TAB>moment")
    options = given.parse_args()
    ratios = {kind: compare(kind, [generated(kind, n) for n in range(options.feeds)]) for kind in GENERATORS}
    told: dict[str, float | int] = {
        "mean_delay_ratio_vs_fixed": round(fmean(ratios[kind][0] for kind in CLASSES), 3),
        "control_delay_ratio_vs_fixed": round(ratios[CONTROL][0], 3),
        "mean_delay_ratio_vs_frequency": round(fmean(ratios[kind][1] for kind in CLASSES), 3),
    }
    told |= {f"{kind}_delay_ratio_vs_fixed": round(ratios[kind][0], 3) for kind in CLASSES}
    for name, histories in (
        ("recorded", recorded()),
        ("history", read_history(options.history) if options.history else []),
    ):
        if histories:
            told[f"{name}_delay_ratio_vs_fixed"] = round(compare(name, histories)[0], 3)
            told[f"{name}_feeds"] = len(histories)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
