"""The words of a report as terms: what different outlets write differently and mean alike becomes one.

A term is a word folded (`monitor.text.normal.fold`) and cut to what its forms share: English endings after Porter's
first step ("An algorithm for suffix stripping", 1980), Arabic prefixes and suffixes after Larkey's light stemmer
("Light stemming for Arabic information retrieval", 2007), Hebrew proclitics from the left until four letters stay. Two
words that fall together wrongly cost little here; two forms of one word that stay apart cost a story.

Terms travel as numbers of 32 bits, the same in every process: what is kept of an article is small and can be stored.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import blake2b

from monitor.text.normal import fold

LATIN, ARABIC, HEBREW, OTHER = range(4)
"""Scripts, as the two lowest bits of a term's number: each has its own background and learns its own counts."""
SCRIPTS = 4

_ARABIC = re.compile("[\u0600-\u06ff]")
_HEBREW = re.compile("[\u05d0-\u05ea]")
_VOWEL = re.compile("[aeiouy]")
_DOUBLED = re.compile(r"([b-df-hj-km-np-rt-y])\1\Z")
_PLURALS = (("'s", ""), ("ies", "y"), ("sses", "ss"), ("ss", "ss"), ("us", "us"), ("s", ""))
_ENDINGS = ("ingly", "edly", "ing", "ed")
_ARABIC_ARTICLES = ("وال", "بال", "كال", "فال", "ولل", "لل", "ال")
_ARABIC_ENDINGS = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")
_HEBREW_PROCLITICS = "ושהבלמכ"


@lru_cache(maxsize=1 << 17)
def term(word: str) -> str:
    """The term of one word as it stands in the text; empty where nothing of it counts."""
    folded = fold(word)
    if len(word) > 2 and word[-1] in "sS" and word[-2] in "'’":
        folded = folded[:-1]
    if len(folded) < 3 or folded[0].isdigit():
        return folded
    if folded.isascii():
        return _english(folded)
    if _ARABIC.match(folded):
        return _arabic(folded)
    return _hebrew(folded) if _HEBREW.match(folded) else folded


@lru_cache(maxsize=1 << 18)
def number(name: str) -> int:
    """The number of a term."""
    return (int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big") & ~3) | (
        _script(name)
    )


def script(term_number: int) -> int:
    """The script of a term, by its number."""
    return term_number & 3


def _script(name: str) -> int:
    if name.isascii():
        return LATIN
    if _ARABIC.search(name):
        return ARABIC
    if _HEBREW.search(name):
        return HEBREW
    return LATIN if name[:1] < "\u0370" else OTHER


def _english(word: str) -> str:
    if len(word) <= 3:
        return word
    for ending, instead in _PLURALS:
        if word.endswith(ending):
            word = word[: -len(ending)] + instead
            break
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= 3 and _VOWEL.search(stem):
            word = stem[:-1] if len(stem) > 3 and _DOUBLED.search(stem) else stem
            break
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


def _arabic(word: str) -> str:
    if len(word) > 4 and word[0] in "وف" and not word.startswith(_ARABIC_ARTICLES):
        word = word[1:]
    for prefix in _ARABIC_ARTICLES:
        if word.startswith(prefix) and len(word) - len(prefix) >= 3:
            word = word[len(prefix) :]
            break
    else:
        if len(word) > 4 and word[0] in "بلك":
            word = word[1:]
    for ending in _ARABIC_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def _hebrew(word: str) -> str:
    while len(word) > 4 and word[0] in _HEBREW_PROCLITICS:
        word = word[1:]
    return word
