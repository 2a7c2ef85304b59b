"""MemoryDenyWriteExecute, as the unit has it, does not break any dependency."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

COMMAND = Path(sys.executable).with_name("monitor")
# PR_SET_MDWE (65) with PR_MDWE_REFUSE_EXEC_GAIN (1), Linux 6.3 and newer; inherited by every worker.
UNDER_FILTER = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(65, 1, 0, 0, 0) != 0:
    sys.exit(f"the kernel refuses PR_SET_MDWE: {os.strerror(ctypes.get_errno())}")
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_the_demo_runs_without_memory_both_writable_and_executable(tmp_path: Path) -> None:
    """Feeds parsed, pages extracted, mail and webhooks sent, with the filter on the daemon and its workers."""
    command = [sys.executable, "-c", UNDER_FILTER, str(COMMAND), "demo", "--json", "--out", str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-2000:]
    report = json.loads(done.stdout)
    assert (report["missed"], report["unexpected"], report["duplicates"]) == (0, 0, 0)
