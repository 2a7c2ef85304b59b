"""What an outlet prints around everything it publishes: shingles that recur in its documents prove no copy."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

RECURRING = 3
"""Documents of one outlet that hold a shingle; then it is the outlet's own."""
MOST_OUTLETS = 2_000
MOST_SEEN = 600
"""Shingles of an outlet that wait to recur, the latest: some ten documents."""
MOST_OWN = 600


class Boilerplate:
    """Counts by outlet, within bounds: the outlet and the shingles unseen for longest are forgotten first."""

    def __init__(self) -> None:
        self._outlets: OrderedDict[str, tuple[OrderedDict[int, int], OrderedDict[int, None]]] = OrderedDict()

    def without(self, outlet: str, shingles: Iterable[int]) -> frozenset[int]:
        """Those that are not known to be the outlet's own; does not count."""
        held = self._outlets.get(outlet)
        return frozenset(shingles) if held is None else frozenset(s for s in shingles if s not in held[1])

    def learn(self, outlet: str, shingles: Iterable[int]) -> None:
        """Count one document of an outlet. An empty name is no outlet."""
        if not outlet:
            return
        seen, own = self._outlets.setdefault(outlet, (OrderedDict(), OrderedDict()))
        self._outlets.move_to_end(outlet)
        for shingle in sorted(shingles):
            if shingle in own:
                own.move_to_end(shingle)
            elif seen.get(shingle, 0) + 1 >= RECURRING:
                del seen[shingle]
                own[shingle] = None
            else:
                seen[shingle] = seen.get(shingle, 0) + 1
                seen.move_to_end(shingle)
        _forget(seen, MOST_SEEN)
        _forget(own, MOST_OWN)
        if len(self._outlets) > MOST_OUTLETS:
            self._outlets.popitem(last=False)


def _forget(held: OrderedDict[int, int] | OrderedDict[int, None], most: int) -> None:
    while len(held) > most:
        held.popitem(last=False)
