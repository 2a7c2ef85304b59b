"""The email sender against real servers on loopback: aiosmtpd, and scripts for what a sound server never does."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from monitor.channels.email import EmailSender
from monitor.errors import SecretError
from monitor.model.settings import EmailChannel, Endpoint, SecretRef
from monitor.model.telling import Attempt, Delivery, DeliveryKind, Payload, Verdict
from monitor.testing.mail import Command, MailReceiver
from monitor.testing.tls import PrivateCA
from tests.samples.telling import ALERT, NOW

PASSWORD = "correct-horse-battery"
REF = SecretRef("env", "MAIL_PASSWORD")
DELIVERY = Delivery("d-1", "desk", Endpoint("mail", "desk@example.org"), DeliveryKind.ALERT, "1", 1, NOW, 0, 1, None)


def channel(
    host: str, port: int, security: Literal["tls", "starttls", "none"] = "none", **more: object
) -> EmailChannel:
    """An account on a loopback server, with a short patience."""
    account = EmailChannel("mail", host, port, security, None, None, "monitor@watch.example")
    return replace(account, **{"timeout": timedelta(seconds=2), **more})  # type: ignore[arg-type]  # several types


def login(host: str, port: int, security: Literal["tls", "starttls", "none"] = "none", **more: object) -> EmailChannel:
    """The same with a user and a password."""
    return channel(host, port, security, username="desk", password=REF, **more)


@asynccontextmanager
async def sending(account: EmailChannel, **more: object) -> AsyncIterator[EmailSender]:
    """A sender, closed at the end."""
    sender = EmailSender(account, lambda ref: PASSWORD, **more)  # type: ignore[arg-type]  # several types
    try:
        yield sender
    finally:
        await sender.aclose()


async def attempt(sender: EmailSender, delivery: Delivery = DELIVERY) -> Attempt:
    """Render the alert and try it once."""
    message = replace(ALERT, address=delivery.endpoint.address)
    return await sender.send(delivery, sender.render(message, delivery.id)[0], NOW)


async def test_a_mail_arrives_byte_for_byte() -> None:
    """What the server keeps is what was frozen, from and to the right addresses."""
    async with MailReceiver() as server, sending(channel(server.host, server.port)) as sender:
        assert await attempt(sender) == Attempt(Verdict.DELIVERED, "250 2.0.0 queued")
    (mail,) = server.to("desk@example.org")
    assert mail.copies == [sender.render(replace(ALERT, address="desk@example.org"), "d-1")[0].body]
    assert mail.id == "<d-1@watch.example>"
    assert mail.sender == "monitor@watch.example"


@pytest.mark.parametrize(
    ("command", "reply", "verdict"),
    [
        ("MAIL", "421 4.3.2 closing", Verdict.RETRY),
        ("MAIL", "451 4.7.1 greylisted", Verdict.RETRY),
        ("MAIL", "550 5.7.1 sender refused", Verdict.PAUSE_CHANNEL),
        ("MAIL", "530 5.7.0 login first", Verdict.PAUSE_CHANNEL),
        ("MAIL", "552 5.3.4 too large", Verdict.DEAD),
        ("RCPT", "421 4.3.2 closing", Verdict.RETRY),
        ("RCPT", "450 4.2.1 mailbox busy", Verdict.RETRY),
        ("RCPT", "452 4.2.2 mailbox full", Verdict.RETRY),
        ("RCPT", "550 5.1.1 no such user", Verdict.DEAD),
        ("RCPT", "554 5.7.1 refused", Verdict.DEAD),
        ("DATA", "421 4.3.2 closing", Verdict.RETRY),
        ("DATA", "451 4.3.0 try later", Verdict.RETRY),
        ("DATA", "452 4.3.1 disk full", Verdict.RETRY),
        ("DATA", "550 5.7.1 looks like spam", Verdict.DEAD),
        ("DATA", "554 5.6.0 refused", Verdict.DEAD),
    ],
)
async def test_answers_are_classified(command: Command, reply: str, verdict: Verdict) -> None:
    """4xx is tried again, 5xx to recipient or content ends it, 5xx to the account pauses; the reply is the reason."""
    async with MailReceiver() as server, sending(channel(server.host, server.port)) as sender:
        server.answer_next(command, reply)
        assert await attempt(sender) == Attempt(verdict, reply)
        assert (await attempt(sender)).verdict is Verdict.DELIVERED


async def test_one_connection_serves_several_mails() -> None:
    """Mails one after another, a refused one among them, use one connection and one login."""
    async with MailReceiver(login=("desk", PASSWORD)) as server, sending(login(server.host, server.port)) as sender:
        server.refused["gone@example.org"] = "550 5.1.1 no such user"
        gone = replace(DELIVERY, id="d-2", endpoint=Endpoint("mail", "gone@example.org"))
        verdicts = [(await attempt(sender, d)).verdict for d in (DELIVERY, gone, replace(DELIVERY, id="d-3"))]
    assert verdicts == [Verdict.DELIVERED, Verdict.DEAD, Verdict.DELIVERED]
    assert server.logins == 1


async def test_mails_at_once_take_turns() -> None:
    """Deliveries begun together all arrive over the one connection."""
    async with MailReceiver(login=("desk", PASSWORD)) as server, sending(login(server.host, server.port)) as sender:
        many = [replace(DELIVERY, id=f"d-{n}") for n in range(8)]
        attempts = await asyncio.gather(*(attempt(sender, delivery) for delivery in many))
    assert {a.verdict for a in attempts} == {Verdict.DELIVERED}
    assert len(server.mails) == 8
    assert server.logins == 1


async def test_an_idle_connection_is_closed_and_made_anew() -> None:
    """After its idle time the connection goes; the next mail makes a new one."""
    async with (
        MailReceiver(login=("desk", PASSWORD)) as server,
        sending(login(server.host, server.port), idle=0.05) as sender,
    ):
        await attempt(sender)
        await asyncio.sleep(0.2)
        assert (await attempt(sender, replace(DELIVERY, id="d-2"))).verdict is Verdict.DELIVERED
    assert server.logins == 2


async def test_wrong_password_pauses_the_channel_in_silence() -> None:
    """535 pauses the channel; neither password nor its base64 is in the reason."""
    async with MailReceiver(login=("desk", "another")) as server, sending(login(server.host, server.port)) as sender:
        failed = await attempt(sender)
    assert failed.verdict is Verdict.PAUSE_CHANNEL
    assert failed.reason == "535 5.7.8 at AUTH: check username and password of the channel"
    assert server.mails == {}


async def test_a_secret_that_cannot_be_had_pauses_the_channel() -> None:
    """A missing secret burns no mail; the reason names the reference."""

    def missing(ref: SecretRef) -> str:
        raise SecretError(f"{ref} is not set")

    async with MailReceiver(login=("desk", PASSWORD)) as server:
        sender = EmailSender(login(server.host, server.port), missing)
        assert await attempt(sender) == Attempt(Verdict.PAUSE_CHANNEL, "env:MAIL_PASSWORD is not set")


async def test_no_server_is_tried_again() -> None:
    """A refused connection is tried again."""
    async with MailReceiver() as server:
        account = channel(server.host, server.port)
    async with sending(account) as sender:
        failed = await attempt(sender)
    assert failed.verdict is Verdict.RETRY
    assert "connecting" in failed.reason


async def test_an_impossible_address_is_dead() -> None:
    """An address that cannot be said in SMTP ends that delivery alone."""
    async with MailReceiver() as server, sending(channel(server.host, server.port)) as sender:
        bad = replace(DELIVERY, endpoint=Endpoint("mail", "a b\r\nRCPT TO:<x@y.example>"))
        failed = await sender.send(bad, Payload("message/rfc822", b"Subject: x\r\n\r\nx\r\n"), NOW)
        assert failed.verdict is Verdict.DEAD
        assert (await attempt(sender)).verdict is Verdict.DELIVERED


async def test_an_address_outside_ascii_goes_with_smtputf8() -> None:
    """A recipient of another script is reached where the server can."""
    async with MailReceiver() as server, sending(channel(server.host, server.port)) as sender:
        delivery = replace(DELIVERY, endpoint=Endpoint("mail", "محرر@example.org"))
        assert (await attempt(sender, delivery)).verdict is Verdict.DELIVERED
    assert len(server.to("محرر@example.org")) == 1


class TestTls:
    """TLS with a private authority."""

    @pytest.fixture
    def ca(self, tmp_path: Path) -> PrivateCA:
        """An authority of this test's own."""
        return PrivateCA(tmp_path)

    @pytest.mark.parametrize("security", ["starttls", "tls"])
    async def test_a_private_authority_is_trusted_when_configured(
        self, ca: PrivateCA, security: Literal["starttls", "tls"]
    ) -> None:
        """STARTTLS and TLS from the start verify against `ca_file`."""
        server = MailReceiver(tls=ca.server_context("127.3.0.1"), implicit=security == "tls", login=("desk", PASSWORD))
        async with server, sending(login(server.host, server.port, security), ca_file=ca.ca_file) as sender:
            assert (await attempt(sender)).verdict is Verdict.DELIVERED

    @pytest.mark.parametrize("security", ["starttls", "tls"])
    async def test_an_unknown_authority_pauses_the_channel(
        self, ca: PrivateCA, security: Literal["starttls", "tls"]
    ) -> None:
        """A certificate that nobody vouches for is no connection, and no password is sent over it."""
        server = MailReceiver(tls=ca.server_context("127.3.0.1"), implicit=security == "tls", login=("desk", PASSWORD))
        async with server, sending(login(server.host, server.port, security)) as sender:
            failed = await attempt(sender)
        assert failed.verdict is Verdict.PAUSE_CHANNEL
        assert "certificate of 127.3.0.1 was refused" in failed.reason
        assert server.logins == 0

    async def test_a_certificate_of_another_name_pauses_the_channel(self, ca: PrivateCA) -> None:
        """A good certificate of another host is refused."""
        server = MailReceiver(tls=ca.server_context("other.example"))
        async with server, sending(channel(server.host, server.port, "starttls"), ca_file=ca.ca_file) as sender:
            assert (await attempt(sender)).verdict is Verdict.PAUSE_CHANNEL

    async def test_stripped_starttls_pauses_the_channel(self) -> None:
        """Where STARTTLS is configured and not offered nothing is sent in the clear."""
        async with MailReceiver() as server, sending(login(server.host, server.port, "starttls")) as sender:
            assert await attempt(sender) == Attempt(Verdict.PAUSE_CHANNEL, "the server does not offer STARTTLS")
        assert server.logins == 0
        assert server.mails == {}

    async def test_an_unreadable_authority_pauses_the_channel(self, ca: PrivateCA, tmp_path: Path) -> None:
        """A `ca_file` that is gone is a fault of the channel, not of the mail."""
        async with sending(channel("127.0.0.1", 9, "tls"), ca_file=tmp_path / "absent.pem") as sender:
            failed = await attempt(sender)
        assert failed == Attempt(Verdict.PAUSE_CHANNEL, "TLS cannot be set up: No such file or directory")


