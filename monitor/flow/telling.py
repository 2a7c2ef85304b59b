"""From what the store holds to the message a person reads: items, alarms, and what they are made of."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.flow.decide import origins
from monitor.flow.setup import Setup, headline
from monitor.model.news import JoinReason, Prominence
from monitor.model.settings import Priority, Recipient
from monitor.model.state import Cause, DecisionRecord, EntryRecord, Episode
from monitor.model.telling import Alarm, Delivery, DeliveryKind, Evidence, Item, Message, Source, Stage
from monitor.ports import Tx

_WHAT = {
    "failing": ("keeps failing", "keep failing"),
    "stale": ("has fallen silent", "have fallen silent"),
    "gone": ("is gone", "are gone"),
    "moved": ("has moved", "have moved"),
    "merged": ("has become another feed", "have become other feeds"),
    "guids": ("has renamed its entries", "have renamed their entries"),
}
"""Of one feed, of several."""
_REMEDY = {
    "failing": "See `monitor feeds`; if the address has moved, change its url in the config file.",
    "stale": "Look at the feed in a browser: a feed that was abandoned often still answers.",
    "gone": "The publisher says it is gone for good (410): remove the feed or give its new url in the config file.",
    "moved": "The new address is asked from now on; put it into the config file when convenient.",
    "merged": "Remove one of the two from the config file.",
    "guids": "Nothing: this is for your information, should something look odd today.",
}


def message(tx: Tx, setup: Setup, delivery: Delivery, cause: Cause) -> Message | None:
    """What an alert, update, withdrawal, alarm or ping says; None where its recipient is no longer configured."""
    recipient = setup.recipient(delivery.recipient)
    if recipient is None:
        return None
    if delivery.kind in (DeliveryKind.ALARM, DeliveryKind.CLEARED) and cause.episode_id is not None:
        together = tx.told_together(cause.episode_id, delivery.kind is DeliveryKind.CLEARED)
        return _head(delivery, recipient, alarm=_alarm(setup, together, delivery.kind))
    if cause.decision_id is not None and (decision := tx.decision(cause.decision_id)) is not None:
        return _head(delivery, recipient, item=item(tx, setup, recipient, (decision,)), reason=decision.reason)
    return _head(delivery, recipient)


def _head(
    delivery: Delivery, recipient: Recipient, item: Item | None = None, reason: str = "", alarm: Alarm | None = None
) -> Message:
    return Message(
        kind=delivery.kind,
        at=delivery.created_at,
        recipient=recipient.id,
        recipient_name=recipient.name,
        timezone=recipient.timezone,
        languages=recipient.languages,
        item=item,
        reason=reason,
        alarm=alarm,
    )


def _alarm(setup: Setup, episodes: Sequence[Episode], kind: DeliveryKind) -> Alarm | None:
    """One alarm for all that is told together; the earliest gives it its number and its time."""
    if not episodes:
        return None
    first = min(episodes, key=lambda e: (e.since, e.id))
    is_alarm = kind is DeliveryKind.ALARM
    one, several = _WHAT.get(first.kind, (first.kind, first.kind))
    if len(episodes) == 1:
        title = f"{_feed_name(setup, first)} {one if is_alarm else 'is well again'}"
        detail = first.detail
    else:
        title = f"{len(episodes)} feeds {several if is_alarm else 'are well again'}"
        detail = "; ".join(f"{_feed_name(setup, e)}: {e.detail}" for e in episodes)
    remedy = _REMEDY.get(first.kind, "") if is_alarm else ""
    cleared_at = None if is_alarm else max(e.cleared_at for e in episodes if e.cleared_at is not None)
    return Alarm(first.id, title, detail, first.since, remedy, cleared_at)


def _feed_name(setup: Setup, episode: Episode) -> str:
    feed = setup.feed(episode.feed_id)
    return feed.name if feed else episode.feed_id


def item(tx: Tx, setup: Setup, recipient: Recipient, decisions: Sequence[DecisionRecord]) -> Item:
    """One story for one recipient, led by the article whose decision weighs most."""
    lead = max(decisions, key=lambda d: (d.prominence == Prominence.SUBJECT, Priority(d.priority).rank, -d.entry_id))
    entry, article = tx.entry(lead.entry_id), tx.article(lead.entry_id)
    if entry is None or article is None:
        raise LookupError(f"entry {lead.entry_id} is not held")
    members = tx.members(lead.story_id)
    title = headline(entry.entry, article.article)
    return Item(
        story_id=lead.story_id,
        title=title,
        priority=Priority(lead.priority),
        prominence=Prominence(lead.prominence),
        evidence=_evidence(tx, setup, lead),
        sources=_sources(tx, setup, members, lead.entry_id),
        text=article.article.text,
        headline=title,
        first_at=min((m.entry.published_at or m.seen_at for m, _, _ in members), default=entry.seen_at),
        origins=origins(members),
        headline_only=not article.article.text_source.is_full,
        late=lead.stage is Stage.LATE,
        day_zero=entry.day_zero,
        language=article.article.language or entry.entry.language or _feed_language(setup, entry.feed_id),
        alerted_at=tx.alerted_at(recipient.id, lead.story_id),
    )


def _evidence(tx: Tx, setup: Setup, lead: DecisionRecord) -> tuple[Evidence, ...]:
    """The current matches of the lead's rules, in the order of its badges."""
    held = {m.match.rule: m.match for m in tx.matches(lead.entry_id)}
    found = ((rule, held[rule]) for rule in lead.rules if rule in held)
    return tuple(Evidence(match, _rule_name(setup, rule), lead.entry_id) for rule, match in found)


def _rule_name(setup: Setup, rule_id: str) -> str:
    rule = setup.rule(rule_id)
    return rule.name if rule else rule_id


def _feed_language(setup: Setup, feed_id: str) -> str | None:
    feed = setup.feed(feed_id)
    return feed.language if feed else None


def _sources(
    tx: Tx, setup: Setup, members: Sequence[tuple[EntryRecord, JoinReason, float]], lead: int
) -> tuple[Source, ...]:
    """First seen first, the lead's own article before all others."""
    ordered = sorted((m for m, _, _ in members), key=lambda m: (m.id != lead, m.seen_at, m.id))
    return tuple(_source(tx, setup, member) for member in ordered)


def _source(tx: Tx, setup: Setup, record: EntryRecord) -> Source:
    feed, held = setup.feed(record.feed_id), tx.article(record.id)
    article = held.article if held else None
    return Source(
        entry_id=record.id,
        feed=record.feed_id,
        outlet=feed.name if feed else record.feed_id,
        title=record.entry.title or (article.title if article else ""),
        url=record.entry.url,
        published_at=record.entry.published_at or (article.published_at if article else None),
        seen_at=record.seen_at,
        text_source=article.text_source if article else "",
        language=(article.language if article else None) or record.entry.language,
        excerpt_allowed=feed.excerpt if feed else True,
    )
