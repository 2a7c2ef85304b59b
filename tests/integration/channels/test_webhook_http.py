"""The webhook sender against a real HTTP server on loopback, through a plain httpx client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook

from monitor.channels.webhook import WebhookSender
from monitor.errors import SecretError
from monitor.model.news import FetchOutcome
from monitor.model.settings import Endpoint, SecretRef, WebhookChannel
from monitor.model.telling import Attempt, Delivery, DeliveryKind, Verdict
from monitor.ports import Post, Posted
from tests.samples.telling import ALERT, NOW, flood

KEYS = {"NEW": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "OLD": "whsec_b2xkIG9sZCBvbGQgb2xkIG9sZCBvbGQ="}
REFS = (SecretRef("env", "NEW"), SecretRef("env", "OLD"))
TOKEN = "T0KEN-in-the-path"


async def post(url: str, headers: Mapping[str, str], body: bytes, timeout: timedelta) -> Posted:
    """`ports.Post` in plain httpx."""
    try:
        async with httpx.AsyncClient(timeout=timeout.total_seconds(), trust_env=False) as client:
            answer = await client.post(url, headers=dict(headers), content=body)
    except httpx.TimeoutException:
        return Posted(None, error=FetchOutcome.TIMEOUT)
    except httpx.TransportError:
        return Posted(None, error=FetchOutcome.CONNECT)
    return Posted(answer.status_code, tuple((k.lower(), v) for k, v in answer.headers.multi_items()))


class Receiver:
    """A server that gives one answer and remembers what it was sent."""

    def __init__(self) -> None:
        self.answer = web.Response(status=204)
        self.requests: list[tuple[Mapping[str, str], bytes]] = []
        self.url = ""

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Keep the request, give the answer."""
        self.requests.append((dict(request.headers), await request.read()))
        return self.answer


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that runs."""
    receiver = Receiver()
    runner = web.ServerRunner(web.Server(receiver.handle))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/{TOKEN}"
    try:
        yield receiver
    finally:
        await runner.cleanup()


def sender_of(refs: tuple[SecretRef, ...] = REFS, by: Post = post) -> WebhookSender:
    """A sender with these keys."""
    return WebhookSender(WebhookChannel("hook", refs, timedelta(seconds=2)), lambda ref: KEYS[ref.name], by)


async def attempt(sender: WebhookSender, url: str, now: datetime = NOW) -> Attempt:
    """Render the alert and try it once."""
    delivery = Delivery("d-1", "desk", Endpoint("hook", url), DeliveryKind.ALERT, "1", 1, NOW, 0, 1, None)
    return await sender.send(delivery, sender.render(ALERT, delivery.id)[0], now)


@pytest.mark.parametrize("key", KEYS.values())
async def test_what_arrives_verifies_with_either_key(key: str) -> None:
    """The library of Standard Webhooks verifies the request with the new and with the old key."""
    async with receiving() as receiver:
        sent = await attempt(sender_of(), receiver.url, datetime.now(UTC))
    assert sent == Attempt(Verdict.DELIVERED, "HTTP 204")
    ((headers, body),) = receiver.requests
    assert Webhook(key).verify(body, dict(headers))["type"] == "alert.created"
    named = {name.lower(): value for name, value in headers.items()}
    assert named["webhook-id"] == "d-1"
    assert named["content-type"] == "application/json"


async def test_a_repeat_has_the_same_id_and_bytes_and_a_new_timestamp() -> None:
    """Each attempt is signed anew over the same body and id."""
    async with receiving() as receiver:
        sender = sender_of()
        for minutes in (0, 5):
            await attempt(sender, receiver.url, NOW + timedelta(minutes=minutes))
    (first, body), (second, again) = receiver.requests
    assert body == again
    stamps = [{k.lower(): v for k, v in h.items()}["webhook-timestamp"] for h in (first, second)]
    assert int(stamps[1]) - int(stamps[0]) == 300


DELIVERED = {*range(200, 209), 226}
DEAD = {410}
SLOW = {429, 502, 503, 504}
STATUSES = [
    *range(200, 209),
    226,
    *range(300, 309),
    *range(400, 419),
    *range(421, 427),
    428,
    429,
    431,
    451,
    *range(500, 509),
    510,
    511,
    599,
]


@pytest.mark.parametrize("status", STATUSES)
async def test_the_full_status_table(status: int) -> None:
    """2xx is success and nothing else; 410 ends the delivery; the rest is tried again, redirects unfollowed, with the
    wait that a throttling server asks for."""
    async with receiving() as receiver:
        headers = {"Retry-After": "90", "Location": f"{receiver.url}/elsewhere"}
        receiver.answer = web.Response(status=status, headers=headers)
        got = await attempt(sender_of(), receiver.url)
    wanted = Verdict.DELIVERED if status in DELIVERED else Verdict.DEAD if status in DEAD else Verdict.RETRY
    assert got.verdict is wanted
    assert got.reason.startswith(f"HTTP {status}")
    assert TOKEN not in got.reason
    assert got.retry_after == (timedelta(seconds=90) if status in SLOW else None)
    assert len(receiver.requests) == 1


async def test_nobody_there_is_tried_again() -> None:
    """A refused connection is tried again, and the URL is not repeated."""
    async with receiving() as receiver:
        url = receiver.url
    assert await attempt(sender_of(), url) == Attempt(Verdict.RETRY, "connect")


@pytest.mark.parametrize(
    ("posted", "wanted"),
    [
        (Posted(None, error=FetchOutcome.TIMEOUT, detail="x"), Attempt(Verdict.RETRY, "timeout after 2 s")),
        (Posted(None, error=FetchOutcome.DNS), Attempt(Verdict.RETRY, "dns")),
        (Posted(None, error=FetchOutcome.TLS, detail="expired"), Attempt(Verdict.RETRY, "tls: expired")),
        (
            Posted(None, error=FetchOutcome.PRIVATE_ADDRESS, detail='allow_private = ["10.0.0.0/8"]'),
            Attempt(Verdict.RETRY, 'private-address: allow_private = ["10.0.0.0/8"]'),
        ),
        (Posted(None, error=FetchOutcome.BAD_URL), Attempt(Verdict.DEAD, "bad-url")),
        (Posted(None), Attempt(Verdict.RETRY, "no answer")),
    ],
)
async def test_no_answer_is_classified(posted: Posted, wanted: Attempt) -> None:
    """Where there is no answer the kind of failure decides, and the remedy is told."""

    async def failing(url: str, headers: Mapping[str, str], body: bytes, timeout: timedelta) -> Posted:
        return posted

    assert await attempt(sender_of(by=failing), "https://hooks.example/x") == wanted


async def test_an_unsigned_form_sends_no_signature() -> None:
    """Without keys the request carries id and timestamp, and no signature."""
    async with receiving() as receiver:
        await attempt(sender_of(()), receiver.url)
    ((headers, _),) = receiver.requests
    assert "webhook-signature" not in {name.lower() for name in headers}


async def test_a_key_that_is_none_pauses_the_channel_unseen() -> None:
    """A malformed key pauses the channel; the reason names the reference, not the value; nothing is sent."""
    async with receiving() as receiver:
        sender = WebhookSender(WebhookChannel("hook", REFS[:1]), lambda ref: "whsec_not*base64", post)
        got = await attempt(sender, receiver.url)
    assert got.verdict is Verdict.PAUSE_CHANNEL
    assert got.reason.startswith("env:NEW is no webhook key (not base64)")
    assert "not*base64" not in got.reason
    assert receiver.requests == []


async def test_a_secret_that_cannot_be_had_pauses_the_channel() -> None:
    """A missing secret burns no delivery."""

    def missing(ref: SecretRef) -> str:
        raise SecretError(f"{ref} is not set")

    sender = WebhookSender(WebhookChannel("hook", REFS[:1]), missing, post)
    assert await attempt(sender, "https://hooks.example/") == Attempt(Verdict.PAUSE_CHANNEL, "env:NEW is not set")


async def test_a_stalled_receiver_times_out() -> None:
    """A receiver that takes the request and says nothing is a time-out."""
    ends = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await ends.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    channel = WebhookChannel("hook", (), timedelta(seconds=0.2))
    got = await attempt(WebhookSender(channel, lambda ref: "", post), f"http://{host}:{port}/")
    ends.set()
    server.close()
    await asyncio.sleep(0)
    assert got == Attempt(Verdict.RETRY, "timeout after 0.2 s")


def test_parts_are_numbered() -> None:
    """A digest in parts gives numbered payloads."""
    payloads = sender_of().render(flood(40), "d-1")
    assert [(p.part, p.parts) for p in payloads] == [(n, len(payloads)) for n in range(1, len(payloads) + 1)]
    assert len(payloads) > 1
