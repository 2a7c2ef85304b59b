"""What holds for the SQLite backend alone: its file, its schema, its faults."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

import monitor.store
from monitor.errors import StateError
from monitor.ports import Tx
from monitor.store.migrate import NEWEST, VERSIONS
from monitor.store.schema import metadata
from monitor.store.sqlite import open_store
from tests.samples.held import begin_story

ROOT = Path(__file__).parents[3]
MIGRATIONS = Path(monitor.store.__file__).with_name("migrations")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def _damage(path: Path) -> None:
    """Overwrite forty pages in the middle."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 4096 - 60
    content[middle * 4096 : (middle + 40) * 4096] = b"\x5a" * 4096 * 40
    path.write_bytes(content)


def _content(path: Path) -> bytes:
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "monitor.db"


async def _made(path: Path) -> None:
    store = await open_store(path)
    await store.write(lambda tx: tx.put_note("a", "1"))
    await store.aclose()


def _definitions(connection: Connection) -> dict[str, list[str]]:
    """Each table and index with the words of its definition, in any order: migrations name constraints elsewhere."""
    found = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {row.name: sorted(row.sql.replace(",", " ").split()) for row in found}


async def test_migrations_lead_to_the_schema(path: Path) -> None:
    """A new store has every table, column and index of `schema.py`, and no other."""
    await _made(path)
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        made = _definitions(connection)
    engine.dispose()
    plain = create_engine("sqlite://")
    with plain.connect() as connection:
        metadata.create_all(connection)
        meant = _definitions(connection)
    plain.dispose()
    made.pop("alembic_version")
    assert made == meant


def test_every_migration_is_known_by_name() -> None:
    """A forgotten one would pass for the work of a newer program."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    revisions = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(revisions)) == VERSIONS


async def test_the_log_is_ahead_and_every_commit_reaches_the_disk(path: Path) -> None:
    """WAL, synchronous FULL, foreign keys enforced, one reader beside one writer."""
    await _made(path)
    store = await open_store(path)

    def pragmas(tx: Tx) -> list[object]:
        connection = tx._c  # type: ignore[attr-defined]  # looks behind the port on purpose
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert await store.write(pragmas) == ["wal", 2, 1, 10_000]
    await store.aclose()


async def test_an_up_to_date_store_opens_without_alembic(path: Path) -> None:
    """Start-up stays quick: migrations are imported only where there is something to migrate."""
    await _made(path)
    code = (
        "import asyncio, sys; from pathlib import Path; from monitor.store.sqlite import open_store\n"
        "async def main():\n"
        "    await (await open_store(Path(sys.argv[1]))).aclose()\n"
        "asyncio.run(main()); print('alembic' in sys.modules)"
    )
    ran = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", code, str(path)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (ran.stdout.strip(), ran.stderr) == ("False", "")


async def test_a_newer_store_is_refused(path: Path) -> None:
    """The message names the file and says what to do; nothing is changed."""
    await _made(path)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = _content(path)
    for read_only in (False, True):
        with pytest.raises(StateError, match=r"monitor\.db.*newer monitor.*9999.*install the newer"):
            await open_store(path, read_only=read_only)
    assert _content(path) == before


async def test_another_programs_database_is_refused(path: Path) -> None:
    """It is not taken over."""
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE photos (id)")
    connection.close()
    with pytest.raises(StateError, match="not a store of monitor"):
        await open_store(path)


async def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    """The file is named, and so is the remedy."""
    _write(path, b"these are not the pages you are looking for" * 200)
    with pytest.raises(StateError, match=r"monitor\.db.*damaged.*backup"):
        await open_store(path)
    with pytest.raises(StateError, match="damaged"):
        await open_store(path, read_only=True)


async def test_a_damaged_store_is_refused(path: Path) -> None:
    """A page overwritten in the middle is found at the start, not on the day it is read."""
    store = await open_store(path)

    def fill(tx: Tx) -> None:
        for n in range(500):
            tx.put_note(f"n{n}", "x" * 900)

    await store.write(fill)
    await store.aclose()
    _damage(path)
    with pytest.raises(StateError, match=r"monitor\.db.*damaged.*backup"):
        await open_store(path)


async def test_the_integrity_check_tells_what_is_wrong(path: Path) -> None:
    """A row that refers to nothing is a finding; a sound store is `ok`."""
    store = await open_store(path)
    await store.write(begin_story)
    assert await store.integrity_check() == "ok"
    await store.aclose()
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM stories")
    connection.close()
    store = await open_store(path, read_only=True)
    assert "refers to nothing: story_members" in await store.integrity_check()
    await store.aclose()


async def test_a_store_that_is_not_there_is_not_made_for_reading(path: Path) -> None:
    """A reading command says what to start first."""
    with pytest.raises(StateError, match=r"no store here yet.*monitor run"):
        await open_store(path, read_only=True)
    assert not path.parent.exists()


async def test_an_empty_file_is_not_read_as_a_store(path: Path) -> None:
    """Reading does not migrate: it says who does."""
    _write(path, b"")
    with pytest.raises(StateError, match=rf"schema none, wanted {NEWEST}.*upgrades it"):
        await open_store(path, read_only=True)


async def test_a_store_opened_for_reading_reads_beside_the_daemon(path: Path) -> None:
    """It sees what is committed and writes nothing."""
    daemon = await open_store(path)
    await daemon.write(lambda tx: tx.put_note("a", "1"))
    reader = await open_store(path, read_only=True)
    assert await reader.read(lambda tx: tx.get_note("a")) == "1"
    with pytest.raises(StateError, match="reading only"):
        await reader.write(lambda tx: tx.put_note("a", "2"))
    await reader.aclose()
    await daemon.aclose()


async def test_an_open_that_is_cancelled_leaves_a_sound_store(path: Path) -> None:
    """It ends by itself, on its own thread; the next one finds the store whole."""
    opening = asyncio.create_task(open_store(path))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await _made(path)
    store = await open_store(path, read_only=True)
    assert await store.integrity_check() == "ok"
    await store.aclose()


async def test_stores_made_at_the_same_moment_wait_for_one_another(tmp_path: Path) -> None:
    """The switch to the log is the one step that SQLite itself does not wait for."""
    for attempt in range(20):
        path = tmp_path / str(attempt) / "monitor.db"
        for store in await asyncio.gather(*(open_store(path) for _ in range(4))):
            await store.aclose()


async def test_a_path_with_odd_letters_is_that_path(tmp_path: Path) -> None:
    """Question marks, hashes, percent signs and spaces are part of the name."""
    path = tmp_path / "a ?b#c%20d" / "мо.db"
    await _made(path)
    assert path.exists()


async def test_a_state_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file in its place, for instance."""
    (tmp_path / "state").write_text("")
    with pytest.raises(StateError, match="state"):
        await open_store(tmp_path / "state" / "deep" / "monitor.db")
    with pytest.raises(StateError, match=r"state.*cannot be"):
        await open_store(tmp_path / "state" / "monitor.db")


