"""Strings made comparable (`fold`) and presentable (`clean`)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_APOSTROPHES = "'’‘ʼʻʿʾʽˈ′´`＇׳״\""
_DROPPED = dict.fromkeys(
    map(
        ord,
        _APOSTROPHES
        + "\u00ad\u200c\u200d\u200e\u200f\u0640\u2060\u034f\ufeff"
        + "".join(map(chr, range(0xFE00, 0xFE10))),
    )
)
_LETTERS = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h",
        "ٱ": "ا", "ى": "ي", "ی": "ي", "ې": "ي", "ک": "ك", "ة": "ه", "ہ": "ه", "ھ": "ه", "ە": "ه",
    }
)  # fmt: skip
_DIGITS = {ord(digit): str(n % 10) for n, digit in enumerate("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹")}
_HIDDEN = re.compile("[\u00ad\u200b\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff\ufff9-\uffff\ud800-\udfff]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_ODD = "\u2028\u2029\ufffc\ufffd"
"""Hidden, and yet white space or printable to Python."""


def fold(text: str) -> str:
    """The string without case, accents and the ways of writing that readers take as one; idempotent.

    Latin letters lose their accents, ligatures and apostrophes of any kind; Arabic ones their vowel signs, tatweel and
    hamza, alef maqsura becomes ya and ta marbuta ha; Hebrew ones their points; digits become ASCII. Stops vanish, so
    that U.S. is us, save in numbers. Vowel signs of the scripts of India and tones of Thai carry meaning and stay.
    Meant for words: the memo behind it holds the 65,536 latest.
    """
    if text.isascii():
        return _without_stops(text.lower().translate(_DROPPED))
    return _fold(text)


def _without_stops(text: str) -> str:
    return text.replace(".", "") if "." in text and not any(map(str.isdigit, text)) else text


@lru_cache(maxsize=1 << 16)
def _fold(text: str) -> str:
    for _ in range(4):  # a ligature may hold letters that fold again: two rounds are the most seen
        bare = _without_marks(text).casefold().translate(_LETTERS).translate(_DIGITS).translate(_DROPPED)
        bare = _without_stops(bare)
        if bare == text:
            break
        text = bare
    return text


def _without_marks(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not _is_mark(unicodedata.combining(c)))


def _is_mark(combining_class: int) -> bool:
    """Accents and the points of Hebrew, Arabic and Syriac, by canonical combining class (Unicode, chapter 4.3)."""
    return combining_class >= 200 or 10 <= combining_class <= 36 or combining_class == 1


def clean(text: str, keep_lines: bool = False) -> str:
    """The string without control characters, invisible direction marks and lone surrogates, white space collapsed.

    One line comes out, or with `keep_lines` one line for each that held something.
    """
    if "\n" not in text and "\r" not in text and "\x85" not in text:
        return _line(text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n").split("\n")
    return ("\n" if keep_lines else " ").join(filter(None, map(_line, lines)))


def _line(text: str) -> str:
    """One line, clean."""
    if not any(map(text.__contains__, _ODD)):
        if "  " not in text and text.isprintable():  # as nearly every text is: nothing to take out
            return text.strip(" ")
        line = " ".join(text.split())
        if line.isprintable():
            return line
    return " ".join(_HIDDEN.sub("", _CONTROLS.sub(" ", text)).split())
