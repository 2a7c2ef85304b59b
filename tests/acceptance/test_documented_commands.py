"""docs/commands.md is executed: every line of its `sh` blocks, in order, in a folder with the config it speaks of."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.site import COMMAND, COMMANDS, Seeded, Site, article, opened, rss, surroundings

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINES = [line for block in BLOCK.findall(PAGE.read_text("utf-8")) for line in block.splitlines()]
DAWN = "A truce was agreed between both sides at dawn, mediators said after a night of talks."


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, seeded: Seeded) -> Iterator[Site]:
    """What the page says the examples stand on, and the files they name."""
    with opened(tmp_path_factory.mktemp("documented"), seeded) as made:
        made.feeds = ("wire", "daily")
        made.seed(due=True)
        made.publish("wire", "dawn", "Truce agreed at dawn", DAWN)
        page = article("Truce agreed at dawn", DAWN)
        rows = {
            "pages.jsonl": {"id": 1, "url": "https://example.com/1", "html": page.decode()},
            "articles.jsonl": {"id": 2, "title": "Truce agreed at dawn", "text": DAWN},
        }
        for name, row in rows.items():
            (made.folder / name).write_text(json.dumps(row) + "\n", encoding="utf-8")
        (made.folder / "page.html").write_bytes(page)
        (made.folder / "article.txt").write_text(DAWN, encoding="utf-8")
        (made.folder / "feed.xml").write_bytes(rss("wire", [("dawn", "/dawn", "Truce agreed at dawn", "")]))
        yield made


def test_every_command_is_documented() -> None:
    """No command is without a line that shows it."""
    shown = " ; ".join(LINES)
    assert [c for c in COMMANDS if f"monitor {c}" not in shown] == []


@pytest.mark.parametrize("line", LINES)
def test_what_is_documented_works(site: Site, line: str) -> None:
    """Each line ends well and says something; the daemon starts and goes at a signal."""
    if line == "monitor demo":
        return  # the demo has a test of its own, and takes longer than all others
    if line.startswith("monitor run"):
        with site.daemon(*line.split()[2:]) as daemon:
            daemon.end()
            assert daemon.process.returncode == 0
        return
    environ = surroundings(site.environ)
    path = f"{COMMAND.parent}{os.pathsep}{environ['PATH']}"
    done = subprocess.run(
        ["sh", "-ec", line], cwd=site.folder, env={**environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert done.stdout.strip()
    if line.endswith("--json"):
        json.loads(done.stdout)
    site.said += [done.stdout, done.stderr]


def test_the_examples_left_what_they_promise(site: Site) -> None:
    """One alert on each endpoint, the pings, and the preview."""
    assert len(site.told("alert.created")) == len(site.files(".eml")) == 1
    assert len(site.told("ping")) == 1
    assert [len(site.mail.to(address)) for address in ("desk@example.org", "me@example.org")] == [2, 1]
    assert "Truce agreed at dawn" in (site.folder / "preview.html").read_text("utf-8")
