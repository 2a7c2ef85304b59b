"""The measurement of pace: it is fair, and what it finds holds on a few feeds of each class."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean

import pytest

from bench import pace


@pytest.mark.parametrize(("kind", "most"), [("bursty", 0.8), ("daily", 0.4), ("nightly", 0.6), ("poisson", 1.1)])
def test_entries_wait_less_at_as_many_requests(kind: str, most: float) -> None:
    """Ours against the fixed interval, which is given the same requests within one in a hundred."""
    histories = [pace.generated(kind, number) for number in range(2)]
    ours = [pace.ours(history, seed) for seed, history in enumerate(histories)]
    fixed = [pace.fixed(history, run.requests) for history, run in zip(histories, ours, strict=True)]
    assert pace.ratio(ours, fixed) <= most
    for mine, even in zip(ours, fixed, strict=True):
        assert even.requests == pytest.approx(mine.requests, rel=0.01)
        assert fmean(even.delays) == pytest.approx(24 * 60 / even.requests / 2, rel=0.05)


def test_no_rule_polls_more_often_than_every_quarter_of_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is learnt and however many requests are wanted."""
    polls: list[list[datetime]] = []
    real = pace.measured

    def noted(history: pace.History, times: Sequence[datetime]) -> pace.Run:
        polls.append(list(times))
        return real(history, times)

    monkeypatch.setattr(pace, "measured", noted)
    history = pace.generated("bursty", 3)
    pace.ours(history, 1)
    pace.fixed(history, 500)
    pace.frequency(history, 90)
    assert all(later - earlier >= timedelta(minutes=15) for times in polls for earlier, later in pairwise(times))
    assert len(polls) > pace.PHASES
