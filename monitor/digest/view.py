"""What a message says, in the words a reader sees, before it becomes text or HTML. Both are made from this, so that
neither part of a mail knows more than the other. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.digest.clean import clip, isolated, language_tag, plural, web_link
from monitor.digest.extract import LIMIT, Excerpt, extract, mark, paragraph_of
from monitor.digest.gloss import gloss
from monitor.digest.when import moment_from, span
from monitor.model.news import Match, PageKind
from monitor.model.settings import Priority
from monitor.model.telling import Coverage, DigestBody, Evidence, FeedTrouble, Item, RuleCount, Source, Withdrawn

TITLE = 200
_NAMES = 60
_BADGES = 6
_WHYS = 3
_SOURCES = 4
_REASONS = 20
_SIDE_LINK = 500
"""Characters of a link to one of the other outlets; a longer one is left out."""


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom, and when: decides how times are written and what needs a gloss."""

    timezone: str
    languages: tuple[str, ...]
    now: datetime

    def time(self, at: datetime) -> str:
        """`21:40`, or with its day."""
        return moment_from(at, self.now, self.timezone)


@dataclass(frozen=True, slots=True)
class SourceView:
    """One outlet that tells the story."""

    outlet: str
    url: str | None


@dataclass(frozen=True, slots=True)
class StoryView:
    """One story, ready to be set."""

    label: str
    """`NEW`, `DEVELOPING`; empty in an alert."""
    title: Excerpt
    url: str | None
    language: str | None
    badges: tuple[str, ...]
    flags: tuple[str, ...]
    """`critical`, `headline only`, `late`."""
    quote: Excerpt
    quoted: str
    """The outlet that is quoted."""
    told_by: str
    """`14 outlets, 2 origins; first Ahram 21:40`."""
    why: str
    gloss: str
    sources: tuple[SourceView, ...]
    """The other outlets; the first is behind the title's link."""
    more_sources: int


@dataclass(frozen=True, slots=True)
class LineView:
    """A story in one line: a mention, a withdrawal, something of day zero."""

    title: str
    url: str | None
    language: str | None
    badges: tuple[str, ...]
    note: str
    """Outlet and time, or the reason."""


def main_source(item: Item) -> Source | None:
    """The source that the evidence stands in, else the first."""
    entry = item.evidence[0].entry_id if item.evidence else None
    return next((s for s in item.sources if s.entry_id == entry), item.sources[0] if item.sources else None)


def badges(item: Item) -> tuple[str, ...]:
    """The watches that fired, most urgent first."""
    return _few(tuple(dict.fromkeys(clip(e.match.rule, _NAMES) for e in item.evidence)), _BADGES)


def _few(names: tuple[str, ...], most: int) -> tuple[str, ...]:
    return names if len(names) <= most else (*names[: most - 1], f"+{len(names) - most + 1}")


def outlets(item: Item) -> tuple[str, ...]:
    """Outlets that tell the story, first seen first."""
    return tuple(dict.fromkeys(clip(s.outlet, _NAMES) for s in item.sources))


def excerpt_of(item: Item, limit: int = LIMIT) -> Excerpt:
    """The extract around the evidence of every rule in that article; none where the outlet may not be quoted."""
    source = main_source(item)
    if source is not None and not source.excerpt_allowed:
        return Excerpt("")
    return extract(item.text, [s for e in _same_article(item) for s in e.match.spans], limit)


def title_of(item: Item, limit: int = TITLE) -> Excerpt:
    """The headline with its matched terms marked; the story's own title where the evidence stands in another."""
    if item.headline and item.headline == item.title:
        return mark(item.title, [s for e in _same_article(item) for s in e.match.spans], "title", limit)
    return mark(item.title or item.headline, (), "title", limit)


def _same_article(item: Item) -> list[Evidence]:
    return [e for e in item.evidence if e.entry_id == item.evidence[0].entry_id]


