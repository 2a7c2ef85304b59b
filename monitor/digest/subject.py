"""Subject lines: the count and the top story, or neutral ones for inboxes that others may see. Pure."""

from __future__ import annotations

from monitor.digest.clean import clip, plural
from monitor.digest.view import badges, counts, title_of
from monitor.model.telling import DeliveryKind, DigestBody, Item, Message

_LIMIT = 120

_NEUTRAL = {
    DeliveryKind.ALERT: "monitor: a new alert",
    DeliveryKind.UPDATE: "monitor: an alert has news",
    DeliveryKind.WITHDRAWN: "monitor: an alert was withdrawn",
    DeliveryKind.ALARM: "monitor: needs attention",
    DeliveryKind.CLEARED: "monitor: recovered",
    DeliveryKind.PING: "monitor: test message",
}

_BEFORE = {DeliveryKind.ALERT: "", DeliveryKind.UPDATE: "Update: ", DeliveryKind.WITHDRAWN: "Withdrawn: "}


def subject(message: Message, neutral: bool = False) -> str:
    """One line of at most 120 characters without control characters; neutral ones name no story, watch or feed."""
    if message.digest is not None:
        return clip(_of_digest(message.digest, neutral), _LIMIT)
    if neutral:
        return _NEUTRAL[message.kind]
    if message.item is not None:
        return clip(_of_item(message.kind, message.item), _LIMIT)
    if message.alarm is not None:
        return clip(
            f"{'Recovered' if message.kind is DeliveryKind.CLEARED else 'Alarm'}: {message.alarm.title}", _LIMIT
        )
    return _NEUTRAL[DeliveryKind.PING]


def _of_digest(body: DigestBody, neutral: bool) -> str:
    stories = body.items or body.day_zero
    if neutral:
        return f"monitor: digest, {plural(len(stories), 'story', 'stories') if stories else 'nothing found'}"
    top = f" · {title_of(stories[0], 90).text}" if stories else ""
    return f"[{body.name or body.digest}] {counts(body)}{top}"


def _of_item(kind: DeliveryKind, item: Item) -> str:
    watch = f"[{badges(item)[0]}] " if item.evidence else ""
    return f"{_BEFORE[kind]}{watch}{title_of(item, 100).text}"
