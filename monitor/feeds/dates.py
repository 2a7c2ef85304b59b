"""The dates that feeds really carry: RFC 822, ISO 8601, epoch seconds, and both with other languages' names.

feedparser reads CEST as UTC, epoch seconds as a year, and gives up on `Di, 22 Nov 2016`; so this goes first.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janner janvier janv enero ene gennaio gen janeiro januari stycznia sty января "
            "янв ocak oca "
            "يناير ינואר ianuarie tammikuuta ledna",
            "february feb februar februari fevrier fevr fev febrero febbraio fevereiro lutego lut февраля фев "
            "subat sub "
            "فبراير פברואר helmikuuta unora",
            "march mar marz maerz mars mrz marzo marco maart mrt mart marca марта мар مارس מרץ מרס maaliskuuta brezna",
            "april apr avril avr abril abr aprile kwietnia kwi апреля апр nisan nis أبريل ابريل אפריל huhtikuuta dubna",
            "may mai mayo maggio mag maio mei maja мая май mayis maj مايو מאי toukokuuta kvetna",
            "june jun juni juin junio giugno giu junho czerwca cze июня июн haziran haz يونيو יוני kesakuuta cervna",
            "july jul juli juillet juil julio luglio lug julho lipca lip июля июл temmuz tem يوليو יולי heinakuuta "
            "cervence",
            "august aug aout agosto ago augustus sierpnia sie августа авг agustos agu أغسطس اغسطس אוגוסט "
            "elokuuta srpna",
            "september sep sept septembre septiembre settembre set setembro septembra wrzesnia wrz сентября сен "
            "eylul eyl "
            "سبتمبر ספטמבר syyskuuta zari",
            "october oct oktober okt octobre octubre ottobre ott outubro out pazdziernika paz октября окт ekim "
            "eki أكتوبر "
            "اكتوبر אוקטובר lokakuuta rijna",
            "november nov novembre noviembre novembro listopada lis ноября ноя kasim kas نوفمبر נובמבר marraskuuta "
            "listopadu",
            "december dec dezember dez decembre diciembre dic dicembre dezembro grudnia gru декабря дек aralik "
            "ara ديسمبر "
            "דצמבר joulukuuta prosince",
        ),
        start=1,
    )
    for name in names.split()
}
"""Folded (no accents, lower case) names of months in the languages of the feeds we meet."""

ZONES: dict[str, float] = {
    **dict.fromkeys(("ut", "utc", "gmt", "z", "wet", "zulu"), 0),
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
    "et": -5,
    "ct": -6,
    "mt": -7,
    "pt": -8,
    "ast": -4,
    "adt": -3,
    "nst": -3.5,
    "ndt": -2.5,
    "akst": -9,
    "akdt": -8,
    "hst": -10,
    "brt": -3,
    "brst": -2,
    "art": -3,
    "clt": -4,
    "clst": -3,
    "bst": 1,
    "west": 1,
    "cet": 1,
    "cest": 2,
    "met": 1,
    "mest": 2,
    "mez": 1,
    "mesz": 2,
    "eet": 2,
    "eest": 3,
    "msk": 3,
    "msd": 4,
    "trt": 3,
    "idt": 3,
    "gst": 4,
    "pkt": 5,
    "ist": 5.5,
    "npt": 5.75,
    "wib": 7,
    "ict": 7,
    "hkt": 8,
    "sgt": 8,
    "awst": 8,
    "pht": 8,
    "jst": 9,
    "kst": 9,
    "acst": 9.5,
    "acdt": 10.5,
    "aest": 10,
    "aedt": 11,
    "nzst": 12,
    "nzdt": 13,
    "sast": 2,
    "cat": 2,
    "eat": 3,
    "wat": 1,
}
"""Hours east of UTC. `IST` is India's unless the feed is in Hebrew."""

_EPOCH = re.compile(r"(\d{10})(\d{3})?(?:\.\d+)?")
_ISO = re.compile(
    r"(?P<year>\d{4})(?:-?(?P<month>\d\d)(?:-?(?P<day>\d\d))?)?"
    r"(?:[T\s,]+(?P<hour>\d{1,2}):?(?P<minute>\d\d)(?::?(?P<second>\d\d)(?:[.,]\d+)?)?)?"
    r"\s*(?P<zone>[A-Za-z]{1,5}|[+-]\s?\d\d:?(?:\d\d)?)?"
)
_CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})(?::(\d{2}))?(?:[.,]\d+)?\s*([ap]\.?m\b\.?)?", re.IGNORECASE)
_OFFSET = re.compile(r"(?<![\d:])([+-])\s?(\d{1,2}):?(\d{2})?(?!\d)")
_NUMERIC = re.compile(r"\b(\d{1,2})([./-])(\d{1,2})\2(\d{4})\b")
_WORD = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"\d+")
MAX_LENGTH = 100


