"""Where a redirect leads, and whether it may be followed. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import httpx

REDIRECT_CODES = frozenset({301, 302, 303, 307, 308})
PERMANENT_CODES = frozenset({301, 308})
MAX_REDIRECTS = 5

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOGIN_SEGMENTS = frozenset(
    [
        "login",
        "log-in",
        "signin",
        "sign-in",
        "sso",
        "oauth",
        "oauth2",
        "authorize",
        "authenticate",
        "wp-login",
        "consent",
        "cookie-consent",
        "cookieconsent",
        "collectconsent",
        "captive",
        "captiveportal",
        "captive-portal",
        "hotspot",
        "guest-portal",
    ]
)
_LOGIN_LABELS = frozenset(
    ["login", "signin", "sso", "auth", "oauth", "accounts", "consent", "guce", "captive", "captiveportal", "hotspot"]
)
_HOST = re.compile(rb"[\w.-]{1,253}|[0-9a-fA-F:.]+(%25[\w.-]+)?")
"""A name in ASCII, an IPv4 address, or an IPv6 address with its zone."""
_USERINFO = re.compile(r"//[^/?#\s]*@")
_MAYBE_USERINFO = re.compile(r"//.*@", re.DOTALL)
"""Of what is no URL: a password with a slash in it is cut out too."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of a URL, the port always given."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: httpx.URL) -> Origin:
        return cls(url.scheme, url.host, url.port or _DEFAULT_PORTS.get(url.scheme, 0))

    def shares_credentials_with(self, other: Origin) -> bool:
        """Whether what is secret to this origin may be shown to the other: the same one, or the same host over TLS."""
        upgraded = self.port == 80 and other.scheme == "https" and other.port == 443
        return self.host == other.host and (self == other or (self.scheme == "http" and upgraded))


@lru_cache(maxsize=4096)  # one fetch looks at its URL and its feed's several times
def parsed(text: str) -> httpx.URL | None:
    """An http or https URL with a host, without its fragment; None when the text is none."""
    try:
        url = httpx.URL(text.strip())
        if url.scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(url.raw_host) or not 0 < (url.port or 80) < 65536:
            return None
        return url.copy_with(fragment=None) if url.fragment else url
    except (httpx.InvalidURL, ValueError, TypeError):
        return None


def without_userinfo(url: httpx.URL) -> httpx.URL:
    """The URL as it is asked for, stored and shown: `user:pass@` goes nowhere but into an Authorization header."""
    return url.copy_with(username=None, password=None) if url.userinfo else url


def redacted(text: str) -> str:
    """A URL that may not even be one, without its credentials."""
    return (_USERINFO if parsed(text) is not None else _MAYBE_USERINFO).sub("//", text)


def shown(url: httpx.URL) -> str:
    """A URL for a person: without credentials, and without a query, where tokens stand."""
    port = f":{url.port}" if url.port else ""
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}{port}{url.path}"[:200]


def target(url: httpx.URL, location: str) -> httpx.URL | None:
    """Where a Location leads from `url`, without credentials or fragment; None when that is no http or https URL."""
    try:
        joined = url.join(location.strip())
    except (httpx.InvalidURL, ValueError, TypeError):
        return None
    found = parsed(str(joined))
    return None if found is None else without_userinfo(found)


def looks_like_login(source: httpx.URL, to: httpx.URL) -> bool:
    """Whether a redirect leads to a login, a consent page or a captive portal: the target's path or host says so, and
    the source's did not."""
    return bool(_login_words(to) - _login_words(source))


def _login_words(url: httpx.URL) -> frozenset[str]:
    segments = {segment.rsplit(".", 1)[0] for segment in url.path.lower().split("/") if segment}
    labels = set(url.host.lower().split(".")[:-2])
    return frozenset((segments & _LOGIN_SEGMENTS) | (labels & _LOGIN_LABELS))
