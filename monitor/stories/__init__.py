"""Which articles tell of one event: by URL, by wire copy, by headline, by the event in other words."""

from monitor.stories.frequencies import Background, Frequencies, Learned, shipped
from monitor.stories.group import (
    COPY_WINDOW,
    URL_WINDOW,
    Fingerprint,
    Overlap,
    choose,
    fingerprint,
    outlet_of,
    plausible,
)
from monitor.stories.grouper import Bounds, Grouper, StoryState
from monitor.stories.vectors import ArticleVector, Reading, Report

__all__ = [
    "COPY_WINDOW",
    "URL_WINDOW",
    "ArticleVector",
    "Background",
    "Bounds",
    "Fingerprint",
    "Frequencies",
    "Grouper",
    "Learned",
    "Overlap",
    "Reading",
    "Report",
    "StoryState",
    "choose",
    "fingerprint",
    "outlet_of",
    "plausible",
    "shipped",
]
