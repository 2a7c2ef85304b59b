"""The store in one SQLite file.

Two lanes, each a connection on a thread of its own: the writer (BEGIN IMMEDIATE, synchronous FULL), which commits what
waits together at once, and a reader that opened the file read-only and sees one snapshot for each piece of work. One
writer only: SQLite before 3.51.3 can corrupt a WAL that two connections write or checkpoint at once.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from monitor import ports
from monitor.errors import StateError
from monitor.store.migrate import require_newest, upgrade
from monitor.store.tx import SqlTx

T = TypeVar("T")

BUSY_SECONDS = 10.0
BUSY_PAUSE = 0.01
BATCH_SECONDS = 0.05
"""How long one transaction goes on taking in what waits: so long at most does a commit put off the first of it."""
_REMEDIES = {
    sqlite3.SQLITE_CORRUPT: "the file is damaged: restore a backup, or move the file away to begin anew",
    sqlite3.SQLITE_NOTADB: "the file is damaged or no store: restore a backup, or move the file away to begin anew",
    sqlite3.SQLITE_FULL: "the disk is full: free some space",
    sqlite3.SQLITE_IOERR: "reading or writing the file failed: check the disk and its free space",
    sqlite3.SQLITE_READONLY: "the file or its folder cannot be written: give the user of this process the right to",
    sqlite3.SQLITE_CANTOPEN: "the file cannot be opened: check that the folder exists and may be written by this user",
    sqlite3.SQLITE_PERM: "the file cannot be opened: give the user of this process the right to",
    sqlite3.SQLITE_BUSY: f"another process has held the store for {BUSY_SECONDS:.0f} s: end it",
}
CHECKPOINT_ROWS = 2_000
"""Rows written from which the log is moved into the file when nothing waits."""
_WRITER_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "temp_store = MEMORY",
    "cache_size = -16000",
    "wal_autocheckpoint = 8000",  # pages, 32 MB: for when there is never a pause
)


async def open_store(path: Path, *, read_only: bool = False) -> SqlStore:
    """Open, check and migrate the store at `path`; a missing one is made, with its folder, unless `read_only`.

    Raises StateError naming the file and the remedy: damaged, newer than this program, not writable, not there.
    """
    reader = _Lane(path, can_write=False)
    if read_only:
        _require_file(path)
        await reader.start(lambda connection: require_newest(connection, str(path)))
        return SqlStore(path, None, reader)
    _make_folder(path.parent)
    writer = _Lane(path, can_write=True)
    await writer.start(lambda connection: upgrade(connection, str(path)))
    try:
        await reader.start(lambda _: None)
    except BaseException:
        await writer.aclose()
        raise
    return SqlStore(path, writer, reader)


class SqlStore:
    """`ports.Store` on SQLite. Made by `open_store`."""

    def __init__(self, path: Path, writer: _Lane | None, reader: _Lane) -> None:
        self.path = path
        self._writer = writer
        self._reader = reader

    async def write(self, work: Callable[[ports.Tx], T]) -> T:
        """Run `work` in one transaction. A caller that is cancelled leaves it to end by itself: all or nothing."""
        if self._writer is None:
            raise StateError(f"{self.path}: opened for reading only")
        return await self._writer.run(lambda connection: work(SqlTx(connection)))

    async def read(self, work: Callable[[ports.Tx], T]) -> T:
        """Run `work` on a snapshot that cannot write."""
        return await self._reader.run(lambda connection: work(SqlTx(connection, can_write=False)))

    async def integrity_check(self) -> str:
        """`ok`, or what is wrong, one finding a line: structure, indexes, and rows that refer to nothing."""
        return await self._reader.run(_integrity)

    async def aclose(self) -> None:
        """Let what was begun end, then close; the writer last, so that it empties the log into the file."""
        await self._reader.aclose()
        if self._writer is not None:
            await self._writer.aclose()


@dataclass(slots=True)
class _Job:
    """A piece of work that waits its turn, and what came of it."""

    work: Callable[[Connection], Any]
    done: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class _Lane:
    """One connection on a thread of its own; work waits its turn.

    What waits together shares one transaction. Writes have a savepoint each: whole or not at all, and nobody is told of
    a success before its commit has reached the disk.
    """

    def __init__(self, path: Path, can_write: bool) -> None:
        self._path = path
        self._can_write = can_write
        self._closed = False
        self._engine = _engine(path, can_write)
        self._opened = ExitStack()
        self._connection: Connection
        self._driver: Any
        self._waiting: SimpleQueue[_Job | None] = SimpleQueue()
        """None ends the thread."""
        self._thread: Thread
        self._moved = 0
        """The driver's count of changed rows when the log was last moved into the file."""

    async def start(self, prepare: Callable[[Connection], None]) -> None:
        """Open, check, and `prepare` inside a transaction. A caller that is cancelled does not wait for it."""
        opening = _Job(prepare, asyncio.get_running_loop().create_future())
        name = "store-writer" if self._can_write else "store-reader"
        self._thread = Thread(target=self._serve, args=(opening,), name=name, daemon=True)
        self._thread.start()
        try:
            await opening.done
        except BaseException:
            self._closed = True
            self._waiting.put(None)
            raise

    async def run(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, once it is committed. A caller that is cancelled leaves it to end by itself."""
        if self._closed:
            raise StateError(f"{self._path}: the store is closed")
        job = _Job(work, asyncio.get_running_loop().create_future())
        self._waiting.put(job)
        result: T = await job.done
        return result

    async def aclose(self) -> None:
        """What was handed over before is done first."""
        if not self._closed:
            self._closed = True
            self._waiting.put(None)
            await asyncio.to_thread(self._thread.join)

    def _serve(self, opening: _Job) -> None:
        """The thread."""
        try:
            self._open(opening.work)
        except BaseException as error:  # handed to whoever waits for it
            opening.error = error
            self._opened.close()
        _tell([opening])
        with self._opened:
            while opening.error is None and (job := self._waiting.get()) is not None:
                _tell(self._write(job) if self._can_write else self._read(job))
                if self._can_write:
                    self._checkpoint()

    def _open(self, prepare: Callable[[Connection], None]) -> None:
        with _errors_told(self._path):
            self._connection = self._engine.connect()
            self._opened.callback(self._connection.close)
            self._driver = self._connection.connection.dbapi_connection
            if self._can_write:
                _quick_check(self._driver, self._path)
            with self._transaction():
                prepare(self._connection)
            self._driver.execute(f"PRAGMA {'foreign_keys = ON' if self._can_write else 'query_only = ON'}")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """Of the driver's own: SQLAlchemy's would cost more than most of the work done in it."""
        self._driver.execute("BEGIN IMMEDIATE" if self._can_write else "BEGIN")
        try:
            yield
            self._driver.execute("COMMIT")
        except BaseException:
            if self._driver.in_transaction:  # a full disk may have ended it already
                self._driver.execute("ROLLBACK")
            raise

    def _read(self, first: _Job) -> list[_Job]:
        """One snapshot for all that waits now: whoever asks later may have to see what was committed meanwhile."""
        jobs = [first]
        while (job := self._next()) is not None:
            jobs.append(job)
        try:
            with _errors_told(self._path), self._transaction():
                for job in jobs:
                    self._do(job)
        except StateError as error:
            for job in jobs:
                job.error = job.error or error
        return jobs

    def _write(self, first: _Job) -> list[_Job]:
        """One transaction with all that waits, as far as BATCH_SECONDS go. Where it cannot be committed as a whole,
        each piece of work is done again alone, so that it gets its own error."""
        second = self._next()
        if second is None:
            return [self._alone(first)]
        jobs, until = [first, second], time.monotonic() + BATCH_SECONDS
        try:
            with self._transaction():
                self._under_savepoint(first)
                self._under_savepoint(second)
                while time.monotonic() < until and (job := self._next()) is not None:
                    jobs.append(job)
                    self._under_savepoint(job)
        except sqlite3.Error:
            return [self._alone(job) for job in jobs]
        return jobs

    def _checkpoint(self) -> None:
        """Move the log into the file while nobody waits: SQLite does it within a commit, which then takes ten times as
        long. What goes wrong here goes wrong with the next write too, whose caller is told."""
        if self._waiting.empty() and self._driver.total_changes - self._moved >= CHECKPOINT_ROWS:
            self._moved = self._driver.total_changes
            with suppress(sqlite3.Error):
                _pragma(self._driver, "wal_checkpoint(PASSIVE)")

    def _next(self) -> _Job | None:
        """What waits, None where nothing does."""
        try:
            job = self._waiting.get_nowait()
        except Empty:
            return None
        if job is None:
            self._waiting.put(None)  # for `_serve`
        return job

    def _under_savepoint(self, job: _Job) -> None:
        """Raises where the transaction itself is lost, as when the disk is full."""
        self._driver.execute("SAVEPOINT work")
        self._do(job)
        if job.error is not None:
            self._driver.execute("ROLLBACK TO work")
        self._driver.execute("RELEASE work")

    def _alone(self, job: _Job) -> _Job:
        try:
            with _errors_told(self._path), self._transaction():
                self._do(job)
                if job.error is not None:
                    raise job.error
        except BaseException as error:  # handed to whoever waits for it
            job.error = error
        return job

    def _do(self, job: _Job) -> None:
        job.error = None
        try:
            with _errors_told(self._path):
                job.result = job.work(self._connection)
        except BaseException as error:  # handed to whoever waits for it
            job.error = error


def _tell(jobs: Sequence[_Job]) -> None:
    """Hand over what came of them, in the loops of those who wait."""
    for loop in {job.done.get_loop() for job in jobs}:
        with suppress(RuntimeError):  # the loop has ended: nobody waits any more
            loop.call_soon_threadsafe(_settle, [job for job in jobs if job.done.get_loop() is loop])


def _settle(jobs: Sequence[_Job]) -> None:
    for job in jobs:
        if job.done.done():
            continue  # its caller was cancelled
        if job.error is not None:
            job.done.set_exception(job.error)
        else:
            job.done.set_result(job.result)


def _engine(path: Path, can_write: bool) -> Engine:
    """The driver begins and ends no transaction by itself, and neither does SQLAlchemy: the lane does."""
    uri = f"file:{quote(str(path.absolute()))}?mode={'rwc' if can_write else 'ro'}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        if can_write:
            _set_up(connection)
        return connection

    return create_engine("sqlite://", creator=connect, poolclass=NullPool, hide_parameters=True)


def _set_up(connection: sqlite3.Connection) -> None:
    """The writer's pragmas. SQLite does not wait for another that switches to the log at the same moment (its busy
    handler is not asked then: sqlite.org/c3ref/busy_handler.html), so this does."""
    patience = time.monotonic() + BUSY_SECONDS
    for pragma in _WRITER_PRAGMAS:
        while True:
            try:
                connection.execute(f"PRAGMA {pragma}")
                break
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > patience:
                    connection.close()
                    raise
                time.sleep(BUSY_PAUSE)


def _pragma(driver: Any, pragma: str) -> list[str]:
    """The rows of its answer as text."""
    return [" ".join(str(value) for value in row) for row in driver.execute(f"PRAGMA {pragma}")]


def _quick_check(driver: Any, path: Path) -> None:
    found = _pragma(driver, "quick_check(1)")
    if found != ["ok"]:
        raise StateError(f"{path}: {_REMEDIES[sqlite3.SQLITE_CORRUPT]} ({found[0]})")


def _integrity(connection: Connection) -> str:
    driver = connection.connection.dbapi_connection
    findings = _pragma(driver, "integrity_check")
    dangling = [f"refers to nothing: {row}" for row in _pragma(driver, "foreign_key_check")]
    return "\n".join(([] if findings == ["ok"] else findings) + dangling) or "ok"


def _require_file(path: Path) -> None:
    if not path.exists():
        raise StateError(f"{path}: no store here yet: start `monitor run` or `monitor once` first")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(f"{folder}: the state folder cannot be made ({error.strerror}): name another") from error


@contextmanager
def _errors_told(path: Path) -> Iterator[None]:
    """What a person can mend becomes a StateError; a broken constraint is a bug and stays as it is."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        remedy = _REMEDIES.get(getattr(cause, "sqlite_errorcode", 0) & 0xFF)
        if remedy is None:
            raise
        raise StateError(f"{path}: {remedy} ({cause})") from error
