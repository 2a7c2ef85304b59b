"""What the demo shows while it runs: a line for what happened, a count of what did not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from monitor.flow.reports import Delivered, Polled, Report, WasRead, WindowCut
from monitor.model.telling import DeliveryKind, Verdict

_WORDS = {
    DeliveryKind.ALERT: "alert",
    DeliveryKind.UPDATE: "update",
    DeliveryKind.WITHDRAWN: "withdrawal",
    DeliveryKind.DIGEST: "digest",
    DeliveryKind.ALARM: "alarm",
    DeliveryKind.CLEARED: "all-clear",
    DeliveryKind.PING: "ping",
}


class Progress:
    """A listener of the daemon's reports."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._polls = self._unchanged = self._new = self._read = self._unread = 0
        self._lines: list[str] = []
        self._totals = [0, 0, 0, 0]

    def __call__(self, report: Report) -> None:
        match report:
            case Polled():
                self._polled(report)
            case WasRead(text_source=None):
                self._unread += 1
                self._lines.append(f"page put off: {report.outcome} at {report.url.partition('://')[2]}")
            case WasRead():
                self._read += 1
            case Delivered(verdict=Verdict.DELIVERED):
                channel = report.endpoint.partition(":")[0]
                self._lines.append(f"{_WORDS[report.kind]} → {report.recipient} by {channel}")
            case Delivered():
                self._lines.append(f"{_WORDS[report.kind]} not delivered: {report.reason}")
            case WindowCut():
                self._lines.append(f"digest «{report.digest}» for {report.recipient}: {report.items} items")

    def end_of(self, moment: datetime) -> None:
        """Say what came of this moment, where anything did."""
        totals = (self._polls, self._unchanged, self._new, self._read)
        self._totals = [a + b for a, b in zip(self._totals, totals, strict=True)]
        if self._new or self._lines:
            counts = f"{self._polls} polls, {self._new} new entries, {self._read} pages read"
            self._say(f"  {moment:%H:%M}  {counts}")
            for line in _grouped(self._lines):
                self._say(f"         {line}")
        self._polls = self._unchanged = self._new = self._read = self._unread = 0
        self._lines = []

    def sum_up(self) -> None:
        """Say what the whole day came to."""
        polls, unchanged, new, read = self._totals
        self._say(f"\n{polls} polls, {unchanged} of them found nothing new; {new} entries, {read} pages read.")

    def _polled(self, report: Polled) -> None:
        self._polls += 1
        self._new += report.new
        self._unchanged += report.outcome.is_success and not report.new and not report.revised
        if not report.outcome.is_success:
            self._lines.append(f"{report.feed_id}: {report.outcome} ({report.detail})")
        if report.revised:
            self._lines.append(f"{report.feed_id}: an edited entry is a revision, not news")


def _grouped(lines: list[str]) -> list[str]:
    """Equal lines once, with their number."""
    counts: dict[str, int] = {}
    for line in lines:
        counts[line] = counts.get(line, 0) + 1
    return [line if n == 1 else f"{line} ({n}x)" for line, n in counts.items()]
