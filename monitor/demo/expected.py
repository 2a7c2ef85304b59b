"""What must arrive, and how it is held against what did. Pure but for reading the package's own file."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from monitor.demo.arrivals import HOOK, MAIL, Arrival, Sections, one_line
from monitor.demo.content import Content
from monitor.demo.settings import ENDPOINTS


@dataclass(frozen=True, slots=True)
class Due:
    """One message that must arrive, once."""

    kind: str
    recipient: str
    channel: str
    what: str
    rules: frozenset[str] = frozenset()
    headline_only: bool = False
    late: bool = False
    sections: Sections | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        return (self.kind, self.recipient, self.channel, self.what)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How what arrived differs from what was due; empty throughout where it does not."""

    missed: tuple[str, ...]
    unexpected: tuple[str, ...]
    duplicates: tuple[str, ...]
    faults: tuple[str, ...]
    """Messages that arrived but do not say what they must."""

    @property
    def as_expected(self) -> bool:
        return not (self.missed or self.unexpected or self.duplicates or self.faults)


def expected(content: Content) -> tuple[Due, ...]:
    """Every message that is due over the demo's day."""
    raw = _raw()
    alerts = [due for alert in raw["alerts"] for due in _alert(content, alert)]
    alarms = [
        Due("alarm", recipient, channel, f"{content.outlet(alarm['outlet']).name} keeps failing")
        for alarm in raw["alarms"]
        for recipient in alarm["to"]
        for channel in ENDPOINTS[recipient]
    ]
    digests = [
        Due("digest", digest["to"], channel, digest["id"], sections=_sections(content, digest))
        for digest in raw["digests"]
        for channel in ENDPOINTS[digest["to"]]
    ]
    return (*alerts, *alarms, *digests)


def expected_alerts(content: Content, step: int) -> tuple[Due, ...]:
    """The alerts that are due once everything up to a step was read; of articles that the content lacks none."""
    steps = {a.id: a.step for a in content.articles}
    told = [alert for alert in _raw()["alerts"] if steps.get(alert["article"], step + 1) <= step]
    return tuple(due for alert in told for due in _alert(content, alert) if due.kind == "alert")


def _raw() -> dict[str, Any]:
    return tomllib.loads(files("monitor.demo").joinpath("data", "expected.toml").read_text("utf-8"))


def _alert(content: Content, raw: Mapping[str, Any]) -> list[Due]:
    title = content.article(raw["article"]).title
    rules = frozenset(raw["rules"])
    headline_only, late = raw.get("headline_only", False), raw.get("late", False)
    told = [(r, c) for r in raw["to"] for c in ENDPOINTS[r]]
    due = [Due("alert", r, c, title, rules, headline_only, late) for r, c in told]
    if raw.get("withdrawn"):
        due += [Due("withdrawn", r, c, title) for r, c in told if c == HOOK]
    return due


def _sections(content: Content, raw: Mapping[str, Any]) -> Sections:
    last = len(content.steps)

    def titles(name: str) -> frozenset[str]:
        return frozenset(content.article(a).title_at(last) for a in raw[name])

    return Sections(
        stories=titles("stories"),
        mentions=titles("mentions"),
        day_zero=titles("day_zero"),
        withdrawn=titles("withdrawn"),
        troubles=frozenset(raw["troubles"]),
        without_full_text=raw["without_full_text"],
    )


def compare(due: Sequence[Due], arrived: Sequence[Arrival]) -> Verdict:
    """Hold what arrived against what was due."""
    wanted = {d.key: d for d in due}
    counted = Counter(a.key for a in arrived)
    twice = [a for a in arrived if a.copies > 1]
    again = [key for key, count in counted.items() if count > 1]
    return Verdict(
        missed=tuple(_said(key) for key in wanted if key not in counted),
        unexpected=tuple(_said(a.key) for a in arrived if a.key not in wanted),
        duplicates=(*(_said(a.key) + " (repeated)" for a in twice), *(_said(key) for key in again)),
        faults=tuple(f for a in arrived if a.key in wanted for f in _faults(wanted[a.key], a)),
    )


def _said(key: tuple[str, str, str, str]) -> str:
    kind, recipient, channel, what = key
    return f"{kind} to {recipient} by {channel}: {what}"


def _faults(due: Due, arrival: Arrival) -> list[str]:
    """What a message that was due says wrongly."""
    found = []
    if due.kind == "alert":
        if (due.headline_only, due.late) != (arrival.headline_only, arrival.late):
            marks = f"headline only {arrival.headline_only}, late {arrival.late}"
            found.append(f"{_said(due.key)}: marked {marks}")
        if arrival.rules is not None and arrival.rules != due.rules:
            found.append(f"{_said(due.key)}: by {sorted(arrival.rules)}, not {sorted(due.rules)}")
    if due.sections is not None:
        shown = _not_shown(due.sections, arrival) if arrival.channel == MAIL else _differing(due.sections, arrival)
        found += [f"{_said(due.key)}: {fault}" for fault in shown]
    return found


def _not_shown(due: Sections, arrival: Arrival) -> list[str]:
    titles = (*due.stories, *due.mentions, *due.day_zero, *due.withdrawn)
    return [f"does not show «{t}»" for t in titles if one_line(t) not in arrival.text]


def _differing(due: Sections, arrival: Arrival) -> list[str]:
    if arrival.sections is None:
        return ["has no sections"]
    found = []
    for name in ("stories", "mentions", "day_zero", "withdrawn", "troubles"):
        wanted, got = getattr(due, name), getattr(arrival.sections, name)
        found += [f"{name} lack «{t}»" for t in sorted(wanted - got)]
        found += [f"{name} hold «{t}»" for t in sorted(got - wanted)]
    if due.without_full_text != arrival.sections.without_full_text:
        found.append(f"{arrival.sections.without_full_text} read by headline only, not {due.without_full_text}")
    return found
