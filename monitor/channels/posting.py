"""The port by which webhooks reach the network: one POST, no redirects, no retries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of one POST."""

    status: int | None
    """None where there was no answer; `error` then says why."""
    headers: tuple[tuple[str, str], ...] = ()
    """Names in lower case."""
    error: str = ""
    """The kind of failure: `timeout`, `dns`, `connect`, `tls`, `private-address`, `bad-url`, `malformed`."""
    remedy: str = ""
    """One line for a person, without the URL: for a private address, the config line that would allow it."""

    def header(self, name: str) -> str | None:
        """The first value of a header, by its lower-case name."""
        return next((value for key, value in self.headers if key == name), None)


class Post(Protocol):
    """Sends one POST. What a server or the network does wrong is an outcome, never an exception.

    It follows no redirect, needs no more of the answer than its head, names the program in User-Agent, ends within
    `timeout` in all, and refuses private addresses unless they are allowed.
    """

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes, timeout: timedelta) -> Posted: ...
