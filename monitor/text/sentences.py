"""Paragraphs and sentences with their offsets, counted in code points; for English, Arabic and Hebrew first of all."""

from __future__ import annotations

import re

_LINE_END = re.compile(r"[\n\r\u2029]\s*")
_LINE = re.compile(r"\r\n|[\n\r\u2029]")
_END = re.compile("[.!?؟۔…]+[\"'”’»)\\]]*(?=\\s)|[。！？]+[」』”’）]*")
_LAST_WORD = re.compile(r"[^\W\d_]+(?:\.[^\W\d_]+)*\Z")
ABBREVIATIONS = frozenset({
    "mr", "mrs", "ms", "dr", "prof", "gen", "lt", "col", "sgt", "capt", "maj", "cpl", "adm", "gov", "sen", "rep",
    "rev", "hon", "pres", "st", "jr", "sr", "no", "vs", "etc", "fig", "inc", "ltd", "co", "corp", "jan", "feb", "mar",
    "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "a.m", "p.m", "e.g", "i.e", "approx", "dept",
    "est",
})  # fmt: skip
"""Folded; a full stop after one of these ends no sentence."""
_STARTERS = frozenset({
    "The", "A", "An", "In", "It", "He", "She", "They", "But", "And", "On", "At", "This", "That", "These", "Those",
    "We", "You", "I", "For", "As", "If", "When", "While", "After", "Before",
})  # fmt: skip


def paragraphs(text: str) -> list[tuple[int, int]]:
    """Where each paragraph starts and ends, white space around it left out.

    A blank line ends one, and so does a line break, save where the next line goes on in a small Latin letter: text that
    was wrapped at a width.
    """
    found, start = [], 0
    for match in _LINE_END.finditer(text):
        if _parts(text, match):
            found.append((start, match.start()))
            start = match.end()
    found.append((start, len(text)))
    return [span for begin, end in found if (span := _stripped(text, begin, end))]


def parts_paragraphs(gap: str, following: str) -> bool:
    """Whether a paragraph ends in the gap before a word."""
    if gap.isprintable():
        return False  # as most are: a comma and a space
    text = gap + following[:1]
    return any(_parts(text, match) for match in _LINE_END.finditer(gap))


def sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence starts and ends, white space around it left out; none crosses a paragraph."""
    found = []
    for begin, end in paragraphs(text):
        start = begin
        for match in _END.finditer(text, begin, end):
            if _ends_sentence(text, match, end):
                found.append((start, match.end()))
                start = match.end()
        found.append((start, end))
    return [span for begin, end in found if (span := _stripped(text, begin, end))]


def _parts(text: str, line_end: re.Match[str]) -> bool:
    following = text[line_end.end() : line_end.end() + 1]
    return len(_LINE.findall(line_end.group())) > 1 or not ("a" <= following <= "z")


def _stripped(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None


def _ends_sentence(text: str, stop: re.Match[str], end: int) -> bool:
    """A stop ends a sentence unless what follows is small, or it belongs to a title, an initial or an acronym."""
    rest = text[stop.end() : min(end, stop.end() + 40)].lstrip()
    if rest[:1].islower():
        return False
    if stop.group() != ".":
        return True
    last = _LAST_WORD.search(text, max(0, stop.start() - 20), stop.start())
    word = last.group() if last else ""
    if "." in word or (len(word) == 1 and word.isupper()):
        return rest.split(" ", 1)[0] in _STARTERS
    return word.lower() not in ABBREVIATIONS
