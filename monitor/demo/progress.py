"""What the demo shows while it runs: a line for what happened, a count of what did not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from monitor.flow.reports import Delivered, Polled, Report, Settled, WasRead, WindowCut
from monitor.model.telling import DeliveryKind, Verdict

_WORDS = {
    DeliveryKind.ALERT: "ALERT",
    DeliveryKind.UPDATE: "UPDATE",
    DeliveryKind.WITHDRAWN: "WITHDRAWN",
    DeliveryKind.DIGEST: "DIGEST",
    DeliveryKind.ALARM: "ALARM",
    DeliveryKind.CLEARED: "RECOVERED",
    DeliveryKind.PING: "PING",
}
_OF_STORIES = (DeliveryKind.ALERT, DeliveryKind.UPDATE, DeliveryKind.WITHDRAWN)


class Progress:
    """A listener of the daemon's reports: says at the end of a moment what came of it."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._titles: dict[str, str] = {}
        self._polls = self._unchanged = self._entries = self._read = 0
        self._new = self._pages = 0
        self._lines: list[str] = []
        self._sent: dict[str, list[str]] = {}

    def __call__(self, report: Report) -> None:
        match report:
            case Polled():
                self._polled(report)
            case WasRead():
                self._was_read(report)
            case Settled():
                self._remember(report)
            case Delivered():
                self._delivered(report)
            case WindowCut():
                self._lines.append(f"digest «{report.digest}» is cut for {report.recipient}: {report.items} items")

    def end_of(self, moment: datetime) -> None:
        """Say what came of this moment, where anything did."""
        if self._new or self._pages or self._lines or self._sent:
            self._say(f"  {moment:%H:%M}  {self._new} new entries, {self._pages} pages read")
            sent = (f"{what}  → {_listed(to)}" for what, to in self._sent.items())
            for line in (*self._lines, *sent):
                self._say(f"         {line}")
        self._entries += self._new
        self._read += self._pages
        self._new = self._pages = 0
        self._lines, self._sent = [], {}

    def sum_up(self) -> None:
        """Say what the whole day came to."""
        self._say(
            f"\n{self._polls} polls, {self._unchanged} of them found nothing new; "
            f"{self._entries} entries, {self._read} pages read."
        )

    def _polled(self, report: Polled) -> None:
        self._polls += 1
        self._new += report.new
        self._unchanged += report.outcome.is_success and not report.new and not report.revised
        if not report.outcome.is_success:
            self._lines.append(f"{report.feed_id}: {report.outcome} ({report.detail})")
        if report.revised:
            self._lines.append(f"{report.feed_id}: an entry was edited, which is a revision and no news")
        for settled in report.told:
            self._remember(settled)

    def _was_read(self, report: WasRead) -> None:
        if report.text_source is None:
            self._lines.append(f"page not read now: {report.outcome}, {report.url.partition('://')[2]}")
        else:
            self._pages += 1
        if report.told is not None:
            self._remember(report.told)

    def _remember(self, settled: Settled) -> None:
        if settled.story_id is not None:
            self._titles.setdefault(str(settled.story_id), settled.title)

    def _delivered(self, report: Delivered) -> None:
        channel = report.endpoint.partition(":")[0]
        word = _WORDS[report.kind]
        if report.verdict is not Verdict.DELIVERED:
            self._lines.append(f"{word} to {report.recipient} by {channel} is tried again: {report.reason}")
            return
        of_story = report.kind in _OF_STORIES
        what = f"{word}  {self._titles.get(report.title, '')}".rstrip() if of_story else word
        self._sent.setdefault(what, []).append(f"{report.recipient} by {channel}")


def _listed(receivers: list[str]) -> str:
    """Each once; a digest in parts comes to one receiver several times."""
    counts = Counter(receivers)
    return ", ".join(one if n == 1 else f"{one} in {n} parts" for one, n in counts.items())
