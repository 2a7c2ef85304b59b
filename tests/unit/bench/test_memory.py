"""Memory of a process tree."""

from __future__ import annotations

import os

from bench.memory import PeakPss, parse_parent, parse_pss, tree


def test_pss_is_read_in_bytes() -> None:
    """The line of the whole, not those of its parts; nothing where the process has ended."""
    rollup = "00400000-7ffd ---p 00000000 00:00 0 [rollup]\nRss: 900 kB\nPss:   512 kB\nPss_Anon: 300 kB\n"
    assert parse_pss(rollup) == 512 * 1024
    assert parse_pss("") == 0


def test_a_name_with_parentheses_does_not_hide_the_parent() -> None:
    """The name is whatever the program chose."""
    assert parse_parent("77 (a) b (c) S 12 77 1 0 -1") == 12


def test_a_tree_leaves_out_whole_subtrees() -> None:
    """The server and what it started; strangers never count."""
    parents = {2: 1, 3: 1, 4: 3, 5: 2, 9: 8}
    assert tree(parents, 1, without={3}) == {1, 2, 5}


def test_this_process_has_a_peak() -> None:
    """Sampled at once and while it lasts, at least what a Python takes."""
    with PeakPss(without=(), every=0.01) as memory:
        while not memory.peak:
            os.sched_yield()
    assert memory.peak > 1_000_000
    assert memory.processes >= 1
