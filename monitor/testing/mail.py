"""A mail server on loopback: takes mail, keeps it by Message-ID, and refuses what it is told to refuse.

aiosmtpd speaks the protocol; the words are the test's.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import deque
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as MODERN
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from monitor.testing.serving import Serving

Command = Literal["MAIL", "RCPT", "DATA"]

logging.getLogger("mail.log").addFilter(lambda record: "login_data" not in record.getMessage())
# aiosmtpd warns, at every login, of an attribute that it sets itself.


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said in place of yes."""

    text: str
    """Code and words: `451 4.7.1 try again later`."""
    lose_connection: bool = False
    """Cut the line in place of saying it; at DATA the mail was taken all the same, and nobody knows."""


@dataclass(slots=True)
class Mail:
    """One message, by its Message-ID, with every copy of it that was taken."""

    message: EmailMessage
    sender: str
    recipients: tuple[str, ...]
    copies: list[bytes] = field(default_factory=list)
    """The bytes as they came, one element an acceptance."""

    @property
    def id(self) -> str:
        return str(self.message["Message-ID"])

    @property
    def changed(self) -> bool:
        """Whether a copy differs from another: never where payloads are frozen."""
        return len(set(self.copies)) > 1

    def part(self, kind: Literal["plain", "html"]) -> str:
        """The text or the HTML of it; empty where there is none."""
        body = self.message.get_body((kind,))
        return str(body.get_content()) if body is not None else ""


class _Handler:
    """What aiosmtpd asks at each command."""

    def __init__(self, receiver: MailReceiver) -> None:
        self._receiver = receiver

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self._receiver.demands_login and not session.authenticated:
            return "530 5.7.0 authentication required"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self._receiver.reply("MAIL", server) or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refused = self._receiver.refused.get(address)
        if refused is not None:
            return refused
        envelope.rcpt_tos.append(address)
        return self._receiver.reply("RCPT", server) or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        said = self._receiver.reply("DATA", server)
        if said is None or self._receiver.took_it_all_the_same:
            self._receiver.take(envelope)
        return said or "250 2.0.0 queued"


class MailReceiver(Serving):
    """A mail server. With `tls` it speaks STARTTLS (or, with `implicit`, TLS from the start); with `login` it demands
    that name and password first."""

    def __init__(
        self,
        host: str = "127.3.0.1",
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
        login: tuple[str, str] | None = None,
    ) -> None:
        super().__init__()
        self.host, self.port = host, port
        self.mails: dict[str, Mail] = {}
        """By Message-ID, in the order of their first arrival."""
        self.logins = 0
        """Those that succeeded."""
        self.refused: dict[str, str] = {}
        """Addresses that are refused at RCPT, with the reply."""
        self.took_it_all_the_same = False
        self._tls, self._implicit, self._login = tls, implicit, login
        self._planned: dict[str, deque[Reply]] = {"MAIL": deque(), "RCPT": deque(), "DATA": deque()}
        self._server: asyncio.Server | None = None
        self._sessions: list[SMTP] = []

    def answer_next(self, command: Command, text: str, times: int = 1, lose_connection: bool = False) -> None:
        """Say this in place of yes to the next such commands."""
        self._planned[command].extend([Reply(text, lose_connection)] * times)

    def to(self, address: str) -> list[Mail]:
        """The messages to one address, in the order of their first arrival."""
        return [m for m in self.mails.values() if address in m.recipients]

    @property
    def demands_login(self) -> bool:
        return self._login is not None

    @property
    def repeated(self) -> list[Mail]:
        """Messages taken more than once."""
        return [m for m in self.mails.values() if len(m.copies) > 1]

    @property
    def changed(self) -> list[Mail]:
        """Messages whose repeats carry other bytes."""
        return [m for m in self.mails.values() if m.changed]

    async def start(self) -> None:
        implicit = self._tls if self._implicit else None
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._session, self.host, self.port, ssl=implicit)
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server is None:
            return
        self._server.close()
        for session in self._sessions:
            if session.transport is not None:
                session.transport.close()
        await asyncio.sleep(0.01)  # a turn or two of the loop, in which the sessions see that they are closed

    def _session(self) -> SMTP:
        session = SMTP(_Handler(self), loop=asyncio.get_running_loop(), **self.session_options())
        self._sessions.append(session)
        return session

    def session_options(self) -> dict[str, Any]:
        """What aiosmtpd is told for each session."""
        options: dict[str, Any] = {"enable_SMTPUTF8": True}
        if self._tls is not None and not self._implicit:
            options |= {"tls_context": self._tls, "require_starttls": True}
        if self._login is not None:
            options |= {"authenticator": self._authenticate, "auth_require_tls": "tls_context" in options}
        return options

    def reply(self, command: Command, server: SMTP) -> str | None:
        """The next planned reply, if there is one."""
        planned = self._planned[command].popleft() if self._planned[command] else None
        self.took_it_all_the_same = planned is not None and planned.lose_connection and command == "DATA"
        if planned is None:
            return None
        if planned.lose_connection and server.transport is not None:
            server.transport.close()
        return planned.text

    def take(self, envelope: Envelope) -> None:
        """Keep one accepted message."""
        raw = envelope.original_content or b""
        message = message_from_bytes(raw, EmailMessage, policy=MODERN)
        key = str(message["Message-ID"])
        mail = self.mails.setdefault(key, Mail(message, envelope.mail_from or "", tuple(envelope.rcpt_tos)))
        mail.copies.append(raw)

    def _authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        fits = isinstance(data, LoginPassword) and self._login == (data.login.decode(), data.password.decode())
        self.logins += fits
        return AuthResult(success=fits, handled=fits, message=None if fits else "535 5.7.8 wrong name or password")
