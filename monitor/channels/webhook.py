"""Webhooks: Standard Webhooks 1.0, typed JSON, signed with every configured key.

Only 2xx is success. 410 ends the delivery; 3xx is not followed; everything else is tried again on the schedule, after
Retry-After where the server says so. URLs can hold secrets: no reason repeats one.
"""

from __future__ import annotations

from datetime import datetime

from monitor.channels.reasons import attempt, retry_after, seconds
from monitor.channels.signing import decode_key, signed_headers
from monitor.digest.payload import render_json
from monitor.errors import SecretError
from monitor.model.news import FetchOutcome
from monitor.model.settings import WebhookChannel
from monitor.model.telling import Attempt, Delivery, Message, Payload, Verdict
from monitor.ports import Post, Posted, Secrets

_SLOW_DOWN = (429, 502, 503, 504)


class WebhookSender:
    """Posts on one form of webhook. Renders purely, classifies failure, never retries."""

    def __init__(self, channel: WebhookChannel, secrets: Secrets, post: Post) -> None:
        self._channel = channel
        self._secrets = secrets
        self._post = post

    def render(self, message: Message, delivery_id: str) -> tuple[Payload, ...]:
        """The payload; a large digest in numbered parts, each a delivery of its own."""
        bodies = render_json(message)
        return tuple(Payload("application/json", body, n, len(bodies)) for n, body in enumerate(bodies, 1))

    async def send(self, delivery: Delivery, payload: Payload, now: datetime) -> Attempt:
        """One attempt, signed anew: the id stays, the timestamp is that of the attempt."""
        try:
            keys = self._keys()
        except SecretError as error:
            return attempt(Verdict.PAUSE_CHANNEL, str(error))
        headers = {"content-type": "application/json", **signed_headers(keys, delivery.id, now, payload.body)}
        timeout = self._channel.timeout
        posted = await self._post(delivery.endpoint.address, headers, payload.body, timeout)
        if posted.status is None:
            return _unanswered(posted, seconds(timeout))
        return _answered(posted.status, posted, now)

    async def aclose(self) -> None:
        """Nothing is held: the connections are those of the injected `post`."""

    def _keys(self) -> list[bytes]:
        keys = []
        for ref in self._channel.secrets:
            try:
                keys.append(decode_key(self._secrets(ref)))
            except ValueError as error:
                raise SecretError(f"{ref} is no webhook key ({error}): expected whsec_ and base64") from None
        return keys


def _answered(status: int, posted: Posted, now: datetime) -> Attempt:
    said = f"HTTP {status}"
    if 200 <= status < 300:
        return attempt(Verdict.DELIVERED, said)
    if status == 410:
        return attempt(Verdict.DEAD, f"{said}: the endpoint wants no more")
    if 300 <= status < 400:
        return attempt(Verdict.RETRY, f"{said}: redirects are not followed, give the new address in the config file")
    if status in _SLOW_DOWN:
        return attempt(Verdict.RETRY, said, retry_after(posted.header("retry-after"), now))
    return attempt(Verdict.RETRY, said)


def _unanswered(posted: Posted, limit: str) -> Attempt:
    if posted.error is FetchOutcome.TIMEOUT:
        return attempt(Verdict.RETRY, f"timeout after {limit}")
    said = posted.error.value if posted.error else "no answer"
    verdict = Verdict.DEAD if posted.error is FetchOutcome.BAD_URL else Verdict.RETRY
    return attempt(verdict, f"{said}: {posted.detail}" if posted.detail else said)