def parse_date(text: str, language: str | None = None) -> datetime | None:
    """The moment a feed's date names, in UTC; without a zone it is UTC, without a time midnight. None: unreadable."""
    text = " ".join(text.split())
    if not text or len(text) > MAX_LENGTH:
        return None
    try:
        return _epoch(text) or _iso(text, language) or _worded(text, language)
    except (ValueError, OverflowError):
        return None


def _epoch(text: str) -> datetime | None:
    found = _EPOCH.fullmatch(text)
    return datetime.fromtimestamp(int(found.group(1)), UTC) if found else None


def _iso(text: str, language: str | None) -> datetime | None:
    found = _ISO.fullmatch(text)
    if not found or (found["hour"] is None and found["zone"] is not None and found["month"] is None):
        return None
    hour, minute, second = (int(found[part] or 0) for part in ("hour", "minute", "second"))
    day = datetime(int(found["year"]), int(found["month"] or 1), int(found["day"] or 1), tzinfo=UTC)
    return _at(day, hour, minute, second, _zone(found["zone"] or "", language))


def _worded(text: str, language: str | None) -> datetime | None:
    """`[day name] 22 Nov 2016 10:00 CEST`, `Nov 22, 2016 10:00 am`, `Tue Nov 22 10:00:00 CET 2016`, `22.11.2016`."""
    clock = _CLOCK.search(text)
    hour, minute, second = _hours(clock) if clock else (0, 0, 0)
    rest = f"{text[: clock.start()]} {text[clock.end() :]}" if clock else text
    tail = text[clock.end() :] if clock else ""
    offset = _offset(tail)
    if offset is not None:
        rest = f"{text[: clock.start()] if clock else text} {_OFFSET.sub(' ', tail, count=1)}"
    day = _numeric_day(rest) or _named_day(rest)
    if day is None:
        return None
    named = next((z for z in (_named_zone(w, language) for w in _WORD.findall(tail)) if z is not None), timedelta(0))
    return _at(day, hour, minute, second, named if offset is None else offset)


def _hours(clock: re.Match[str]) -> tuple[int, int, int]:
    hour, half = int(clock.group(1)), (clock.group(4) or "").lower()
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return hour, int(clock.group(2)), int(clock.group(3) or 0)


def _numeric_day(text: str) -> datetime | None:
    """`22.11.2016`; with slashes or dashes only where no other order is possible."""
    found = _NUMERIC.search(text)
    if not found:
        return None
    first, second, year = int(found.group(1)), int(found.group(3)), int(found.group(4))
    if found.group(2) == "." or first > 12 or first == second:
        return datetime(year, second, first, tzinfo=UTC)
    return datetime(year, first, second, tzinfo=UTC) if second > 12 else None


def _named_day(text: str) -> datetime | None:
    """The last word that names a month counts: `mar.` before it is the Tuesday of several languages."""
    months = [MONTHS[word] for word in map(_fold, _WORD.findall(text)) if word in MONTHS]
    numbers = _NUMBER.findall(text)
    if not months or len(numbers) < 2:
        return None
    month = months[-1]
    if len(numbers[0]) == 4:
        year, day = int(numbers[0]), int(numbers[1])
    else:
        day, year = int(numbers[0]), _year(numbers[1])
    return datetime(year, month, day, tzinfo=UTC)


def _year(digits: str) -> int:
    """RFC 2822 §4.3: two digits below 50 are 20xx, others and three digits 19xx."""
    number = int(digits)
    if len(digits) <= 2:
        return number + (2000 if number < 50 else 1900)
    return number + 1900 if len(digits) == 3 else number


def _fold(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    latin = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f")
    return unicodedata.normalize("NFKC", latin).replace("ı", "i")


def _zone(name: str, language: str | None) -> timedelta:
    if name[:1] in ("+", "-") and name:
        return _offset(name) or timedelta(0)
    return _named_zone(name, language) or timedelta(0)


def _named_zone(name: str, language: str | None) -> timedelta | None:
    key = name.lower()
    if key == "ist" and (language or "").lower().startswith(("he", "iw")):
        return timedelta(hours=2)
    return timedelta(hours=ZONES[key]) if key in ZONES else None


def _offset(text: str) -> timedelta | None:
    found = _OFFSET.search(text)
    if not found:
        return None
    size = timedelta(hours=int(found.group(2)), minutes=int(found.group(3) or 0))
    if size > timedelta(hours=15):
        return timedelta(0)
    return -size if found.group(1) == "-" else size


def _at(day: datetime, hour: int, minute: int, second: int, zone: timedelta) -> datetime:
    """Hours, minutes and seconds past their range (24:00, a leap second) run on into the next."""
    if hour > 24 or minute > 59 or second > 60 or not 1900 <= day.year <= 2200:
        raise ValueError("no such time of day, or no year of a feed")
    moment = day + timedelta(hours=hour, minutes=minute, seconds=second)
    return moment.replace(tzinfo=timezone(zone)).astimezone(UTC)
