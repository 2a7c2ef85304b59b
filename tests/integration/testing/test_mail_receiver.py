"""The mail receiver takes mail, keeps it by Message-ID, and refuses as told."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest

from monitor.testing import MailReceiver, PrivateCA


def letter(message_id: str = "<one@example.org>", text: str = "Hello.") -> EmailMessage:
    """A small mail."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "monitor@example.org", "desk@example.org", "Rafah, معبر رفح"
    mail["Message-ID"] = message_id
    mail.set_content(text)
    mail.add_alternative(f"<p>{text}</p>", subtype="html")
    return mail


def test_keeps_mail() -> None:
    """A mail that was taken can be read again: envelope, headers, text and HTML."""
    with MailReceiver() as receiver, smtplib.SMTP(receiver.host, receiver.port) as client:
        client.send_message(letter())
    (mail,) = receiver.to("desk@example.org")
    assert (mail.id, mail.sender, mail.message["Subject"]) == (
        "<one@example.org>",
        "monitor@example.org",
        "Rafah, معبر رفح",
    )
    assert (mail.part("plain").strip(), mail.part("html").strip()) == ("Hello.", "<p>Hello.</p>")
    assert receiver.to("risk@example.org") == []


def test_counts_repeats() -> None:
    """A repeat under the same id is counted, and told apart from one with other bytes."""
    with MailReceiver() as receiver, smtplib.SMTP(receiver.host, receiver.port) as client:
        same, other = letter("<same@x>").as_bytes(), letter("<other@x>")
        for raw in (same, same, other.as_bytes(), other.as_bytes().replace(b"Hello", b"Howdy")):
            client.sendmail("monitor@example.org", ["desk@example.org"], raw)
    assert [m.id for m in receiver.repeated] == ["<same@x>", "<other@x>"]
    assert [m.id for m in receiver.changed] == ["<other@x>"]


def test_planned_refusals() -> None:
    """What is planned is said once, at its command, and nothing is kept of what was refused."""
    with MailReceiver() as receiver, smtplib.SMTP(receiver.host, receiver.port) as client:
        receiver.answer_next("DATA", "451 4.7.1 later")
        with pytest.raises(smtplib.SMTPDataError, match="451"):
            client.send_message(letter())
        assert receiver.mails == {}
        client.send_message(letter())
        receiver.refused["desk@example.org"] = "550 5.1.1 no such person"
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.send_message(letter("<two@x>"))
    assert list(receiver.mails) == ["<one@example.org>"]


def test_lost_after_the_final_dot() -> None:
    """A line cut at DATA leaves the sender in doubt while the mail was taken."""
    with MailReceiver() as receiver:
        receiver.answer_next("DATA", "250 never heard", lose_connection=True)
        client = smtplib.SMTP(receiver.host, receiver.port)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.send_message(letter())
        client.close()
        assert list(receiver.mails) == ["<one@example.org>"]


@pytest.mark.parametrize("implicit", [False, True])
async def test_tls_and_login(tmp_path: Path, implicit: bool) -> None:
    """Over TLS with a private authority, and only with the right name and password."""
    authority = PrivateCA(tmp_path)
    receiver = MailReceiver(tls=authority.server_context("127.3.0.1"), implicit=implicit, login=("desk", "right"))
    async with receiver:
        options = {"use_tls": implicit, "start_tls": not implicit}
        trusting = ssl.create_default_context(cafile=str(authority.ca_file))
        with pytest.raises(aiosmtplib.SMTPAuthenticationError):
            await _send(receiver, trusting, "wrong", options)
        await _send(receiver, trusting, "right", options)
        with pytest.raises((ssl.SSLError, aiosmtplib.SMTPException), match="CERTIFICATE_VERIFY_FAILED"):
            await _send(receiver, ssl.create_default_context(), "right", options)
    assert list(receiver.mails) == ["<one@example.org>"]
    assert receiver.logins == 1


def test_login_demanded() -> None:
    """A server that wants a login takes no mail without one."""
    with (
        MailReceiver(login=("desk", "right")) as receiver,
        smtplib.SMTP(receiver.host, receiver.port) as client,
        pytest.raises(smtplib.SMTPSenderRefused, match="530"),
    ):
        client.send_message(letter())
    assert receiver.mails == {}


async def _send(receiver: MailReceiver, context: ssl.SSLContext, password: str, options: dict[str, bool]) -> None:
    client = aiosmtplib.SMTP(
        hostname=receiver.host,
        port=receiver.port,
        tls_context=context,
        use_tls=options["use_tls"],
        start_tls=options["start_tls"],
    )
    try:
        await client.connect()
        await client.login("desk", password)
        await client.send_message(letter())
    finally:
        client.close()
