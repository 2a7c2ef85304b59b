"""Every case of tests/cases/feeds/polls: several polls of one feed, and what each of them must bring.

A case is TOML: `description`, and `[[polls]]` with the document as `input`, the verdicts on its entries as `expect`
(«new: title», «known: title», «revised: title»; an entry left out because it had been read before counts as known and
is not listed), `gap` where coverage was lost, `fetch` for the addresses of the pages that are owed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from monitor.feeds.gaps import lost_touch
from monitor.feeds.identity import ChangeKind
from tests.samples.polling import Books, Polled

CASES = sorted((Path(__file__).parents[2] / "cases" / "feeds" / "polls").glob("*.toml"))
URL = "https://ledger.example/feeds/world.rss"


def test_there_are_poll_cases() -> None:
    """The folder of cases was found."""
    assert len(CASES) >= 12


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_polls(path: Path) -> None:
    """Each poll brings what its case says."""
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    assert case["description"]
    assert len(case["polls"]) > 1
    books = Books()
    for number, poll in enumerate(case["polls"]):
        check(books.poll(document_of(poll).encode(), URL), poll, first=number == 0)


def document_of(poll: Mapping[str, Any]) -> str:
    """The document: whole, or items that are put into an RSS channel."""
    if "items" in poll:
        return f"<rss version='2.0'><channel><title>The Ledger</title>{poll['items']}</channel></rss>"
    return str(poll["input"]).removeprefix("\n")


def check(polled: Polled, poll: Mapping[str, Any], first: bool) -> None:
    """The verdicts, the gap and the pages owed."""
    assert sorted(verdicts(polled)) == sorted(poll["expect"])
    touched = bool(polled.unread) or not lost_touch(polled.identified, polled.known)
    lost = not first and not touched and any(change.kind is ChangeKind.NEW for change in polled.changes)
    assert lost is poll.get("gap", False)
    if "fetch" in poll:
        new = [c.identified.entry.url for c in polled.changes if c.kind is ChangeKind.NEW]
        assert new == poll["fetch"]


def verdicts(polled: Polled) -> Iterator[str]:
    """Verdict and title of each entry that was read, but those known by their very bytes."""
    for change in polled.changes:
        yield f"{change.kind}: {change.identified.entry.title}"
