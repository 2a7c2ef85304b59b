"""Spellings of an actor's names that nobody wrote down: generated, by what was measured to be safe.

- A name of several words, each in a capital (`Ismail Haniyeh`), is found in every spelling of the same consonants and
  like vowels. So are names of organisations; a place is found as its aliases spell it.
- The one word of a person's alias (`Haniyeh`, `al-Zahar`, `Abu Marzouk`), of five letters and more, is found in
  spellings of the same vowel classes.
- A person's surname is found alone where the full name stands in the same document, unless an alias says otherwise.

Single words must be written in a capital and stand alone: `Zaher Jabarin` is no Zahar. Conditions of an alias hold for
its variants. Acronyms and single names of organisations have none. Hebrew, which knows no capitals, has them for
persons only; Arabic letters have none, as their spellings differ by what folding takes away. A spelling that an alias
gives conditions of its own counts under these alone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from monitor.model.settings import Actor
from monitor.rules.aliases import Alias
from monitor.rules.forms import Word, words_of_term
from monitor.rules.tree import Sound, Term
from monitor.text.names import ABU, MIN_SINGLE, skeleton
from monitor.text.normal import fold

MIN_BONES = 4
"""Consonants in all that a name of several words has."""
MIN_SURNAME = 3


def with_variants(actor: Actor, written: Sequence[Alias], single: Collection[str]) -> tuple[Alias, ...]:
    """The aliases of an actor and those generated from them. `single` are the one-word aliases of all actors, folded:
    a surname among them is nobody's by generation."""
    if not actor.variants or actor.kind == "place":
        return tuple(written)
    aliases = [_by_words(alias) if actor.kind == "person" or _is_latin(alias) else alias for alias in written]
    if actor.kind == "person":
        written_out = tuple(alias.term for alias in written if alias.company or alias.forbidden)
        generated = [variant for alias in written if (variant := _by_word(alias))] + _surnames(aliases, single)
        aliases += [replace(alias, yields_to=written_out) for alias in generated]
    return tuple(dict.fromkeys(aliases))


def _by_words(alias: Alias) -> Alias:
    """The alias itself, in every spelling where it is a name of several words."""
    words = _words(alias)
    names = [word for word in words if word.is_name]
    whole = len(names) >= 2 and all(word.is_name or word.is_small for word in words)
    bones = [skeleton(word.folded) for word in names]
    if not (whole and all(bones) and sum(map(len, bones)) >= MIN_BONES):
        return alias
    return replace(alias, term=replace(alias.term, sound=Sound.WORDS))


def _by_word(alias: Alias) -> Alias | None:
    """The spellings of an alias of one word, beside articles and Abu."""
    words = _words(alias)
    names = [word for word in words if word.is_name]
    if len(names) != 1 or len(names[0].folded) < MIN_SINGLE or not all(word.is_name or word.is_small for word in words):
        return None
    with_abu = any(word.folded in ABU for word in words)
    return replace(alias, term=replace(alias.term, sound=Sound.WORD), alone=not with_abu)


def _surnames(aliases: Sequence[Alias], single: Collection[str]) -> list[Alias]:
    """The last words of the full names in Latin letters, each in the company of a full name that ends in it."""
    full: dict[str, list[Alias]] = {}
    for alias in aliases:
        last = _words(alias)[-1] if alias.term.sound is Sound.WORDS and _is_latin(alias) else None
        if last and last.is_name and len(last.folded) >= MIN_SURNAME and last.folded not in single:
            full.setdefault(last.raw, []).append(alias)
    return [
        Alias(Term(name, sound=Sound.WORD), tuple(alias.term for alias in holders), _forbidden(holders), alone=True)
        for name, holders in full.items()
    ]


def _is_latin(alias: Alias) -> bool:
    return fold(alias.term.text).isascii()


def _forbidden(aliases: Sequence[Alias]) -> tuple[Term, ...]:
    return tuple(dict.fromkeys(term for alias in aliases for term in alias.forbidden))


def _words(alias: Alias) -> list[Word]:
    return [] if alias.term.exact else words_of_term(alias.term)