@pytest.fixture
def others_folder() -> Iterator[Path]:
    """A folder that a user without rights can read, not write."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


async def test_a_read_only_folder_is_told(path: Path, others_folder: Path) -> None:
    """The file is named, and whose right is missing."""
    await _made(path)  # with all that an open needs imported: the next one runs without rights
    as_root = os.geteuid() == 0
    if as_root:
        os.seteuid(65_534)
    try:
        with pytest.raises(StateError, match=rf"{others_folder}/monitor\.db: the file cannot be opened"):
            await open_store(others_folder / "monitor.db")
    finally:
        if as_root:
            os.seteuid(0)


_FULL = """
import asyncio, resource, sys
from pathlib import Path
from monitor.errors import StateError
from monitor.store.sqlite import open_store

async def main():
    store = await open_store(Path(sys.argv[1]))
    await store.write(lambda tx: tx.put_note("a", "1"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))
    try:
        await store.write(lambda tx: [tx.put_note(f"n{n}", "x" * 9000) for n in range(500)])
    except StateError as error:
        print(error)
    print(await store.read(lambda tx: (tx.get_note("a"), tx.get_note("n0"))))
    await store.write(lambda tx: tx.put_note("b", "2"))
    print(await store.read(lambda tx: tx.get_note("b")), await store.integrity_check())
    await store.aclose()

asyncio.run(main())
"""


async def test_a_full_disk_is_told_and_survived(path: Path) -> None:
    """The write that found no room leaves nothing; the store goes on with smaller ones."""
    ran = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", _FULL, str(path)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ran.stderr == ""
    told, after, last = ran.stdout.splitlines()
    assert str(path) in told
    assert "free" in told
    assert (after, last) == ("('1', None)", "2 ok")


async def test_a_store_that_another_process_holds_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the wait, not at once and not for ever."""
    await _made(path)
    monkeypatch.setattr("monitor.store.sqlite.BUSY_SECONDS", 0.05)
    store = await open_store(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(StateError, match="another process"):
        await store.write(lambda tx: tx.put_note("a", "2"))
    holder.execute("ROLLBACK")
    holder.close()
    await store.write(lambda tx: tx.put_note("a", "2"))
    await store.aclose()
