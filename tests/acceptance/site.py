"""The installed command in a folder of its own, with outlets, a mail server and a webhook receiver on loopback."""

from __future__ import annotations

import base64
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import IO, Any

from monitor.testing.hooks import WebhookReceiver
from monitor.testing.mail import MailReceiver
from monitor.testing.newsroom import Answer, Newsroom
from monitor.testing.tls import PrivateCA

COMMAND = Path(sys.executable).with_name("monitor")
COMMANDS = (
    "run", "once", "check", "demo", "status", "feeds", "feeds refresh", "matches", "digest preview", "outbox",
    "outbox retry", "channel test", "parse", "extract", "match", "group",
)  # fmt: skip
PASSWORD = "a-long-throw-away-pass-phrase"
MAIL_HOST = "127.3.0.1"
OUTLETS = ("wire", "daily", "broken")
WORDS = (  # of filler
    "officials both sides declined comment record people familiar matter asked named because allowed speak reporters "
    "meeting lasted several hours building harbour council visitors evening statement paper quiet road market winter"
)
RULES = """
[[rules]]
id = "truce"
name = "Truce"
any = ["truce"]

[[rules]]
id = "crossing"
name = "Crossing"
all = ["Rafah", "crossing"]
"""


@dataclass(frozen=True)
class Ran:
    """How one command ended."""

    arguments: tuple[str, ...]
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Of a filter: one value a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    def ended(self, code: int) -> Ran:
        """Demand an exit code, and never a traceback; returns itself."""
        assert self.code == code, f"{self.arguments} ended with {self.code}\n{self.out}\n{self.err}"
        assert "Traceback" not in self.out + self.err, self.err
        return self


def command(
    *arguments: str,
    folder: Path,
    environ: Mapping[str, str] | None = None,
    given: str | bytes = b"",
    before: Sequence[str] = (),
    installed: bool = True,
) -> Ran:
    """Run the installed command to its end; `before` is a command it is started by (or, not `installed`, run alone)."""
    raw = given.encode() if isinstance(given, str) else given
    line = [*before, *([str(COMMAND)] if installed else []), *arguments]
    done = subprocess.run(
        line, cwd=folder, env=surroundings(environ), input=raw, capture_output=True, timeout=60, check=False
    )
    return Ran(arguments, done.returncode, done.stdout.decode(), done.stderr.decode())


