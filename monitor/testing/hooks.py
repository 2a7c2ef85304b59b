"""A webhook receiver on loopback that checks signatures itself, after Standard Webhooks 1.0 and nothing of ours.

Signed is `id.timestamp.body` with HMAC-SHA256; the header holds one or more `v1,<base64>`, space-separated; a key is
base64 behind `whsec_`; a timestamp more than five minutes off is refused.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from monitor.testing.serving import Serving, listen

TOLERANCE = 300.0
"""Seconds that a timestamp may be off."""


@dataclass(frozen=True, slots=True)
class Hook:
    """One request as it came."""

    path: str
    id: str
    at: float
    """`time.monotonic` of its arrival."""
    body: bytes
    digest: str
    """SHA-256 of the body."""
    fault: str
    """Why it does not verify; empty: it does."""
    status: int
    """What was answered."""

    @property
    def verified(self) -> bool:
        return not self.fault

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300

    @property
    def payload(self) -> Any:
        return json.loads(self.body)

    @property
    def type(self) -> str:
        return str(self.payload["type"])


def new_secret() -> str:
    """A `whsec_` key of 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def fault_of(headers: Mapping[str, str], body: bytes, keys: Sequence[str], now: float | None) -> str:
    """Why a request does not verify, in a few words; empty where it does. `now` None leaves its time unchecked."""
    message_id, stamp = headers.get("webhook-id"), headers.get("webhook-timestamp")
    given = headers.get("webhook-signature")
    if not message_id or not stamp or not given:
        return "a webhook header is missing"
    if not stamp.isdigit():
        return "the timestamp is not a number"
    if now is not None and abs(now - int(stamp)) > TOLERANCE:
        return f"the timestamp is {abs(now - int(stamp)):.0f} s off"
    signed = f"{message_id}.{stamp}.".encode() + body
    wanted = [_signature(key, signed) for key in keys]
    offered = [value.partition(",")[2] for value in given.split(" ") if value.startswith("v1,")]
    fits = any(hmac.compare_digest(w.encode(), o.encode()) for w in wanted for o in offered)
    return "" if fits else "no signature fits"


def _signature(key: str, signed: bytes) -> str:
    raw = base64.b64decode(key.removeprefix("whsec_"))
    return base64.b64encode(hmac.new(raw, signed, hashlib.sha256).digest()).decode()


class WebhookReceiver(Serving):
    """Receives on every path. Says 204 to what verifies and 401 to what does not, unless told otherwise."""

    def __init__(
        self,
        keys: Sequence[str] = (),
        now: Callable[[], float] | None = time.time,
        host: str = "127.2.0.1",
        port: int = 0,
    ) -> None:
        """`keys` as `whsec_…`, a fresh one when none is given; `now` gives seconds since 1970."""
        super().__init__()
        self.keys = tuple(keys) or (new_secret(),)
        self.host, self.port = host, port
        self.hooks: list[Hook] = []
        self._now = now
        self._planned: deque[tuple[int, dict[str, str]]] = deque()
        self._runner: web.ServerRunner | None = None

    def url(self, path: str = "/hook") -> str:
        return f"http://{self.host}:{self.port}{path}"

    def answer_next(self, status: int, times: int = 1, headers: Mapping[str, str] | None = None) -> None:
        """Say this to the next requests, whether they verify or not."""
        self._planned.extend([(status, dict(headers or {}))] * times)

    @property
    def accepted(self) -> list[Hook]:
        """Those answered with 2xx."""
        return [h for h in self.hooks if h.accepted]

    @property
    def changed(self) -> set[str]:
        """Ids that came with different bytes: always empty where payloads are frozen."""
        seen: dict[str, set[str]] = {}
        for hook in self.hooks:
            seen.setdefault(hook.id, set()).add(hook.digest)
        return {message_id for message_id, digests in seen.items() if len(digests) > 1}

    async def start(self) -> None:
        self._runner, self.port = await listen(web.Server(self._handle), self.host, self.port)

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        fault = fault_of(request.headers, body, self.keys, self._now() if self._now else None)
        status, headers = self._planned.popleft() if self._planned else (401 if fault else 204, {})
        digest = hashlib.sha256(body).hexdigest()
        message_id = request.headers.get("webhook-id", "")
        self.hooks.append(Hook(request.path, message_id, time.monotonic(), body, digest, fault, status))
        return web.Response(status=status, headers=headers)
