"""The labelled sets as streams, by the function that turns them into streams."""

from __future__ import annotations

import gzip
import importlib.util
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

SHARED = Path(__file__).resolve().parents[2] / "shared"
DATA = SHARED / "data"
TOOL = SHARED / "tools" / "as_stream.py"
SETS = {"neus": "stories-neus-train.jsonl.gz", "ecb": "stories-ecb-even.jsonl.gz"}
ARTICLES = "articles-us-2012-2020.jsonl.gz"
SPREADS = ("lognormal", "uniform")
SEEDS = (1, 2, 3)
FINAL = 5
"""One event in so many of neus is kept for the final figure."""
Stream = Callable[..., Iterator[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Row:
    """One report of a stream."""

    title: str
    text: str
    at: datetime
    outlet: str
    story: str
    """The label."""


def missing() -> list[Path]:
    """Files that the measurement needs and that are not there."""
    wanted = [TOOL, DATA / ARTICLES, *(DATA / name for name in SETS.values())]
    return [path for path in wanted if not path.exists()]


def load(name: str) -> list[dict[str, Any]]:
    """The rows of a file of JSON lines."""
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def is_final(story: str) -> bool:
    """Whether an event is of the fifth that no setting was chosen by."""
    return int(sha256(story.encode()).hexdigest(), 16) % FINAL == 0


def streamed(rows: Sequence[dict[str, Any]], seed: int, spread: str) -> list[Row]:
    """The rows in the order in which a monitor would see them."""
    stream = _tool()
    return [
        Row(r["title"], r["text"], datetime.fromisoformat(r["published_at"]), r.get("source") or "", r["story"])
        for r in stream(rows, seed, 25.0, spread)
    ]


def _tool() -> Stream:
    spec = importlib.util.spec_from_file_location("as_stream", TOOL)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    stream: Stream = module.stream
    return stream
