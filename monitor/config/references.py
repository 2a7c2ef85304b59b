"""What one table says of another: ids that are taken, names that lead nowhere, rules that say nothing.

These checks look at what TOML gave, not at pydantic's models, so that a typo in one table hides no fault in another.
Whatever has the wrong type is passed over here: the shape has said so already.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from monitor.config import addresses, values
from monitor.config.faults import BadValue, Fault, Path, shown, suggestion, without_secrets, written

HARD_FLOOR = timedelta(minutes=15)
"""Nobody else's server is asked more often (docs/decisions, fetching politely)."""
BUILT_IN = {"file": "file", "console": "console"}
"""Channels that exist without being declared, with their kinds."""

Table = dict[str, Any]

_FIELDS = re.compile(r"^(?:(?:title|text):\s*)+")


@dataclass(frozen=True, slots=True)
class Names:
    """The ids that may be referred to."""

    rules: frozenset[str]
    actors: frozenset[str]
    topics: frozenset[str]
    digests: frozenset[str]
    channels: dict[str, str]
    """Their kinds, by id."""


def cross_check(raw: Table) -> Iterator[Fault]:
    """Every fault between tables."""
    names = _names(raw)
    yield from _taken_ids(raw)
    yield from _taken_digests(raw, names)
    for path, rule in tables(raw, "rules"):
        yield from _items(path, rule, names)
        yield from _positive(path, rule)
    for path, recipient in tables(raw, "recipients"):
        yield from _recipient(path, recipient, names)
    for path, digest in tables(raw, "digests"):
        yield from _rule_ids(texts((*path, "rules"), digest.get("rules")), names)
    yield from _intervals(raw)
    for path, channel in tables(raw, "channels"):
        yield from _account(path, channel)


def tables(raw: Table, key: str) -> Iterator[tuple[Path, Table]]:
    """The tables of `[[key]]` or `[key.ID]` with their paths."""
    held = raw.get(key)
    pairs: Iterable[tuple[str | int, Any]] = ()
    if isinstance(held, list):
        pairs = enumerate(held)
    elif isinstance(held, dict):
        pairs = held.items()
    for part, table in pairs:
        if isinstance(table, dict):
            yield (key, part), table


def texts(path: Path, value: object) -> Iterator[tuple[Path, str]]:
    """Every text in a value, however deep in lists, with its path."""
    if isinstance(value, str):
        yield path, value.strip()
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts((*path, index), item)


def feed_id(feed: Table) -> str | None:
    """The id of a feed, its own or the one its URL gives; None where there is neither."""
    given = feed.get("id")
    if given is not None:
        return given if isinstance(given, str) else None
    try:
        return addresses.feed_id(addresses.feed_url(feed.get("url")))
    except BadValue:
        return None


def _names(raw: Table) -> Names:
    def keys(table: str) -> frozenset[str]:
        return frozenset(raw[table]) if isinstance(raw.get(table), dict) else frozenset()

    declared = {str(path[1]): str(channel.get("kind", "")) for path, channel in tables(raw, "channels")}
    rules = frozenset(rule["id"] for _, rule in tables(raw, "rules") if isinstance(rule.get("id"), str))
    return Names(rules, keys("actors"), keys("topics"), keys("digests"), BUILT_IN | declared)


def _taken_ids(raw: Table) -> Iterator[Fault]:
    for table in ("feeds", "rules", "recipients"):
        first: dict[str, Path] = {}
        urls: dict[str, Path] = {}
        for path, item in tables(raw, table):
            item_id = feed_id(item) if table == "feeds" else item.get("id")
            url = item.get("url") if table == "feeds" else None
            if isinstance(url, str) and urls.setdefault(url, path) != path:
                message = f"{shown(without_secrets(url))} is the URL of {written(urls[url])} too"
                yield Fault((*path, "url"), message, "take one of them out")
            elif isinstance(item_id, str) and first.setdefault(item_id, path) != path:
                yield _taken(path, item_id, first[item_id], "id" in item)


def _taken(path: Path, item_id: str, first: Path, given: bool) -> Fault:
    if given:
        return Fault((*path, "id"), f"{shown(item_id)} is the id of {written(first)} too", "choose another")
    message = f"the URL gives the id {shown(item_id)}, which {written(first)} has too"
    return Fault((*path, "url"), message, 'add an id, like id = "example-world"')


def _taken_digests(raw: Table, names: Names) -> Iterator[Fault]:
    """A digest written inside a recipient has an id too: its own, or the recipient's."""
    first: dict[str, Path] = {name: ("digests", name) for name in names.digests}
    for path, recipient in tables(raw, "recipients"):
        digest = recipient.get("digest")
        if not isinstance(digest, dict):
            continue
        digest_id = digest.get("id", recipient.get("id"))
        here = (*path, "digest")
        if isinstance(digest_id, str) and first.setdefault(digest_id, here) != here and "id" in digest:
            message = f"{shown(digest_id)} is the id of {written(first[digest_id])} too"
            yield Fault((*here, "id"), message, "choose another")
        elif isinstance(digest_id, str) and first[digest_id][0] == "digests" and "id" not in digest:
            message = f"it takes the recipient's id {shown(digest_id)}, which {written(first[digest_id])} has"
            yield Fault(here, message, f'add an id to it, like id = "{digest_id}-own"')


def _items(path: Path, rule: Table, names: Names) -> Iterator[Fault]:
    """Actors and topics that a rule names."""
    for key in ("all", "any", "none"):
        yield from _named(texts((*path, key), rule.get(key)), names)
    at_least = rule.get("at_least")
    if isinstance(at_least, dict):
        yield from _named(texts((*path, "at_least", "of"), at_least.get("of")), names)


