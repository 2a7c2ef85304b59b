"""Links as feeds write them, made whole web addresses; what is none gives None, and nothing raises."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit


def web_url(url: str) -> str | None:
    """The address where it is http or https with a host; None for any other."""
    url = url.strip().replace(" ", "%20")
    try:
        parts = urlsplit(url)
        return url if parts.scheme in ("http", "https") and parts.hostname else None
    except ValueError:
        return None


def web_join(base: str, link: str) -> str | None:
    """The web address that a link means on a page at `base` (RFC 3986, 5.2); None where it is no web address."""
    try:
        return web_url(urljoin(base, link))
    except ValueError:  # `http://[` and the like
        return None
