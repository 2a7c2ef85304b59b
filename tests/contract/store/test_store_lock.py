"""One daemon per state folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.errors import AlreadyRunning, StateError
from monitor.store.lock import LOCK_NAME, StateLock

ROOT = Path(__file__).parents[3]
_HOLDS = """
import sys
from pathlib import Path
from monitor.store.lock import StateLock
StateLock(Path(sys.argv[1])).acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_the_lock_names_its_holder(tmp_path: Path) -> None:
    """The folder is made where it is missing, and the file holds the pid while it is held."""
    folder = tmp_path / "state"
    with StateLock(folder):
        assert (folder / LOCK_NAME).read_text() == f"{os.getpid()}\n"
    assert (folder / LOCK_NAME).read_text() == ""


def test_a_second_holder_is_told_of_the_first(tmp_path: Path) -> None:
    """The message names folder and pid, and says what to do."""
    with StateLock(tmp_path), pytest.raises(AlreadyRunning, match=rf"{tmp_path}.*pid {os.getpid()}.*stop it"):
        StateLock(tmp_path).acquire()
    with StateLock(tmp_path):
        pass


def test_releasing_twice_is_no_fault(tmp_path: Path) -> None:
    """Whoever takes it in between keeps it."""
    lock = StateLock(tmp_path)
    lock.acquire()
    lock.release()
    with StateLock(tmp_path):
        lock.release()
        with pytest.raises(AlreadyRunning):
            lock.acquire()


def test_a_killed_holder_frees_the_folder(tmp_path: Path) -> None:
    """The kernel frees it, whatever the file says."""
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLDS, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(AlreadyRunning, match=f"pid {holder.pid}"):
        StateLock(tmp_path).acquire()
    holder.kill()
    holder.communicate()
    with StateLock(tmp_path):
        assert (tmp_path / LOCK_NAME).read_text() == f"{os.getpid()}\n"


def test_a_folder_that_cannot_be_locked_is_told(tmp_path: Path) -> None:
    """A file in its place is named."""
    place = tmp_path / "state"
    place.write_text("")
    with pytest.raises(StateError, match="state"):
        StateLock(place).acquire()
