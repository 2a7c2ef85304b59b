"""A document as the rules read it: one sequence of words, title first, with paragraphs and sentences over it.

Everything but the words is worked out when first asked for, as most documents are asked for nothing else.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cached_property

from monitor.model.news import Document
from monitor.text.sentences import ABBREVIATIONS, parts_paragraphs, sentences
from monitor.text.tokens import Tokens

_GLUE = re.compile("[\\s\"'“”‘’‛„«»‹›`´/&·\\-\u2010-\u2013\u2212\u05be\u200e\u200f\u202a-\u202e\u2066-\u2069*]*")
"""What may stand between two words of a phrase."""
_HYPHEN = re.compile("[-\u2010-\u2013\u2212\u05be]")
_STOP_AND_SPACE = re.compile(r"\.\s*")
_SHOUT_WORDS = 3
"""From so many words on, a line all in capitals shouts, and a capital in it says nothing."""
_POSSESSED = re.compile("['’‘ʼ′´`＇][sS]$")
_BEFORE_NAMES = frozenset({
    "mr", "mrs", "ms", "dr", "president", "premier", "minister", "secretary", "chairman", "chief", "leader", "leaders",
    "head", "commander", "spokesman", "spokeswoman", "official", "officials", "senator", "sen", "rep", "gov", "general",
    "gen", "director", "envoy", "deputy", "chancellor", "vice-president", "mayor", "governor",
    "a", "an", "the", "and", "but", "or", "if", "in", "on", "at", "of", "to", "for", "from", "by", "with", "as", "when",
    "while", "after", "before", "since", "until", "though", "although", "because", "so", "that", "then", "now", "why",
    "how", "what", "who", "where", "both", "like", "unlike", "only", "even", "also", "yet", "nor", "not", "is", "was",
    "did", "does", "has", "had", "will", "would", "could", "can", "may", "might", "should", "meanwhile", "still",
})  # fmt: skip
_BREAK = "\n\n"


class Reading:
    """The words of title and text under one numbering. `title_end` is the number of the text's first word."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._title = Tokens(document.title)
        self._text = Tokens(document.text)
        self.words = self._title.words + self._text.words
        self.gaps = [*self._title.gaps[:-1], _BREAK, *self._text.gaps[1:]]
        """What stands before each word; a break before the text's first."""
        self.title_end = len(self._title)
        self._shouted: dict[int, bool] = {}

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def paragraph_starts(self) -> list[int]:
        """The number of each paragraph's first word; the title, where it has words, is the first."""
        first, words = self.title_end, self.words
        inner = [n for n, gap in enumerate(self.gaps[first:-1], first) if gap != " "]
        starts = [n for n in inner if n == first or parts_paragraphs(self.gaps[n], words[n])]
        return [0, *starts] if first else starts

    @cached_property
    def sentence_starts(self) -> list[int]:
        """The number of each sentence's first word; the title, where it has words, is the first."""
        starts = [0] if self.title_end else []
        offsets = self._text.edges[::2]
        n = 0
        for begin, end in sentences(self.document.text):
            n = bisect_left(offsets, begin, n)
            if n < len(offsets) and offsets[n] < end:
                starts.append(self.title_end + n)
        return starts

    def paragraph(self, word: int) -> int:
        """The number of the paragraph that a word stands in, from 0."""
        return bisect_right(self.paragraph_starts, word) - 1

    def sentence(self, word: int) -> int:
        """The number of the sentence that a word stands in, from 0."""
        return bisect_right(self.sentence_starts, word) - 1

    def paragraph_around(self, word: int) -> tuple[int, int]:
        """The number of the first word of that word's paragraph, and that after its last."""
        starts = self.paragraph_starts
        after = bisect_right(starts, word)
        return starts[after - 1], starts[after] if after < len(starts) else len(self)

    def span(self, first: int, end: int) -> tuple[str, str, int, int]:
        """The words from `first` to before `end`: (`title` or `text`, the whole of it, offsets in it)."""
        if first < self.title_end:
            edges = self._title.edges
            return "title", self.document.title, edges[2 * first], edges[2 * end - 1]
        edges, shift = self._text.edges, 2 * self.title_end
        return "text", self.document.text, edges[2 * first - shift], edges[2 * end - shift - 1]

    def is_glued(self, word: int, hyphen: bool) -> bool:
        """Whether a word goes on with the phrase of the one before: no stop, comma, bracket, dash or paragraph's end
        between; or, with `hyphen`, nothing but a hyphen."""
        gap = self.gaps[word]
        if hyphen:
            return _HYPHEN.fullmatch(gap) is not None
        if gap == " ":
            return True
        before = self.words[word - 1]
        if not (_GLUE.fullmatch(gap) or (_STOP_AND_SPACE.fullmatch(gap) and _is_short(before))):
            return False
        return not any(map(str.isspace, gap.replace(" ", ""))) or self.paragraph(word - 1) == self.paragraph(word)

    def stands_alone(self, first: int, end: int) -> bool:
        """Whether the words are a name by themselves, rather than part of a longer one: no other capital before or
        after, but a title's (President) or that of a small word at the beginning of a sentence."""
        if first > 0 and self.is_glued(first, hyphen=False):
            before = self.words[first - 1]
            if before[:1].isupper() and before.lower() not in _BEFORE_NAMES:
                return False
        if end >= len(self) or not self.is_glued(end, hyphen=False):
            return True
        return not self.words[end][:1].isupper() or _POSSESSED.search(self.words[end - 1]) is not None

    def is_shouted(self, word: int) -> bool:
        """Whether the paragraph around a word (a headline, as a rule) is in capitals throughout."""
        begin, end = self.paragraph_around(word)
        known = self._shouted.get(begin)
        if known is None:
            cased = [w for w in self.words[begin:end] if w.upper() != w.lower()]
            known = self._shouted[begin] = len(cased) >= _SHOUT_WORDS and all(map(str.isupper, cased))
        return known


def _is_short(word: str) -> bool:
    return word.lower() in ABBREVIATIONS or (len(word) == 1 and word.isupper()) or "." in word