def why(item: Item) -> str:
    """`"Hayya … intelligence", paragraph 1`; with each rule's id before its words where several fired."""
    shown = item.evidence[:_WHYS]
    found = [(clip(e.match.rule, _NAMES), _words(e.match), _where(e.match, item.text)) for e in shown]
    if len(found) == 1:
        return ", ".join(piece for piece in found[0][1:] if piece)
    more = len(item.evidence) - len(shown)
    rest = [f"and {plural(more, 'more watch', 'more watches')}"] if more else []
    if len({place for _, _, place in found}) == 1:
        said = "; ".join([*(f"{rule} {words}".strip() for rule, words, _ in found), *rest])
        return ", ".join(piece for piece in (said, found[0][2] if found else "") if piece)
    return "; ".join([*(f"{rule} {', '.join(p for p in (words, place) if p)}" for rule, words, place in found), *rest])


def _words(match: Match) -> str:
    """The words that matched, in their order: first those of the title."""
    spans = sorted(match.spans, key=lambda s: (s.field != "title", s.start))
    words = list(dict.fromkeys(clip(s.text, _NAMES) for s in spans))
    return f'"{isolated(" … ".join(words[:3]))}"' if words else ""


def _where(match: Match, text: str) -> str:
    """Where they stand, as the rule's judgement says it, else by the first of them."""
    first = min(match.spans, key=lambda s: (s.field != "title", s.start), default=None)
    return clip(match.why, _NAMES) or (_place(first.field, first.start, text) if first else "")


def _place(field: str, start: int, text: str) -> str:
    return "in the title" if field == "title" else f"paragraph {paragraph_of(text, start)}"


def told_by(item: Item, reader: Reader) -> str:
    """How many tell it, of how many independent origins, and who was first."""
    names = outlets(item)
    if not names:
        return f"first seen {reader.time(item.first_at)}"
    first = min(item.sources, key=lambda s: (s.published_at or s.seen_at, s.seen_at))
    said = f"{outlet_name(first)} {reader.time(item.first_at)}"
    return said if len(names) == 1 else f"{len(names)} outlets, {plural(item.origins, 'origin')}; first {said}"


def outlet_name(source: Source) -> str:
    """An outlet's name, fit to stand among others."""
    return isolated(clip(source.outlet, _NAMES))


def flags(item: Item) -> tuple[str, ...]:
    """What a reader must know before trusting the rest."""
    named = (
        (item.priority is Priority.CRITICAL, "critical"),
        (item.headline_only, "headline only"),
        (item.late, "late"),
    )
    return tuple(name for holds, name in named if holds)


def label(item: Item, start_at: datetime) -> str:
    """DEVELOPING where a report of it had been seen before the window began, else NEW."""
    return "DEVELOPING" if any(s.seen_at < start_at for s in item.sources) else "NEW"


def story(item: Item, reader: Reader, start_at: datetime | None = None) -> StoryView:
    """One story of a digest (with the start of its window) or of an alert."""
    source = main_source(item)
    others = _other_sources(item, source)
    return StoryView(
        label="" if start_at is None else label(item, start_at),
        title=title_of(item),
        url=web_link(source.url) if source else None,
        language=language_tag(item.language),
        badges=badges(item),
        flags=flags(item),
        quote=excerpt_of(item),
        quoted=outlet_name(source) if source else "",
        told_by=told_by(item, reader),
        why=why(item),
        gloss=gloss(item, reader.languages),
        sources=others[:_SOURCES],
        more_sources=max(0, len(others) - _SOURCES),
    )


def _other_sources(item: Item, main: Source | None) -> tuple[SourceView, ...]:
    first = {clip(s.outlet, _NAMES): s for s in reversed(item.sources) if main is None or s.outlet != main.outlet}
    return tuple(SourceView(outlet_name(s), web_link(s.url, _SIDE_LINK)) for s in reversed(first.values()))


