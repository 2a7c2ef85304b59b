"""What every channel promises. A new channel adds one case to `CASES` and passes all of this."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from monitor.channels import build
from monitor.errors import SecretError
from monitor.model.news import FetchOutcome
from monitor.model.settings import (
    Channel,
    ConsoleChannel,
    EmailChannel,
    Endpoint,
    FileChannel,
    SecretRef,
    Service,
    WebhookChannel,
)
from monitor.model.telling import Attempt, Delivery, DeliveryKind, Payload, Verdict
from monitor.ports import Posted, Sender
from monitor.testing.hooks import WebhookReceiver
from monitor.testing.mail import MailReceiver
from tests.samples.telling import ALERT, EVERY, NOW

PASSWORD = "correct-horse-battery"
KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PATH_TOKEN = "T0KEN-in-the-path"
SECRETS = {"MAIL": PASSWORD, "HOOK": KEY}
HIDDEN = (PASSWORD, KEY, KEY.removeprefix("whsec_"), PATH_TOKEN)


def resolve(ref: SecretRef) -> str:
    """The secret of a reference."""
    return SECRETS[ref.name]


def nothing(ref: SecretRef) -> str:
    """No secret can be had."""
    raise SecretError(f"{ref} is not set")


async def post(url: str, headers: Mapping[str, str], body: bytes, timeout: timedelta) -> Posted:
    """`ports.Post` in plain httpx."""
    try:
        async with httpx.AsyncClient(timeout=timeout.total_seconds(), trust_env=False) as client:
            answer = await client.post(url, headers=dict(headers), content=body)
    except httpx.TransportError:
        return Posted(None, error=FetchOutcome.CONNECT)
    return Posted(answer.status_code, tuple(answer.headers.items()))


@dataclass(frozen=True)
class World:
    """One channel with something behind it."""

    channel: Channel
    address: str
    received: Callable[[], Sequence[object]]
    """What has arrived."""
    gone: bool = False
    """Nothing is behind it: every attempt fails."""
    secret: str = ""
    """The name of its secret, where it has one."""


def email(host: str, port: int) -> EmailChannel:
    """An account with a password."""
    secret = SecretRef("env", "MAIL")
    return EmailChannel("one", host, port, "none", "desk", secret, "m@watch.example", timeout=timedelta(seconds=2))


@asynccontextmanager
async def email_world(tmp_path: Path, gone: bool) -> AsyncIterator[World]:
    """A mail server, or none."""
    async with MailReceiver(login=("desk", PASSWORD)) as server:
        world = World(
            email(server.host, server.port), "desk@example.org", lambda: list(server.mails), gone, secret="MAIL"
        )
        if not gone:
            yield world
    if gone:
        yield world


@asynccontextmanager
async def webhook_world(tmp_path: Path, gone: bool) -> AsyncIterator[World]:
    """A webhook receiver, or none."""
    async with WebhookReceiver([KEY], now=None) as server:
        channel = WebhookChannel("one", (SecretRef("env", "HOOK"),), timedelta(seconds=2))
        world = World(channel, server.url(f"/{PATH_TOKEN}"), lambda: server.accepted, gone, secret="HOOK")
        if not gone:
            yield world
    if gone:
        yield world


@asynccontextmanager
async def file_world(tmp_path: Path, gone: bool) -> AsyncIterator[World]:
    """A folder, or a file in its place."""
    folder = tmp_path / "out"
    if gone:
        folder.write_text("in the way")
    yield World(FileChannel("one"), "out", lambda: list(folder.glob("*.eml")), gone)


@asynccontextmanager
async def console_world(tmp_path: Path, gone: bool) -> AsyncIterator[World]:
    """A stream, or a closed one."""
    if gone:
        STREAM.close()
    yield World(ConsoleChannel("one"), "", lambda: STREAM.getvalue().split("\n\n")[:-1], gone)


STREAM = io.StringIO()
"""Where the console case writes; a fresh one for each test."""


@pytest.fixture(autouse=True)
def fresh_stream() -> None:
    """A new stream for each test."""
    global STREAM
    STREAM = io.StringIO()


CASES: Mapping[str, Callable[[Path, bool], AbstractAsyncContextManager[World]]] = {
    "email": email_world,
    "webhook": webhook_world,
    "file": file_world,
    "console": console_world,
}
every_channel = pytest.mark.parametrize("case", CASES)


def sender_for(world: World, state: Path, missing: bool = False) -> Sender:
    """The sender as the composition root would make it."""
    secrets = nothing if missing else resolve
    return build([world.channel], secrets, Service(state=state), post, STREAM)["one"]


def delivery(world: World, delivery_id: str = "d-1", kind: DeliveryKind = DeliveryKind.ALERT) -> Delivery:
    """A delivery on that channel."""
    return Delivery(delivery_id, "desk", Endpoint("one", world.address), kind, "1", 1, NOW, 0, 1, None)


def sound(attempt: Attempt) -> bool:
    """One non-empty printable line without secrets."""
    short = 0 < len(attempt.reason) <= 200 and attempt.reason.isprintable()
    return short and not any(word in f"{attempt!r}{attempt}" for word in HIDDEN)


@every_channel
@pytest.mark.parametrize("kind", EVERY)
async def test_rendering_is_pure(case: str, kind: str, tmp_path: Path) -> None:
    """Two senders give the same bytes for the same message and id, without secrets and before anything is sent."""
    async with CASES[case](tmp_path, False) as world:
        once = sender_for(world, tmp_path, missing=True).render(EVERY[kind], "d-1")
        again = sender_for(world, tmp_path).render(EVERY[kind], "d-1")
        assert once == again
        assert [(p.part, p.parts) for p in once] == [(n, len(once)) for n in range(1, len(once) + 1)]
        assert all(p.body and p.content_type in ("message/rfc822", "application/json", "text/plain") for p in once)
        assert list(world.received()) == []


@every_channel
@pytest.mark.parametrize("kind", EVERY)
async def test_every_kind_arrives(case: str, kind: str, tmp_path: Path) -> None:
    """Each kind of message is delivered, each payload once."""
    async with CASES[case](tmp_path, False) as world:
        sender = sender_for(world, tmp_path)
        payloads = sender.render(EVERY[kind], "d-1")
        named = [(f"d-{n}", payload) for n, payload in enumerate(payloads, 1)]
        attempts = [await sender.send(delivery(world, name, EVERY[kind].kind), p, NOW) for name, p in named]
        await sender.aclose()
        assert {a.verdict for a in attempts} == {Verdict.DELIVERED}
        assert all(sound(a) for a in attempts)
        assert len(world.received()) == len(payloads) or case == "console"


@every_channel
async def test_a_channel_with_nothing_behind_it_is_tried_again(case: str, tmp_path: Path) -> None:
    """Where nothing listens an attempt fails with a reason, never with an exception, and can be tried again."""
    async with CASES[case](tmp_path, True) as world:
        sender = sender_for(world, tmp_path)
        (payload,) = sender.render(ALERT, "d-1")
        attempts = [await sender.send(delivery(world), payload, NOW) for _ in range(2)]
        await sender.aclose()
    assert [a.verdict for a in attempts] == [Verdict.RETRY] * 2
    assert all(sound(a) for a in attempts)


@every_channel
async def test_a_missing_secret_pauses_and_burns_nothing(case: str, tmp_path: Path) -> None:
    """A channel whose secret cannot be had pauses, naming the reference; one without a secret does not care."""
    async with CASES[case](tmp_path, False) as world:
        sender = sender_for(world, tmp_path, missing=True)
        (payload,) = sender.render(ALERT, "d-1")
        attempt = await sender.send(delivery(world), payload, NOW)
        await sender.aclose()
        if world.secret:
            assert attempt == Attempt(Verdict.PAUSE_CHANNEL, f"env:{world.secret} is not set")
            assert list(world.received()) == []
        else:
            assert attempt.verdict is Verdict.DELIVERED


@every_channel
async def test_no_secret_shows(case: str, tmp_path: Path) -> None:
    """After a delivery no secret stands in the sender, its fields, its payloads or its attempts."""
    async with CASES[case](tmp_path, False) as world:
        sender = sender_for(world, tmp_path)
        payloads: tuple[Payload, ...] = sender.render(ALERT, "d-1")
        attempt = await sender.send(delivery(world), payloads[0], NOW)
        shown = f"{sender!r} {vars(sender)} {payloads} {attempt}"
        await sender.aclose()
    assert attempt.verdict is Verdict.DELIVERED
    assert not any(word in shown for word in HIDDEN)


@every_channel
async def test_closing_twice_is_harmless(case: str, tmp_path: Path) -> None:
    """A sender that never sent, or was closed, can be closed again."""
    async with CASES[case](tmp_path, False) as world:
        sender = sender_for(world, tmp_path)
        await sender.aclose()
        await sender.aclose()


@every_channel
async def test_the_same_delivery_twice_is_the_same_message(case: str, tmp_path: Path) -> None:
    """A repeat after a crash is known by its id: a receiver that remembers ids holds one message."""
    async with CASES[case](tmp_path, False) as world:
        for _ in range(2):
            sender = sender_for(world, tmp_path)
            (payload,) = sender.render(ALERT, "d-1")
            assert (await sender.send(delivery(world), payload, NOW)).verdict is Verdict.DELIVERED
            await sender.aclose()
        ids = {getattr(one, "id", str(one)) for one in world.received()}
        assert len(ids) == 1
