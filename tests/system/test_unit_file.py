"""The systemd unit, held against Debian's own systemd."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "systemd" / "monitor.service"
COMMAND = Path(sys.executable).with_name("monitor")
WORST_EXPOSURE = 2.0


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """A copy whose ExecStart names the installed command."""
    text = re.sub(r"^ExecStart=\S+", f"ExecStart={COMMAND}", UNIT.read_text(encoding="utf-8"), flags=re.MULTILINE)
    copy = tmp_path / "monitor.service"
    copy.write_text(text, encoding="utf-8")
    return copy


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False, timeout=60)


def test_verify_prints_nothing(unit: Path) -> None:
    """`systemd-analyze verify` exits 0 on unknown keys, so any word of it counts."""
    done = analyze("verify", str(unit))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_exposure_is_low(unit: Path) -> None:
    """`systemd-analyze security` scores the unit at most 2.0 of 10."""
    done = analyze("security", "--offline=true", str(unit))
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    assert float(found[1]) <= WORST_EXPOSURE


def test_the_unit_says_what_the_daemon_relies_on(unit: Path) -> None:
    """Readiness and watchdog by sd_notify, reload by SIGHUP, workers that end with their daemon."""
    lines = set(unit.read_text(encoding="utf-8").splitlines())
    wanted = {"Type=notify", "KillMode=mixed", "ExecReload=/bin/kill -HUP $MAINPID", "StateDirectory=monitor"}
    assert wanted <= lines
    assert any(line.startswith("LoadCredential=") for line in lines)
    assert any(line.startswith("WatchdogSec=") for line in lines)
