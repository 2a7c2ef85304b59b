"""Two sentences chosen around the evidence, with the matched terms marked. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.digest.clean import ELLIPSIS, cut_before_mark, is_printable
from monitor.model.news import Span
from monitor.text.sentences import paragraphs, sentences

LIMIT = 320
"""Characters of an extract: two sentences, and short enough to be a quotation."""

_CONTEXT = 60
"""Characters kept before the first mark where an extract begins in the middle of a sentence."""

_ECHO = 3
"""Letters from which a word of the title is looked for in the text."""

_TAIL = 40
"""A second sentence cut shorter than this says nothing: it goes altogether."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an extract; `marked` where it is a matched term."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One line of text and where the matched terms stand in it: half-open, ordered, never overlapping."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()

    def parts(self) -> tuple[Part, ...]:
        """The text cut at its marks; joined, they are the text."""
        return tuple(part for part in self._cut() if part.text)

    def _cut(self) -> Iterator[Part]:
        at = 0
        for start, end in self.marks:
            yield Part(self.text[at:start])
            yield Part(self.text[start:end], marked=True)
            at = end
        yield Part(self.text[at:])


def extract(text: str, spans: Sequence[Span], limit: int = LIMIT) -> Excerpt:
    """Two consecutive sentences that hold the most different terms, at most `limit` characters, cut between words.

    Spans that do not fit the text are ignored; without any the extract is the lead. Where the title holds evidence
    the lead is as good as one term: a headline's story is told there, not in a background paragraph.
    """
    fitting = [s for s in spans if s.field == "text" and fits(text, s)]
    fitting += _echoes(text, [s for s in spans if s.field == "title"])
    found = sentences(text)
    if not found:
        return Excerpt("")
    first = _best(found, fitting, lead_counts=any(s.field == "title" for s in spans))
    start, end = found[first][0], found[min(first + 1, len(found) - 1)][1]
    head_end = found[first][1] - start
    line, marks, places = _flatten(text[start:end], [(s.start - start, s.end - start) for s in fitting])
    return _crop(line, marks, places[head_end], limit)


def _echoes(text: str, spans: Sequence[Span]) -> list[Span]:
    """The same words as in the title, where the text repeats them."""
    words = {s.text.strip(): s.term for s in spans if len(s.text.strip()) >= _ECHO}
    found = ((m, term) for word, term in words.items() for m in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text))
    return [Span("text", m.start(), m.end(), m.group(), term) for m, term in found]


def mark(text: str, spans: Sequence[Span], field: str, limit: int) -> Excerpt:
    """A whole field (a headline) on one line with its terms marked, cut at its end only."""
    inside = [(s.start, s.end) for s in spans if s.field == field and fits(text, s)]
    line, marks, _ = _flatten(text, inside)
    return _cut_end(line, marks, 0, limit)


def fits(text: str, span: Span) -> bool:
    """Whether the span points into this text."""
    return 0 <= span.start < span.end <= len(text) and text[span.start : span.end] == span.text


def paragraph_of(text: str, position: int) -> int:
    """The paragraph, counted from 1, in which a position stands."""
    return max(1, sum(start <= position for start, _ in paragraphs(text)))


def _best(ranges: Sequence[tuple[int, int]], spans: Sequence[Span], lead_counts: bool) -> int:
    """The sentence to begin with: it has a mark, and with its successor the most different terms; earliest wins."""
    terms = [{s.term for s in spans if a <= s.start < b} for a, b in ranges]
    scores = [len(own | after) if own else 0 for own, after in zip(terms, [*terms[1:], set[str]()], strict=True)]
    scores[0] = len(terms[0].union(*terms[1:2])) + 1 if lead_counts else scores[0]
    return max(range(len(scores)), key=lambda i: (scores[i], -i))


def _flatten(text: str, marks: Sequence[tuple[int, int]]) -> tuple[str, list[tuple[int, int]], list[int]]:
    """One line, the marks moved along with it and merged, and for each old offset the new one."""
    out: list[str] = []
    places = []
    for char in text:
        places.append(len(out))
        if char.isspace():
            if out and out[-1] != " ":
                out.append(" ")
        elif is_printable(char):
            out.append(char)
    places.append(len(out))
    line = "".join(out).rstrip()
    places = [min(p, len(line)) for p in places]
    inside = [(places[a], places[b]) for a, b in marks if 0 <= a < b <= len(text)]
    return line, _merge([(a, b) for a, b in inside if a < b]), places


def _merge(marks: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(marks):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _crop(line: str, marks: list[tuple[int, int]], head_end: int, limit: int) -> Excerpt:
    """Cut to the limit: from the start where the first mark lies near it, else from a little before that mark."""
    if len(line) <= limit:
        return Excerpt(line, tuple(marks))
    start = 0
    if marks and marks[0][1] > limit - 2:
        space = line.find(" ", max(0, marks[0][0] - _CONTEXT), marks[0][0])
        start = space + 1 if space >= 0 else marks[0][0]
    room = limit - (1 if start else 0)
    if start == 0 and (not marks or marks[0][1] <= head_end) and room - _TAIL < head_end <= room:
        return Excerpt(line[:head_end], tuple(m for m in marks if m[1] <= head_end))
    return _cut_end(line, marks, start, limit)


def _cut_end(line: str, marks: Sequence[tuple[int, int]], start: int, limit: int) -> Excerpt:
    """From `start` on, at most `limit` characters, an ellipsis wherever something was left out."""
    lead = ELLIPSIS if start else ""
    if len(line) - start + len(lead) <= limit:
        end, tail = len(line), ""
    else:
        room = start + limit - len(lead) - 1
        space = line.rfind(" ", start, room + 1)
        end, tail = (space if space > start else cut_before_mark(line, max(room, start))), ELLIPSIS
    shift = len(lead) - start
    kept = tuple((a + shift, min(b, end) + shift) for a, b in marks if start <= a < end)
    return Excerpt(f"{lead}{line[start:end]}{tail}"[:limit], kept)
