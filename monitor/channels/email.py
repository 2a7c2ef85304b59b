"""Mail by SMTP: one connection, kept while there is something to send.

What an answer means (RFC 5321): 4xx, a timeout or a lost connection is tried again, also after the final dot, where
it is not known whether the server took the mail: the Message-ID is the same. 5xx to the recipient or the content ends
that delivery. 5xx to the account, no STARTTLS or a bad certificate concern every mail: the channel pauses.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from monitor.channels.mime import Envelope, compose
from monitor.channels.reasons import attempt, seconds
from monitor.errors import SecretError
from monitor.model.settings import EmailChannel
from monitor.model.telling import Attempt, Delivery, Message, Payload, Verdict
from monitor.ports import Secrets

if TYPE_CHECKING:
    import aiosmtplib

IDLE = 30.0
"""Seconds after which an unused connection is closed."""

_FRESH = 5.0
"""Seconds within which a kept connection is used without asking whether it still stands."""

_ROUNDS = 6
"""A whole delivery may take this many times the time-out of one command."""


_ADDRESS = re.compile(r"[^\s<>@\x00-\x1f\x7f]+@[^\s<>@\x00-\x1f\x7f]+")
"""What aiosmtplib would otherwise read some address out of."""


class _Phase(Enum):
    """How far an attempt had come when it failed."""

    CONNECT = "connecting"
    AUTH = "AUTH"
    SEND = "sending"


class EmailSender:
    """Sends on one SMTP account. Renders purely, classifies failure, never retries."""

    def __init__(
        self, channel: EmailChannel, secrets: Secrets, ca_file: Path | None = None, idle: float = IDLE
    ) -> None:
        self._channel = channel
        self._secrets = secrets
        self._ca_file = ca_file
        self._idle = idle
        self._client: aiosmtplib.SMTP | None = None
        self._one_at_a_time = asyncio.Lock()
        self._used_at = 0.0
        self._closing: asyncio.TimerHandle | None = None
        self._phase = _Phase.CONNECT

    def render(self, message: Message, delivery_id: str) -> tuple[Payload, ...]:
        """One mail; its To is the message's address."""
        channel = self._channel
        envelope = Envelope(channel.sender, channel.sender_name, message.address)
        mail = compose(message, delivery_id, envelope, channel.neutral_subjects)
        return (Payload("message/rfc822", mail),)

    async def send(self, delivery: Delivery, payload: Payload, now: datetime) -> Attempt:
        """One attempt; a failed connection is dropped, a good one kept for the next."""
        if not _ADDRESS.fullmatch(delivery.endpoint.address):
            return attempt(Verdict.DEAD, "the address cannot be used in SMTP")
        async with self._one_at_a_time:
            self._phase = _Phase.CONNECT
            try:
                async with asyncio.timeout(self._channel.timeout.total_seconds() * _ROUNDS):
                    said = await self._hand_over(delivery.endpoint.address, payload.body)
            except Exception as error:
                failed = _classified(error, self._phase, self._channel)
                if not _keeps_connection(error):
                    self._drop()
                return failed
            except BaseException:
                self._drop()
                raise
            return attempt(Verdict.DELIVERED, f"250 {said}")

    async def aclose(self) -> None:
        """Say goodbye where a connection stands."""
        async with self._one_at_a_time:
            self._drop()

    async def _hand_over(self, address: str, mail: bytes) -> str:
        client = await self._connected()
        self._phase = _Phase.SEND
        options = [] if address.isascii() else ["SMTPUTF8"]
        _, said = await client.sendmail(self._channel.sender, [address], mail, mail_options=options)
        self._keep()
        return said

    async def _connected(self) -> aiosmtplib.SMTP:
        if self._client is not None and await self._still_stands(self._client):
            return self._client
        self._drop()
        client = self._client = self._new_client(await self._tls())
        await client.connect()
        if self._channel.username is not None and self._channel.password is not None:
            self._phase = _Phase.AUTH
            await client.login(self._channel.username, self._secrets(self._channel.password))
        return client

    def _new_client(self, context: ssl.SSLContext | None) -> aiosmtplib.SMTP:
        import aiosmtplib

        channel = self._channel
        return aiosmtplib.SMTP(
            hostname=channel.host,
            port=channel.port,
            timeout=channel.timeout.total_seconds(),
            use_tls=channel.security == "tls",
            start_tls=channel.security == "starttls",
            tls_context=context,
            local_hostname=channel.sender.rpartition("@")[2] or "localhost",
        )

    async def _tls(self) -> ssl.SSLContext | None:
        if self._channel.security == "none":
            return None
        return await asyncio.to_thread(_context, self._ca_file)

    async def _still_stands(self, client: aiosmtplib.SMTP) -> bool:
        """Servers close idle connections; asking first keeps that from looking like a failed attempt."""
        import aiosmtplib

        if not client.is_connected:
            return False
        if asyncio.get_running_loop().time() - self._used_at < _FRESH:
            return True
        try:
            await client.noop()
        except (aiosmtplib.SMTPException, OSError):
            return False
        return True

    def _keep(self) -> None:
        loop = asyncio.get_running_loop()
        self._used_at = loop.time()
        if self._closing is not None:
            self._closing.cancel()
        self._closing = loop.call_later(self._idle, self._drop_if_unused)

    def _drop_if_unused(self) -> None:
        if not self._one_at_a_time.locked():
            self._drop()

    def _drop(self) -> None:
        if self._closing is not None:
            self._closing.cancel()
            self._closing = None
        if self._client is not None:
            self._client.close()
            self._client = None