STALL, DROP, DRIP = "stall", "drop", "drip"
SOUND: Mapping[str, str] = {
    "connect": "220 hello",
    "EHLO": "250-there\r\n250 AUTH PLAIN",
    "AUTH": "235 ok",
    "MAIL": "250 ok",
    "RCPT": "250 ok",
    "DATA": "354 go on",
    ".": "250 queued",
    "RSET": "250 ok",
    "NOOP": "250 ok",
    "QUIT": "221 bye",
}


class Script:
    """A server that says these replies, stalls, drips or drops the line, and remembers the commands it heard."""

    def __init__(self, replies: Mapping[str, str]) -> None:
        self.heard: list[str] = []
        self._replies = replies
        self._done = asyncio.Event()
        self._talks: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            await self._talk(reader, writer)
        except ConnectionError:
            pass  # the sender hung up first
        finally:
            writer.close()

    async def end(self) -> None:
        """Let every connection come to its end."""
        self._done.set()
        await asyncio.gather(*self._talks)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        goes_on, in_data = await self._answer("connect", writer), False
        while goes_on and (line := (await reader.readline()).decode()):
            word = "." if in_data and line == ".\r\n" else line[:4].strip().upper()
            if in_data and word != ".":
                continue
            self.heard.append(line.strip())
            in_data = word == "DATA" and self._replies["DATA"].startswith("354")
            goes_on = await self._answer(word, writer)

    async def _answer(self, key: str, writer: asyncio.StreamWriter) -> bool:
        reply = self._replies[key]
        if reply == STALL:
            await self._done.wait()
        while reply == DRIP and not self._done.is_set():
            writer.write(b"250-not yet\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)
        if reply in (STALL, DROP, DRIP):
            return False
        writer.write(reply.encode() + b"\r\n")
        await writer.drain()
        return True


@asynccontextmanager
async def scripted(**changes: str) -> AsyncIterator[tuple[str, int, list[str]]]:
    """A scripted server's address and what it heard."""
    script = Script({**SOUND, **changes})
    server = await asyncio.start_server(script.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield host, port, script.heard
    finally:
        await script.end()
        server.close()


@pytest.mark.parametrize("stage", ["connect", "EHLO", "MAIL", "RCPT", "DATA", "."])
async def test_a_server_that_stalls_is_tried_again(stage: str) -> None:
    """Silence at any stage ends with the time-out, and the mail is tried again."""
    patience = timedelta(seconds=0.2)
    async with scripted(**{stage: STALL}) as (host, port, _), sending(channel(host, port, timeout=patience)) as sender:
        failed = await attempt(sender)
    assert failed.verdict is Verdict.RETRY
    assert failed.reason.startswith("timeout after 0.2 s")


@pytest.mark.parametrize("stage", ["connect", "EHLO", "MAIL", "RCPT", "DATA", "."])
async def test_a_lost_connection_is_tried_again(stage: str) -> None:
    """A line cut at any stage, before or after the final dot, is tried again on a new connection."""
    async with scripted(**{stage: DROP}) as (host, port, _), sending(channel(host, port)) as sender:
        failed = await attempt(sender)
    assert failed.verdict is Verdict.RETRY
    assert failed.reason


async def test_after_the_final_dot_the_same_bytes_go_again() -> None:
    """Where the server took the mail and the line was cut, the repeat has the same id and the same bytes."""
    async with MailReceiver() as server, sending(channel(server.host, server.port)) as sender:
        server.answer_next("DATA", "", lose_connection=True)
        assert (await attempt(sender)).verdict is Verdict.RETRY
        assert (await attempt(sender)).verdict is Verdict.DELIVERED
    (mail,) = server.repeated
    assert len(mail.copies) == 2
    assert not mail.changed


@pytest.mark.parametrize(
    ("replies", "verdict"),
    [
        ({"connect": "554 5.7.1 your address is listed"}, Verdict.RETRY),
        ({"connect": "421 4.3.2 too busy"}, Verdict.RETRY),
        ({"AUTH": "454 4.7.0 temporary failure"}, Verdict.RETRY),
        ({"AUTH": "535 5.7.8 no"}, Verdict.PAUSE_CHANNEL),
        ({"AUTH": "530 5.7.0 must issue STARTTLS first"}, Verdict.PAUSE_CHANNEL),
        ({"EHLO": "250 nothing to offer"}, Verdict.PAUSE_CHANNEL),
        ({"MAIL": "not smtp at all"}, Verdict.RETRY),
    ],
)
async def test_answers_before_the_mail(replies: dict[str, str], verdict: Verdict) -> None:
    """Refusals of the connection are tried again, refusals of the account pause the channel."""
    async with scripted(**replies) as (host, port, _), sending(login(host, port)) as sender:
        assert (await attempt(sender)).verdict is verdict


ECHOES: list[Callable[[str], str]] = [str, lambda word: base64.b64encode(f"\0desk\0{word}".encode()).decode()]


@pytest.mark.parametrize("echo", ECHOES, ids=["plain", "base64"])
async def test_a_server_that_repeats_the_password_is_not_quoted(echo: Callable[[str], str]) -> None:
    """Whatever a server says at AUTH, the secret does not reach the reason."""
    said = f"535 5.7.8 bad credentials {echo(PASSWORD)}"
    async with scripted(AUTH=said) as (host, port, heard), sending(login(host, port)) as sender:
        failed = await attempt(sender)
        assert echo(PASSWORD) not in f"{failed}{sender!r}{vars(sender)}"
    assert any(base64.b64encode(f"\0desk\0{PASSWORD}".encode()).decode() in line for line in heard)


async def test_a_slow_drip_ends_too() -> None:
    """A server that always says a little more cannot hold a delivery for ever."""
    patience = timedelta(seconds=0.1)
    async with scripted(RCPT=DRIP) as (host, port, _), sending(channel(host, port, timeout=patience)) as sender:
        async with asyncio.timeout(5):
            assert (await attempt(sender)).verdict is Verdict.RETRY


async def test_a_cancelled_attempt_leaves_no_half_used_connection() -> None:
    """After a cancelled attempt the next one starts on a new connection."""
    async with scripted(DATA=STALL) as (host, port, _):
        sender = EmailSender(channel(host, port), lambda ref: PASSWORD)
        task = asyncio.create_task(attempt(sender))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert vars(sender)["_client"] is None
        await sender.aclose()
