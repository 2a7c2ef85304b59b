"""Why a document is not read as a feed."""

from __future__ import annotations


class FeedRefused(Exception):
    """The document gives no entries. `reason` is one line for a person; `not_a_feed` says that it is something else."""

    def __init__(self, reason: str, not_a_feed: bool = False) -> None:
        super().__init__(reason, not_a_feed)
        self.reason = reason
        self.not_a_feed = not_a_feed

    def __str__(self) -> str:
        return self.reason
