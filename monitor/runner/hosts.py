"""One connection a host, and a pause between two pages of it."""

from __future__ import annotations

from collections.abc import Callable


class Hosts:
    """Which hosts are being asked, and which rest. Times are seconds of a monotonic clock."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._asked: set[str] = set()
        self._resting: dict[str, float] = {}

    def busy(self) -> frozenset[str]:
        now = self._monotonic()
        self._resting = {host: until for host, until in self._resting.items() if until > now}
        return frozenset(self._asked) | self._resting.keys()

    def take(self, host: str) -> None:
        self._asked.add(host)

    def give_back(self, host: str, rest: float) -> None:
        """Free again after `rest` seconds."""
        self._asked.discard(host)
        if rest > 0:
            self._resting[host] = self._monotonic() + rest

    def next_free(self) -> float | None:
        """Seconds until the first resting host is free; None when none rests."""
        now = self._monotonic()
        waits = [until - now for until in self._resting.values() if until > now]
        return min(waits) if waits else None
