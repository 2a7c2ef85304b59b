"""Messages as plain text, lines of at most 78 characters where the words allow. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from monitor.digest import view
from monitor.digest.clean import one_line
from monitor.digest.extract import Excerpt
from monitor.digest.page import DAY_ZERO_NOTE, MORE_NOTE, Caps, Page, Section, page, reader_of, reason_note
from monitor.digest.view import LineView, StoryView
from monitor.digest.when import moment
from monitor.model.telling import Alarm, DeliveryKind, Item, Message

WIDTH = 78
_KINDS = {DeliveryKind.ALERT: "ALERT", DeliveryKind.UPDATE: "UPDATE", DeliveryKind.WITHDRAWN: "WITHDRAWN"}


def plain_text(message: Message) -> str:
    """Any message as text, ending in a line break."""
    if message.digest is not None:
        lines: Iterable[str] = _digest(page(message, message.digest, Caps()))
    elif message.item is not None:
        lines = _alert(message, message.item)
    elif message.alarm is not None:
        lines = _alarm(message, message.alarm)
    else:
        lines = _wrap(f"A test message to {one_line(message.recipient_name)}: this channel works.")
    return "\n".join(lines) + "\n"


def _wrap(text: str, first: str = "", rest: str = "") -> list[str]:
    lines = textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False, break_on_hyphens=False
    )
    return lines or [first.rstrip()]


def _alert(message: Message, item: Item) -> Iterator[str]:
    shown = view.story(item, reader_of(message))
    yield from _story(shown, f"{_KINDS[message.kind]}  ")
    if note := reason_note(message):
        yield from _wrap(note, "  ", "  ")


def _alarm(message: Message, alarm: Alarm) -> Iterator[str]:
    cleared = alarm.cleared_at
    yield from _wrap(f"{'RECOVERED' if cleared else 'ALARM'}  {one_line(alarm.title)}", rest="  ")
    yield from _wrap(one_line(alarm.detail), "  ", "  ") if alarm.detail else ()
    since = f"Since {moment(alarm.since, message.timezone)}"
    yield f"  {since}, until {moment(cleared, message.timezone)}" if cleared else f"  {since}"
    yield from _wrap(f"What to do: {one_line(alarm.remedy)}", "  ", "  ") if alarm.remedy and not cleared else ()


def _story(story: StoryView, head: str) -> Iterator[str]:
    """Six lines: headline with its watches, the extract, who tells it, why, the gloss, the link."""
    marks = f"  ({', '.join(story.flags)})" if story.flags else ""
    yield from _wrap(f"{head}{story.title.text}{_badges(story.badges)}{marks}", rest="  ")
    if story.quote.text:
        yield from _wrap(f"“{_starred(story.quote)}” {story.quoted}", "  ", "  ")
    also = f"; also {_names(story)}" if story.sources else ""
    yield from _wrap(f"{story.told_by}{also}", "  ", "  ")
    yield from _wrap(f"Why: {story.why}", "  ", "  ") if story.why else ()
    yield from _wrap(story.gloss, "  ", "  ") if story.gloss else ()
    yield from (f"  {story.url}",) if story.url else ()


def _names(story: StoryView) -> str:
    more = f" and {story.more_sources:,} more" if story.more_sources else ""
    return ", ".join(s.outlet for s in story.sources) + more


def _badges(names: Sequence[str]) -> str:
    return f"  [{' · '.join(names)}]" if names else ""


def _starred(quote: Excerpt) -> str:
    return "".join(f"*{part.text}*" if part.marked else part.text for part in quote.parts())


def _digest(shown: Page) -> Iterator[str]:
    yield from _wrap(f"[{shown.name}] {shown.counts}")
    yield from _wrap(f"{shown.when} · {shown.scope}")
    yield from _wrap(" · ".join(shown.feeds))
    for note in (shown.merged, shown.nothing):
        yield from ("", *_wrap(note)) if note else ()
    for number, story in enumerate(shown.stories.shown, 1):
        yield ""
        yield from _story(story, f"{number} {story.label}  ")
    yield from _more(shown.stories, "story", "stories")
    yield from _lines("WITHDRAWN", shown.withdrawn)
    yield from _lines("ALSO", shown.mentions, shown.mention_kinds)
    yield from ("", *_wrap(f"HELD   {shown.held}", rest="       ")) if shown.held else ()
    yield from _plain("QUIET", shown.quiet.shown, shown.quiet.more)
    yield from _lines("WHAT YOU WOULD HAVE RECEIVED", shown.day_zero, DAY_ZERO_NOTE)
    yield from _plain("COVERAGE", (*shown.coverage, *shown.troubles.shown), shown.troubles.more)


def _more(section: Section[StoryView], one: str, many: str) -> Iterator[str]:
    if section.more:
        yield from ("", *_wrap(f"{section.more:,} more {one if section.more == 1 else many}: {MORE_NOTE}."))


def _lines(head: str, section: Section[LineView], note: str = "") -> Iterator[str]:
    if not section.total:
        return
    yield from ("", *_wrap(f"{head}  {note}" if note else head, rest="  "))
    for line in section.shown:
        yield from _wrap(f"- {line.title}{_badges(line.badges)}  {line.note}", "  ", "    ")
        yield from (f"    {line.url}",) if line.url else ()
    yield from (f"  and {section.more:,} more: {MORE_NOTE}.",) if section.more else ()


def _plain(head: str, lines: Sequence[str], more: int) -> Iterator[str]:
    if not lines:
        return
    yield from ("", head)
    for line in lines:
        yield from _wrap(line, "  ", "    ")
    yield from (f"  and {more:,} more.",) if more else ()
