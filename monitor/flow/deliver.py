"""The outbox: claim → render and freeze (once) → send → record.

A crash between sending and recording sends again, under the same id and with the same bytes.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from monitor.flow.decide import new_delivery_id
from monitor.flow.digests import digest_message
from monitor.flow.reports import Delivered, Listener
from monitor.flow.setup import Current, Setup
from monitor.flow.telling import message
from monitor.model.state import Cause
from monitor.model.telling import Attempt, Delivery, Message, Payload, Reason, Verdict
from monitor.ports import Clock, Sender, Store, Tx
from monitor.routing.retry import PAUSE, retry_at

LEASE = timedelta(minutes=5)
BATCH = 20
AT_ONCE = 4
"""Deliveries of one channel in flight, so that one slow endpoint does not block the others on it."""


class _LeaseLost(Exception):
    """Another claim of the delivery came between."""


class Deliverer:
    """Sends what is owed on one channel after another. Holds its adapters, no state."""

    def __init__(
        self,
        store: Store,
        senders: Callable[[], Mapping[str, Sender]],
        current: Current,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._store = store
        self._senders = senders
        self._current = current
        self._clock = clock
        self._rng = rng

    async def deliver(self, channel: str, listener: Listener) -> int:
        """Claim one batch of a channel and carry each through; returns how many were claimed."""
        sender = self._senders().get(channel)
        if sender is None:
            reason = Reason.CHANNEL_REMOVED
            await self._store.write(lambda tx: tx.hold_deliveries(reason, channel=channel))
            return 0
        now = self._clock.now()
        claimed = await self._store.write(lambda tx: tx.claim_deliveries(now, channel, BATCH, now + LEASE))
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(delivery: Delivery) -> None:
            async with gate:
                listener(await self._one(sender, delivery))

        await asyncio.gather(*(one(delivery) for delivery in claimed))
        return len(claimed)

    async def _one(self, sender: Sender, delivery: Delivery) -> Delivered:
        try:
            payload = delivery.payload or await self._freeze(sender, delivery)
        except _LeaseLost:
            attempt = Attempt(Verdict.RETRY, "its lease was lost before it was frozen: whoever holds it sends it")
        else:
            attempt = await self._send(sender, delivery, payload)
        endpoint = str(delivery.endpoint)
        return Delivered(
            delivery.id, delivery.recipient, endpoint, delivery.kind, attempt.verdict, attempt.reason, delivery.subject
        )

    async def _send(self, sender: Sender, delivery: Delivery, payload: Payload | None) -> Attempt:
        if payload is None:
            attempt = Attempt(Verdict.DEAD, Reason.RECIPIENT_REMOVED)
        else:
            attempt = await sender.send(delivery, payload, self._clock.now())
        await self._finish(delivery, attempt)
        return attempt

    async def _freeze(self, sender: Sender, delivery: Delivery) -> Payload | None:
        """Render once and keep the bytes; None where there is nobody left to tell. Raises _LeaseLost: bytes that were
        not kept are never sent."""
        setup = self._current.setup
        told = await self._store.read(lambda tx: _message(tx, setup, delivery))
        if told is None:
            return None
        payloads = sender.render(replace(told, address=delivery.endpoint.address), delivery.id)
        named = [(delivery.id if n == 0 else new_delivery_id(), payload) for n, payload in enumerate(payloads)]
        if not await self._store.write(lambda tx: tx.freeze(delivery.id, delivery.fence, named)):
            raise _LeaseLost
        return payloads[0]

    async def _finish(self, delivery: Delivery, attempt: Attempt) -> None:
        now, jitter = self._clock.now(), self._rng.random()
        again = retry_at(delivery.attempts + 1, now, attempt.retry_after, jitter)

        def record(tx: Tx) -> None:
            if attempt.verdict is Verdict.PAUSE_CHANNEL:
                tx.pause_channel(delivery.endpoint.channel, now + PAUSE, attempt.reason)
            tx.finish_attempt(delivery.id, delivery.fence, attempt, now, again)

        await self._store.write(record)


def _message(tx: Tx, setup: Setup, delivery: Delivery) -> Message | None:
    cause = tx.cause(delivery.id) or Cause()
    if cause.window_id is not None:
        window = tx.window(cause.window_id)
        return digest_message(tx, setup, delivery, window) if window else None
    return message(tx, setup, delivery, cause)