def line(item: Item, reader: Reader) -> LineView:
    """A story in one line."""
    source = main_source(item)
    outlet = outlet_name(source) if source else ""
    marks = (outlet, reader.time(item.first_at), *flags(item))
    return LineView(
        title=title_of(item).text,
        url=web_link(source.url) if source else None,
        language=language_tag(item.language),
        badges=badges(item),
        note=", ".join(m for m in marks if m),
    )


def withdrawn_line(gone: Withdrawn, reader: Reader) -> LineView:
    """An alert taken back, with when it was sent and why it was wrong."""
    note = f"alerted {reader.time(gone.alerted_at)}, withdrawn: {clip(gone.reason, TITLE)}"
    rules = tuple(clip(r, _NAMES) for r in gone.rules)
    return LineView(clip(gone.title, TITLE), web_link(gone.url), None, _few(rules, _BADGES), note)


def mention_kinds(mentions: Sequence[Item]) -> str:
    """`opinion 2 · anniversary 1 · live 1`, most frequent first."""
    counts = Counter(_kind(item) for item in mentions)
    return " · ".join(f"{kind} {n}" for kind, n in sorted(counts.items(), key=lambda c: (-c[1], c[0])))


def _kind(item: Item) -> str:
    words = item.evidence[0].match.why.lower() if item.evidence else ""
    return next((kind.value for kind in PageKind if kind is not PageKind.NEWS and kind.value in words), "passing")


def held_text(held: Sequence[tuple[str, int]]) -> str:
    """`8: the story has been told already 5, only a passing mention 3`."""
    listed = ", ".join(f"{clip(reason, _NAMES)} {n:,}" for reason, n in held[:_REASONS])
    return f"{sum(n for _, n in held):,}: {listed}"


def quiet_line(count: RuleCount, read: int) -> str:
    """`sinai-security: 0 of 412 read (usual 1.5 a day)`."""
    usual = "" if count.usual is None else f" (usual {count.usual:.2g} a day)"
    return f"{clip(count.rule, _NAMES)}: {count.matched:,} of {read:,} read{usual}"


def trouble(feed: FeedTrouble, now: datetime, short: bool = False) -> str:
    """`DOWN Maan (forbidden for 9 h: HTTP 403)`; a gap may have cost something that was published."""
    name, ago = clip(feed.name or feed.feed, _NAMES), span(now - feed.since)
    detail = f": {clip(feed.detail, TITLE)}" if feed.detail and not short else ""
    if feed.what == "gap":
        return f"GAP {name} ({ago} ago{detail})"
    return f"DOWN {name} ({clip(feed.what, _NAMES)} for {ago}{detail})"


def coverage_lines(coverage: Coverage, reader: Reader) -> tuple[str, ...]:
    """What was looked at, in sentences: the evidence behind «nothing found»."""
    feeds = f"Feeds checked: {coverage.feeds_checked:,} of {coverage.feeds:,}."
    looked = plural(coverage.entries, "new entry was", "new entries were")
    said = f"{looked} looked at, {coverage.read:,} of them read whole, the rest by headline or summary"
    said += f"; {coverage.matched:,} matched"
    said += f", {coverage.without_full_text:,} of them by headline or summary only." if coverage.matched else "."
    return feeds, said, _owed(coverage, reader)


def _owed(coverage: Coverage, reader: Reader) -> str:
    if not coverage.unread:
        return "Nothing waits to be processed."
    oldest = coverage.oldest_unread_at
    seen = f", the oldest seen {reader.time(oldest)}" if oldest else ""
    return f"Not processed yet: {plural(coverage.unread, 'page')}{seen}."


def counts(body: DigestBody) -> str:
    """`1 new, 2 developing`; without a story, what there is instead."""
    labels = Counter(label(item, body.start_at) for item in body.items)
    pieces = [f"{labels[name]:,} {name.lower()}" for name in ("NEW", "DEVELOPING") if labels[name]]
    if body.day_zero and not pieces:
        pieces = [f"{len(body.day_zero):,} from the first look at new feeds"]
    if body.mentions and not pieces:
        pieces = ["no story", plural(len(body.mentions), "mention")]
    return ", ".join(pieces) or "nothing found"
