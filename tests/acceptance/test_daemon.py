"""`monitor run` as a process: what systemd sees of it, how it stops, how it reloads, and that it is alone."""

from __future__ import annotations

import os
import pty
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from monitor.testing.newsroom import Answer
from tests.acceptance.site import COMMAND, Daemon, Site, is_alive, surroundings, until

DAWN = "A truce was agreed between both sides at dawn, mediators said after a night of talks."
HTML = {"Content-Type": "text/html; charset=utf-8"}


class Notified:
    """The socket that systemd would listen on."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))
        self._socket.setblocking(False)
        self.messages: list[str] = []

    def heard(self) -> list[str]:
        """Everything that was said so far."""
        while True:
            try:
                self.messages.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return self.messages

    def count(self, word: str) -> int:
        return sum(word in message for message in self.heard())

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def notified() -> Iterator[Notified]:
    """In a folder whose name is short enough for a socket."""
    with tempfile.TemporaryDirectory() as folder, closing(Notified(Path(folder))) as made:
        yield made


@contextmanager
def writer_blocked(site: Site) -> Iterator[None]:
    """Hold the store's write lock, so that the daemon cannot get on."""
    with closing(sqlite3.connect(site.state / "monitor.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_ready_alive_and_stopping_are_told(site: Site, notified: Notified) -> None:
    """READY comes when it has started, signs of life only while the store gets on, STOPPING before the end."""
    site.seed()
    with site.daemon(ready=False, NOTIFY_SOCKET=str(notified.path), WATCHDOG_USEC="1200000") as daemon:
        until(notified.heard, "a first word to systemd")
        assert notified.messages[0].startswith("READY=1\nSTATUS=watching 1 feeds")
        assert any(line["event"] == "started" for line in daemon.events)
        until(lambda: notified.count("WATCHDOG=1"), "a sign of life")
        with writer_blocked(site):
            time.sleep(0.5)
            before = notified.count("WATCHDOG=1")
            time.sleep(2)
            assert notified.count("WATCHDOG=1") == before
        until(lambda: notified.count("WATCHDOG=1") > before, "a sign of life after the pause")
        daemon.end()
        assert notified.heard()[-1] == "STOPPING=1"


def test_a_bad_config_is_never_ready(site: Site, notified: Notified) -> None:
    """A daemon that cannot start says nothing to systemd, and the problem in one line; exit code 2."""
    site.rules = '\n[[rules]]\nid = "truce"\nany = ["@nobody"]\n'
    site.configure()
    ran = site.run("run", NOTIFY_SOCKET=str(notified.path)).ended(2)
    assert ran.err.startswith(f"monitor: {site.config}:")
    assert notified.heard() == []


def test_it_watches_tells_and_goes(site: Site) -> None:
    """News is told within seconds; SIGTERM ends it with exit code 0 and leaves no process and no socket behind; all it
    ever logged is JSON lines."""
    site.interval = "1s"
    site.seed(due=True)
    with site.daemon() as daemon:
        site.publish("wire", "dawn", "Truce agreed at dawn", DAWN)
        alert = daemon.logged("alert")
        assert (alert["title"], alert["rules"]) == ("Truce agreed at dawn", ["truce"])
        daemon.logged("delivered", count=3)
        children = daemon.descendants()
        assert children
        assert daemon.end() < 10
        assert daemon.process.returncode == 0
        until(lambda: not any(map(is_alive, children)), "its children to be gone", 2)
        assert not (site.state / "control.sock").exists()
        assert daemon.events[-1]["event"] == "stopped"
        assert all({"event", "level", "timestamp"} <= line.keys() for line in daemon.events)
        assert not [line for line in daemon.events if line["level"] in ("warning", "error")]
    assert len(site.told("alert.created")) == len(site.mail.mails) == len(site.files(".eml")) == 1


def test_sigterm_amid_a_hanging_page_and_a_busy_worker(site: Site) -> None:
    """It is gone within 10 s with exit code 0 and no child is left; what was cut off is owed, and no page's fault."""
    site.feeds = ("wire", "daily")
    site.deadline = "60s"
    hanging = Answer(200, b"<p>late</p>", HTML, delay=60)
    heavy = "".join(f"<div><p>Paragraph {n} has a number of its own, {n * 7919}.</p></div>" for n in range(60_000))
    site.seed(due=True)
    site.publish("wire", "hangs", "Truce talks drag on", DAWN, page=hanging)
    site.publish("daily", "heavy", "Truce in full", DAWN, page=Answer(200, heavy.encode(), HTML))
    with site.daemon() as daemon:
        until(lambda: site.room["wire"].asked("/hangs"), "the hanging page to be asked for")
        busy = until(lambda: [p for p in daemon.descendants() if _processor_seconds(p) > 2], "a busy worker", 30)
        children = daemon.descendants()
        assert set(busy) <= children
        assert daemon.end() < 10
        assert daemon.process.returncode == 0
        until(lambda: not any(map(is_alive, children)), "its children to be gone", 2)
        assert daemon.logged("stopped")["cut_off"] >= 1
    with closing(sqlite3.connect(site.state / "monitor.db")) as store:
        owed = store.execute("SELECT kills FROM reads WHERE owed").fetchall()
    assert len(owed) >= 1  # the hanging page; the heavy one too, unless the machine was quick
    assert set(owed) == {(0,)}


def _processor_seconds(pid: int) -> float:
    """What a process has used so far."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_sighup_takes_up_a_changed_config(site: Site) -> None:
    """A new rule works and a removed feed is not asked again; a bad config is refused with its problems, and the old
    one stays in force."""
    site.feeds = ("wire", "daily")
    site.interval = "1s"
    site.seed(due=True)
    with site.daemon() as daemon:
        site.feeds = ("wire",)
        site.rules += '\n[[rules]]\nid = "quake"\nany = ["earthquake"]\n'
        site.configure()
        daemon.signal(signal.SIGHUP)
        daemon.logged("config reloaded", feeds=1, rules=3)
        asked = len(site.room["daily"].asked("/feed.xml"))
        site.publish("wire", "quake", "Earthquake off the coast", "An earthquake shook the coast, the institute said.")
        daemon.logged("alert", rules=["quake"])
        site.config.write_text(site.config.read_text("utf-8") + '\n[[rules]]\nid = "bad"\nany = ["@nobody"]\n', "utf-8")
        daemon.signal(signal.SIGHUP)
        refused = daemon.logged("config is bad, the old one stays in force")
        assert f"{site.config}:" in refused["problem"]
        assert 'there is no actor "nobody"' in refused["problem"]
        site.publish("wire", "dawn", "Truce agreed at dawn", DAWN)
        daemon.logged("alert", rules=["truce"])
        assert len(site.room["daily"].asked("/feed.xml")) == asked
        assert daemon.end() < 10
        assert daemon.process.returncode == 0


def test_there_is_one_daemon_a_state_folder(site: Site) -> None:
    """A second one ends at once with exit code 4, naming the process and the folder; `once` says what to do instead;
    the first one is not disturbed."""
    site.seed()
    with site.daemon() as daemon:
        second = site.run("run").ended(4)
        assert second.err == (
            f"monitor: {site.state}: another monitor runs here (pid {daemon.process.pid}): stop it, or name another "
            "state folder\n"
        )
        once = site.run("once").ended(4)
        assert f"(pid {daemon.process.pid})" in once.err
        assert "`monitor feeds refresh` makes it poll now" in once.err
        assert site.run("status", "--json").ended(0).json["running"] is True
        _interrupt(daemon)


def _interrupt(daemon: Daemon) -> None:
    """Ctrl-C is as good as SIGTERM."""
    daemon.signal(signal.SIGINT)
    assert daemon.process.wait(timeout=10) == 0


def test_on_a_terminal_it_speaks_to_a_person(site: Site) -> None:
    """Its log is no JSON there; where the terminal is closed it ends as at SIGTERM."""
    site.seed()
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        ["setsid", "--ctty", COMMAND, "run"], cwd=site.folder, env=surroundings(site.environ), stdin=end, stdout=end,
        stderr=end,
    )  # fmt: skip
    os.close(end)
    said = b""
    while b"started" not in said:
        said += os.read(terminal, 4096)
    assert b"{" not in said
    site.said.append(said.decode())
    os.close(terminal)
    assert process.wait(timeout=10) == 0


def test_commands_reach_the_daemon_of_their_own_config_only(site: Site) -> None:
    """In the machine's runtime folder another monitor may listen: it is not taken for this one's."""
    site.seed()
    other = site.folder / "other"
    other.mkdir()
    (other / "config.toml").write_text(site.config.read_text("utf-8").replace('"ca.pem"', '"../ca.pem"'), "utf-8")
    with tempfile.TemporaryDirectory() as runtime, site.daemon(RUNTIME_DIRECTORY=runtime):
        assert site.run("status", "--json", RUNTIME_DIRECTORY=runtime).ended(0).json["running"] is True
        ran = site.run("status", "-c", "other/config.toml", RUNTIME_DIRECTORY=runtime).ended(3)
        assert f"{other}/state/monitor.db: nothing is held yet" in ran.err
