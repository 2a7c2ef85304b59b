"""What the command line asks of a monitor, by name: answered by the running daemon (`in_daemon`) or, where none runs,
by opening the state folder for the moment (`alone`). Answers are plain JSON values either way."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monitor.clock import SystemClock
from monitor.daemon.control import NoDaemon
from monitor.digest import render_html, render_text
from monitor.errors import InputError, StateError
from monitor.flow import views
from monitor.flow.setup import Setup
from monitor.loading import STORE, Loaded
from monitor.model.settings import Endpoint, Recipient, Settings
from monitor.model.telling import Attempt, Delivery, DeliveryKind, DeliveryState, Message
from monitor.ports import Clock, Sender, Store
from monitor.store.lock import StateLock
from monitor.store.sqlite import open_store

if TYPE_CHECKING:
    from monitor.daemon.main import Daemon

ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class Desk:
    """What a command works on."""

    store: Store
    setup: Setup
    clock: Clock
    senders: Mapping[str, Sender]


def jsonable(value: Any) -> Any:
    """Dataclasses, times, durations (seconds) and enums as JSON values."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: jsonable(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [jsonable(item) for item in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Path) else value


async def status(desk: Desk, arguments: Mapping[str, Any]) -> Any:
    """What it is doing, what is late, what is wrong."""
    now = desk.clock.now()
    return await desk.store.read(lambda tx: views.status(tx, desk.setup, now))


async def feeds(desk: Desk, arguments: Mapping[str, Any]) -> Any:
    """Every feed with its state."""
    now = desk.clock.now()
    return await desk.store.read(lambda tx: views.feeds(tx, now))


async def refresh(desk: Desk, arguments: Mapping[str, Any]) -> Any:
    """Make feeds due now; a Retry-After is respected all the same."""
    ids = arguments.get("feeds") or None
    _known_feeds(desk.setup.settings, ids or ())
    now = desk.clock.now()
    return {"due": await desk.store.write(lambda tx: tx.due_now(now, ids))}


async def matches(desk: Desk, arguments: Mapping[str, Any]) -> Any:
    """What the rules found, newest first."""
    since = arguments.get("since")
    rule, feed = arguments.get("rule"), arguments.get("feed")
    if rule and desk.setup.rule(rule) is None:
        raise InputError(f"no rule {rule!r}; the config has {_list(r.id for r in desk.setup.settings.rules)}")
    _known_feeds(desk.setup.settings, [feed] if feed else ())
    return await desk.store.read(
        lambda tx: tx.match_rows(
            since=datetime.fromisoformat(since) if since else None,
            rule=rule,
            feed=feed,
            limit=int(arguments.get("limit", 100)),
            prominence=arguments.get("prominence"),
        )
    )


async def outbox(desk: Desk, arguments: Mapping[str, Any]) -> Any:
    """Deliveries, newest first."""
    states = arguments.get("states") or []
    unknown = set(states) - {s.value for s in DeliveryState}
    if unknown:
        raise InputError(f"no such state: {_list(sorted(unknown))}; states are {_list(DeliveryState)}")
    return await desk.store.read(lambda tx: tx.outbox(states, int(arguments.get("limit", 100))))


async def outbox_retry(desk: Desk, arguments: Mapping[str, Any]) -> Any:
    """Dead and held deliveries are tried again, with their ids and bytes."""
    begun = list(arguments.get("ids") or ())
    now = desk.clock.now()
    held = [d.id for d in await desk.store.read(lambda tx: tx.outbox((), ALL))] if begun else []
    ids = [_whole(beginning, held) for beginning in begun]
    return {"retried": await desk.store.write(lambda tx: tx.retry_deliveries(now, ids))}


def _whole(beginning: str, ids: Sequence[str]) -> str:
    """The one id that begins so."""
    fit = [one for one in ids if one.startswith(beginning)]
    if beginning in fit or len(fit) == 1:
        return beginning if beginning in fit else fit[0]
    if fit:
        raise InputError(
            f"{len(fit)} deliveries begin with {beginning!r}; give more of the id, `--json` shows it whole"
        )
    raise InputError(f"no delivery {beginning!r}; `monitor outbox` lists them")


async def digest_preview(desk: Desk, arguments: Mapping[str, Any]) -> Any:
    """The digest as it would be if it were cut now, as text and HTML."""
    message = await _preview(desk, str(arguments["digest"]), arguments.get("recipient"))
    subject, text = render_text(message)
    return {"subject": subject, "text": text, "html": render_html(message), "digest": message.digest}


async def channel_test(desk: Desk, arguments: Mapping[str, Any]) -> Any:
    """Send a ping to each endpoint on a channel, now, and say how each was answered."""
    channel = str(arguments["channel"])
    if channel not in desk.senders:
        raise InputError(f"no channel {channel!r}; the config has {_list(desk.senders)}")
    pairs = _endpoints(desk.setup.settings, channel, arguments.get("to"))
    return [await _ping(desk, recipient, endpoint) for recipient, endpoint in pairs]


