"""Every recorded feed through the pool of workers: each is read or refused with a reason inside its deadline; read by
parts it gives what it gives whole; and it says what the suite it comes from expects of it.

The files are other people's and stay outside the project; without them these tests are skipped.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tarfile
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from monitor.model.news import ParsedFeed
from monitor.model.settings import Pacing
from monitor.ports import WorkFailed
from monitor.workers import tasks
from monitor.workers.pool import WorkerPool
from tests.samples.agreement import SUITES, URL, Check, checks, table

ARCHIVE = Path(__file__).parents[4] / "shared" / "data" / "feeds.tar.gz"
EXPLAINED = Path(__file__).parents[2] / "cases" / "agreement.toml"
AT_A_TIME = 6

pytestmark = pytest.mark.skipif(not ARCHIVE.exists(), reason=f"{ARCHIVE} is not here: no recorded feeds to read")


@dataclass(frozen=True)
class Recorded:
    """The files, and what came of them."""

    files: Mapping[str, bytes]
    """By name within the archive, without its first folder."""
    read: Mapping[str, ParsedFeed | WorkFailed]
    longest: float
    """Seconds that the slowest took, waiting included."""
    parts: Mapping[str, tuple[str, ...]]
    """Of each file that can be taken apart: where reading by parts gave something else."""


@pytest.fixture(scope="module")
def recorded() -> Recorded:
    """All files, read once."""
    with tarfile.open(ARCHIVE) as archive:
        opened = ((m.name.partition("/")[2], archive.extractfile(m)) for m in archive if m.isfile())
        files = {name: file.read() for name, file in opened if file is not None}
    return asyncio.run(_read(files))


async def _read(files: Mapping[str, bytes]) -> Recorded:
    pacing, longest = Pacing(), 0.0
    pool = WorkerPool(2, pacing.worker_deadline, pacing.worker_memory)
    await pool.warm()
    gate = asyncio.Semaphore(AT_A_TIME)
    read: dict[str, ParsedFeed | WorkFailed] = {}
    parts: dict[str, tuple[str, ...]] = {}

    async def one(name: str) -> None:
        nonlocal longest
        async with gate:
            began = time.monotonic()
            result = await pool.run(read_both_ways, files[name])
            longest = max(longest, time.monotonic() - began)
        assert isinstance(result, BothWays | WorkFailed), result
        read[name] = result if isinstance(result, WorkFailed) else result.whole
        if isinstance(result, BothWays) and isinstance(result.whole, ParsedFeed) and result.whole.fingerprints:
            parts[name] = result.differences

    try:
        await asyncio.gather(*map(one, files))
    finally:
        await pool.aclose()
    return Recorded(files, read, longest, parts)


@dataclass(frozen=True)
class BothWays:
    """One file, whole and by parts."""

    whole: ParsedFeed | WorkFailed
    differences: tuple[str, ...] = ()


def read_both_ways(body: bytes) -> BothWays:
    """What a worker does with one file: a single task, so that it is sent there once."""
    whole = tasks.parse(body, URL, {})
    if isinstance(whole, WorkFailed) or not whole.fingerprints:
        return BothWays(whole)
    return BothWays(whole, tuple(_differences(body, whole)))


def _differences(body: bytes, whole: ParsedFeed) -> Iterator[str]:
    """Where reading one, two or half of the items gives something else than the whole does for them."""
    count = len(whole.fingerprints)
    about = (whole.title, whole.language, whole.format, whole.hints)
    for words, keep in (("one", {count - 1}), ("two", {0, count // 2}), ("half", set(range(0, count, 2)))):
        seen = frozenset(f for n, f in enumerate(whole.fingerprints) if n not in keep)
        part = tasks.parse(body, URL, {}, seen)
        expected = tuple(e for e, f in zip(whole.entries, whole.fingerprints, strict=True) if f not in seen)
        if not isinstance(part, ParsedFeed) or part.entries != expected:
            yield f"{words} of the items: other entries"
        elif seen and not part.seen:
            yield f"{words} of the items: read whole all the same"
        elif (part.title, part.language, part.format, part.hints) != about:
            yield f"{words} of the items: another title, language, format or other hints"


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Prints past pytest's capture: these figures are for people."""

    def write(text: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{text}\n")

    return write


def test_each_is_read_or_refused_with_a_reason_in_time(recorded: Recorded, tell: Callable[[str], None]) -> None:
    """No recorded file costs a worker, none is refused without words, none comes near its deadline."""
    failed = {name: feed for name, feed in recorded.read.items() if isinstance(feed, WorkFailed)}
    assert len(recorded.read) >= 3_900
    assert {name: feed.kind for name, feed in failed.items() if feed.kind != "refused"} == {}
    assert all(len(feed.detail) > 10 and "could not be read" not in feed.detail for feed in failed.values())
    assert recorded.longest < Pacing().worker_deadline.total_seconds() / 2
    reasons = Counter(re.sub(r"<.*", "", f.detail).partition(": ")[0][:60] for f in failed.values())
    tell(
        f"{len(recorded.read)} files: {len(recorded.read) - len(failed)} read, {len(failed)} refused\n"
        + "\n".join(f"{count:>6}  {reason}" for reason, count in reasons.most_common())
    )


def test_parts_are_equal_to_the_whole(recorded: Recorded, tell: Callable[[str], None]) -> None:
    """Of every file that can be taken apart: one, two and half of its items give what the whole gives for them."""
    assert {name: odds for name, odds in recorded.parts.items() if odds} == {}
    with_entries = [f for f in recorded.read.values() if isinstance(f, ParsedFeed) and f.entries]
    tell(f"{len(recorded.parts)} of {len(with_entries)} feeds with entries are read by their new items")
    assert len(recorded.parts) >= 2_000


def test_suites_are_agreed_with(recorded: Recorded, tell: Callable[[str], None]) -> None:
    """What other projects' suites expect is what we read, but for differences that are explained; it does not fall."""
    explained = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))
    found = [(suite, _checks(recorded, suite)) for suite in SUITES]
    tell(table(found))
    kept = {
        (k["suite"], f"{k['suite']}/{file}", field)
        for k in explained["kept"]
        for file in k["files"]
        for field in k["fields"]
    }
    differ = {(suite, check.file, check.field) for suite, made in found for check in made if not check.agreed}
    assert differ - kept == set(), "not explained in tests/cases/agreement.toml"
    assert kept - differ == set(), "explained, but agreed with by now: take it out"
    for suite, made in found:
        assert sum(check.agreed for check in made) >= explained[suite]["least"], suite


def _checks(recorded: Recorded, suite: str) -> list[Check]:
    files = {name: body for name, body in recorded.files.items() if name.startswith(f"{suite}/")}
    read = {name: feed if isinstance(feed, ParsedFeed) else None for name, feed in recorded.read.items()}
    return list(checks(suite, files, read))