def surroundings(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment with nothing in it that would change what the command says."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "TMPDIR", "PYTHONPATH") if key in os.environ}
    return {**kept, "LC_ALL": "C.UTF-8", "COLUMNS": "80", **(more or {})}


def article(title: str, text: str) -> bytes:
    """A page that reads as an article."""
    paragraphs = "".join(f"<p>{escape(p)}</p>" for p in (*text.split("\n"), filler(title)))
    head = f"<html lang=en><head><title>{escape(title)}</title></head>"
    return f"{head}<body><article><h1>{escape(title)}</h1>{paragraphs}</article></body></html>".encode()


def filler(title: str) -> str:
    """Sixty words that say nothing, other ones for each title: two articles are no copies of each other."""
    return " ".join(random.Random(title).choices(WORDS.split(), k=60)).capitalize() + "."  # noqa: S311 - text, no secret


def rss(name: str, items: Sequence[tuple[str, str, str, str]]) -> bytes:
    """A feed of (guid, url, title, summary)."""
    inner = "".join(
        f"<item><guid>{guid}</guid><link>{url}</link><title>{escape(title)}</title>"
        f"<description>{escape(summary)}</description></item>"
        for guid, url, title, summary in items
    )
    return f"<rss version='2.0'><channel><title>{name}</title>{inner}</channel></rss>".encode()


def until(fits: Callable[[], Any], what: str | Callable[[], str], seconds: float = 15.0) -> Any:
    """Wait for something to become true; its value."""
    end = time.monotonic() + seconds
    while not (value := fits()):
        assert time.monotonic() < end, f"waited {seconds:.0f} s for {what if isinstance(what, str) else what()}"
        time.sleep(0.02)
    return value


class Daemon:
    """`monitor run` as a process, its log lines as they come."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def text(self) -> str:
        return self._log.read_text("utf-8")

    @property
    def events(self) -> list[dict[str, Any]]:
        """The log, a JSON object a line."""
        return [json.loads(line) for line in self.text.splitlines(keepends=True) if line.endswith("\n")]

    def logged(self, event: str, seconds: float = 15.0, count: int = 1, **fields: Any) -> dict[str, Any]:
        """Wait for the `count`-th line of that event with those fields."""

        def found() -> dict[str, Any] | None:
            assert self.process.poll() is None or self._among(event, fields, count), f"it ended:\n{self.text}"
            return self._among(event, fields, count)

        line: dict[str, Any] = until(found, lambda: f"{event!r} {fields} in\n{self.text}", seconds)
        return line

    def _among(self, event: str, fields: Mapping[str, Any], count: int) -> dict[str, Any] | None:
        fit = [e for e in self.events if e["event"] == event and fields.items() <= e.items()]
        return fit[count - 1] if len(fit) >= count else None

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> float:
        """SIGTERM; the seconds until it is gone."""
        began = time.monotonic()
        self.signal(signal.SIGTERM)
        self.process.wait(timeout=20)
        return time.monotonic() - began

    def descendants(self) -> set[int]:
        """Process ids of its children and theirs."""
        return set(_below(self.process.pid))


def _below(pid: int) -> Iterator[int]:
    with suppress(FileNotFoundError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield int(child)
            yield from _below(int(child))
        for thread in Path(f"/proc/{pid}/task").iterdir():
            for child in (thread / "children").read_text().split():
                yield int(child)


def is_alive(pid: int) -> bool:
    """Whether a process is there and not only waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@dataclass(frozen=True)
class Seeded:
    """A state folder on which day zero is over, and the ports of the outlets it knows."""

    folder: Path
    ports: Mapping[str, int]


@dataclass
class Site:
    """One installation: its folder with config.toml, the outlets it reads and the receivers it tells."""

    folder: Path
    room: Newsroom
    hooks: WebhookReceiver
    mail: MailReceiver
    seeded: Seeded
    rules: str = RULES
    feeds: tuple[str, ...] = ("wire",)
    interval: str = "1h"
    service: str = ""
    """More lines for [service]."""
    deadline: str = "8s"
    endpoints: tuple[str, ...] = ("file", "hook", "mail")
    said: list[str] = field(default_factory=list)
    """All that any process of this site has put out."""
    _items: dict[str, list[tuple[str, str, str, str]]] = field(default_factory=dict)

    @property
    def environ(self) -> dict[str, str]:
        return {"HOOK_KEY": self.hooks.keys[0], "MAIL_PASSWORD": PASSWORD}

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    def configure(self) -> None:
        """Write config.toml. The digest is half a day away, so that none is cut while a test runs."""
        digest_at = datetime.now(UTC) + timedelta(hours=12)
        feeds = "".join(
            f'[[feeds]]\nid = "{name}"\nname = "The {name}"\nurl = "{self.room[name].url("/feed.xml")}"\n'
            f'language = "en"\nown = true\ninterval = "{self.interval}"\n'
            for name in self.feeds
        )
        addresses = {"file": "file:out", "hook": f"hook:{self.hooks.url()}", "mail": "mail:desk@example.org"}
        endpoints = json.dumps([addresses[e] for e in self.endpoints])
        self.config.write_text(
            f"""
[service]
state = "state"
contact = "https://example.org/about-this-watch"
allow_private = ["127.0.0.0/8"]
ca_file = "ca.pem"
{self.service}
[service.pacing]
page_pause = "0s"
page_wait = "5s"
deadline = "{self.deadline}"
workers = 1
[channels.hook]
kind = "webhook"
secrets = ["env:HOOK_KEY"]
[channels.mail]
kind = "email"
smtp = "smtp://desk@{MAIL_HOST}:{self.mail.port}"
password = "env:MAIL_PASSWORD"
from = "watch@example.org"
[[recipients]]
id = "desk"
endpoints = {endpoints}
digest = {{ at = "{digest_at:%H:%M}" }}
{feeds}{self.rules}""",
            encoding="utf-8",
        )

    def publish(
        self, outlet: str, slug: str, title: str, text: str, summary: str = "", page: Answer | None = None
    ) -> None:
        """Put an item at the head of an outlet's feed, and its page."""
        items = self._items.setdefault(outlet, [])
        html = Answer(200, article(title, text), {"Content-Type": "text/html; charset=utf-8"})
        items.insert(0, (slug, self.room[outlet].put(f"/{slug}", page or html), title, summary))
        headers = {"Content-Type": "application/rss+xml"}
        self.room[outlet].put("/feed.xml", Answer(200, rss(outlet, items), headers, conditional=True))

    def run(self, *arguments: str, before: Sequence[str] = (), **environ: str) -> Ran:
        """Run a command to its end."""
        ran = command(*arguments, folder=self.folder, environ={**self.environ, **environ}, before=before)
        self.said += [ran.out, ran.err]
        return ran

    @contextmanager
    def daemon(self, *arguments: str, ready: bool = True, **environ: str) -> Iterator[Daemon]:
        """`monitor run`, killed at the end where the test has not ended it."""
        log = self.folder / f"log-{len(self.said)}.jsonl"
        with log.open("wb") as stream:
            daemon = Daemon(self._start(("run", *arguments), environ, stream), log)
        try:
            if ready:
                daemon.logged("started")
            yield daemon
        finally:
            if daemon.process.poll() is None:
                daemon.process.kill()
                daemon.process.wait()
            self.said.append(daemon.text)

    def _start(self, arguments: Sequence[str], environ: Mapping[str, str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [str(COMMAND), *arguments],
            cwd=self.folder,
            env=surroundings({**self.environ, **environ}),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )

    def seed(self, due: bool = False) -> None:
        """Day zero is over, so that what follows is news: the state folder is a copy of one that was polled once, a
        moment ago or, where the feeds are to be `due`, long ago."""
        self._publish_old()
        self.configure()
        shutil.copytree(self.seeded.folder, self.state)
        if due:
            with closing(sqlite3.connect(self.state / "monitor.db")) as store, store:
                store.execute("UPDATE feeds SET next_at = 0")

    def _publish_old(self) -> None:
        for outlet in OUTLETS:
            self.publish(outlet, f"old-{outlet}", "Weather stays mild", "A quiet week is expected.")

    def told(self, kind: str) -> list[dict[str, Any]]:
        """The data of the webhooks of that type that arrived whole and signed."""
        assert all(h.verified for h in self.hooks.hooks)
        return [h.payload["data"] for h in self.hooks.accepted if h.type == kind]

    def files(self, ending: str) -> list[Path]:
        return sorted((self.state / "out").glob(f"*{ending}"))

    def leaks(self) -> list[str]:
        """Where a secret stands that should stand nowhere: in what was put out, or in a file of the state folder."""
        secrets = [self.hooks.keys[0], self.hooks.keys[0].removeprefix("whsec_"), PASSWORD]
        wanted = [s.encode() for s in secrets] + [base64.b64encode(PASSWORD.encode())]
        held = {str(p): p.read_bytes() for p in self.state.rglob("*") if p.is_file()} if self.state.is_dir() else {}
        places = {**held, **{f"output {n}": text.encode() for n, text in enumerate(self.said)}}
        return [place for place, content in places.items() if any(secret in content for secret in wanted)]


@contextmanager
def opened(folder: Path, seeded: Seeded | None = None) -> Iterator[Site]:
    """A site whose servers serve; at its end no secret may stand anywhere."""
    ca = PrivateCA(folder)
    with ExitStack() as stack:
        room = stack.enter_context(Newsroom(OUTLETS, seeded.ports if seeded else None))
        hooks = stack.enter_context(WebhookReceiver())
        tls = ca.server_context(MAIL_HOST)
        mail = stack.enter_context(MailReceiver(host=MAIL_HOST, tls=tls, login=("desk", PASSWORD)))
        for outlet in room.outlets.values():
            outlet.put("/robots.txt", Answer(404))
        site = Site(folder, room, hooks, mail, seeded or Seeded(folder, {}))
        yield site
        assert site.leaks() == []


def make_seeded(folder: Path) -> Seeded:
    """Poll all outlets once, for real, and keep the state folder and the outlets' ports."""
    with opened(folder) as site:
        site.feeds = OUTLETS
        site._publish_old()
        site.configure()
        site.run("once").ended(0)
        return Seeded(site.state, {name: outlet.port for name, outlet in site.room.outlets.items()})
