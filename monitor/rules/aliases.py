"""What one alias of an actor, or one term of a topic, may say.

    Haniyeh                                  a name, in any script; a phrase where it has several words
    =ISIS                                    exactly as written: no folding of case, accents, plurals or hyphens
    Abbas | with Palestinian, Fatah          counts only in a document that holds one of these in title or text
    Abbas | without Araghchi, Abbas Kamel    does not count where one of these stands over it or within three words
    Abbas | with Fatah | without Araghchi    both
    Qassem | with Hazem Qassem               "after the full name": the bare name counts where the full one stands too
    Sinai | without Mount Sinai              a phrase that holds the name itself is the usual way to rule a namesake out

Entries are parted by commas; spaces inside one make a phrase; each is a term like any other, with the same folding,
the same Arabic and Hebrew letters on its left edge, `=Exact` and `prefix*` included.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from monitor.rules.faults import Flaw
from monitor.rules.items import check_term
from monitor.rules.tree import Term

_CONDITION = re.compile(r"(with|without)\s+(\S.*)", re.DOTALL)
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
    yields_to: tuple[Term, ...] = ()
    """Where one of these stands, this one does not count: aliases with conditions of their own."""
    alone: bool = False
    """It must not be part of a longer name: no capital right before or after it, save a title's or a small word's."""


def parse_alias(text: str) -> Alias:
    """Read one alias. Raises `Flaw`."""
    name, *conditions = (part.strip() for part in text.split("|"))
    entries: dict[str, tuple[Term, ...]] = {}
    for condition in conditions:
        match = _CONDITION.fullmatch(condition)
        if match is None or match[1] in entries:
            remedy = "after a `|` comes `with word, phrase` or `without word, phrase`, each once"
            raise Flaw(f"`{text}`: `{condition}` is no condition", remedy)
        entries[match[1]] = tuple(_term(entry) for entry in match[2].split(","))
    if not name:
        raise Flaw(f"`{text}` has no name before the `|`", "write the alias first")
    return Alias(_term(name), entries.get("with", ()), entries.get("without", ()))


def _term(text: str) -> Term:
    text = text.strip()
    return check_term(text.removeprefix("="), exact=text.startswith("="))
