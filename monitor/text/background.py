"""How common a word is in ordinary news: shares of articles, counted once over 3,651 English articles of 2012–2020 and
4,988 Arabic headlines with their first lines (`background.tsv`: word, articles in ten thousand)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

RARE = 0.0005
"""The share given to words that the table does not hold: below a quarter of a percent, Hebrew among them."""


def share(word: str) -> float:
    """In what share of articles a folded word stands, from 0 to 1."""
    return _table().get(word, RARE)


@cache
def _table() -> dict[str, float]:
    text = files("monitor.text").joinpath("background.tsv").read_text(encoding="utf-8")
    lines = (line.split("\t") for line in text.splitlines())
    return {word: int(count) / 10_000 for word, count in lines}
