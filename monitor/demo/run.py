"""A day of the demo's newsroom in a few seconds, through the daemon's own code.

newsroom, mail and webhook receivers → config → application on a stepped clock
  → every ten minutes of the day: set the clock, let the newsroom go on, settle all that is due
  → what arrived, shown, written down and held against what must arrive
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.app import Application, load
from monitor.demo import content as contents
from monitor.demo.arrivals import from_hooks, from_mails
from monitor.demo.content import Content
from monitor.demo.expected import Verdict, compare, expected
from monitor.demo.progress import Progress
from monitor.demo.settings import ADDRESSES, MAIL_LOGIN, environment, write_config
from monitor.demo.stage import newsroom, set_up
from monitor.demo.telling import tell, tell_verdict
from monitor.errors import InputError
from monitor.testing import MailReceiver, Newsroom, PrivateCA, SteppedClock, WebhookReceiver

TICK = timedelta(minutes=10)
"""How far the clock is set on at a time."""
ZONE = ZoneInfo("Africa/Cairo")
SEED = 20261123
"""Of the daemon's jitter, so that every run is the same."""
_MARK = "# The demo's configuration"
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What came of one demo."""

    alerts: int
    """Alerts that arrived, each endpoint counted."""
    digests: int
    """Digests that arrived, each endpoint counted."""
    webhooks_verified: int
    verdict: Verdict
    seconds: float

    @property
    def as_expected(self) -> bool:
        return self.verdict.as_expected

    def summary(self) -> dict[str, int | float]:
        """The figures of `monitor demo --json`. A message that says the wrong thing counts as unexpected."""
        return {
            "alerts": self.alerts,
            "digests": self.digests,
            "webhooks_verified": self.webhooks_verified,
            "duplicates": len(self.verdict.duplicates),
            "missed": len(self.verdict.missed),
            "unexpected": len(self.verdict.unexpected) + len(self.verdict.faults),
            "seconds": round(self.seconds, 1),
        }


@dataclass(frozen=True, slots=True)
class Stage:
    """All that runs during the demo."""

    content: Content
    room: Newsroom
    mail: MailReceiver
    hooks: WebhookReceiver
    clock: SteppedClock


async def run_demo(out: Path, say: Say) -> DemoReport:
    """Run the whole day, show it through `say`, write what was delivered into `out`.

    Raises InputError when `out` holds a state folder that no demo made.
    """
    began = time.monotonic()
    _make_room(out)
    content = contents.load()
    clock = SteppedClock(content.start)
    authority = PrivateCA(out / "tls")
    mail = MailReceiver(tls=authority.server_context("127.3.0.1"), login=MAIL_LOGIN)
    hooks = WebhookReceiver(now=lambda: clock.now().timestamp())
    async with newsroom(content) as room, mail, hooks:
        stage = Stage(content, room, mail, hooks, clock)
        set_up(room, content)
        config = write_config(out / "config.toml", content, room, mail, hooks, authority.ca_file)
        say(
            f"A newsroom of {len(content.outlets)} outlets and {len(content.articles)} articles stands on this machine."
        )
        await _play(stage, config, say)
    return _conclude(stage, out, say, began)


def _make_room(out: Path) -> None:
    """An earlier demo's state makes way; anybody else's does not."""
    config, state = out / "config.toml", out / "state"
    if state.exists():
        if not config.is_file() or not config.read_text("utf-8").startswith(_MARK):
            raise InputError(f"{out}: holds a state folder that no demo made; name another folder with --out")
        shutil.rmtree(state)
    for name in ("mail", "hooks", "tls"):
        shutil.rmtree(out / name, ignore_errors=True)
        (out / name).mkdir(parents=True)


async def _play(stage: Stage, config: Path, say: Say) -> None:
    progress = Progress(say)
    environ = environment(stage.hooks)
    jitter = random.Random(SEED)  # noqa: S311 - spreads polls, guards nothing
    app = Application(load(config, environ), environ, progress, stage.clock, jitter)
    numbers = {step.at: number for number, step in enumerate(stage.content.steps)}
    async with app:
        for moment in _moments(stage.content):
            stage.clock.set(moment)
            if moment in numbers:
                _go_on(stage, numbers[moment])
                say(f"\n{moment.astimezone(ZONE):%H:%M}  {stage.content.steps[numbers[moment]].note}")
            await app.settle()
            progress.end_of(moment.astimezone(ZONE))
    progress.sum_up()


def _go_on(stage: Stage, number: int) -> None:
    step = stage.content.steps[number]
    stage.room.step(number)
    if step.hook_says is not None:
        stage.hooks.answer_next(step.hook_says)
    if step.mail_says is not None:
        stage.mail.answer_next("DATA", step.mail_says)


def _moments(content: Content) -> Iterator[datetime]:
    moment = content.start
    while moment <= content.end:
        yield moment
        moment += TICK


def _conclude(stage: Stage, out: Path, say: Say, began: float) -> DemoReport:
    titles = [t for a in stage.content.articles for t in (a.title, a.title_at(len(stage.content.steps)))]
    due = expected(stage.content)
    headlines = sorted({*titles, *(d.what for d in due)}, key=len, reverse=True)
    arrived = [*from_mails(stage.mail.mails.values(), headlines), *from_hooks(stage.hooks.accepted)]
    verdict = compare(due, arrived)
    verdict = _with_manners(verdict, stage)
    report = DemoReport(
        alerts=sum(a.kind == "alert" for a in arrived),
        digests=sum(a.kind == "digest" for a in arrived),
        webhooks_verified=sum(h.verified for h in stage.hooks.accepted),
        verdict=verdict,
        seconds=time.monotonic() - began,
    )
    tell(stage.mail, stage.hooks, arrived, ADDRESSES, out, say)
    tell_verdict(verdict, report.summary(), say)
    return report


def _with_manners(verdict: Verdict, stage: Stage) -> Verdict:
    """What the newsroom saw: nothing asked that robots.txt forbids, and unchanged feeds not sent again."""
    faults = list(verdict.faults)
    for outlet in stage.content.outlets:
        asked = stage.room[outlet.id].asked()
        if any(a.path.startswith("/members/") for a in asked):
            faults.append(f"{outlet.id}: a page was asked for that robots.txt forbids")
        polls = [a for a in asked if a.path == outlet.feed]
        if outlet.format != "broken" and not any(a.status == 304 for a in polls):
            faults.append(f"{outlet.id}: its feed was never answered with 304")
    unverified = [h for h in stage.hooks.hooks if not h.verified]
    faults += [f"webhook {h.id}: {h.fault}" for h in unverified]
    changed = [*stage.hooks.changed, *(m.id for m in stage.mail.changed)]
    faults += [f"{one}: came again with other bytes" for one in changed]
    return Verdict(verdict.missed, verdict.unexpected, verdict.duplicates, tuple(faults))
