"""The webhook receiver verifies what it gets, against the reference implementation, and answers as told."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook

from monitor.testing import WebhookReceiver
from monitor.testing.hooks import new_secret

BODY = '{"type":"ping","text":"معبر رفح"}'


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with WebhookReceiver() as started:
        yield started


def headers(key: str, message_id: str = "msg_1", at: datetime | None = None, body: str = BODY) -> dict[str, str]:
    """The headers that the reference library makes."""
    at = at or datetime.now(UTC)
    signature = Webhook(key).sign(message_id, at, body)
    stamp = str(int(at.timestamp()))
    return {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": signature}


def post(receiver: WebhookReceiver, given: dict[str, str], body: str = BODY) -> int:
    """Post and return the status."""
    request = urllib.request.Request(receiver.url(), body.encode(), given)  # noqa: S310 - our own server on loopback
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - the same
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code


def test_verifies_the_reference(receiver: WebhookReceiver) -> None:
    """What the reference library signs verifies, and is kept with its id, type and hash."""
    assert post(receiver, headers(receiver.keys[0])) == 204
    (hook,) = receiver.hooks
    assert (hook.id, hook.type, hook.verified, hook.accepted) == ("msg_1", "ping", True, True)
    assert hook.digest == hashlib.sha256(BODY.encode()).hexdigest()


def test_any_of_several_signatures(receiver: WebhookReceiver) -> None:
    """While a key is rotated, one of the signatures fitting is enough."""
    given, foreign = headers(receiver.keys[0]), headers(new_secret())
    given["webhook-signature"] = f"{foreign['webhook-signature']} {given['webhook-signature']}"
    assert post(receiver, given) == 204


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        ({"webhook-signature": "v1,AAAA"}, "no signature fits"),
        ({"webhook-id": "msg_2"}, "no signature fits"),
        ({"webhook-signature": "v2,AAAA"}, "no signature fits"),
        ({"webhook-timestamp": "now"}, "the timestamp is not a number"),
        ({"webhook-signature": ""}, "a webhook header is missing"),
    ],
)
def test_refuses(receiver: WebhookReceiver, spoil: dict[str, str], fault: str) -> None:
    """What was tampered with is refused, and the reason kept."""
    assert post(receiver, headers(receiver.keys[0]) | spoil) == 401
    assert (receiver.hooks[0].fault, receiver.accepted) == (fault, [])


def test_refuses_another_body_and_an_old_one(receiver: WebhookReceiver) -> None:
    """A changed body does not verify, nor does a replay of ten minutes ago."""
    assert post(receiver, headers(receiver.keys[0]), BODY + " ") == 401
    assert post(receiver, headers(receiver.keys[0], at=datetime.now(UTC) - timedelta(minutes=10))) == 401
    assert receiver.hooks[1].fault.startswith("the timestamp is 6")


def test_answers_as_planned(receiver: WebhookReceiver) -> None:
    """Planned statuses come first, in their order; what was refused was not accepted."""
    receiver.answer_next(503, times=2)
    assert [post(receiver, headers(receiver.keys[0])) for _ in range(3)] == [503, 503, 204]
    assert len(receiver.accepted) == 1
    assert receiver.changed == set()


def test_same_id_other_bytes(receiver: WebhookReceiver) -> None:
    """An id that comes with other bytes is told."""
    post(receiver, headers(receiver.keys[0]))
    post(receiver, headers(receiver.keys[0], body="{}"), "{}")
    assert receiver.changed == {"msg_1"}
