"""What arrived at the demo's receivers, read back from the bytes that came over the wire."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from monitor.demo.settings import ADDRESSES
from monitor.testing import Hook, Mail

MAIL, HOOK = "mail", "hook"
"""The demo's channels."""
_HEADS = {"ALERT": "alert", "UPDATE": "update", "WITHDRAWN": "withdrawn", "ALARM": "alarm", "RECOVERED": "cleared"}
_TYPES = {
    "alert.created": "alert",
    "alert.updated": "update",
    "alert.withdrawn": "withdrawn",
    "alarm.raised": "alarm",
    "alarm.cleared": "cleared",
    "digest.created": "digest",
}
_DIGEST_LIST = re.compile(r"<digest-([^.>]+)\.")
_INVISIBLE = re.compile("[\u200e\u200f\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Sections:
    """The headlines that a digest shows, by where they stand."""

    stories: frozenset[str] = frozenset()
    mentions: frozenset[str] = frozenset()
    day_zero: frozenset[str] = frozenset()
    withdrawn: frozenset[str] = frozenset()
    troubles: frozenset[str] = frozenset()
    """Ids of feeds."""
    without_full_text: int = 0
    statement: str = ""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message as it came, whatever its channel."""

    kind: str
    """`alert`, `update`, `withdrawn`, `alarm`, `cleared`, `digest`."""
    recipient: str
    channel: str
    what: str
    """The headline; of an alarm its title, of a digest its id."""
    ids: tuple[str, ...]
    """Delivery ids; a digest in parts has several."""
    copies: int
    """How often it was taken: more than once is a repeat."""
    rules: frozenset[str] | None = None
    """Of an alert by webhook; mail shows their names only."""
    headline_only: bool = False
    late: bool = False
    text: str = field(default="", repr=False)
    """Of a mail, in one line."""
    sections: Sections | None = None
    """Of a digest by webhook."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        return (self.kind, self.recipient, self.channel, self.what)


def one_line(text: str) -> str:
    """Text without line breaks and without marks of direction, so that headlines can be looked for."""
    return " ".join(_INVISIBLE.sub("", text).split())


def from_mails(mails: Iterable[Mail], headlines: Sequence[str]) -> list[Arrival]:
    """Mails, in the order of their arrival."""
    return [_from_mail(mail, headlines) for mail in mails]


def _from_mail(mail: Mail, headlines: Sequence[str]) -> Arrival:
    recipient = next((r for r, address in ADDRESSES.items() if address in mail.recipients), ",".join(mail.recipients))
    listed = _DIGEST_LIST.match(str(mail.message["List-Id"]))
    text = one_line(mail.part("plain"))
    if listed:
        return Arrival("digest", recipient, MAIL, listed[1], (mail.id,), len(mail.copies), text=text)
    head, _, rest = text.partition(" ")
    title = next((h for h in headlines if rest.startswith(one_line(h))), rest[:80])
    flags = _flags(mail.part("plain"))
    return Arrival(
        kind=_HEADS.get(head, head),
        recipient=recipient,
        channel=MAIL,
        what=title,
        ids=(mail.id,),
        copies=len(mail.copies),
        headline_only="headline only" in flags,
        late="late" in flags,
        text=text,
    )


def _flags(plain: str) -> set[str]:
    """`(headline only, late)` at the end of the first line, which may be folded."""
    lines = plain.splitlines()
    head = [lines[0], *(line for line in lines[1:3] if line.startswith("  ") and not line.strip().startswith("“"))]
    found = re.search(r"\(([a-z ,]+)\)", one_line(" ".join(head)))
    return set(found[1].split(", ")) if found else set()


def from_hooks(hooks: Sequence[Hook]) -> list[Arrival]:
    """Webhooks that were accepted; the parts of one digest are one arrival."""
    copies: dict[str, int] = {}
    first: dict[str, Hook] = {}
    for hook in hooks:
        copies[hook.id] = copies.get(hook.id, 0) + 1
        first.setdefault(hook.id, hook)
    digests: dict[tuple[str, int], list[Hook]] = {}
    arrivals = []
    for hook in first.values():
        data = hook.payload["data"]
        if hook.type == "digest.created":
            digests.setdefault((data["recipient"]["id"], data["window"]["id"]), []).append(hook)
        else:
            arrivals.append(_from_hook(hook, data, copies[hook.id]))
    return [*arrivals, *(_whole_digest(parts, copies) for parts in digests.values())]


def _from_hook(hook: Hook, data: Mapping[str, Any], copies: int) -> Arrival:
    told = data.get("story") or data.get("alarm") or {}
    return Arrival(
        kind=_TYPES.get(hook.type, hook.type),
        recipient=data["recipient"]["id"],
        channel=HOOK,
        what=told.get("title", ""),
        ids=(hook.id,),
        copies=copies,
        rules=frozenset(rule["id"] for rule in told.get("rules", ())),
        headline_only=told.get("headline_only", False),
        late=told.get("late", False),
    )


def _whole_digest(hooks: Sequence[Hook], copies: Mapping[str, int]) -> Arrival:
    """One arrival of all parts; where one is missing, its id says so."""
    parts = [hook.payload["data"] for hook in hooks]
    head = parts[0]
    complete = sorted(p["part"] for p in parts) == list(range(1, head["parts"] + 1))
    name = head["digest"]["id"]
    return Arrival(
        kind="digest",
        recipient=head["recipient"]["id"],
        channel=HOOK,
        what=name if complete else f"{name} ({len(parts)} of {head['parts']} parts)",
        ids=tuple(hook.id for hook in hooks),
        copies=max(copies[hook.id] for hook in hooks),
        sections=_sections(parts),
    )


def _sections(parts: Sequence[Mapping[str, Any]]) -> Sections:
    coverage = parts[0]["coverage"]

    def titles(section: str) -> frozenset[str]:
        return frozenset(thing["title"] for part in parts for thing in part[section])

    return Sections(
        stories=titles("stories"),
        mentions=titles("mentions"),
        day_zero=titles("day_zero"),
        withdrawn=titles("withdrawn"),
        troubles=frozenset(t["feed"] for part in parts for t in part["troubles"]),
        without_full_text=coverage["without_full_text"],
        statement=coverage["statement"],
    )
