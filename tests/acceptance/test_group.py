"""`monitor group`: a stream of articles in, the story of each out."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from tests.acceptance.site import COMMAND, command

ROWS = (
    {"id": "a", "title": "Ferry with 200 passengers on fire off Palermo", "published_at": "2026-11-23T06:00:00Z",
     "text": "A ferry carrying some 200 passengers caught fire on Monday off Palermo, the coast guard said."},
    {"id": 2, "title": "Parliament passes austerity budget", "source": "Ledger",
     "text": "Lawmakers narrowly adopted the austerity budget after a night of debate over pensions."},
    {"id": None, "title": "Passengers evacuated after ferry blaze near Palermo", "url": "https://x.example/1",
     "text": "Coast guard vessels took passengers off a burning ferry near Palermo on Monday.",
     "published_at": "2026-11-23T09:00:00+02:00"},
    {"id": "d", "title": "Something else", "text": "", "url": "http://www.x.example/1?utm_source=feed"},
)  # fmt: skip


def lines(*rows: object) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)


def test_each_article_gets_its_story(tmp_path: Path) -> None:
    """By other words for the event, by the same page; ids come back as they were; nothing is needed, nothing left."""
    ran = command("group", folder=tmp_path, given=lines(*ROWS)).ended(0)
    assert [(row["id"], row["story"], row["reason"]) for row in ran.lines] == [
        ("a", 1, "first"), (2, 2, "first"), (None, 1, "same-event"), ("d", 1, "same-url"),
    ]  # fmt: skip
    assert all(set(row) == {"id", "story", "reason", "score"} and 0 <= row["score"] <= 1 for row in ran.lines)
    assert list(tmp_path.iterdir()) == []


def test_it_says_why(tmp_path: Path) -> None:
    """With --why, in words of the articles."""
    (tmp_path / "articles.jsonl").write_text(lines(*ROWS), encoding="utf-8")
    ran = command("group", "--why", "articles.jsonl", folder=tmp_path).ended(0)
    assert "ferry" in ran.lines[2]["why"].lower()


def test_bad_lines_are_told_and_good_ones_kept(tmp_path: Path) -> None:
    """With their number and the remedy; exit code 2."""
    bad = ("no json", [1], {"title": "no id"}, {"id": 1, "published_at": "yesterday"}, {"id": 1, "source": 3})
    ran = command("group", folder=tmp_path, given=lines(ROWS[0], *bad, ROWS[2])).ended(2)
    assert [row["story"] for row in ran.lines] == [1, 1]
    assert [line.split(":")[2] for line in ran.err.splitlines()] == ["2", "3", "4", "5", "6"]
    assert "published_at must be a time" in ran.err


def test_it_answers_before_the_next_line_comes(tmp_path: Path) -> None:
    """A monitor does not wait for what tomorrow brings."""
    with subprocess.Popen(
        [COMMAND, "group"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path
    ) as ran:
        assert ran.stdin is not None
        assert ran.stdout is not None
        for row in ROWS[:3]:
            ran.stdin.write(lines(row))
            ran.stdin.flush()
            assert json.loads(ran.stdout.readline())["id"] == row["id"]
        ran.stdin.close()
        assert ran.wait() == 0
