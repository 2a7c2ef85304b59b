"""Contract of `DigestTx`: each item stands in exactly one window."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.model.telling import Window
from monitor.ports import Store, Tx
from tests.samples.held import DAY, HOUR, LEASE, MINUTE, NOW, add_entry, begin_story, decision, match

DATE = NOW.date()


async def _decide(store: Store, name: str, at: datetime, recipient: str = "desk") -> int:
    """One new entry with a decision that puts it into the daily digest; returns the decision's id."""

    def work(tx: Tx) -> int:
        entry_id, story_id = begin_story(tx, name)
        return tx.add_decision(entry_id, story_id, decision(recipient=recipient), at)

    return await store.write(work)


async def test_the_first_window_starts_when_it_was_first_asked(tx: Any, seen: Any) -> None:
    """Recorded once, by recipient and digest; a snapshot answers without recording."""
    assert await seen.windows_started("desk", "daily", NOW) == NOW
    assert await tx.windows_started("desk", "daily", NOW + HOUR) == NOW + HOUR
    assert await tx.windows_started("desk", "daily", NOW + DAY) == NOW + HOUR
    assert await seen.windows_started("desk", "daily", NOW + DAY) == NOW + HOUR
    assert await tx.windows_started("desk", "weekly", NOW) == NOW


async def test_a_window_takes_what_was_decided_before_its_end(store: Store, tx: Any, seen: Any) -> None:
    """Items as young as its end wait for the next; those older than its start still come."""
    late = await _decide(store, "late", NOW - 2 * DAY)
    inside = await _decide(store, "inside", NOW - MINUTE)
    young = await _decide(store, "young", NOW)
    assert [i.decision.id for i in await seen.pending_items("desk", "daily")] == [late, inside, young]
    window = await tx.cut_window("desk", "daily", DATE, NOW - DAY, NOW, 1)
    assert window == Window(window.id, "desk", "daily", DATE, NOW - DAY, NOW, 1)
    items = await seen.window_items(window.id)
    assert [(i.decision.id, i.window_id) for i in items] == [(late, window.id), (inside, window.id)]
    assert [i.decision.id for i in await seen.pending_items("desk", "daily")] == [young]


async def test_a_date_has_one_window(store: Store, tx: Any, seen: Any) -> None:
    """A second cut of a local date does nothing, whatever its times; another recipient or digest has its own."""
    await tx.cut_window("desk", "daily", DATE, NOW - DAY, NOW, 1)
    await _decide(store, "1", NOW)
    assert await tx.cut_window("desk", "daily", DATE, NOW, NOW + HOUR, 1) is None
    assert len(await seen.pending_items("desk", "daily")) == 1
    assert await tx.cut_window("press", "daily", DATE, NOW - DAY, NOW, 1) is not None
    assert await tx.cut_window("desk", "weekly", DATE, NOW - DAY, NOW, 1) is not None


async def test_a_cut_takes_only_its_own_recipients_items(store: Store, tx: Any, seen: Any) -> None:
    """Nobody reads another's digest."""
    await _decide(store, "1", NOW - HOUR)
    press = await _decide(store, "2", NOW - HOUR, "press")
    await tx.cut_window("desk", "daily", DATE, NOW - DAY, NOW, 1)
    assert [i.decision.id for i in await seen.pending_items("press", "daily")] == [press]


async def test_the_last_window_is_the_one_that_ends_last(tx: Any, seen: Any) -> None:
    """A merged one says how many days it stands for."""
    assert await seen.last_window("desk", "daily") is None
    first = await tx.cut_window("desk", "daily", DATE, NOW - DAY, NOW, 1)
    second = await tx.cut_window("desk", "daily", DATE + timedelta(days=3), NOW, NOW + 3 * DAY, 3)
    assert await seen.last_window("desk", "daily") == second
    assert second.merged_days == 3
    assert await seen.window(first.id) == first
    assert await seen.window(99) is None
    assert await seen.window_items(99) == []


async def test_the_oldest_unread_goes_by_first_sight(store: Store, tx: Any, seen: Any) -> None:
    """How many pages are owed, whenever they fall due."""
    assert await seen.oldest_unread() == (0, None)
    ids = await store.write(lambda tx: [add_entry(tx, str(n), NOW - n * HOUR) for n in range(3)])
    for entry_id in ids[:2]:
        await tx.owe_read(entry_id, "https://harbour.example.org/x", NOW + DAY)
    assert await seen.oldest_unread() == (2, NOW - HOUR)


