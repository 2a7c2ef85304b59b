"""Paragraphs and sentences with their offsets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.text.sentences import paragraphs, sentences

SENTENCES = [
    ("Talks began. They failed! Why? Nobody knows…", ["Talks began.", "They failed!", "Why?", "Nobody knows…"]),
    (
        "Dr. Zahar met Gen. Kamel at 5 p.m. on Sunday. He left.",
        ["Dr. Zahar met Gen. Kamel at 5 p.m. on Sunday.", "He left."],
    ),
    (
        "The U.S. envoy J. Smith left the U.S. The talks go on.",
        ["The U.S. envoy J. Smith left the U.S.", "The talks go on."],
    ),
    ("“We will not disarm.” He left. (Reuters)", ["“We will not disarm.”", "He left.", "(Reuters)"]),
    ("It cost 3.5 million. Egypt paid.", ["It cost 3.5 million.", "Egypt paid."]),
    ("وصل الوفد إلى القاهرة. هل تنجح المحادثات؟ نعم.", ["وصل الوفد إلى القاهرة.", "هل تنجح المحادثات؟", "نعم."]),
    ("המשלחת הגיעה לקהיר. השיחות נמשכות.", ["המשלחת הגיעה לקהיר.", "השיחות נמשכות."]),
    ("代表团抵达开罗。会谈继续。", ["代表团抵达开罗。", "会谈继续。"]),
    (
        "A headline without a stop\nThe first sentence. The second",
        ["A headline without a stop", "The first sentence.", "The second"],
    ),
]


@pytest.mark.parametrize(("text", "expected"), SENTENCES)
def test_sentences_are_found(text: str, expected: list[str]) -> None:
    """In English, Arabic, Hebrew and Chinese; titles, initials and acronyms end none."""
    assert [text[start:end] for start, end in sentences(text)] == expected


def test_a_line_break_ends_a_paragraph_unless_the_text_was_wrapped() -> None:
    """A next line that goes on in a small letter belongs to the same paragraph, unless a blank line parts them."""
    text = "One line\nAnother\r\ngoes on here\n\nand a new one\r\n \r\nالفقرة\nالأخيرة  "
    assert [text[a:b] for a, b in paragraphs(text)] == [
        "One line", "Another\r\ngoes on here", "and a new one", "الفقرة", "الأخيرة",
    ]  # fmt: skip


@given(st.text(st.sampled_from("Ab .!?؟\n\r\t…。”)1٣ه")))
def test_sentences_cover_all_but_the_white_space(text: str) -> None:
    """Nothing is lost between two sentences, none is empty, and each lies within one paragraph."""
    for parts in (sentences(text), paragraphs(text)):
        covered = {i for start, end in parts for i in range(start, end)}
        assert all(start < end for start, end in parts)
        assert all(i in covered for i, c in enumerate(text) if not c.isspace())
        assert [edge for part in parts for edge in part] == sorted(edge for part in parts for edge in part)
    whole = paragraphs(text)
    assert all(any(a <= start and end <= b for a, b in whole) for start, end in sentences(text))
