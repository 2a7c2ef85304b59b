"""Which articles tell of one event. Today: the same URL, and the same wire copy; event grouping joins here."""

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

__all__ = ["COPY_WINDOW", "URL_WINDOW", "Fingerprint", "Overlap", "choose", "fingerprint", "outlet_of", "plausible"]
