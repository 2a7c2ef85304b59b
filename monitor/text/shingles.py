"""Runs of words as numbers: what two copies of one wire report share, however each was cut or captioned.

One in `keep` is kept by its value, so that two texts keep the same ones of those they share (Broder, "On the
resemblance and containment of documents", 1997: mod-m sketches).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b

from monitor.text.normal import fold
from monitor.text.tokens import words_of

_MASK = (1 << 64) - 1
_FACTOR = 0x9E3779B97F4A7C15
_MIX_1, _MIX_2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def shingles(text: str, size: int = 5, keep: int = 8) -> frozenset[int]:
    """Hashes (63 bits, the same in every process and on every machine) of the runs of `size` folded words.

    Those are kept that `keep` divides: one in `keep` on the average. A text of fewer words than `size` has none.
    """
    return shingles_of(words_of(text), size, keep)


def shingles_of(words: Sequence[str], size: int = 5, keep: int = 8) -> frozenset[int]:
    """The same of words that were found before."""
    return frozenset(number for number in _run_hashes(words, size) if number % keep == 0)


def _run_hashes(words: Sequence[str], size: int) -> Iterator[int]:
    """Polynomials over the words' hashes, each from the one before (Karp and Rabin, "Efficient randomized
    pattern-matching algorithms", 1987), mixed as in splitmix64 so that the low bits depend on every word."""
    hashes = [_word_hash(word) for word in words]
    total, last = 0, pow(_FACTOR, size, _MASK + 1)
    for place, number in enumerate(hashes):
        total = total * _FACTOR + number
        if place >= size:
            total -= hashes[place - size] * last
        total &= _MASK
        if place >= size - 1:
            mixed = ((total ^ (total >> 30)) * _MIX_1) & _MASK
            mixed = ((mixed ^ (mixed >> 27)) * _MIX_2) & _MASK
            yield (mixed ^ (mixed >> 31)) >> 1


@lru_cache(maxsize=1 << 16)
def _word_hash(word: str) -> int:
    return int.from_bytes(blake2b(fold(word).encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
