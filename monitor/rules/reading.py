"""A document as the rules read it: one sequence of words, title first, with paragraphs and sentences over it.

Everything but the words is worked out when first asked for, as most documents are asked for nothing else.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cached_property

from monitor.model.news import Document
from monitor.text.sentences import ABBREVIATIONS, paragraphs, sentences
from monitor.text.tokens import Tokens

_GLUE = re.compile("[\\s\"'“”‘’‛„«»‹›`´/&·\\-\u2010-\u2013\u2212\u05be\u200e\u200f\u202a-\u202e\u2066-\u2069*]*")
"""What may stand between two words of a phrase."""
_HYPHEN = re.compile("[-\u2010-\u2013\u2212\u05be]")
_STOP_AND_SPACE = re.compile(r"\.\s*")
_SHOUT_WORDS = 3
"""From so many words on, a line all in capitals shouts, and a capital in it says nothing."""


class Reading:
    """The words of title and text under one numbering. `title_end` is the number of the text's first word."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._title = Tokens(document.title)
        self._text = Tokens(document.text)
        self.words = self._title.words + self._text.words
        self.title_end = len(self._title)
        self._shouted: dict[int, bool] = {}

    def __len__(self) -> int:
        return len(self.words)

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Of each word, in its own field."""
        return self._title.spans + self._text.spans

    @cached_property
    def paragraph_starts(self) -> list[int]:
        """The number of each paragraph's first word; the title, where it has words, is the first."""
        return self._first_words(paragraphs(self.document.text))

    @cached_property
    def sentence_starts(self) -> list[int]:
        """The number of each sentence's first word; the title, where it has words, is the first."""
        return self._first_words(sentences(self.document.text))

    def paragraph(self, word: int) -> int:
        """The number of the paragraph that a word stands in, from 0."""
        return bisect_right(self.paragraph_starts, word) - 1

    def sentence(self, word: int) -> int:
        """The number of the sentence that a word stands in, from 0."""
        return bisect_right(self.sentence_starts, word) - 1

    def paragraph_end(self, word: int) -> int:
        """The number after the last word of that word's paragraph."""
        after = bisect_right(self.paragraph_starts, word)
        return self.paragraph_starts[after] if after < len(self.paragraph_starts) else len(self)

    def field(self, word: int) -> tuple[str, str]:
        """(`title` or `text`, the whole of it)."""
        return ("title", self.document.title) if word < self.title_end else ("text", self.document.text)

    def is_glued(self, word: int, hyphen: bool) -> bool:
        """Whether the next word goes on with a phrase: no stop, comma, bracket, dash or paragraph's end between."""
        if word + 1 in (self.title_end, len(self)):
            return False
        gap = self.field(word)[1][self.spans[word][1] : self.spans[word + 1][0]]
        if hyphen:
            return _HYPHEN.fullmatch(gap) is not None
        if gap == " ":
            return True
        if not (_GLUE.fullmatch(gap) or (_STOP_AND_SPACE.fullmatch(gap) and self._is_short(self.words[word]))):
            return False
        return not any(map(str.isspace, gap.replace(" ", ""))) or self.paragraph(word) == self.paragraph(word + 1)

    def is_shouted(self, word: int) -> bool:
        """Whether the paragraph around a word (a headline, as a rule) is in capitals throughout."""
        begin = self.paragraph_starts[self.paragraph(word)]
        known = self._shouted.get(begin)
        if known is None:
            cased = [w for w in self.words[begin : self.paragraph_end(begin)] if w.upper() != w.lower()]
            known = self._shouted[begin] = len(cased) >= _SHOUT_WORDS and all(map(str.isupper, cased))
        return known

    def _first_words(self, parts: list[tuple[int, int]]) -> list[int]:
        starts = [0] if self.title_end else []
        offsets = [start for start, _ in self._text.spans]
        n = 0
        for begin, end in parts:
            while n < len(offsets) and offsets[n] < begin:
                n += 1
            if n < len(offsets) and offsets[n] < end:
                starts.append(self.title_end + n)
        return starts

    def _is_short(self, word: str) -> bool:
        return word.lower() in ABBREVIATIONS or (len(word) == 1 and word.isupper()) or "." in word
