"""A message as the bytes of a mail. The same message under the same delivery id always gives the same bytes.

RFC 5322 (form), RFC 2919 (List-Id), RFC 3834 (Auto-Submitted), RFC 2045 and 2047 (encodings, lines of 76).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from typing import Any

from monitor.digest.clean import one_line
from monitor.digest.html import render_html
from monitor.digest.subject import subject
from monitor.digest.text import plain_text
from monitor.model.telling import DeliveryKind, Message

_IDS = frozenset({"message-id", "references", "in-reply-to", "list-id"})
_UNFOLDED = SMTP.clone(max_line_length=998)


class _MailPolicy(EmailPolicy):
    """SMTP's, but headers of ids stay whole: folded at 78, long ids would be torn into encoded words."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        return _UNFOLDED.fold_binary(name, value) if name.lower() in _IDS else super().fold_binary(name, value)


_POLICY = _MailPolicy(linesep="\r\n", max_line_length=76)


@dataclass(frozen=True, slots=True)
class Envelope:
    """By whom and to whom a mail goes."""

    sender: str
    sender_name: str
    to: str
    """Empty: the mail names no address."""

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2] or "localhost"


def compose(message: Message, delivery_id: str, envelope: Envelope, neutral: bool = False) -> bytes:
    """The mail with its text and HTML parts, ready for DATA."""
    mail = EmailMessage(policy=_POLICY.clone(utf8=not envelope.to.isascii()))
    mail["From"] = _mailbox(envelope.sender_name, envelope.sender)
    mail["To"] = _mailbox(message.recipient_name, envelope.to) if envelope.to else "undisclosed-recipients:;"
    mail["Subject"] = subject(message, neutral)
    mail["Date"] = format_datetime(message.at)
    mail["Message-ID"] = f"<{token(delivery_id)}@{envelope.domain}>"
    mail["List-Id"] = _list_id(message, envelope)
    mail["Auto-Submitted"] = "auto-generated"
    _thread(mail, message, envelope.domain)
    mail.set_content("")
    mail.make_alternative()
    mail.set_payload([_part(plain_text(message), "plain"), _part(render_html(message), "html")])
    mail.set_boundary(f"=_{hashlib.sha256(delivery_id.encode()).hexdigest()[:40]}")
    return mail.as_bytes()


def token(text: str) -> str:
    """A name fit for the left side of a message id and for a file."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip(".-") or "x"


def _mailbox(name: str, address: str) -> Address:
    user, _, domain = one_line(address).rpartition("@")
    return Address(one_line(name), user, domain)


def _list_id(message: Message, envelope: Envelope) -> str:
    """One list a digest, one for alerts, one for alarms: what mail filters sort by."""
    if message.digest is not None:
        return f"<digest-{token(message.digest.digest)}.{envelope.domain}>"
    return f"<{'alarms' if message.item is None else 'alerts'}.{envelope.domain}>"


def _thread(mail: EmailMessage, message: Message, domain: str) -> None:
    """Messages of one story hang on one root that was never sent, so that their order does not matter."""
    if message.item is None:
        return
    root = f"<story-{message.item.story_id}.{token(message.recipient)}@{domain}>"
    mail["References"] = root
    if message.kind is not DeliveryKind.ALERT:
        mail["In-Reply-To"] = root


def _part(text: str, subtype: str) -> EmailMessage:
    """Quoted-printable or base64, whichever is smaller: Arabic in quoted-printable takes six bytes a letter."""
    parts = [_encoded(text, subtype, encoding) for encoding in ("quoted-printable", "base64")]
    return min(parts, key=lambda part: len(part.get_payload()))


def _encoded(text: str, subtype: str, encoding: str) -> EmailMessage:
    part = EmailMessage(policy=_POLICY)
    part.set_content(text, subtype=subtype, charset="utf-8", cte=encoding)
    del part["MIME-Version"]
    return part
