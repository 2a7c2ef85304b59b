"""What a person must mend: a damaged store, a folder that is none, a full disk. One clear message, exit code 3."""

from __future__ import annotations

import os
import resource
import sqlite3
from contextlib import closing

import pytest

from tests.acceptance.site import Site

DAWN = "A truce was agreed between both sides at dawn, mediators said after a night of talks."


@pytest.mark.parametrize(("damage", "command"), [("garbage", "once"), ("truncated", "status"), ("overwritten", "run")])
def test_a_damaged_store_is_refused(site: Site, damage: str, command: str) -> None:
    """By those that write and those that look; nothing is repaired in secret, and the remedy is named."""
    site.seed()
    store = site.state / "monitor.db"
    whole = store.read_bytes()
    broken = {
        "garbage": os.urandom(50_000),
        "truncated": whole[: len(whole) // 2],
        "overwritten": whole[:4096] + os.urandom(len(whole) - 4096),
    }[damage]
    store.write_bytes(broken)
    ran = site.run(command).ended(3)
    assert ran.err.startswith(f"monitor: {store}: ")
    assert "restore a backup, or move the file away to begin anew" in ran.err
    assert len(ran.err.splitlines()) == 1
    assert store.read_bytes() == broken


@pytest.mark.parametrize("command", ["run", "once"])
def test_a_file_where_the_folder_should_be(site: Site, command: str) -> None:
    """The state folder cannot be made: said with its name and what to do."""
    site.publish("wire", "old", "Weather stays mild", "A quiet week.")
    site.configure()
    site.state.write_text("not a folder")
    ran = site.run(command).ended(3)
    assert ran.err.startswith(f"monitor: {site.state}: the state folder cannot be written")
    assert ran.err.endswith(": give the user of this process the right to, or name another\n")
    assert site.state.read_text() == "not a folder"


def test_a_full_disk_ends_once(site: Site) -> None:
    """No file may grow: one message, no half-told news; with space again the news is told under one id. (What was sent
    as the disk filled is sent again: the same id, the same bytes.)"""
    site.seed(due=True)
    site.publish("wire", "dawn", "Truce agreed at dawn", DAWN)
    ran = site.run("once", before=("prlimit", f"--fsize={_room(site)}", "--")).ended(3)
    told = [line for line in ran.err.splitlines() if line.startswith("monitor: ")]
    assert len(told) == 1
    assert f"{site.state}/monitor.db: " in told[0]
    assert "the disk" in told[0]
    site.run("once").ended(0)
    assert len({hook.id for hook in site.hooks.accepted if hook.type == "alert.created"}) == len(site.mail.mails) == 1
    assert not site.hooks.changed
    assert not site.mail.changed
    with closing(sqlite3.connect(site.state / "monitor.db")) as store:
        assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def _room(site: Site) -> int:
    """The size in bytes that no file may exceed: as large as the store, so that it cannot grow."""
    return (site.state / "monitor.db").stat().st_size


def test_a_newer_store_is_left_alone(site: Site) -> None:
    """A store that a later version has written is refused, not downgraded."""
    site.seed()
    with closing(sqlite3.connect(site.state / "monitor.db")) as store, store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
    ran = site.run("once").ended(3)
    assert ran.err.startswith(f"monitor: {site.state}/monitor.db: ")
    assert "newer" in ran.err


def test_nothing_held_yet(site: Site) -> None:
    """Looking at a folder that was never used says what makes one, and makes none."""
    site.configure()
    for command in (("status",), ("outbox", "retry")):
        ran = site.run(*command).ended(3)
        assert (
            ran.err
            == f"monitor: {site.state}/monitor.db: nothing is held yet; `monitor once` or `monitor run` makes it\n"
        )
    assert not site.state.exists()


def test_a_disk_that_fills_under_a_daemon(site: Site) -> None:
    """It says so in its log without a traceback, gives no sign of life meanwhile, and goes on when there is space."""
    site.interval = "1s"
    site.seed(due=True)
    with site.daemon() as daemon:
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (20_000, resource.RLIM_INFINITY))
        problem = daemon.logged("cannot go on, will try again")
        assert f"{site.state}/monitor.db" in problem["problem"]
        assert problem["level"] == "error"
        resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        site.publish("wire", "dawn", "Truce agreed at dawn", DAWN)
        # A poll that was claimed just as the disk filled comes back when its lease has run out, after five minutes.
        daemon.logged("alert", seconds=360)
        daemon.logged("delivered", count=3)
        assert not [line for line in daemon.events if "exception" in line]
        daemon.end()
        assert daemon.process.returncode == 0
