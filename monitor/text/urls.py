"""Links made comparable: two URLs with the same key lead to the same page as far as their spelling tells.

After RFC 3986, section 6.2 (case, percent-encoding and scheme-based normalisation), and beyond it what publishers do:
`www.`, http or https, tracking parameters and AMP suffixes do not change the page.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import SplitResult, quote, unquote, urlsplit

_PORTS = {"http": 80, "https": 443}
_TRACKING_PREFIXES = ("utm_", "at_", "ns_", "mc_", "pk_", "mtm_", "hsa_", "oly_", "vero_", "wt_", "wt.", "__twitter_")
# fmt: off
_TRACKING = frozenset({
    "fbclid", "gclid", "gclsrc", "gbraid", "wbraid", "dclid", "msclkid", "yclid", "ysclid", "twclid", "ttclid",
    "igshid", "igsh", "li_fat_id", "epik", "srsltid", "_ga", "_gl", "_hsenc", "_hsmi", "mkt_tok", "cmp", "cmpid",
    "s_cid", "icid", "ocid", "ncid", "xtor", "smid", "smtyp", "ref_src", "ref_url", "ito", "traffic_source", "ftag",
    "mbid", "srnd", "spm", "sref", "wickedid", "guccounter", "guce_referrer", "guce_referrer_sig",
})
# fmt: on
_AMP_PARAMETERS = frozenset({("amp", ""), ("amp", "1"), ("amp", "true"), ("outputtype", "amp"), ("output", "amp")})
_AMP_SUFFIX = re.compile(r"(?:/amp|\.amp)(?=(?:\.html?)?/*$)", re.IGNORECASE)
_SLASHES = re.compile(r"/{2,}")
_CONTROL = re.compile(r"[\x00-\x20\x7f]")
_PATH_SAFE = "/:@!$&'()*+,;=~"
_QUERY_SAFE = "/:@!$'()*,;?~"


def url_key(url: str) -> str | None:
    """The link as `host[:port]/path[?query]`, equal for every spelling of one page; None for what is not a web link.

    Scheme, credentials, `www.`, fragment, default ports, tracking parameters, AMP suffixes and trailing slashes are
    dropped; the query's parameters are sorted. The key is a name, not a link: nothing is fetched by it. A key made of
    `https://` + key is the key again.
    """
    parts = _split(url)
    if parts is None:
        return None
    host = host_of(url)
    port = parts.port
    place = host.removeprefix("www.") if host.count(".") > 1 else host
    if port is not None and port not in _PORTS.values():
        place = f"{place}:{port}"
    query = _query(parts.query)
    return place + _path(parts.path) + (f"?{query}" if query else "")


def host_of(url: str) -> str:
    """The host of a web link in lower case, ASCII where IDNA can say it, without port; empty for any other string."""
    parts = _split(url)
    if parts is None or parts.hostname is None:
        return ""
    host = parts.hostname.rstrip(".").lower()
    if host.isascii():
        return f"[{host}]" if ":" in host else host
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


@lru_cache(maxsize=1024)  # a link is looked at several times in one poll
def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(_CONTROL.sub("", url))
        _ = parts.port  # raises where it is no number below 65536
    except ValueError:
        return None
    usable = parts.scheme.lower() in _PORTS and parts.hostname and parts.hostname.strip(".")
    return parts if usable else None


def _path(path: str) -> str:
    plain = _SLASHES.sub("/", _spelt(path, _PATH_SAFE))
    while True:  # `/story/amp/amp/` is one page too
        shorter = _AMP_SUFFIX.sub("", plain).rstrip("/")
        if shorter == plain:
            return plain
        plain = shorter


def _query(query: str) -> str:
    kept = []
    for pair in query.split("&"):
        name, equals, value = pair.partition("=")
        name, value = _spelt(name.replace("+", " "), _QUERY_SAFE), _spelt(value.replace("+", " "), _QUERY_SAFE)
        if name and not _is_tracking(name.lower(), value.lower()):
            kept.append(name + equals + value)
    return "&".join(sorted(kept))


def _is_tracking(name: str, value: str) -> bool:
    return name in _TRACKING or name.startswith(_TRACKING_PREFIXES) or (name, value) in _AMP_PARAMETERS


def _spelt(part: str, safe: str) -> str:
    """One spelling of percent-encodings: what needs none has none, the others in upper case (RFC 3986, 6.2.2)."""
    return quote(unquote(part, errors="surrogateescape"), safe=safe, errors="surrogateescape")
