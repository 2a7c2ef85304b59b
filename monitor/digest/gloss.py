"""What matched, in words the reader can read: `وفد حماس في القاهرة = Hamas, Cairo`. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from monitor.digest.clean import clip, isolated
from monitor.digest.extract import fits
from monitor.model.news import Span
from monitor.model.telling import Item

_SCRIPTS = {
    "ARABIC": "ar fa ur ps ckb sd ug dv",
    "HEBREW": "he iw yi",
    "CYRILLIC": "ru uk be bg sr mk kk ky mn tg",
    "GREEK": "el",
    "CJK": "zh ja",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "DEVANAGARI": "hi mr ne sa",
    "THAI": "th",
    "ARMENIAN": "hy",
    "GEORGIAN": "ka",
    "ETHIOPIC": "am ti",
    "BENGALI": "bn as",
}
"""Scripts, by the first word of their characters' Unicode names, and the languages that are written in them."""

_READ_IN = {script: frozenset(languages.split()) for script, languages in _SCRIPTS.items()}
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_APART = 40
"""Matched terms further apart than this, in characters, are not one phrase."""
_PHRASE = 90


def gloss(item: Item, languages: Sequence[str]) -> str:
    """The matched words of a script the reader does not read, with the names they stand for; empty where none is
    needed or the reader's languages are not known."""
    if not languages or not item.evidence:
        return ""
    entry = item.evidence[0].entry_id
    spans = [s for e in item.evidence if e.entry_id == entry for s in e.match.spans if not _is_read(s.text, languages)]
    phrases = [phrase for field in ("title", "text") for phrase in _phrases(_field(item, field), spans, field)]
    if not phrases:
        return ""
    field, best = max(phrases, key=lambda p: len({s.term for s in p[1]}))
    text = _field(item, field)[best[0].start : max(s.end for s in best)]
    return f"{isolated(clip(text, _PHRASE))} = {_names(best, item, languages)}"


def _field(item: Item, field: str) -> str:
    return item.headline if field == "title" else item.text


def _phrases(text: str, spans: Sequence[Span], field: str) -> list[tuple[str, list[Span]]]:
    """Runs of spans that stand close to one another."""
    runs: list[list[Span]] = []
    for span in sorted((s for s in spans if s.field == field and fits(text, s)), key=lambda s: (s.start, s.end)):
        near = runs and span.start - runs[-1][-1].end <= _APART and "\n" not in text[runs[-1][-1].end : span.start]
        if near:
            runs[-1].append(span)
        else:
            runs.append([span])
    return [(field, run) for run in runs]


def _names(spans: Sequence[Span], item: Item, languages: Sequence[str]) -> str:
    names = list(dict.fromkeys(term_name(s.term) for s in spans))
    read = [name for name in names if _is_read(name, languages)]
    return ", ".join(read or [item.evidence[0].rule_name])


def term_name(term: str) -> str:
    """An item of a rule as a name: without its operators and quotes; an id (`rafah-crossing`) as words."""
    name = term.removeprefix("title:").lstrip("@#=").strip('"“”').rstrip("*").strip()
    return name.replace("-", " ").title() if _ID.fullmatch(name) else name


def _is_read(text: str, languages: Sequence[str]) -> bool:
    """Whether the script of the text is that of one of the languages; Latin counts as read."""
    letter = next((c for c in text if c.isalpha()), "a")
    script = unicodedata.name(letter, "LATIN").split()[0]
    read_in = _READ_IN.get(script)
    return read_in is None or any(tag.partition("-")[0].lower() in read_in for tag in languages)
