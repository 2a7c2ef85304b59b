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

_REMEDY = {
    "failing": "See `monitor feeds`; if the address has moved, change its url in the config file.",
    "gone": "The publisher says it is gone for good (410): remove the feed or give its new url in the config file.",
}


def message(tx: Tx, setup: Setup, delivery: Delivery, cause: Cause) -> Message | None:
    """What an alert, update, withdrawal, alarm or ping says; None where its recipient is no longer configured."""
    recipient = setup.recipient(delivery.recipient)
    if recipient is None:
        return None
    if delivery.kind in (DeliveryKind.ALARM, DeliveryKind.CLEARED) and cause.episode_id is not None:
        return _head(delivery, recipient, alarm=_alarm(setup, tx.episode(cause.episode_id), delivery.kind))
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


def _alarm(setup: Setup, episode: Episode | None, kind: DeliveryKind) -> Alarm | None:
    if episode is None:
        return None
    feed = setup.feed(episode.feed_id)
    name = feed.name if feed else episode.feed_id
    what = {"failing": "keeps failing", "gone": "is gone"}.get(episode.kind, episode.kind)
    title = f"{name} {what}" if kind is DeliveryKind.ALARM else f"{name} is well again"
    remedy = _REMEDY.get(episode.kind, "") if kind is DeliveryKind.ALARM else ""
    return Alarm(episode.id, title, episode.detail, episode.since, remedy, episode.cleared_at)


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
