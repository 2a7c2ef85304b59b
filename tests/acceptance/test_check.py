"""`monitor check`: good or every problem at once, and which file was meant."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.site import Ran, command

GOOD = """
[[recipients]]
id = "desk"
endpoints = ["file:out"]
digest = { at = "07:00" }

[[feeds]]
url = "https://example.com/world.rss"

[[rules]]
id = "truce"
all = ["Gaza", "truce"]
"""
BAD = """
[[feeds]]
url = "https://example.com/world.rss"
intervall = "30m"

[[feeds]]
url = "ftp://example.com/x"

[[rules]]
id = "truce"
all = ["@gazza"]

[actors.gaza]
name = "Gaza"
"""


def check(folder: Path, text: str, *arguments: str) -> Ran:
    (folder / "config.toml").write_text(text, encoding="utf-8")
    return command("check", *arguments, folder=folder)


def test_a_good_config_is_good(tmp_path: Path) -> None:
    """It says so with what it holds, on standard output, and nothing else."""
    ran = check(tmp_path, GOOD).ended(0)
    assert ran.out == f"{tmp_path}/config.toml: good. 1 feed, 1 rule, 0 actors, 0 topics, 1 recipient, 1 digest\n"
    assert ran.err == ""
    assert [p.name for p in tmp_path.iterdir()] == ["config.toml"]


def test_a_warning_is_told_and_is_no_error(tmp_path: Path) -> None:
    """A recipient of alerts without a digest never learns of an alert that is taken back: told, with exit code 0."""
    ran = check(tmp_path, GOOD.replace('digest = { at = "07:00" }', "")).ended(0)
    assert f"monitor: warning: {tmp_path}/config.toml:2: recipients[0]" in ran.err
    assert "digest" in ran.err
    answer = check(tmp_path, GOOD.replace('digest = { at = "07:00" }', ""), "--json").ended(0).json
    assert [(w["line"], w["path"]) for w in answer["warnings"]] == [(2, "recipients[0]")]


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    """Each with file, line, value and remedy, in the order of the lines; exit code 2."""
    ran = check(tmp_path, BAD).ended(2)
    config = f"monitor: {tmp_path}/config.toml"
    lines = ran.err.splitlines()
    assert lines[0] == f'{config}:4: feeds[0].intervall: unknown key, did you mean "interval"?'
    assert lines[1].startswith(f'{config}:7: feeds[1].url: "ftp://example.com/x"')
    assert lines[2] == f'{config}:11: rules[0].all[0]: there is no actor "gazza", did you mean "@gaza"?'
    assert len(lines) == 3
    assert ran.out == ""


def test_problems_as_json(tmp_path: Path) -> None:
    """The same as data, on standard output, with the same exit code."""
    ran = check(tmp_path, BAD, "--json").ended(2)
    assert ran.json["ok"] is False
    assert [p["line"] for p in ran.json["problems"]] == [4, 7, 11]
    assert ran.json["problems"][0] == {
        "file": f"{tmp_path}/config.toml",
        "line": 4,
        "path": "feeds[0].intervall",
        "message": "unknown key",
        "remedy": 'did you mean "interval"?',
    }


def test_good_as_json(tmp_path: Path) -> None:
    """What it holds, in numbers."""
    answer = check(tmp_path, GOOD, "--json").ended(0).json
    assert answer["ok"] is True
    assert answer["problems"] == answer["warnings"] == []
    assert (answer["feeds"], answer["rules"], answer["recipients"], answer["digests"]) == (1, 1, 1, 1)


def test_no_config_says_where_was_looked(tmp_path: Path) -> None:
    """All four places in their order, and what to do; the same for every command, as JSON too."""
    for arguments in (("check",), ("check", "--json"), ("status",), ("run",)):
        ran = command(*arguments, folder=tmp_path).ended(2)
        told = ran.err or ran.out
        places = ["--config", "MONITOR_CONFIG", f"{tmp_path}/config.toml", "/etc/monitor/config.toml"]
        assert sorted(places, key=told.index) == places
        assert "docs/config.md" in told


def test_a_named_file_that_is_not_there(tmp_path: Path) -> None:
    """Is an error that names who named it; no other file is taken in its stead."""
    (tmp_path / "config.toml").write_text(GOOD)
    by_option = command("check", "-c", "other.toml", folder=tmp_path).ended(2)
    assert "other.toml: no such file (named by --config)" in by_option.err
    by_variable = command("check", folder=tmp_path, environ={"MONITOR_CONFIG": "third.toml"}).ended(2)
    assert "third.toml: no such file (named by MONITOR_CONFIG)" in by_variable.err


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """Not UTF-8: one message that names the byte."""
    (tmp_path / "config.toml").write_bytes(GOOD.encode() + b'# \xe9\n[[rules]]\nid="x"\nany=["\xe9"]')
    ran = command("check", folder=tmp_path).ended(2)
    assert ran.err == f"monitor: {tmp_path}/config.toml: not UTF-8 at byte {len(GOOD) + 2}; save the file as UTF-8\n"
