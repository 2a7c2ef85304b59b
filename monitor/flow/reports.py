"""What a phase tells of one piece of work: for progress, logs and exit codes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from monitor.model.news import FetchOutcome, TextSource
from monitor.model.telling import DeliveryKind, Verdict


@dataclass(frozen=True, slots=True)
class Settled:
    """What one decision set off."""

    entry_id: int
    story_id: int | None
    title: str
    alerts: int = 0
    withdrawals: int = 0
    rules: tuple[str, ...] = ()
    headline_only: bool = False


@dataclass(frozen=True, slots=True)
class Polled:
    feed_id: str
    outcome: FetchOutcome
    detail: str
    new: int = 0
    revised: int = 0
    matched: int = 0
    told: tuple[Settled, ...] = ()


@dataclass(frozen=True, slots=True)
class WasRead:
    entry_id: int
    url: str
    outcome: str
    detail: str
    text_source: TextSource | None = None
    told: Settled | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    delivery_id: str
    recipient: str
    endpoint: str
    kind: DeliveryKind
    verdict: Verdict
    reason: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class WindowCut:
    """A digest window that was cut."""

    recipient: str
    digest: str
    window_id: int
    items: int
    sent: bool
    merged_days: int = 1


Report = Polled | WasRead | Settled | Delivered | WindowCut
Listener = Callable[[Report], None]


@dataclass(slots=True)
class Tally:
    """A listener that counts, for `once` and the demo."""

    polled: int = 0
    failed: list[Polled] = field(default_factory=list)
    new: int = 0
    read: int = 0
    unread: int = 0
    alerts: int = 0
    """Decisions that alerted somebody, on however many endpoints."""
    sent: int = 0
    unsent: list[Delivered] = field(default_factory=list)
    digests: int = 0
    faults: int = 0
    """Pieces of work that ended in an error of ours."""

    def __call__(self, report: Report) -> None:
        match report:
            case Polled():
                self.polled += 1
                self.new += report.new
                self.alerts += sum(t.alerts > 0 for t in report.told)
                if not report.outcome.is_success:
                    self.failed.append(report)
            case WasRead():
                self.read += report.text_source is not None
                self.unread += report.text_source is None
                self.alerts += report.told is not None and report.told.alerts > 0
            case Settled():
                self.alerts += report.alerts > 0
            case Delivered():
                self.sent += report.verdict is Verdict.DELIVERED
                if report.verdict is not Verdict.DELIVERED:
                    self.unsent.append(report)
            case WindowCut():
                self.digests += 1
