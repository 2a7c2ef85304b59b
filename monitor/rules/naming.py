"""What `@actor` and `#topic` stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from monitor.errors import RuleFault
from monitor.model.settings import Actor, Topic
from monitor.rules.aliases import Alias, parse_alias
from monitor.rules.faults import Flaw
from monitor.rules.tree import Ref
from monitor.text.normal import fold
from monitor.text.tokens import words_of

Named = Mapping[Ref, tuple[Alias, ...]]


def named(actors: Sequence[Actor], topics: Sequence[Topic], faults: list[RuleFault]) -> Named:
    """The aliases of every actor and topic. An actor's name is an alias of it too, a topic's is not."""
    found: dict[Ref, tuple[Alias, ...]] = {}
    for actor in actors:
        own = () if _bare(actor.name) in map(_bare, actor.aliases) else (actor.name,)
        found[Ref("@", actor.id)] = _aliases("actors", actor.id, "aliases", (*own, *actor.aliases), faults)
    for topic in topics:
        found[Ref("#", topic.id)] = _aliases("topics", topic.id, "terms", topic.terms, faults)
        if not topic.terms:
            faults.append(RuleFault("topics", topic.id, "terms", "the topic has no terms", "give it one"))
    return found


def _bare(alias: str) -> str:
    return " ".join(map(fold, words_of(alias.partition("|")[0])))


def _aliases(table: str, item_id: str, key: str, texts: Iterable[str], faults: list[RuleFault]) -> tuple[Alias, ...]:
    read = []
    for text in texts:
        try:
            read.append(parse_alias(text))
        except Flaw as flaw:
            faults.append(flaw.at(table, item_id, key))
    return tuple(read)
