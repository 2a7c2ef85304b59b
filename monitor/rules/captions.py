"""Which paragraphs of a text belong to a photograph: captions and credits, which pages leave standing before the lead.

A paragraph that credits a picture ("(photo credit: Reuters)", "Credit: AFP", "/Getty Images", "(صورة: …)", "צילום:"),
that stands before a line which does nothing else, or that the next one says again.
"""

from __future__ import annotations

import re

_AGENCY = (
    r"reuters|afp|ap|ap photo|epa|epa-efe|getty(?: images)?|flash ?90|anadolu|xinhua|shutterstock|maan|file"
    r"|الجزيرة|رويترز|الفرنسية|الأوروبية|الأناضول|أسوشيتد برس|غيتي|مواقع التواصل"
)
_CREDIT = re.compile(
    rf"\((?:photo|image|picture|file photo|credit|courtesy|screenshot|صورة|صور|צילום|תמונה)\b[^)]*\)?"
    rf"|\b(?:photo|image|picture)?\s?credits?:|\bphoto(?:graph)? by\b|^\s*(?:photo|image|caption)\s?:|/(?:{_AGENCY})\b"
    rf"|צילום:|تصوير:|\((?:{_AGENCY})(?:\s?[-/–]\s?[^)]*)?\)\W*$",
    re.IGNORECASE,
)
_LONGEST = 50
"""Words: a longer paragraph is none, whatever it ends in."""
_CREDIT_LINE = 12
"""Words of a line that does nothing but credit…"""
_OPENING = 3
"""…and characters before the credit in it."""


def is_caption(text: str, following: str) -> bool:
    """Whether a paragraph is a caption or a credit, given the one after it."""
    if len(text.split()) > _LONGEST:
        return False
    if _CREDIT.search(text) or following.strip().startswith(text.strip()):
        return True
    credit = _CREDIT.search(following)
    return credit is not None and credit.start() < _OPENING and len(following.split()) <= _CREDIT_LINE
