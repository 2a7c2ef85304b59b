"""The built wheel alone holds all that `monitor` needs: migrations, templates, newsroom and shipped rules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAIN = "import monitor, sys; print(monitor.__file__, file=sys.stderr); from monitor.cli.main import main; main()"


def test_the_demo_runs_from_the_wheel_in_an_empty_folder(tmp_path: Path) -> None:
    """Built, unpacked and run where the source tree is not: exactly what is expected arrives."""
    build = [str(Path(sys.executable).with_name("hatchling")), "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = (tmp_path / "dist").glob("news_monitor-*.whl")
    with zipfile.ZipFile(wheel) as packed:
        assert not [name for name in packed.namelist() if name.startswith(("tests/", "bench/"))]
        packed.extractall(tmp_path / "site")
    empty = tmp_path / "empty"
    empty.mkdir()
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(empty),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(tmp_path / "site"),
    }
    done = subprocess.run(
        [sys.executable, "-P", "-c", MAIN, "demo", "--json"],
        cwd=empty,
        env=environ,
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stderr.startswith(str(tmp_path / "site"))
    report = json.loads(done.stdout)
    assert (report["duplicates"], report["missed"], report["unexpected"]) == (0, 0, 0)