def _named(items: Iterable[tuple[Path, str]], names: Names) -> Iterator[Fault]:
    for path, item in items:
        name = _FIELDS.sub("", item).partition(" ")[0]  # an item of `of` may end in a weight: `@haniyeh ^3`
        mark, name = name[:1], name[1:]
        if mark == "@" and name not in names.actors:
            yield _unknown_name(path, "actor", mark, name, names.actors, names.topics, "#")
        elif mark == "#" and name not in names.topics:
            yield _unknown_name(path, "topic", mark, name, names.topics, names.actors, "@")


def _unknown_name(
    path: Path, what: str, mark: str, name: str, here: Collection[str], there: Collection[str], other: str
) -> Fault:
    message = f"there is no {what} {shown(name)}"
    if name in there:
        return Fault(path, message, f'did you mean "{other}{name}"?')
    return Fault(path, message, suggestion(name, here, f"add [{what}s.{name or 'NAME'}]", f"{mark}{{}}"))


def _positive(path: Path, rule: Table) -> Iterator[Fault]:
    """Without something to find, a rule fits every article there is."""
    positive = rule.get("all") or rule.get("any") or "at_least" in rule or "query" in rule
    if not positive:
        item_id = shown(rule["id"]) if isinstance(rule.get("id"), str) else "this rule"
        yield Fault(path, f"{item_id} would match every article", "say what to find with all, any, at_least or query")


def _recipient(path: Path, recipient: Table, names: Names) -> Iterator[Fault]:
    yield from _rule_ids(texts((*path, "alerts"), recipient.get("alerts")), names)
    digest = recipient.get("digest")
    if isinstance(digest, dict):
        yield from _rule_ids(texts((*path, "digest", "rules"), digest.get("rules")), names)
    for here, digest_id in texts((*path, "digests"), recipient.get("digests")):
        if digest_id not in names.digests:
            remedy = suggestion(digest_id, names.digests, f"add [digests.{digest_id}]")
            yield Fault(here, f"there is no digest {shown(digest_id)}", remedy)
    for here, endpoint in texts((*path, "endpoints"), recipient.get("endpoints")):
        yield from _endpoint(here, endpoint, names)


def _rule_ids(ids: Iterable[tuple[Path, str]], names: Names) -> Iterator[Fault]:
    for path, rule_id in ids:
        if rule_id != "*" and rule_id not in names.rules:
            remedy = suggestion(rule_id, names.rules, 'name a rule by its id, or write "*" for every rule')
            yield Fault(path, f"there is no rule {shown(rule_id)}", remedy)


def _endpoint(path: Path, endpoint: str, names: Names) -> Iterator[Fault]:
    channel, _, address = endpoint.partition(":")
    kind = names.channels.get(channel)
    try:
        if kind is None:
            _unknown_channel(endpoint, channel, names)
        elif kind == "email":
            addresses.mailbox(address)
        elif kind == "webhook":
            addresses.web_url(address, "webhook address")
        elif kind == "file" and not (address.strip() and address.isprintable()):
            raise BadValue(f"{shown(endpoint)} names no folder", f'write "{channel}:out"')
        elif kind == "console" and address:
            raise BadValue(f"{shown(endpoint)} has an address, the console has none", f'write "{channel}"')
    except BadValue as bad:
        yield Fault(path, bad.message, bad.remedy)


def _unknown_channel(endpoint: str, channel: str, names: Names) -> None:
    if channel in ("http", "https"):
        raise BadValue("a URL without its channel", 'declare a channel of kind "webhook" and write "NAME:https://…"')
    if "@" in channel:
        raise BadValue("a mail address without its channel", 'declare a channel of kind "email" and write "NAME:…@…"')
    message = f"there is no channel {shown(channel)}"
    raise BadValue(message, suggestion(channel, names.channels, f"add [channels.{channel or 'NAME'}]"))


def _intervals(raw: Table) -> Iterator[Fault]:
    service = raw.get("service")
    pacing = service.get("pacing") if isinstance(service, dict) else None
    pacing = pacing if isinstance(pacing, dict) else {}
    for key in ("interval", "floor"):
        short = _duration(pacing.get(key))
        if short is not None and short < HARD_FLOOR:
            remedy = "raise it; a feed on a server of your own may be polled faster: own = true and interval there"
            yield Fault(("service", "pacing", key), f"{shown(pacing[key])} is under 15 minutes", remedy)
    floor = max(_duration(pacing.get("floor")) or HARD_FLOOR, HARD_FLOOR)
    for path, feed in tables(raw, "feeds"):
        interval = _duration(feed.get("interval"))
        if interval is not None and interval < floor and feed.get("own") is not True:
            limit = "15 minutes" if floor == HARD_FLOOR else f"the floor of {values.duration_text(floor)}"
            remedy = "raise it, or add own = true if the server is yours"
            yield Fault((*path, "interval"), f"{shown(feed['interval'])} is under {limit}", remedy)


def _duration(value: object) -> timedelta | None:
    try:
        return values.duration(value)
    except BadValue:
        return None


def _account(path: Path, channel: Table) -> Iterator[Fault]:
    """An email account has a user and a password, or neither."""
    if channel.get("kind") != "email":
        return
    try:
        server = addresses.smtp(channel.get("smtp"))
    except BadValue:
        return
    username = channel.get("username", server.username)
    if username and "password" not in channel:
        yield Fault((*path, "password"), "missing, for there is a user name", 'add password = "env:MAIL_PASSWORD"')
    if not username and "password" in channel:
        yield Fault((*path, "password"), "there is no user name to go with it", 'write smtp = "smtps://USER@host"')