async def test_watches_are_counted_by_current_matches(store: Store, tx: Any, seen: Any) -> None:
    """Entries first seen in the window, each once a rule; a watch without any is not named."""
    ids = await store.write(lambda tx: [add_entry(tx, str(n), NOW + n * HOUR) for n in range(3)])
    for entry_id in ids:
        await tx.put_matches(entry_id, 1, "feed", [match("a")], NOW)
        await tx.put_matches(entry_id, 2, "full", [match("a"), match("b")], NOW)
    await tx.put_matches(ids[0], 3, "full", [match("a")], NOW)
    assert await seen.rule_counts(NOW, NOW + 2 * HOUR) == {"a": 2, "b": 1}
    assert await seen.rule_counts(NOW - DAY, NOW) == {}


@dataclass
class _Model:
    """What the windows must hold: each item in the first window cut after it came whose end is later than it."""

    at: dict[int, datetime] = field(default_factory=dict)
    windows: list[tuple[Window, set[int]]] = field(default_factory=list)

    @property
    def told(self) -> set[int]:
        return set().union(*(ids for _, ids in self.windows))

    def cut(self, window: Window) -> None:
        ripe = {i for i, at in self.at.items() if at < window.end_at} - self.told
        self.windows.append((window, ripe))


_examples = count()
_step = st.one_of(
    st.tuples(st.just("decide"), st.integers(-90, 90)),
    st.tuples(st.just("cut"), st.integers(1, 60)),
    st.tuples(st.just("cut-again"), st.integers(1, 60)),
)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # one store serves all: recipients are made anew
)
@given(steps=st.lists(_step, max_size=14))
async def test_windows_are_exclusive_and_contiguous(store: Store, steps: list[tuple[str, int]]) -> None:
    """Whatever the order of decisions and cuts, each item stands in exactly one window."""
    name = f"r{next(_examples)}"
    model, date, end = _Model(), DATE, NOW

    async def cut(minutes: int) -> Window | None:
        until = end + minutes * MINUTE
        return await store.write(lambda tx: tx.cut_window(name, "daily", date, end, until, 1))

    for kind, minutes in [*steps, ("cut", 10_000)]:
        if kind == "decide":
            at = end + minutes * MINUTE
            model.at[await _decide(store, f"{name}-{len(model.at)}", at, name)] = at
        elif kind == "cut":
            date += timedelta(days=1)
            window = await cut(minutes)
            assert window is not None
            model.cut(window)
            end = window.end_at
        elif model.windows:
            assert await cut(minutes) is None

    for window, expected in model.windows:
        items = await store.read(lambda tx, n=window.id: tx.window_items(n))  # type: ignore[misc]  # bound in the loop
        assert [i.decision.id for i in items] == sorted(expected)
    assert await store.read(lambda tx: tx.pending_items(name, "daily")) == []
    assert all(one.end_at == two.start_at for (one, _), (two, _) in pairwise(model.windows))
    assert model.told == set(model.at)


async def test_leases_and_due_times_move_with_a_clock_that_was_set(store: Store, tx: Any, seen: Any) -> None:
    """What was due in ten minutes still is; time already recorded stays."""

    def fill(tx: Tx) -> int:
        entry_id = add_entry(tx)
        tx.owe_read(entry_id, "https://x.example.org/1", NOW + 10 * MINUTE)
        tx.hold(entry_id, NOW + MINUTE)
        tx.hold_host("y.example.org", NOW + HOUR, "HTTP 429")
        tx.pause_channel("mail", NOW + HOUR, "535")
        return entry_id

    entry_id = await store.write(fill)
    [state] = await tx.claim_feeds(NOW, 1, LEASE)
    await tx.shift_due(-HOUR)
    assert (await seen.feed_state(state.feed.id)).next_at == NOW - HOUR
    assert len(await tx.claim_feeds(LEASE - HOUR, 1, LEASE)) == 1, "its lease ended an hour earlier"
    assert await seen.reads_due(NOW - 50 * MINUTE - timedelta(microseconds=1)) == 0
    assert await seen.reads_due(NOW - 50 * MINUTE) == 1
    assert await seen.held(entry_id) == NOW + MINUTE - HOUR
    assert await seen.host_free_at("y.example.org") == NOW
    assert await seen.paused_channels(NOW - MINUTE) == {"mail": (NOW, "535")}
    assert (await seen.entry(entry_id)).seen_at == NOW
