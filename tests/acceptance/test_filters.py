"""`monitor parse`, `extract` and `match`: the daemon's own stages as filters that need no state, network or secret."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.site import COMMAND, Ran, article, command

FEED = """<?xml version="1.0"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel><title>The Ledger</title>
<item><guid>b</guid><link>/second</link><title>Second &amp; last</title><description>Short.</description>
<content:encoded>&lt;p&gt;The whole text.&lt;/p&gt;</content:encoded><dc:creator>A. Writer</dc:creator>
<category>World</category><category>Ports</category><pubDate>Mon, 23 Nov 2026 06:00:00 +0200</pubDate></item>
<item><guid>a</guid><link>/first</link><title>First</title></item>
</channel></rss>"""
RULES = """
[channels.hook]
kind = "webhook"
secrets = ["env:NOT_TO_BE_HAD"]

[[recipients]]
id = "desk"
endpoints = ["hook:https://example.org/in"]
digest = { at = "07:00" }

[[feeds]]
url = "https://example.com/world.rss"
auth = { bearer = "file:not-there" }

[topics.truce]
terms = ["truce", "ceasefire", "هدنة", "הפסקת אש"]

[[rules]]
id = "truce"
any = ["#truce"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a config none of whose secrets is there, and nothing else."""
    (tmp_path / "config.toml").write_text(RULES, encoding="utf-8")
    return tmp_path


def offline(*arguments: str, folder: Path, given: str | bytes = b"") -> Ran:
    """Run a filter in a network namespace of its own, in which there is nothing, where the kernel lets us."""
    before = ("unshare", "--net", "--map-root-user", "--") if shutil.which("unshare") else ()
    ran = command(*arguments, folder=folder, given=given, before=before)
    return ran if ran.code != 1 or "unshare" not in ran.err else command(*arguments, folder=folder, given=given)


def lines(*rows: Any) -> str:
    return "".join((row if isinstance(row, str) else json.dumps(row, ensure_ascii=False)) + "\n" for row in rows)


def test_parse_gives_a_line_an_entry(folder: Path) -> None:
    """All nine keys, in the order of the feed; links are made whole and times are ISO with their zone."""
    (folder / "feed.xml").write_text(FEED, encoding="utf-8")
    ran = offline("parse", "feed.xml", "--url", "https://ledger.example/feed.xml", folder=folder).ended(0)
    first, second = ran.lines
    assert first == {
        "guid": "b",
        "url": "https://ledger.example/second",
        "title": "Second & last",
        "summary": "Short.",
        "content": first["content"],
        "published_at": "2026-11-23T04:00:00+00:00",
        "updated_at": first["updated_at"],
        "authors": ["A. Writer"],
        "categories": ["World", "Ports"],
    }
    assert "The whole text." in first["content"]
    assert list(first) == list(second)
    assert (second["guid"], second["url"], second["published_at"]) == ("a", "https://ledger.example/first", None)


def test_parse_reads_standard_input_and_json_feeds(tmp_path: Path) -> None:
    """`-` is standard input, and the content type says what it is; no config is needed."""
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [{"id": "1", "title": "One"}]}
    arguments = ("parse", "-", "--content-type", "application/feed+json")
    ran = command(*arguments, folder=tmp_path, given=json.dumps(feed)).ended(0)
    assert [(e["guid"], e["title"]) for e in ran.lines] == [("1", "One")]
    assert list(tmp_path.iterdir()) == []


def test_parse_refuses_what_is_no_feed(tmp_path: Path) -> None:
    """One line that names the file and why; exit code 2. The same for a file that is not there."""
    (tmp_path / "page.html").write_bytes(article("A page", "And no feed."))
    ran = command("parse", "page.html", folder=tmp_path).ended(2)
    assert ran.err.startswith("monitor: page.html: ")
    assert len(ran.err.splitlines()) == 1
    absent = command("parse", "absent.xml", folder=tmp_path).ended(2)
    assert absent.err == "monitor: absent.xml: No such file or directory; check the name\n"


def test_extract_reads_lines_and_keeps_their_order(tmp_path: Path) -> None:
    """Good lines become articles in the order of the input; bad ones are told one by one with file and line, and make
    the exit code 2. No config is needed and nothing is made."""
    pages = [
        {"id": n, "url": f"https://ledger.example/{n}", "html": article(f"Report {n}", f"Harbour no. {n}.").decode()}
        for n in range(3)
    ]
    rows = lines(pages[0], "{not json", pages[1], ["a list"], {"id": "x"}, {"id": "y", "html": 3}, "", pages[2])
    (tmp_path / "pages.jsonl").write_text(rows, encoding="utf-8")
    ran = offline("extract", "pages.jsonl", folder=tmp_path).ended(2)
    assert [row["id"] for row in ran.lines] == [0, 1, 2]
    assert set(ran.lines[0]) == {"id", "title", "text", "author", "published_at", "language", "text_source"}
    assert (ran.lines[1]["title"], ran.lines[1]["text_source"]) == ("Report 1", "page")
    assert "Harbour no. 1." in ran.lines[1]["text"]
    told = ran.err.splitlines()
    assert [line.split(": ")[1] for line in told] == [f"pages.jsonl:{n}" for n in (2, 4, 5, 6)]
    assert [line.split(": ", 2)[2].split(";")[0].split(":")[0] for line in told] == [
        "not JSON", "not an object", "no html", "html must be text",
    ]  # fmt: skip
    assert [p.name for p in tmp_path.iterdir()] == ["pages.jsonl"]


def test_extract_reads_standard_input_and_a_page(tmp_path: Path) -> None:
    """`-` is JSON lines on standard input, and the default; an .html file is one page, its path the id."""
    page = article("A harbour reopens", "Ships are expected on Monday.")
    (tmp_path / "page.html").write_bytes(page)
    one = command("extract", "page.html", folder=tmp_path).ended(0).lines
    assert [(a["id"], a["title"], a["language"]) for a in one] == [("page.html", "A harbour reopens", "en")]
    given = lines({"id": "only", "url": "", "html": page.decode()})
    for arguments in (("extract", "-"), ("extract",)):
        assert [a["id"] for a in command(*arguments, folder=tmp_path, given=given).ended(0).lines] == ["only"]


@pytest.mark.parametrize(
    ("title", "text", "terms"),
    [
        ("Truce holds", "The cease-fire, or truce, holds.", ["Truce", "cease-fire", "truce"]),
        ("هدنة في غزة", "قال وسطاء إن الهدنة مستمرة.", ["هدنة", "الهدنة"]),
        ("הפסקת אש בעזה", "דובר אמר כי הפסקת האש נמשכת, והפסקת אש היא.", ["הפסקת אש", "והפסקת אש"]),
    ],
    ids=["latin", "arabic", "hebrew"],
)
def test_match_proves_itself_in_every_script(folder: Path, title: str, text: str, terms: list[str]) -> None:
    """Each span says field, start, end and term, and slicing that field gives exactly its text."""
    row = {"id": 7, "title": title, "text": text}
    ran = offline("match", folder=folder, given=lines(row)).ended(0)
    (answer,) = ran.lines
    assert answer["id"] == 7
    (match,) = answer["matches"]
    assert (match["rule"], match["prominence"]) == ("truce", "subject")
    for span in match["spans"]:
        assert set(span) == {"field", "start", "end", "text", "term"}
        assert row[span["field"]][span["start"] : span["end"]] == span["text"]  # type: ignore[index]  # a text
    assert {s["text"] for s in match["spans"]} >= set(terms)
    assert [p.name for p in folder.iterdir()] == ["config.toml"]


def test_match_reads_texts_and_lines_together(folder: Path) -> None:
    """A .txt file is a document whose id is its path and whose title is empty; bad lines are told, good ones kept."""
    (folder / "a.txt").write_text("Mediators hope for a ceasefire.", encoding="utf-8")
    (folder / "b.jsonl").write_text(
        lines({"id": 1, "text": "Nothing."}, {"text": "no id"}, {"id": 2, "title": "Truce"})
    )
    ran = command("match", "a.txt", "b.jsonl", folder=folder).ended(2)
    assert [(row["id"], [m["rule"] for m in row["matches"]]) for row in ran.lines] == [
        ("a.txt", ["truce"]), (1, []), (2, ["truce"]),
    ]  # fmt: skip
    assert ran.err == "monitor: b.jsonl:2: no id; wanted are id\n"


def test_a_reader_that_leaves_is_no_error(folder: Path) -> None:
    """`monitor match … | head -1` says nothing on standard error."""
    rows = lines(*({"id": n, "title": "Truce", "text": "truce " * 50} for n in range(3_000)))
    (folder / "many.jsonl").write_text(rows)
    script = f"{COMMAND} match many.jsonl | head -1 | cut -c1-9"
    ran = command("-c", script, folder=folder, before=("sh",), installed=False)
    assert (ran.out, ran.err) == ('{"id": 0,\n', "")
