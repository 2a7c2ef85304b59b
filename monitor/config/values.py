"""Readers of single values: each takes what TOML gave and returns what `model.settings` wants, or raises BadValue."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence
from datetime import time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from monitor.config.faults import BadValue, listed, shown, suggestion
from monitor.model.settings import SecretRef

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_DURATION = re.compile(r"(?:(\d{1,5})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?")
_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,3})?) ?(B|kB|MB|GB|KiB|MiB|GiB)", re.IGNORECASE)
_UNITS = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_HOST = re.compile(
    r"(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*"
)
_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CREDENTIAL = re.compile(r"(?!\.\.?$)[A-Za-z0-9_.-]+")
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_REACH = re.compile(r"(?:[1-9]\d{0,2} )?(?:word|sentence|paragraph)s?")

_NOT_A_DURATION = 'write "90s", "60m", "1h30m" or "1d"'


def text(value: object) -> str:
    """A text, or the fault that it is none."""
    if not isinstance(value, str):
        raise BadValue(f"{shown(value)} is not a text", "write one text in quotes")
    return value


def item(value: str) -> str:
    """A term, actor or topic in a rule: anything but blank, which would fit every article."""
    if not value.strip():
        raise BadValue("an empty text", "write a word or leave it out")
    return value.strip()


def line_of_text(value: str) -> str:
    """One line for a person to read: names and groups go into mail headers."""
    if not value.strip() or not value.isprintable():
        raise BadValue(f"{shown(value)} is not one line of text", "write a name of one line")
    return value.strip()


def identifier(value: object) -> str:
    """An id: what commands, references and metrics call a thing by."""
    if not _ID.fullmatch(text(value)):
        raise BadValue(f"{shown(value)} cannot be an id", 'use letters a to z, digits, "-" and "_", 64 at most')
    return text(value)


def duration(value: object) -> timedelta:
    """`90s`, `60m`, `1h30m`, `1d`; more than nothing."""
    given = pause(value)
    if not given:
        raise BadValue(f"{shown(value)} is no time at all", _NOT_A_DURATION)
    return given


def pause(value: object) -> timedelta:
    """A duration that may be `0s`."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise BadValue(f"{shown(value)} has no unit", f'write "{value}m" or "{value}s"')
    found = _DURATION.fullmatch(value.strip()) if isinstance(value, str) and value.strip() else None
    if found is None:
        raise BadValue(f"{shown(value)} is not a duration", _NOT_A_DURATION)
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def duration_text(value: timedelta) -> str:
    """The way a person would write it: `1h30m`."""
    seconds = int(value.total_seconds())
    parts = ((seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count) or "0s"


def size(value: object) -> int:
    """A size in bytes: `10MB` (powers of ten), `8MiB` (powers of two), or a whole number of bytes."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    found = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    count = int(float(found[1]) * _UNITS[found[2].lower()]) if found else 0
    if not count:
        raise BadValue(f"{shown(value)} is not a size", 'write "500kB", "10MB" or "1.5GB"')
    return count


def zone(value: object) -> str:
    """An IANA time zone name that this machine knows."""
    name = text(value)
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # a bad key, a folder of the database, a name that is not there
        remedy = _zone_remedy(name)
        raise BadValue(f"{shown(value)} is not a time zone", remedy) from None
    return name


def _zone_remedy(name: str) -> str:
    zones = available_timezones()
    city = {full.rpartition("/")[2].casefold(): full for full in sorted(zones, reverse=True)}
    here = city.get(name.strip().replace(" ", "_").casefold())
    return f'did you mean "{here}"?' if here else suggestion(name, zones, 'write a name like "Africa/Cairo" or "UTC"')


def clock_time(value: object) -> time:
    """`07:00`, as a text or as TOML's own local time, to the minute."""
    if isinstance(value, time) and not value.second and not value.microsecond:
        return value
    found = _TIME.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise BadValue(f"{shown(value)} is not a time of day", 'write "07:00" to "23:59"')
    return time(int(found[1]), int(found[2]))


def weekday(value: object) -> int:
    """`mon` or `monday`, Monday = 0."""
    name = text(value).strip().casefold()
    for names in (DAYS, _DAY_NAMES):
        if name in names:
            return names.index(name)
    raise BadValue(f"{shown(value)} is not a day", suggestion(name, _DAY_NAMES, f"write {listed(DAYS)}"))


def language(value: object) -> str:
    """A language code (BCP 47): `ar`, `en`, `pt-BR`."""
    if not _LANGUAGE.fullmatch(text(value)):
        raise BadValue(f"{shown(value)} is not a language code", 'write "en", "ar", "he", …')
    return text(value)


def network(value: object) -> str:
    """A network (CIDR), an address or a host name that may be dialled though it is private."""
    given = text(value).strip()
    try:
        parsed = ipaddress.ip_network(given, strict=False)
    except ValueError:
        if not _HOST.fullmatch(given) or re.fullmatch(r"[\d.]+", given):
            remedy = 'write "192.168.0.0/16", "10.0.0.5" or a host name'
            raise BadValue(f"{shown(value)} is neither a network nor a host name", remedy) from None
        return given.lower()
    return str(parsed) if "/" in given else given


def secret(value: object) -> SecretRef:
    """`env:NAME`, `file:PATH` or `credential:NAME`. What was given is never shown: it may be the secret itself."""
    source, _, name = value.strip().partition(":") if isinstance(value, str) else ("", "", "")
    if source == "env" and _ENV_NAME.fullmatch(name):
        return SecretRef("env", name)
    if source == "file" and name and name.isprintable():
        return SecretRef("file", name)
    if source == "credential" and _CREDENTIAL.fullmatch(name):
        return SecretRef("credential", name)
    raise BadValue(
        "not a reference to a secret (what stands there is not shown)",
        'write "env:NAME", "file:PATH" or "credential:NAME", and keep the secret itself out of this file',
    )


def header_name(value: object) -> str:
    """A header's name (RFC 9110, 5.1)."""
    if not _HEADER.fullmatch(text(value)):
        raise BadValue("not the name of a header", 'write a name like "X-Api-Key"')
    return text(value)


def backfill(value: object) -> int | None:
    """How many entries of a first poll are read; `all` is None."""
    if value == "all":
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise BadValue(f"{shown(value)} is not a number of entries", 'write a number from 0, or "all"')


def near(value: object) -> int | str:
    """How close the groups of `all` must stand: words, `sentence`, `2 sentences`, `paragraph`."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 0:
        return value
    if isinstance(value, str) and _REACH.fullmatch(value):
        return value
    given = value if isinstance(value, str) else ""
    otherwise = 'write a number of words, "sentence", "2 sentences" or "paragraph"'
    raise BadValue(
        f"{shown(value)} is not a distance", suggestion(given, ("sentence", "2 sentences", "paragraph"), otherwise)
    )


def one_of(names: Sequence[str], what: str) -> Callable[[object], str]:
    """A reader of one word out of a few."""

    def read(value: object) -> str:
        if text(value) not in names:
            quoted = listed(f'"{name}"' for name in names)
            raise BadValue(f"{shown(value)} is not {what}", suggestion(text(value), names, f"write {quoted}"))
        return text(value)

    return read
