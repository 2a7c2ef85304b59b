"""Coverage that was lost between two polls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from monitor.model.news import EntryKey, Identified
from monitor.model.state import KnownEntry


def lost_touch(identified: Sequence[Identified], known: Mapping[EntryKey, KnownEntry]) -> bool:
    """Whether a poll shares no entry with those before it: what stood in between was never seen.

    `known` holds what the store knew of any of their keys before this poll. An empty feed has lost nothing.
    """
    return bool(identified) and not any(key in known for one in identified for key in one.keys)
