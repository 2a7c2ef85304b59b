"""Memory of a process tree: PSS, in which a page shared by n processes counts 1/n in each (proc(5), smaps_rollup)."""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

PROC = Path("/proc")


def parse_pss(rollup: str) -> int:
    """Bytes, from the text of smaps_rollup; 0 where it says nothing (a process that is ending)."""
    fields = (line.split() for line in rollup.splitlines() if line.startswith("Pss:"))
    return sum(int(words[1]) for words in fields) * 1024


def parse_parent(stat: str) -> int:
    """The parent's pid, from the text of /proc/PID/stat; the name in it may hold anything, parentheses included."""
    return int(stat.rpartition(")")[2].split()[1])


def tree(parents: Mapping[int, int], root: int, without: Collection[int]) -> set[int]:
    """`root` and all below it, the subtrees of `without` left out."""
    found, grown = {root}, True
    while grown:
        more = {pid for pid, parent in parents.items() if parent in found and pid not in without} - found
        found |= more
        grown = bool(more)
    return found


class PeakPss:
    """Samples the tree of this process in a thread while `with` lasts."""

    def __init__(self, without: Iterable[int], every: float = 1.0) -> None:
        """`without` are pids whose subtrees do not count; `every` in seconds."""
        self.peak = 0
        """Bytes."""
        self.processes = 0
        """In the tree at that moment."""
        self._without = frozenset(without)
        self._every = every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="pss", daemon=True)

    def __enter__(self) -> PeakPss:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(self._every):
            pids = tree(_parents(), os.getpid(), self._without)
            total = sum(parse_pss(_text(pid, "smaps_rollup")) for pid in pids)
            if total > self.peak:
                self.peak, self.processes = total, len(pids)


def _parents() -> dict[int, int]:
    stats = ((int(entry.name), _text(int(entry.name), "stat")) for entry in PROC.iterdir() if entry.name.isdigit())
    return {pid: parse_parent(stat) for pid, stat in stats if stat}


def _text(pid: int, name: str) -> str:
    """Empty where the process has ended."""
    try:
        return (PROC / str(pid) / name).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
