"""How clusterings are held against labels."""

from __future__ import annotations

import pytest

from bench.group_average_link import f1
from bench.group_measure import score


def test_a_perfect_clustering() -> None:
    """Whatever its numbers are."""
    found = score("aabbc", [7, 7, 1, 1, 3])
    assert (found.precision, found.recall, found.f1, found.pairs) == (1, 1, 1, 1)


def test_all_in_one_and_all_apart() -> None:
    """By hand: in one heap of a pair and two singles precision is (2·2/4 + 2·1/4)/4; apart, recall is 3/4."""
    heap = score("aabc", [0, 0, 0, 0])
    assert heap.precision == pytest.approx(6 / 16)
    assert heap.recall == 1
    assert heap.pairs == pytest.approx(1 / 6)
    apart = score("aabc", [0, 1, 2, 3])
    assert (apart.precision, apart.pairs) == (1, 1)
    assert apart.recall == pytest.approx(3 / 4)


def test_the_two_ways_to_count_agree() -> None:
    """The peer's script has its own, as it runs without this project."""
    gold, found = list("aabbccdde"), [1, 1, 1, 2, 2, 3, 3, 3, 4]
    assert f1(gold, found) == pytest.approx(score(gold, found).f1)
