"""What one alias of an actor, or one term of a topic, may say.

    Haniyeh                                  a name, in any script; a phrase where it has several words
    =ISIS                                    exactly as written: no folding of case, accents, plurals or hyphens
    Abbas | with Palestinian, Fatah          counts only in a document that holds one of these in title or text
    Abbas | without Araghchi, Abbas Kamel    does not count where one of these stands over it or within three words
    Abbas | with Fatah | without Araghchi    both
    Egypt's spy chief | until 2024-10        counts in articles published up to the end of that month (year, day)
    Egypt's spy chief | from 2024-10         counts from then on: an office that changed hands; both do where an article
                                             bears no date
    Qassem | with Hazem Qassem               "after the full name": the bare name counts where the full one stands too
    Sinai | without Mount Sinai              a phrase that holds the name itself is the usual way to rule a namesake out

Entries are parted by commas; spaces inside one make a phrase; each is a term like any other, with the same folding,
the same Arabic and Hebrew letters on its left edge, `=Exact` and `prefix*` included.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date

from monitor.rules.faults import Flaw
from monitor.rules.items import check_term
from monitor.rules.tree import Term

_CONDITION = re.compile(r"(with|without|from|until)\s+(\S.*)", re.DOTALL)
_DATE = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")
FORBIDDEN_REACH = 3
"""Words between which a `without` phrase and the alias forbid each other's company."""


@dataclass(frozen=True, slots=True)
class Alias:
    """One alias or topic term with its conditions."""

    term: Term
    company: tuple[Term, ...] = ()
    """One of these must stand in the document, where there are any."""
    forbidden: tuple[Term, ...] = ()
    """None of these may stand within `FORBIDDEN_REACH` words."""
    since: date | None = None
    until: date | None = None
    """The days from and to which it counts, both included."""
    yields_to: tuple[Term, ...] = ()
    """Where one of these stands, this one does not count: aliases with conditions of their own."""
    alone: bool = False
    """It must not be part of a longer name: no capital right before or after it, save a title's or a small word's."""


def parse_alias(text: str) -> Alias:
    """Read one alias. Raises `Flaw`."""
    name, *conditions = (part.strip() for part in text.split("|"))
    given: dict[str, str] = {}
    for condition in conditions:
        match = _CONDITION.fullmatch(condition)
        if match is None or match[1] in given:
            remedy = "after a `|` comes `with word, phrase`, `without word, phrase`, `from 2024-10` or `until 2024-10`"
            raise Flaw(f"`{text}`: `{condition}` is no condition", f"{remedy}, each once")
        given[match[1]] = match[2]
    if not name:
        raise Flaw(f"`{text}` has no name before the `|`", "write the alias first")
    alias = Alias(_term(name), _terms(given.get("with")), _terms(given.get("without")))
    return replace(alias, since=_day(given.get("from"), last=False), until=_day(given.get("until"), last=True))


def _terms(text: str | None) -> tuple[Term, ...]:
    return tuple(map(_term, text.split(","))) if text else ()


def _day(text: str | None, last: bool) -> date | None:
    """The first or last day of a year, a month or a day."""
    if text is None:
        return None
    match = _DATE.fullmatch(text.strip())
    try:
        year, month, day = (int(part) if part else 0 for part in match.groups()) if match else (0, 0, 0)
        month = month or (12 if last else 1)
        return date(year, month, day or (monthrange(year, month)[1] if last else 1))
    except ValueError:
        raise Flaw(f"`{text}` is no date", "write a year, a month (2024-10) or a day (2024-10-16)") from None


def _term(text: str) -> Term:
    text = text.strip()
    return check_term(text.removeprefix("="), exact=text.startswith("="))
