"""`monitor demo`, as a person would run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

COMMAND = Path(sys.executable).with_name("monitor")


def demo(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it in a folder, with nothing of ours in the environment."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [str(COMMAND), "demo", *arguments],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )


def test_twice_in_one_folder(tmp_path: Path) -> None:
    """In an empty folder it ends with 0 and its figures are exact; a second run takes the first one's place, and shows
    alerts, digest, coverage and where the HTML lies."""
    first = demo(tmp_path, "--json")
    assert first.returncode == 0, first.stderr[-3000:]
    figures = json.loads(first.stdout)
    assert figures.pop("seconds") > 0
    assert figures == {
        "alerts": 40,
        "digests": 3,
        "webhooks_verified": 21,
        "duplicates": 0,
        "missed": 0,
        "unexpected": 0,
    }
    second = demo(tmp_path)
    assert second.returncode == 0, second.stderr[-3000:]
    for part in (
        "ALERT  Rafah crossing reopens to patients and students after eleven weeks",
        "WITHDRAWN  Four dead on the coastal road before dawn",
        "HTTP 503",
        "COVERAGE",
        "DOWN Delta Evening News",
        "demo-out/digest-desk.html",
        "Exactly what was expected arrived, once each.",
    ):
        assert part in second.stdout, part
    out = tmp_path / "demo-out"
    assert len(list((out / "mail").glob("*.eml"))) == 27
    assert all("<html" in (out / f"digest-{one}.html").read_text("utf-8") for one in ("desk", "risk"))


def test_a_folder_with_somebody_elses_state(tmp_path: Path) -> None:
    """A folder that holds a state which no demo made is left alone, with a message that says what to do."""
    (tmp_path / "state").mkdir()
    done = demo(tmp_path, "--out", ".")
    assert done.returncode == 2
    assert "holds a state folder that no demo made" in done.stderr
    assert "--out" in done.stderr
    assert (tmp_path / "state").is_dir()
    assert not (tmp_path / "mail").exists()
