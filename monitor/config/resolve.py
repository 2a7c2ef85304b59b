"""From a file without fault to Settings: every default filled in, every name made a thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from monitor.config import addresses, shape
from monitor.config.references import BUILT_IN
from monitor.model import settings as model

_DEFAULT_RECIPIENT = "default"


def settings(document: shape.Document, base: Path, environ: Mapping[str, str]) -> model.Settings:
    """`base` is the folder that relative paths start from; `environ` may name systemd's state folder."""
    service = _service(document.service, base, environ)
    digests = tuple(_digest(key, digest, _humanised(key)) for key, digest in document.digests.items())
    recipients = tuple(_recipient(recipient, service.timezone) for recipient in document.recipients)
    own = tuple(
        _digest(given.digest.id or given.id, given.digest, given.name or _humanised(given.id))
        for given in document.recipients
        if given.digest is not None
    )
    if not recipients:
        recipients, own = (_default_recipient(service.timezone),), (_default_digest(),)
    return model.Settings(
        service=service,
        feeds=tuple(_feed(feed, base) for feed in document.feeds),
        actors=tuple(_actor(key, actor) for key, actor in document.actors.items()),
        topics=tuple(_topic(key, topic) for key, topic in document.topics.items()),
        rules=tuple(_rule(rule) for rule in document.rules),
        channels=_channels(document.channels, base),
        recipients=recipients,
        digests=digests + own,
    )


def _service(given: shape.ServiceShape, base: Path, environ: Mapping[str, str]) -> model.Service:
    # systemd.exec(5): StateDirectory= may name several, separated by colons; ours is the first.
    provided = environ.get("STATE_DIRECTORY", "").partition(":")[0]
    state = base / given.state if given.state else Path(provided) if provided else base / "state"
    return model.Service(
        state=state,
        timezone=given.timezone,
        contact=given.contact,
        proxy=given.proxy,
        ca_file=base / given.ca_file if given.ca_file else None,
        allow_private=tuple(given.allow_private),
        pacing=replace(model.Pacing(), **_given(given.pacing)),
    )


def _given(table: shape.Shape) -> dict[str, Any]:
    """What the person wrote, without what they left to its default."""
    return {name: getattr(table, name) for name in table.model_fields_set}


def _channels(given: Mapping[str, shape.ChannelShape], base: Path) -> tuple[model.Channel, ...]:
    declared = tuple(_channel(key, channel, base) for key, channel in given.items())
    built_in: dict[str, model.Channel] = {"file": model.FileChannel("file"), "console": model.ConsoleChannel("console")}
    return declared + tuple(built_in[key] for key in BUILT_IN if key not in given)


def _channel(key: str, given: shape.ChannelShape, base: Path) -> model.Channel:
    if isinstance(given, shape.EmailShape):
        return _email(key, given, base)
    if isinstance(given, shape.WebhookShape):
        secrets = tuple(_secret(ref, base) for ref in given.secrets)
        return model.WebhookChannel(key, secrets, **_timeout(given.timeout))
    return model.FileChannel(key) if isinstance(given, shape.FileShape) else model.ConsoleChannel(key)


def _email(key: str, given: shape.EmailShape, base: Path) -> model.EmailChannel:
    username = given.username or given.smtp.username
    return model.EmailChannel(
        id=key,
        host=given.smtp.host,
        port=given.smtp.port,
        security=given.smtp.security,
        username=username,
        password=_secret(given.password, base) if given.password else None,
        sender=given.sender or addresses.default_sender(given.smtp, username),
        neutral_subjects=given.neutral_subjects,
        **_named(given.from_name),
        **_timeout(given.timeout),
    )


def _named(given: str | None) -> dict[str, Any]:
    return {"sender_name": given} if given else {}


def _timeout(given: timedelta | None) -> dict[str, Any]:
    return {"timeout": given} if given else {}


def _secret(ref: model.SecretRef, base: Path) -> model.SecretRef:
    return model.SecretRef("file", str(base / ref.name)) if ref.source == "file" else ref


def _digest(key: str, given: shape.DigestShape, name: str) -> model.Digest:
    return model.Digest(
        id=key,
        name=given.name or name,
        at=given.at,
        days=tuple(sorted(set(given.days))) if given.days is not None else tuple(range(7)),
        rules=tuple(given.rules),
        timezone=given.timezone,
        empty=model.EmptyDigest(given.empty),
    )


def _recipient(given: shape.RecipientShape, timezone: str) -> model.Recipient:
    own = (given.digest.id or given.id,) if given.digest is not None else ()
    return model.Recipient(
        id=given.id,
        name=given.name or _humanised(given.id),
        endpoints=tuple(dict.fromkeys(model.Endpoint.parse(endpoint) for endpoint in given.endpoints)),
        timezone=given.timezone or timezone,
        languages=tuple(given.languages),
        alerts=tuple(given.alerts),
        digests=tuple(dict.fromkeys((*own, *given.digests))),
        alarms=given.alarms,
    )


def _default_recipient(timezone: str) -> model.Recipient:
    """Who is told when the file names nobody: a folder, so that a first try shows something."""
    return model.Recipient(
        id=_DEFAULT_RECIPIENT,
        name="News watch",
        endpoints=(model.Endpoint("file", "out"),),
        timezone=timezone,
        digests=(_DEFAULT_RECIPIENT,),
    )


def _default_digest() -> model.Digest:
    return _digest(_DEFAULT_RECIPIENT, shape.DigestShape(), "News watch")


def _feed(given: shape.FeedShape, base: Path) -> model.Feed:
    return model.Feed(
        id=given.id or addresses.feed_id(given.url),
        url=given.url,
        name=given.name or addresses.feed_name(given.url),
        language=given.language,
        group=given.group,
        interval=given.interval,
        own=given.own,
        auth=_auth(given.auth, base) if given.auth else None,
        backfill=given.backfill,
        robots=given.robots,
        excerpt=given.excerpt,
        retry_after=given.retry_after,
        drop_validators=given.drop_validators,
    )


def _auth(given: shape.AuthShape, base: Path) -> model.FeedAuth | None:
    if given.bearer:
        return model.FeedAuth("bearer", _secret(given.bearer, base))
    if given.user and given.password:
        return model.FeedAuth("basic", _secret(given.password, base), given.user)
    if given.header and given.value:
        return model.FeedAuth("header", _secret(given.value, base), given.header)
    return None


def _actor(key: str, given: shape.ActorShape) -> model.Actor:
    return model.Actor(key, given.name, given.kind, tuple(given.aliases), given.variants)


def _topic(key: str, given: shape.TopicShape) -> model.Topic:
    return model.Topic(key, given.name or _humanised(key), tuple(given.terms))


def _rule(given: shape.RuleShape) -> model.Rule:
    return model.Rule(
        id=given.id,
        name=given.name or _humanised(given.id),
        all=tuple(tuple(group) for group in given.all),
        any=tuple(given.any),
        at_least=given.at_least.count if given.at_least else 0,
        of=tuple(given.at_least.of) if given.at_least else (),
        none=tuple(given.none),
        near=given.near,
        query=given.query,
        priority=model.Priority(given.priority),
        subject=model.Reaction(given.subject),
        mention=model.Reaction(given.mention),
        description=given.description,
    )


def _humanised(key: str) -> str:
    """`gaza-truce` → `Gaza truce`: the name of what was given only an id."""
    words = key.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:]
