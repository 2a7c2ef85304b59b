"""What is allowed and yet probably not meant: told by `monitor check`, and the daemon starts all the same."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.config.faults import Fault, shown
from monitor.config.shape import Document, EmailShape, WebhookShape


def cautions(document: Document) -> Iterator[Fault]:
    """Every warning about a config that is without fault."""
    yield from _nothing_to_do(document)
    yield from _recipients(document)
    yield from _unheard(document)
    for channel_id, channel in document.channels.items():
        if isinstance(channel, EmailShape) and channel.smtp.security == "none" and channel.password:
            message = "the password crosses the network unencrypted"
            yield Fault(("channels", channel_id, "smtp"), message, "use smtps:// or smtp:// (STARTTLS)")


def _nothing_to_do(document: Document) -> Iterator[Fault]:
    if not document.feeds:
        yield Fault((), "there are no feeds, so nothing is read", "add [[feeds]]")
    if not document.rules:
        yield Fault((), "there are no rules, so nothing is found", "add [[rules]]")
    if document.channels and not document.recipients:
        message = "there are channels and no recipients: messages go into the folder out of the state folder only"
        yield Fault(("channels",), message, "add [[recipients]]")


def _recipients(document: Document) -> Iterator[Fault]:
    for index, recipient in enumerate(document.recipients):
        path = ("recipients", index)
        has_digest = recipient.digest is not None or bool(recipient.digests)
        if has_digest:
            continue
        if not recipient.alerts:
            message = f"{shown(recipient.id)} gets neither alerts nor a digest"
            yield Fault(path, message, 'add alerts = ["*"] or digest = { at = "07:00" }')
        elif not all(_is_webhook(document, endpoint) for endpoint in recipient.endpoints):
            message = f"{shown(recipient.id)} gets alerts and no digest, so it is never told of one that is withdrawn"
            yield Fault(path, message, 'add digest = { at = "07:00" }')
    used = {name for recipient in document.recipients for name in recipient.digests}
    for name in document.digests:
        if name not in used:
            yield Fault(("digests", name), "no recipient gets this digest", f'add digests = ["{name}"] to one')


def _unheard(document: Document) -> Iterator[Fault]:
    """Rules that nobody is told of."""
    heard = {rule for recipient in document.recipients for rule in recipient.alerts}
    own = [recipient.digest for recipient in document.recipients if recipient.digest is not None]
    heard.update(rule for digest in (*own, *document.digests.values()) for rule in digest.rules)
    if "*" in heard or not document.recipients:
        return
    for index, rule in enumerate(document.rules):
        if rule.id not in heard:
            message = f"{shown(rule.id)} alerts nobody and stands in no digest"
            yield Fault(("rules", index), message, "name it in alerts or in the rules of a digest")


def _is_webhook(document: Document, endpoint: str) -> bool:
    """Webhooks are told of a withdrawn alert at once, so they can do without a digest."""
    return isinstance(document.channels.get(endpoint.partition(":")[0]), WebhookShape)
