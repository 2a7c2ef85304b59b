"""A whole digest as a reader sees it, cut to a size: every section, its lines, and how many more there are. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from monitor.digest import view
from monitor.digest.clean import clip, plural
from monitor.digest.view import LineView, Reader, StoryView
from monitor.digest.when import moment, span, zone_name
from monitor.model.telling import DeliveryKind, DigestBody, Message

T = TypeVar("T")
S = TypeVar("S")

DAY_ZERO_NOTE = "from the first look at new feeds; nothing of it was alerted"
MORE_NOTE = "`monitor matches` lists them"
_NAMED_AT_TOP = 3


@dataclass(frozen=True, slots=True)
class Caps:
    """How much of each section is set out; the rest is counted."""

    stories: int = 60
    lines: int = 40
    """Of mentions, withdrawals, day zero, quiet watches and troubles, each."""

    def scaled(self, share: float) -> Caps:
        """A smaller page: that share of each, one at least."""
        return Caps(max(1, int(self.stories * share)), max(1, int(self.lines * share)))


@dataclass(frozen=True, slots=True)
class Section(Generic[T]):
    """Some lines, and how many are not shown."""

    shown: tuple[T, ...]
    more: int

    @property
    def total(self) -> int:
        return len(self.shown) + self.more


@dataclass(frozen=True, slots=True)
class Page:
    """A digest, ready to be set as text or HTML."""

    name: str
    counts: str
    when: str
    """`Mon 23 Nov 07:00 Cairo, 24 h`."""
    scope: str
    """`2 stories from 31 matches`."""
    feeds: tuple[str, ...]
    """`Feeds 41 of 43`, `DOWN Maan (forbidden for 9 h)`, `3 by headline only`."""
    merged: str
    nothing: str
    """Said where there is no story, with what was looked at."""
    stories: Section[StoryView]
    withdrawn: Section[LineView]
    mention_kinds: str
    mentions: Section[LineView]
    held: str
    quiet: Section[str]
    day_zero: Section[LineView]
    coverage: tuple[str, ...]
    troubles: Section[str]


def reader_of(message: Message) -> Reader:
    """For whom a message is set: its recipient, at its time."""
    return Reader(message.timezone, message.languages, message.at)


def reason_note(message: Message) -> str:
    """Why a story is told again, or taken back; a first alert needs no reason."""
    said = {DeliveryKind.UPDATE: "Told again", DeliveryKind.WITHDRAWN: "Withdrawn"}.get(message.kind)
    return f"{said}: {clip(message.reason, view.TITLE)}." if said and message.reason else ""


def page(message: Message, body: DigestBody, caps: Caps) -> Page:
    """The digest of a message, cut to `caps`."""
    reader = reader_of(message)
    line = lambda item: view.line(item, reader)  # noqa: E731 (one name for three sections)
    return Page(
        name=clip(body.name or body.digest, view.TITLE),
        counts=view.counts(body),
        when=_when(body, message.timezone),
        scope=_scope(body),
        feeds=_feeds(body, reader),
        merged=_merged(body, message.timezone),
        nothing=_nothing(body),
        stories=_section(body.items, caps.stories, lambda item: view.story(item, reader, body.start_at)),
        withdrawn=_section(body.withdrawn, caps.lines, lambda gone: view.withdrawn_line(gone, reader)),
        mention_kinds=view.mention_kinds(body.mentions),
        mentions=_section(body.mentions, caps.lines, line),
        held=view.held_text(body.held) if body.held else "",
        quiet=_section(body.quiet, caps.lines, lambda count: view.quiet_line(count, body.coverage.read)),
        day_zero=_section(body.day_zero, caps.lines, line),
        coverage=view.coverage_lines(body.coverage, reader),
        troubles=_section(body.coverage.troubles, caps.lines, lambda t: view.trouble(t, message.at)),
    )


def _section(things: Sequence[S], most: int, show: Callable[[S], T]) -> Section[T]:
    return Section(tuple(show(thing) for thing in things[:most]), max(0, len(things) - most))


def _when(body: DigestBody, timezone: str) -> str:
    return f"{moment(body.end_at, timezone)} {zone_name(timezone)}, {span(body.end_at - body.start_at)}"


def _scope(body: DigestBody) -> str:
    stories = plural(len(body.items), "story", "stories")
    return (
        f"{stories} from {plural(body.coverage.matched, 'match', 'matches')} in {body.coverage.entries:,} new entries"
    )


def _merged(body: DigestBody, timezone: str) -> str:
    if body.merged_days <= 1:
        return ""
    start, end = moment(body.start_at, timezone), moment(body.end_at, timezone)
    return f"The service was down: this digest covers {body.merged_days} days, from {start} to {end}."


def _nothing(body: DigestBody) -> str:
    """Said where there is no story: what was looked at, and what follows all the same."""
    if body.items:
        return ""
    looked = plural(body.coverage.entries, "new entry", "new entries")
    seen = f"{looked} from {body.coverage.feeds_checked:,} of {body.coverage.feeds:,} feeds were looked at"
    less = "No new story" if body.day_zero or body.mentions else "Nothing found"
    doubt = " Not every feed could be read: see the coverage below." if body.coverage.troubles else ""
    return f"{less}. {seen} and no story fits a watch.{doubt}"


def _feeds(body: DigestBody, reader: Reader) -> tuple[str, ...]:
    coverage = body.coverage
    said = [f"Feeds {coverage.feeds_checked:,} of {coverage.feeds:,}"]
    said += [view.trouble(t, reader.now, short=True) for t in coverage.troubles[:_NAMED_AT_TOP]]
    if len(coverage.troubles) > _NAMED_AT_TOP:
        said.append(f"{len(coverage.troubles) - _NAMED_AT_TOP:,} more in trouble")
    if coverage.without_full_text:
        said.append(f"{coverage.without_full_text:,} by headline only")
    return tuple(said)