async def reload(daemon: Daemon, arguments: Mapping[str, Any]) -> Any:
    """Re-read the configuration of the running daemon."""
    await daemon.reload()
    settings = daemon.app.current.setup.settings
    return {"feeds": len(settings.feeds), "rules": len(settings.rules)}


READ = {
    "status": status,
    "feeds": feeds,
    "matches": matches,
    "outbox": outbox,
    "digest.preview": digest_preview,
}
WRITE = {"feeds.refresh": refresh, "outbox.retry": outbox_retry, "channel.test": channel_test}


async def in_daemon(daemon: Daemon, name: str, arguments: Mapping[str, Any]) -> Any:
    """Answer a command that came over the control socket."""
    if name == "reload":
        return jsonable(await reload(daemon, arguments))
    handler = READ.get(name) or WRITE.get(name)
    if handler is None:
        raise InputError(f"this daemon does not know the command {name!r}; is it older than the command line?")
    app = daemon.app
    answer = jsonable(await handler(Desk(app.store, app.current.setup, app.clock, app.senders), arguments))
    if name in WRITE:
        app.runner.ring()
    return {**answer, "running": True} if name == "status" else answer


def alone(loaded: Loaded, environ: Mapping[str, str], name: str, arguments: Mapping[str, Any]) -> Any:
    """Answer a command where no daemon runs. Raises MonitorError."""
    if name not in READ and name not in WRITE:
        raise NoDaemon(f"`{name}` needs a running daemon; start it with `monitor run`")
    return asyncio.run(_alone(loaded, environ, name, arguments))


async def _alone(loaded: Loaded, environ: Mapping[str, str], name: str, arguments: Mapping[str, Any]) -> Any:
    if name == "channel.test":
        from monitor.app import Application  # here: those who only look need none of its adapters

        async with Application(loaded, environ, lambda _: None) as app:
            return jsonable(await channel_test(Desk(app.store, app.current.setup, app.clock, app.senders), arguments))
    path = loaded.state / STORE
    if not path.exists():
        raise StateError(f"{path}: nothing is held yet; `monitor once` or `monitor run` makes it")
    if name in WRITE:
        with StateLock(loaded.state):
            return jsonable(await _with_store(loaded, path, name, arguments, read_only=False))
    answer = jsonable(await _with_store(loaded, path, name, arguments, read_only=True))
    return {**answer, "running": False} if name == "status" else answer


async def _with_store(loaded: Loaded, path: Path, name: str, arguments: Mapping[str, Any], read_only: bool) -> Any:
    store = await open_store(path, read_only=read_only)
    try:
        return await {**READ, **WRITE}[name](Desk(store, loaded.setup, SystemClock(), {}), arguments)
    finally:
        await store.aclose()


async def _preview(desk: Desk, digest_id: str, recipient_id: str | None) -> Message:
    digest = desk.setup.digest(digest_id)
    if digest is None:
        raise InputError(f"no digest {digest_id!r}; the config has {_list(d.id for d in desk.setup.settings.digests)}")
    readers = views.recipients_of(desk.setup, digest_id)
    chosen = [r for r in readers if recipient_id in (None, r.id)]
    if not chosen:
        raise InputError(f"recipient {recipient_id!r} does not get the digest {digest_id!r}")
    now = desk.clock.now()
    return await desk.store.read(lambda tx: views.preview(tx, desk.setup, chosen[0], digest, now))


def _endpoints(settings: Settings, channel: str, to: str | None) -> list[tuple[Recipient | None, Endpoint]]:
    if to is not None:
        return [(None, Endpoint(channel, to))]
    pairs: list[tuple[Recipient | None, Endpoint]] = [
        (r, e) for r in settings.recipients for e in r.endpoints if e.channel == channel
    ]
    if not pairs:
        raise InputError(f"no recipient has an endpoint on the channel {channel!r}; name one with --to")
    return pairs


async def _ping(desk: Desk, recipient: Recipient | None, endpoint: Endpoint) -> dict[str, Any]:
    now = desk.clock.now()
    name, zone = (recipient.name, recipient.timezone) if recipient else ("", desk.setup.settings.service.timezone)
    told = recipient.id if recipient else ""
    message = Message(DeliveryKind.PING, now, told, name, zone, address=endpoint.address)
    delivery_id = f"ping_{now:%Y%m%dT%H%M%S%f}"
    sender = desk.senders[endpoint.channel]
    payload = sender.render(message, delivery_id)[0]
    delivery = Delivery(delivery_id, told, endpoint, DeliveryKind.PING, delivery_id, 1, now, 0, 0, payload)
    attempt: Attempt = await sender.send(delivery, payload, now)
    return {"endpoint": str(endpoint), "verdict": attempt.verdict.value, "reason": attempt.reason}


def _known_feeds(settings: Settings, ids: Any) -> None:
    known = {feed.id for feed in settings.feeds}
    unknown = [repr(i) for i in ids if i not in known]
    if unknown:
        raise InputError(f"no feed {_list(unknown)}; `monitor feeds` lists them")


def _list(items: Any) -> str:
    return ", ".join(str(item) for item in items) or "none"
