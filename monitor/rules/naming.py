"""What `@actor` and `#topic` stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from monitor.errors import RuleFault
from monitor.model.settings import Actor, Topic
from monitor.rules.aliases import Alias, parse_alias
from monitor.rules.faults import Flaw
from monitor.rules.tree import Ref
from monitor.rules.variants import with_variants
from monitor.text.normal import fold
from monitor.text.tokens import words_of

Named = Mapping[Ref, tuple[Alias, ...]]


def named(actors: Sequence[Actor], topics: Sequence[Topic], faults: list[RuleFault]) -> Named:
    """The aliases of every actor and topic. An actor's name is an alias of it too, a topic's is not."""
    written = {Ref("@", actor.id): _written(actor, faults) for actor in actors}
    single = {_bare(alias) for aliases in written.values() for alias in aliases if len(words_of(alias.term.text)) == 1}
    found = {Ref("@", a.id): with_variants(a, written[Ref("@", a.id)], single) for a in actors}
    for topic in topics:
        found[Ref("#", topic.id)] = _aliases("topics", topic.id, "terms", topic.terms, faults)
        if not topic.terms:
            faults.append(RuleFault("topics", topic.id, "terms", "the topic has no terms", "give it one"))
    return found


def _written(actor: Actor, faults: list[RuleFault]) -> tuple[Alias, ...]:
    aliases = _aliases("actors", actor.id, "aliases", (actor.name, *actor.aliases), faults)
    if aliases and _bare(aliases[0]) in map(_bare, aliases[1:]):
        return aliases[1:]  # the name stands among the aliases, perhaps with conditions
    return aliases


def _bare(alias: Alias) -> str:
    return " ".join(map(fold, words_of(alias.term.text)))


def _aliases(table: str, item_id: str, key: str, texts: Iterable[str], faults: list[RuleFault]) -> tuple[Alias, ...]:
    read = []
    for text in texts:
        try:
            read.append(parse_alias(text))
        except Flaw as flaw:
            faults.append(flaw.at(table, item_id, key))
    return tuple(read)
