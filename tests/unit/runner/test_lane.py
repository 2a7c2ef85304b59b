"""A lane claims what fits, works it, and outlives the faults of a job."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from monitor.errors import StateError
from monitor.runner.lane import Lane


def lane(jobs: list[str], done: list[str], width: int = 2) -> Lane[str]:
    """A lane over a list of jobs; `bug` and `full` fail, each in its way."""

    async def claim(free: int) -> Sequence[str]:
        taken, jobs[:] = jobs[:free], jobs[free:]
        return taken

    async def work(job: str) -> None:
        if job == "bug":
            raise RuntimeError(job)
        if job == "full":
            raise StateError("the disk is full")
        done.append(job)

    return Lane("test", width, claim, work)


async def test_no_more_than_its_width_is_claimed_at_once() -> None:
    """Two places: two jobs, the third when one is free."""
    jobs, done = ["a", "b", "c"], list[str]()
    lanes = lane(jobs, done)
    assert await lanes.pump()
    assert jobs == ["c"]
    assert not await lanes.pump()
    await lanes.drain(1)
    assert await lanes.pump()
    await lanes.drain(1)
    assert done == ["a", "b", "c"]
    assert not await lanes.pump()
    assert lanes.idle


async def test_a_fault_of_ours_is_counted_and_ends_nothing() -> None:
    """An error nobody foresaw costs its job; the others are worked, and the count tells."""
    jobs, done = ["bug", "a"], list[str]()
    lanes = lane(jobs, done)
    await lanes.pump()
    await lanes.drain(1)
    assert (done, lanes.faults) == (["a"], 1)


async def test_a_foreseen_trouble_of_the_state_comes_up_at_the_next_pump() -> None:
    """A full disk is not a fault of the job: whoever pumps learns of it."""
    lanes = lane(["full"], [])
    await lanes.pump()
    await lanes.drain(1)
    with pytest.raises(StateError):
        await lanes.pump()
    assert lanes.faults == 0


async def test_what_does_not_end_in_time_is_cut_off() -> None:
    """Draining waits so long and no longer."""

    async def claim(free: int) -> Sequence[int]:
        return range(free)

    async def work(job: int) -> None:
        await asyncio.sleep(60)

    lanes = Lane("slow", 3, claim, work)
    await lanes.pump()
    assert await lanes.drain(0.01) == 3
    assert lanes.in_flight == frozenset()
