"""One daemon per state folder."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from types import TracebackType

from monitor.errors import AlreadyRunning, StateError

LOCK_NAME = "monitor.lock"


class StateLock:
    """Holds a state folder while entered; the kernel frees it when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: int | None = None

    def acquire(self) -> None:
        """Raise AlreadyRunning, naming the holder, where another process has the folder; StateError where it cannot be
        locked at all."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = os.open(self._folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StateError(
                f"{self._folder}: the state folder cannot be written ({error.strerror}): "
                "give the user of this process the right to, or name another"
            ) from error
        try:
            self._take(file)
        except BaseException:
            os.close(file)
            raise
        self._file = file

    def _take(self, file: int) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            pid = os.read(file, 32).decode("ascii", "replace").strip()
            raise AlreadyRunning(
                f"{self._folder}: another monitor runs here (pid {pid or 'unknown'}): "
                "stop it, or name another state folder"
            ) from error
        except OSError as error:
            raise StateError(
                f"{self._folder}: cannot be locked ({error.strerror}): name a folder on a local disk"
            ) from error
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Free the folder; the empty file stays, because removing it could free another's lock."""
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def __enter__(self) -> StateLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