def _context(ca_file: Path | None) -> ssl.SSLContext:
    """The system's authorities, and the configured ones beside them."""
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def _keeps_connection(error: Exception) -> bool:
    """A plain refusal of one mail leaves the connection good; 421 closes it (RFC 5321 section 3.8)."""
    refusal = _refusal(error)
    return refusal is not None and refusal[0] != 421 and not _is_account(error)


def _is_account(error: Exception) -> bool:
    import aiosmtplib

    return isinstance(
        error, aiosmtplib.SMTPAuthenticationError | aiosmtplib.SMTPConnectError | aiosmtplib.SMTPHeloError
    )


def _refusal(error: Exception) -> tuple[int, str] | None:
    """The server's answer, where it gave one."""
    import aiosmtplib

    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return error.recipients[0].code, error.recipients[0].message
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return error.code, error.message
    return None


def _classified(error: Exception, phase: _Phase, channel: EmailChannel) -> Attempt:
    refusal = _refusal(error)
    if refusal is not None:
        return _answered(error, *refusal, phase)
    if isinstance(error, SecretError):
        return attempt(Verdict.PAUSE_CHANNEL, str(error))
    if (bad_tls := _tls_fault(error)) is not None:
        return attempt(Verdict.PAUSE_CHANNEL, f"the certificate of {channel.host} was refused: {bad_tls}")
    if isinstance(error, TimeoutError):
        return attempt(Verdict.RETRY, f"timeout after {seconds(channel.timeout)} while {phase.value}")
    if isinstance(error, ValueError):
        return attempt(Verdict.DEAD, "the address cannot be used in SMTP")
    return _lost(error, phase)


def _answered(error: Exception, code: int, said: str, phase: _Phase) -> Attempt:
    """An answer at AUTH is not quoted: some servers repeat what they were given."""
    import aiosmtplib

    text = f"{code} {said}"
    if phase is _Phase.AUTH:
        text = f"{code} {_enhanced(said)}at AUTH: check username and password of the channel"
    if code < 500 or phase is _Phase.CONNECT:
        return attempt(Verdict.RETRY, text)
    of_sender = isinstance(error, aiosmtplib.SMTPSenderRefused) and code != 552
    of_account = phase is _Phase.AUTH or code in (530, 535) or of_sender
    return attempt(Verdict.PAUSE_CHANNEL if of_account else Verdict.DEAD, text)


def _enhanced(said: str) -> str:
    """The enhanced status code (RFC 3463) at the start of an answer."""
    found = re.match(r"[245]\.\d{1,3}\.\d{1,3}\b", said)
    return f"{found.group()} " if found else ""


def _tls_fault(error: BaseException) -> str | None:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLCertVerificationError):
            return seen.verify_message
        seen = seen.__cause__ or seen.__context__
    return None


def _lost(error: Exception, phase: _Phase) -> Attempt:
    """No answer at all: the connection broke, or what the account needs is not offered."""
    import aiosmtplib

    broken = isinstance(error, OSError | aiosmtplib.SMTPServerDisconnected)
    if isinstance(error, FileNotFoundError | PermissionError | ssl.SSLError) and phase is _Phase.CONNECT:
        return attempt(Verdict.PAUSE_CHANNEL, f"TLS cannot be set up: {error.strerror or type(error).__name__}")
    if broken:
        return attempt(Verdict.RETRY, f"the connection failed while {phase.value} ({type(error).__name__})")
    if phase is _Phase.SEND:
        utf8 = isinstance(error, aiosmtplib.SMTPNotSupported)
        said = "the server takes no address outside ASCII" if utf8 else f"SMTP failed ({type(error).__name__})"
        return attempt(Verdict.DEAD if utf8 else Verdict.RETRY, said)
    what = "STARTTLS" if phase is _Phase.CONNECT else "a login that it and we both know"
    return attempt(Verdict.PAUSE_CHANNEL, f"the server does not offer {what}")
