"""`monitor run` killed with SIGKILL again and again, while news comes in."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from monitor.demo import content as contents
from monitor.demo.arrivals import Arrival, from_hooks, from_mails
from monitor.demo.content import Content
from monitor.demo.expected import expected_alerts
from monitor.demo.settings import MAIL_LOGIN, Pace, environment, write_config
from monitor.demo.stage import newsroom, set_up
from monitor.testing import MailReceiver, Newsroom, PrivateCA, WebhookReceiver

COMMAND = Path(sys.executable).with_name("monitor")
KILLS = 25
SEED_VARIABLE = "MONITOR_KILL_SEED"
"""Set it to run the very kills of a failed run again."""
PATIENCE = 60.0
"""Seconds in which a life without kills must have caught up."""


@dataclass
class Watch:
    """A newsroom, its receivers, and one daemon after another that reads it."""

    folder: Path
    content: Content
    room: Newsroom
    mail: MailReceiver
    hooks: WebhookReceiver
    config: Path
    daemon: subprocess.Popen[bytes] | None = None
    lives: int = 0
    log: Path = field(init=False)

    def __post_init__(self) -> None:
        self.log = self.folder / "daemon.log"

    def live(self) -> None:
        """Start `monitor run`."""
        environ = {**os.environ, **environment(self.hooks)}
        arguments = [str(COMMAND), "run", "--config", str(self.config)]
        with self.log.open("ab") as log:
            self.daemon = subprocess.Popen(arguments, cwd=self.folder, env=environ, stdout=log, stderr=log)
        self.lives += 1

    def die(self) -> None:
        """SIGKILL: no handler runs, nothing is flushed."""
        assert self.daemon is not None
        assert self.daemon.poll() is None, f"life {self.lives} ended by itself:\n{self.said()}"
        self.daemon.send_signal(signal.SIGKILL)
        self.daemon.wait(timeout=10)

    def end(self) -> int:
        """SIGTERM; the exit code."""
        assert self.daemon is not None
        self.daemon.terminate()
        return self.daemon.wait(timeout=20)

    def said(self) -> str:
        """The end of the daemons' log."""
        return self.log.read_text(errors="replace")[-4000:]

    def arrived(self) -> list[Arrival]:
        titles = {t for a in self.content.articles for t in (a.title, a.title_at(99))}
        headlines = sorted(titles, key=len, reverse=True)
        return [*from_mails(list(self.mail.mails.values()), headlines), *from_hooks(self.hooks.accepted)]

    def messages(self) -> int:
        """How many were taken so far, repeats included."""
        return len(self.hooks.accepted) + sum(len(m.copies) for m in list(self.mail.mails.values()))

    def missing(self) -> set[tuple[str, str, str, str]]:
        """The alerts of the steps so far that did not arrive yet."""
        due = {d.key for d in expected_alerts(self.content, self.room.at_step)}
        return due - {a.key for a in self.arrived()}

    def seeded(self) -> bool:
        """Whether the first poll of every feed stands in the store: each has been asked with what it was given."""
        working = [o for o in self.content.outlets if o.format != "broken"]
        return all(any(a.status == 304 for a in self.room[o.id].asked(o.feed)) for o in working)

    def go_on(self) -> None:
        """Let the next news appear once the last is told; before every feed is seeded nothing new appears."""
        if self.seeded() and not self.missing() and self.room.at_step < len(self.content.steps) - 1:
            self.room.step(self.room.at_step + 1)


def wait_for(done: Callable[[], bool], seconds: float) -> bool:
    """Whether it came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(0.001)
    return done()


def test_killed_at_random_moments(tmp_path: Path) -> None:
    """After 25 SIGKILLs every expected alert has arrived, no story was told under two ids, every repeat carries the
    same id and the same bytes, and the store passes its integrity check."""
    seed = int(os.environ.get(SEED_VARIABLE, random.SystemRandom().randrange(10**6)))
    print(f"{SEED_VARIABLE}={seed}")  # noqa: T201 - pytest shows it where the test fails
    content = contents.steady(contents.load())
    authority = PrivateCA(tmp_path)
    mail = MailReceiver(tls=authority.server_context("127.3.0.1"), login=MAIL_LOGIN)
    with newsroom(content) as room, mail, WebhookReceiver() as hooks:
        set_up(room, content)
        pace = Pace(interval="1s", page_pause="0s", page_wait="1s", page_wait_max="2s")
        config = write_config(tmp_path / "config.toml", content, room, mail, hooks, authority.ca_file, pace)
        watch = Watch(tmp_path, content, room, mail, hooks, config)
        try:
            kill_again_and_again(watch, random.Random(seed))  # noqa: S311 - moments, no secrets
            told_in_the_end(watch)
        finally:
            if watch.daemon is not None and watch.daemon.poll() is None:
                watch.daemon.kill()
    nothing_lost_nothing_twice(watch)
    store_is_whole(tmp_path / "state" / "monitor.db")


def kill_again_and_again(watch: Watch, chance: random.Random) -> None:
    """Some lives end while they start, some within two seconds of their first poll, some just as a message is out."""
    for _ in range(KILLS):
        watch.go_on()
        kind = chance.choices(("starting", "polling", "delivering"), (1, 4, 5))[0]
        asked, messages = len(watch.room.asked), watch.messages()
        watch.live()
        if kind != "starting":
            assert wait_for(lambda n=asked: len(watch.room.asked) > n, 30), watch.said()  # type: ignore[misc]  # a lambda with a default
        if kind == "delivering":
            wait_for(lambda n=messages: watch.messages() > n, 2.5)  # type: ignore[misc]  # the same
        time.sleep(chance.uniform(0.0, 2.0 if kind == "polling" else 0.5 if kind == "starting" else 0.01))
        watch.die()


def told_in_the_end(watch: Watch) -> None:
    """One life without kills reads what is left of the day."""
    watch.live()
    last = len(watch.content.steps) - 1
    while watch.room.at_step < last:
        assert wait_for(lambda: watch.seeded() and not watch.missing(), PATIENCE), (watch.missing(), watch.said())
        watch.go_on()
    assert wait_for(lambda: not watch.missing(), PATIENCE), (watch.missing(), watch.said())
    assert watch.end() == 0, watch.said()


def nothing_lost_nothing_twice(watch: Watch) -> None:
    """Alerts exactly as due, each under one id; repeats are the same message again."""
    alerts = [a for a in watch.arrived() if a.kind == "alert"]
    due = {d.key for d in expected_alerts(watch.content, watch.room.at_step)}
    assert Counter(a.key for a in alerts) == Counter(due)
    assert watch.hooks.changed == set()
    assert watch.mail.changed == []
    assert all(h.verified for h in watch.hooks.hooks)
    repeats = sum(a.copies > 1 for a in alerts)
    print(f"{watch.lives} lives, {len(alerts)} alerts, {repeats} repeated")  # noqa: T201 - the same


def store_is_whole(path: Path) -> None:
    with closing(sqlite3.connect(path)) as store:
        assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert store.execute("PRAGMA foreign_key_check").fetchall() == []
