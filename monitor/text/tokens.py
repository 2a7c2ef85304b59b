"""Words with their offsets in the original text, counted in code points.

A word is a run of letters, digits and the marks on them, inner apostrophes included (Hamas's, Sana'a, צה"ל); U.S. and
1,000 are one word each; hyphens, slashes and underscores part words. Scripts written without spaces (Chinese,
Japanese, Thai, Lao, Khmer, Burmese) give one word a character, so that a term of theirs is a phrase.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import accumulate

_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0\u0898-\u089f\u08ca-\u08e1"
    "\u08e3-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09d7\u0a01-\u0a51\u0a70-\u0a83"
    "\u0abc-\u0acd\u0b01-\u0b03\u0b3c-\u0b57\u0bbe-\u0bd7\u0c00-\u0c04\u0c3c-\u0c56\u0c81-\u0c83\u0cbc-\u0cd6"
    "\u0d00-\u0d03\u0d3b-\u0d57\u0dca-\u0ddf\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe00-\ufe0f\ufe20-\ufe2f"
    "\u00ad\u200c\u200d\u2060"  # invisible, and within words: soft hyphen, joiners, word joiner
)
_SINGLES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_INNER = "'’‘ʼ′´`＇׳"
_NUMBER = r"\d+(?:[.,٫٬]\d+)+"
_ACRONYM = r"[A-Z](?:\.[A-Z])+(?:\.(?!\w)|(?!\w))"
_GERSHAYIM = '["״](?<=[א-ת].)(?=[א-ת])'


def _words(letters: str, first: str = "") -> str:
    """The pattern of words, given that of letters; runs never give back what they took, which keeps it linear."""
    run = rf"{letters}(?:[{_MARKS}]++{letters.replace('++', '*+')})*+"
    return rf"({first}{_ACRONYM}|{_NUMBER}|{run}(?:(?:[{_INNER}](?=\w)|{_GERSHAYIM}){run})*+)"


_HAS_SINGLES = re.compile(f"[{_SINGLES}]")
_SPACED = re.compile(_words(r"\w++"))
_UNSPACED = re.compile(_words(rf"[^\W{_SINGLES}]++", rf"[{_SINGLES}][{_MARKS}]*|"))


class Tokens:
    """The words of one text, in order, none overlapping, and the `gaps` before, between and after them.

    `words[i] == text[start:end]` for `start, end = spans[i]`; `gaps[i]` stands before word i.
    """

    __slots__ = ("__dict__", "_pieces", "gaps", "words")

    def __init__(self, text: str) -> None:
        parted = text.replace("_", " ")  # the underscore parts the words of a hashtag, and the offsets stay
        pattern = _UNSPACED if _HAS_SINGLES.search(parted) else _SPACED
        self._pieces: list[str] = pattern.split(parted)
        self.words = self._pieces[1::2]
        self.gaps = self._pieces[::2]

    @cached_property
    def edges(self) -> list[int]:
        """Where each word starts and ends, one after the other; found when first asked for, as many texts are asked
        for none."""
        return list(accumulate(map(len, self._pieces)))[: 2 * len(self.words)]

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Where each word starts and ends."""
        return list(zip(self.edges[::2], self.edges[1::2], strict=True))

    def __len__(self) -> int:
        return len(self.words)


def words_of(text: str) -> list[str]:
    """The words alone."""
    return Tokens(text).words
