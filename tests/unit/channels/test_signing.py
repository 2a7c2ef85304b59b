"""Signatures, verified by the library of Standard Webhooks."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from monitor.channels.signing import decode_key, signature, signed_headers

OLD = "whsec_" + base64.b64encode(b"an old key of twenty-four").decode()
NEW = "whsec_" + base64.b64encode(b"a new key of twenty-four b").decode()
BODY = json.dumps({"type": "ping", "title": "وفد"}, ensure_ascii=False).encode()


def test_the_published_example() -> None:
    """The example of the specification gives the signature it states."""
    key = decode_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    got = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert got == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("key", [OLD, NEW])
def test_each_key_verifies_while_rotating(key: str) -> None:
    """Signed with two keys, a message verifies with either."""
    headers = signed_headers([decode_key(NEW), decode_key(OLD)], "msg-1", datetime.now(UTC), BODY)
    assert Webhook(key).verify(BODY, headers)["type"] == "ping"


def test_another_key_does_not_verify() -> None:
    """A message does not verify with a key that did not sign it."""
    headers = signed_headers([decode_key(OLD)], "msg-1", datetime.now(UTC), BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(BODY, headers)


@pytest.mark.parametrize("part", ["webhook-id", "webhook-timestamp", "body"])
def test_every_part_is_signed(part: str) -> None:
    """Id, timestamp and body cannot be changed."""
    headers = signed_headers([decode_key(OLD)], "msg-1", datetime.now(UTC), BODY)
    body = BODY + b" " if part == "body" else BODY
    if part in headers:
        headers[part] = headers[part][:-1] + ("2" if headers[part][-1] == "1" else "1")
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(body, headers)


def test_zones_do_not_change_the_timestamp() -> None:
    """An aware time of another zone is the same moment."""
    at = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    elsewhere = at.astimezone(timezone(timedelta(hours=9)))
    key = [decode_key(OLD)]
    assert signed_headers(key, "m", at, BODY) == signed_headers(key, "m", elsewhere, BODY)


def test_without_keys_there_is_no_signature() -> None:
    """An unsigned form still carries id and timestamp."""
    assert set(signed_headers([], "m", datetime.now(UTC), BODY)) == {"webhook-id", "webhook-timestamp"}


def test_keys_with_and_without_prefix_and_padding() -> None:
    """Prefix and padding may be missing."""
    assert decode_key(OLD) == decode_key(OLD.removeprefix("whsec_").rstrip("="))


@pytest.mark.parametrize("secret", ["whsec_", "whsec_not*base64", "whsec_a"])
def test_bad_keys_are_refused_without_repeating_them(secret: str) -> None:
    """A key that is empty or not base64 is an error whose text does not hold it."""
    with pytest.raises(ValueError, match=r"^(empty|not base64)$"):
        decode_key(secret)
