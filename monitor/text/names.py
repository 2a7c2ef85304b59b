"""Keys under which the spellings of one name meet, for names that were carried into Latin letters, and into Hebrew.

Arabic has no letters for short vowels and several ways into Latin ones; the press writes Haniyeh, Haniya and Hania.
Two keys, one wider than the other, and a test that makes the wider one safe:

- `skeleton`: the consonants, with k = q = g = j, s = z, t = d, b = p, and doubles single. Alone it is far too wide
  (China would be Haniyeh): it is for names of several words, each in a capital, and only where neither vowels nor too
  many consonants contradict (`sounds_alike`: Rashad is not Rashid, Mahmoud not Mohammed, Tom Price not Tom Perez).
- `vowel_key`: the word with its vowels in classes (e = a, o = u, y = i), for a single word of five letters and more.

Words are folded (`normal.fold`) before.
"""

from __future__ import annotations

import re
from functools import lru_cache

MIN_SINGLE = 5
"""Letters of a single word that has variants."""
ABU = frozenset({"abu", "abou", "abo", "aboo", "abi"})
ABDEL = frozenset({"abd", "abdel", "abdul", "abdal", "abdol", "abdu", "abdoul"})
IBN = frozenset({"bin", "ben", "ibn", "bint"})
_SPELLINGS = {word: words for words in (ABU, ABDEL, IBN) for word in words}
_DIGRAPHS = (
    ("sch", "S"), ("tch", "S"), ("sh", "S"), ("ch", "S"), ("kh", "k"), ("gh", "g"), ("ph", "f"), ("th", "t"),
    ("dh", "d"), ("ck", "k"), ("dj", "j"), ("x", "ks"), ("q", "k"), ("v", "f"),
)  # fmt: skip
_ABDEL = re.compile("abd[aeou]u?l(?=.{2})")
_SOFT_C = re.compile("c(?=[eiy])")
_PART = re.compile("[bdfghjklmnprstzSw]|[aeiou]+")
_MERGED = str.maketrans("gjzdp", "kkstb")
_DOUBLES = re.compile(r"(.)\1+")
_VOWELS = str.maketrans("eoy", "aui")
_HEBREW_VOWELS = re.compile("[אויה]")
_LATIN = re.compile("[a-z]+")
_HEBREW = re.compile("[\u05d0-\u05ea]+")
_CLOSE = frozenset({"ae", "ea", "ei", "ie", "ou", "uo"})


def spellings(particle: str) -> frozenset[str]:
    """The ways to write a small word that is no name by itself: abu, abdel, bin; empty for any other word."""
    return _SPELLINGS.get(particle, frozenset())


@lru_cache(maxsize=1 << 16)
def skeleton(word: str) -> str:
    """The consonants of a folded word, a vowel at its beginning marked; with less than two of these, its vowels too.

    Empty for what is neither Latin nor Hebrew.
    """
    if _HEBREW.fullmatch(word):
        bare = _DOUBLES.sub(r"\1", _HEBREW_VOWELS.sub("", word))
        return bare if len(bare) >= 2 else _DOUBLES.sub(r"\1", word)
    if not _LATIN.fullmatch(word):
        return ""
    consonants, vowels = _parts(word)
    marked = ("a" if vowels[0] else "") + consonants.translate(_MERGED)
    return marked if len(marked) >= 2 else f"{marked}:{_classed(word)}"


@lru_cache(maxsize=1 << 16)
def vowel_key(word: str) -> str:
    """A single word of a name with its vowels in classes; empty where it is too short to have variants."""
    if _HEBREW.fullmatch(word):
        return _DOUBLES.sub(r"\1", word) if len(word) >= MIN_SINGLE else ""
    return _classed(word) if len(word) >= MIN_SINGLE and _LATIN.fullmatch(word) else ""


def _classed(word: str) -> str:
    classed = word.replace("ou", "u").replace("oo", "u").replace("ee", "i").replace("q", "k").translate(_VOWELS)
    return _DOUBLES.sub(r"\1", classed).rstrip("h")


@lru_cache(maxsize=1 << 16)
def sounds_alike(one: str, other: str) -> bool:
    """Whether two words of one skeleton can be spellings of one name, as far as their vowels and consonants go apart.

    Carried into Latin letters, e stands for a and for i, o for u, and at either end for a; a long vowel that differs
    makes another name. A g stands for k (Gaddafi) and for j (Gamal), but no k for a j.
    """
    if one == other or not (one.isascii() and other.isascii()):
        return True
    (consonants, vowels), (others, other_vowels) = _parts(one), _parts(other)
    apart = sum(map(_consonants_apart, consonants, others))
    last = len(vowels) - 1
    apart += sum(_vowels_apart(a, b, n in (0, last)) for n, (a, b) in enumerate(zip(vowels, other_vowels, strict=True)))
    return apart <= _FAR


_FAR = 2
"""How far apart two spellings may be, in the halves of a difference that `_consonants_apart` and the like count."""
_NEVER = 99


def _consonants_apart(one: str, other: str) -> int:
    if one == other:
        return 0
    both = one + other if one < other else other + one
    return _NEVER if both == "jk" else 1 if both in ("gk", "gj") else 2


def _vowels_apart(one: str, other: str, outer: bool) -> int:
    """`outer`: at the beginning or the end of the word."""
    if one == other:
        return 0
    if not (one and other):
        return 1 if one + other == "e" else _NEVER  # Mohamd, Ahmd
    return max(_letters_apart(one[0], other[0], outer), _letters_apart(one[-1], other[-1], outer))


def _letters_apart(one: str, other: str, outer: bool) -> int:
    if one == other or one + other in _CLOSE:
        return 0
    return 2 if outer and one + other in ("ao", "oa") else _NEVER


@lru_cache(maxsize=1 << 16)
def _parts(word: str) -> tuple[str, tuple[str, ...]]:
    """The consonants, and the vowels before the first, between them, and after the last."""
    word = _ABDEL.sub("abdul", word)
    for letters, sound in _DIGRAPHS:
        word = word.replace(letters, sound)
    word = _SOFT_C.sub("s", word).replace("c", "k")
    word = _DOUBLES.sub(r"\1", word.replace("ee", "i").replace("oo", "u").replace("ou", "u")).rstrip("h")
    word = word[:1].replace("y", "i") + word[1:].replace("y", "i").replace("w", "u")
    consonants, vowels = "", [""]
    for part in _PART.findall(word):
        if part[0] in "aeiou":
            vowels[-1] = part
        else:
            consonants += part
            vowels.append("")
    return consonants, tuple(vowels)
