"""What `@actor` and `#topic` stand for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from monitor.errors import RuleFault
from monitor.model.settings import Actor, Topic
from monitor.rules.aliases import Alias, parse_alias
from monitor.rules.faults import Flaw
from monitor.rules.items import parse_reference
from monitor.rules.tree import Ref
from monitor.rules.variants import with_variants
from monitor.text.normal import fold
from monitor.text.tokens import words_of


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a name stands for."""

    aliases: tuple[Alias, ...]
    members: tuple[Ref, ...] = ()
    """Other names: `@hamas` among the terms of a topic stands for all that it stands for."""


Named = Mapping[Ref, Meaning]


def named(actors: Sequence[Actor], topics: Sequence[Topic], faults: list[RuleFault]) -> Named:
    """The meaning of every actor and topic. An actor's name is an alias of it too, a topic's is not."""
    reader = _Reader(faults)
    written = {actor.id: reader.read("actors", actor.id, "aliases", _own(actor)) for actor in actors}
    single = {bare(a) for meaning in written.values() for a in meaning.aliases if len(words_of(a.term.text)) == 1}
    found = {
        Ref("@", actor.id): replace(meaning, aliases=with_variants(actor, meaning.aliases, single))
        for actor in actors
        for meaning in (written[actor.id],)
    }
    for topic in topics:
        found[Ref("#", topic.id)] = reader.read("topics", topic.id, "terms", topic.terms)
        if not topic.terms:
            faults.append(RuleFault("topics", topic.id, "terms", "the topic has no terms", "give it one"))
    faults += _wrong_members(found)
    return found


def all_members(ref: Ref, known: Named) -> list[Ref]:
    """The name itself and all that it stands for, each once."""
    found = {ref: None}
    waiting = [ref]
    while waiting:
        new = [member for member in known[waiting.pop()].members if member in known and member not in found]
        found |= dict.fromkeys(new)
        waiting += new
    return list(found)


def bare(alias: Alias) -> str:
    """Its words, folded."""
    return " ".join(map(fold, words_of(alias.term.text)))


def unknown_name(ref: Ref, known: Collection[Ref]) -> tuple[str, str]:
    """What to say of a name that nothing stands behind: message and remedy."""
    kind = "actor" if ref.sign == "@" else "topic"
    close = get_close_matches(ref.id, [other.id for other in known if other.sign == ref.sign], n=1)
    other = Ref("#" if ref.sign == "@" else "@", ref.id)
    if close:
        remedy = f"did you mean {ref.sign}{close[0]}?"
    elif other in known:
        remedy = f"did you mean {other.sign}{other.id}?"
    else:
        remedy = f"add it as [{kind}s.{ref.id}]"
    return f"unknown {kind} {ref.sign}{ref.id}", remedy


def _own(actor: Actor) -> tuple[str, ...]:
    """The aliases as they are written; the name first, unless it stands among them, perhaps with conditions."""
    names = {_folded(alias.partition("|")[0]) for alias in actor.aliases}
    return actor.aliases if _folded(actor.name) in names else (actor.name, *actor.aliases)


def _folded(text: str) -> str:
    return " ".join(map(fold, words_of(text)))


@dataclass(frozen=True, slots=True)
class _Reader:
    faults: list[RuleFault]

    def read(self, table: str, item_id: str, key: str, texts: Iterable[str]) -> Meaning:
        aliases, members = [], []
        for text in texts:
            try:
                if text.lstrip()[:1] in ("@", "#"):
                    members.append(parse_reference(text))
                else:
                    aliases.append(parse_alias(text))
            except Flaw as flaw:
                self.faults.append(flaw.at(table, item_id, key))
        return Meaning(tuple(aliases), tuple(members))


def _wrong_members(found: Named) -> Iterator[RuleFault]:
    for ref, meaning in found.items():
        table, key = ("actors", "aliases") if ref.sign == "@" else ("topics", "terms")
        for member in meaning.members:
            if member not in found:
                yield RuleFault(table, ref.id, key, *unknown_name(member, found))
            elif ref in all_members(member, found):
                message = f"{member.sign}{member.id} stands for this itself"
                yield RuleFault(table, ref.id, key, message, "take it out of one of the two")
