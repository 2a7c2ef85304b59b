"""What the six shipped rules fire on: the table in tests/cases, and the articles they were built from."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from monitor.config import parse
from monitor.model.news import Document, Match, Prominence
from monitor.rules import Matcher, compile_rules

ROOT = Path(__file__).parents[3]
TABLE = ROOT / "tests" / "cases" / "rules" / "shipped.tsv"
SHARED = ROOT.parent / "shared"
LETTERS = {
    "E": "hamas-egypt", "R": "rafah-crossing", "L": "hamas-leadership", "S": "sinai-security", "U": "palestinian-unity",
    "T": "gaza-truce",
}  # fmt: skip
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED} is absent: recorded articles are not at hand")


@dataclass(frozen=True)
class Case:
    """One line of the table."""

    subjects: frozenset[str]
    mentions: frozenset[str] | None
    """None: not judged."""
    document: Document


def rules_of(letters: str) -> frozenset[str]:
    return frozenset(LETTERS[letter] for letter in letters if letter not in "-*")


def read_case(line: str) -> Case:
    subjects, mentions, text = line.split("\t")
    title, *paragraphs = text.split(" ¶ ")
    judged = None if mentions == "?" else rules_of(mentions)
    return Case(rules_of(subjects), judged, Document(title, "\n\n".join(paragraphs)))


def lines_of(path: Path) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip() and line[0] != "#"]


@cache
def matcher() -> Matcher:
    settings = parse((ROOT / "config.toml").read_text(encoding="utf-8"), "config.toml").settings
    return compile_rules(settings.rules, settings.actors, settings.topics)


def fired(matches: tuple[Match, ...], prominence: Prominence) -> frozenset[str]:
    return frozenset(match.rule for match in matches if match.prominence is prominence)


@pytest.mark.parametrize("line", lines_of(TABLE), ids=lambda line: line.replace("\t", " ")[:70])
def test_table(line: str) -> None:
    """Every labelled headline and article fires the rules of its label, as subject or as mention, and no other."""
    case = read_case(line)
    matches = matcher().match(case.document)
    assert fired(matches, Prominence.SUBJECT) == case.subjects
    assert case.mentions is None or fired(matches, Prominence.MENTION) == case.mentions


def test_table_is_wide_enough() -> None:
    """The table holds 120 cases at least, a third of them traps, and subjects of all six rules."""
    cases = [read_case(line) for line in lines_of(TABLE)]
    assert len(cases) >= 120
    assert sum(not case.subjects for case in cases) >= len(cases) / 3
    assert frozenset().union(*(case.subjects for case in cases)) == frozenset(LETTERS.values())


def test_spans_are_the_text() -> None:
    """Every span of every match in the table is what stands at its offsets."""
    for line in lines_of(TABLE):
        document = read_case(line).document
        for match in matcher().match(document):
            assert match.spans
            for span in match.spans:
                field = document.title if span.field == "title" else document.text
                assert field[span.start : span.end] == span.text


def seeds() -> list[Path]:
    return sorted((SHARED / "data" / "seeds").glob("*.txt"))


@needs_shared
def test_five_seeds_are_at_hand() -> None:
    """All five articles that the rules were built from are read below."""
    assert len(seeds()) == 5


@needs_shared
@pytest.mark.parametrize("path", seeds(), ids=lambda path: path.name[:3])
def test_seed_is_about_hamas_and_egypt(path: Path) -> None:
    """Each of the five articles has Hamas and Egypt for its subject, and its evidence names both sides."""
    text = path.read_text(encoding="utf-8")
    (match,) = [m for m in matcher().match(Document("", text)) if m.rule == "hamas-egypt"]
    assert match.prominence is Prominence.SUBJECT
    assert all(text[span.start : span.end] == span.text for span in match.spans)
    found = {span.text.casefold() for span in match.spans}
    assert {"hamas"} & found
    assert {"egypt", "egyptian", "cairo"} & found


@needs_shared
def test_seed_with_background_truces() -> None:
    """An article that closes with the truces Egypt brokered in the past is not about a truce."""
    (path,) = [path for path in seeds() if path.name.startswith("001")]
    matches = matcher().match(Document("", path.read_text(encoding="utf-8")))
    assert "gaza-truce" not in fired(matches, Prominence.SUBJECT)


def watch_cases() -> list[str]:
    path = SHARED / "watch-cases.txt"
    return lines_of(path) if path.exists() else []


@needs_shared
def test_watch_cases_are_forty() -> None:
    """All forty practitioners' headlines are read below."""
    assert len(watch_cases()) == 40


@needs_shared
@pytest.mark.parametrize("line", watch_cases(), ids=lambda line: line.replace("\t", " "))
def test_watch_case(line: str) -> None:
    """A practitioner's headline fires what is written on its left: starred as mentions, `-` nothing as subject."""
    letters, headline = line.split("\t")
    matches = matcher().match(Document(headline, ""))
    subjects, mentions = fired(matches, Prominence.SUBJECT), fired(matches, Prominence.MENTION)
    expected = rules_of(letters)
    if letters == "-":
        assert subjects == frozenset()
    elif "*" in letters:
        assert (subjects, mentions) == (frozenset(), expected)
    else:
        assert (subjects, mentions) == (expected, frozenset())
