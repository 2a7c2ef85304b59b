"""Subject or mention: whether an article is about what a rule looks for, or only touches on it.

The question is asked of the whole expression, never of one word of it: it holds in the title, in the lead, or in so
many parts of the text that it runs through it. What lies outside is a background line. A live blog, roundup, opinion
piece, anniversary or obituary mentions whatever it names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from monitor.model.news import PageKind, Prominence
from monitor.rules.captions import is_caption
from monitor.rules.kinds import WORDS, piece_kind
from monitor.rules.reading import Reading

LEAD_MIN_WORDS = 60
"""The lead takes in whole paragraphs until it has so many words…"""
LEAD_MAX_WORDS = 80
"""…and is cut at so many."""
HEADLINE_MAX_WORDS = 30
"""In a document without a title, a first paragraph of so many words at most is its title."""
PART_MIN_WORDS = 50
"""Paragraphs are put together into parts of at least so many words."""
PART_MAX_WORDS = 150
"""A longer paragraph is cut into parts between its sentences."""
LEAD_SEARCHED = 12
"""The lead is over after so many paragraphs, captions and single words among them."""
DENSE_MIN_PARTS = 3
DENSE_MIN_SHARE = 0.4
"""Dense: the expression holds in so many parts, and in this share of them."""


@dataclass(frozen=True, slots=True)
class Outline:
    """How a document is laid out, in numbers of words: [start, end) each."""

    kind: PageKind
    title: tuple[int, int]
    """Empty where there is none."""
    lead: tuple[tuple[int, int], ...]
    """The title and the first paragraphs, in the stretches that captions leave of them."""
    parts: tuple[tuple[int, int], ...]
    """Of the text, after the title."""


def outline(reading: Reading) -> Outline:
    """The layout that prominence is judged by."""
    document, size = reading.document, len(reading)
    title_end = reading.title_end
    headline = document.title
    if not title_end and size:
        first_end = reading.paragraph_around(0)[1]
        if first_end <= HEADLINE_MAX_WORDS:
            title_end = first_end
            headline = document.text.strip().split("\n", 1)[0]
    starts = [start for start in reading.paragraph_starts if start >= title_end]
    paragraphs = list(pairwise([*starts, size])) if starts else []
    lead = tuple((start, end) for start, end in _lead(reading, title_end, paragraphs) if start < end)
    return Outline(piece_kind(headline), (0, title_end), lead, _parts(reading, paragraphs))


Verdict = tuple[Prominence, str]
"""The grade of a match and why."""


class Judge:
    """Grades the matches in one document."""

    def __init__(self, reading: Reading) -> None:
        self._layout = outline(reading)
        self._by_zones: dict[int, Verdict] = {}

    def by_question(self, holds_in: Callable[[int, int], bool]) -> Verdict:
        """Given whether the expression holds on hits in [start, end) alone."""
        layout = self._layout
        if layout.kind is not PageKind.NEWS:
            return self.by_zones(0)
        start, end = layout.title
        if end > start and holds_in(start, end):
            return self.by_zones(_TITLE)
        if any(holds_in(*stretch) for stretch in layout.lead):
            return self.by_zones(_LEAD)
        return self.by_zones(sum(_PART << n for n, part in enumerate(layout.parts) if holds_in(*part)))

    def by_zones(self, zones: int) -> Verdict:
        """Given the zones of all places where the expression is fulfilled, joined; for expressions that hold in a
        stretch exactly where one of their places lies within it."""
        known = self._by_zones.get(zones)
        if known is None:
            known = self._by_zones[zones] = _verdict(self._layout, zones)
        return known

    @cached_property
    def zones(self) -> list[int]:
        """Those that each word stands in, as bits; a stretch of words lies within what its words have in common."""
        layout = self._layout
        bits = [0] * layout.parts[0][0] if layout.parts else [0] * layout.title[1]
        for n, (start, end) in enumerate(layout.parts):
            bits += [_PART << n] * (end - start)
        for bit, stretches in ((_TITLE, (layout.title,)), (_LEAD, layout.lead)):
            for start, end in stretches:
                bits[start:end] = [known | bit for known in bits[start:end]]
        return bits


_TITLE, _LEAD, _PART = 1, 2, 4
"""Zones as bits; the parts of the text follow one another from the third on."""


def _verdict(layout: Outline, zones: int) -> Verdict:
    if layout.kind is not PageKind.NEWS:
        return Prominence.MENTION, WORDS[layout.kind]
    if zones & (_TITLE | _LEAD):
        return Prominence.SUBJECT, "in the title" if zones & _TITLE else "in the lead"
    total = len(layout.parts)
    fulfilled = [n + 1 for n in range(total) if zones & _PART << n]
    if len(fulfilled) >= max(DENSE_MIN_PARTS, DENSE_MIN_SHARE * total):
        return Prominence.SUBJECT, f"throughout: {len(fulfilled)} of {total} parts"
    if len(fulfilled) == 1:
        return Prominence.MENTION, f"in passing: part {fulfilled[0]} of {total} only"
    return (
        Prominence.MENTION,
        f"in passing: {len(fulfilled)} of {total} parts" if fulfilled else "scattered, not together",
    )


def _lead(reading: Reading, title_end: int, paragraphs: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The title and the first paragraphs, cut where captions stand."""
    begin, length = 0, 0
    texts = [*(_text(reading, start, end) for start, end in paragraphs[: LEAD_SEARCHED + 1]), ""]
    for n, (start, end) in enumerate(paragraphs[:LEAD_SEARCHED]):
        if is_caption(texts[n], texts[n + 1]):
            yield begin, start
            begin = end
            continue
        length += end - start
        if length >= LEAD_MIN_WORDS:
            yield begin, end - max(0, length - LEAD_MAX_WORDS)
            return
    yield begin, paragraphs[:LEAD_SEARCHED][-1][1] if paragraphs else title_end


def _text(reading: Reading, start: int, end: int) -> str:
    """The words from `start` to before `end` as they stand, with the mark that may close them."""
    _, whole, first, last = reading.span(start, end)
    return whole[max(0, first - 1) : last + 1]


def _parts(reading: Reading, paragraphs: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    cuts = [end for _, end in paragraphs]
    for start, end in paragraphs:
        if end - start > PART_MAX_WORDS:
            cuts += [cut for cut in reading.sentence_starts if start < cut < end]
    parts, begin = [], paragraphs[0][0] if paragraphs else 0
    for cut in sorted(cuts):
        if cut - begin >= PART_MIN_WORDS:
            parts.append((begin, cut))
            begin = cut
    if paragraphs and begin < paragraphs[-1][1]:  # a short rest goes with the part before it
        parts.append((parts.pop()[0] if parts else begin, paragraphs[-1][1]))
    return tuple(parts)
