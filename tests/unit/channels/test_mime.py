"""Mails: headers, encodings, and the same bytes for the same message."""

from __future__ import annotations

import re
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime

import pytest

from monitor.channels.mime import Envelope, compose, token
from tests.samples.telling import ALERT, ARABIC, EVERY, HUDNA, NOW, RICH, flood

ENVELOPE = Envelope("desk@watch.example", "monitor", "reader@example.org")


def mail(raw: bytes) -> EmailMessage:
    """The mail as a reader's program parses it."""
    return message_from_bytes(raw, EmailMessage, policy=default)


@pytest.mark.parametrize("kind", EVERY)
def test_same_message_same_bytes(kind: str) -> None:
    """Rendering twice gives the same bytes, MIME boundary and date included; another id gives others."""
    assert compose(EVERY[kind], "d-1", ENVELOPE) == compose(replace(EVERY[kind]), "d-1", ENVELOPE)
    assert compose(EVERY[kind], "d-1", ENVELOPE) != compose(EVERY[kind], "d-2", ENVELOPE)


@pytest.mark.parametrize("kind", EVERY)
def test_headers(kind: str) -> None:
    """From, To, Date, Message-ID, List-Id and Auto-Submitted stand as mail programs and filters expect them."""
    read = mail(compose(EVERY[kind], "0190-abc", ENVELOPE))
    assert read["From"] == "monitor <desk@watch.example>"
    assert read["To"] == "Gaza desk <reader@example.org>"
    assert parsedate_to_datetime(read["Date"]) == NOW
    assert read["Message-ID"] == "<0190-abc@watch.example>"
    assert read["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"<[a-z-]+\.watch\.example>", read["List-Id"])
    assert read.defects == []


def test_lists_tell_alerts_digests_and_alarms_apart() -> None:
    """Each digest is a list of its own, alerts are another, alarms a third."""
    ids = {kind: mail(compose(message, "d", ENVELOPE))["List-Id"] for kind, message in EVERY.items()}
    assert ids["digest"] == "<digest-gaza-desk.watch.example>"
    assert ids["alert"] == ids["update"] == ids["withdrawn"] == "<alerts.watch.example>"
    assert ids["alarm"] == "<alarms.watch.example>"


def test_messages_of_a_story_thread() -> None:
    """Alert, update and withdrawal refer to one root; another story has another."""
    root = "<story-1.desk@watch.example>"
    read = {kind: mail(compose(EVERY[kind], "d", ENVELOPE)) for kind in ("alert", "update", "withdrawn", "digest")}
    assert [read[kind]["References"] for kind in read] == [root, root, root, None]
    assert [read[kind]["In-Reply-To"] for kind in read] == [None, root, root, None]
    other = mail(compose(replace(ALERT, item=ARABIC), "d", ENVELOPE))
    assert other["References"] == "<story-2.desk@watch.example>"


def test_long_ids_are_neither_folded_nor_encoded() -> None:
    """A delivery id and recipient of 200 letters leave Message-ID and References whole."""
    raw = compose(replace(ALERT, recipient="r" * 200), "i" * 200, ENVELOPE)
    assert b"\r\nMessage-ID: <" + b"i" * 200 + b"@watch.example>\r\n" in raw
    assert b"\r\nReferences: <story-1." + b"r" * 200 + b"@watch.example>\r\n" in raw


def test_text_and_html_parts() -> None:
    """The text part comes first, the HTML part last, both in UTF-8."""
    read = mail(compose(RICH, "d", ENVELOPE))
    parts = list(read.iter_parts())
    assert read.get_content_type() == "multipart/alternative"
    assert [p.get_content_type() for p in parts] == ["text/plain", "text/html"]
    assert "وفد حماس" in parts[0].get_content()
    assert "וכדי" not in parts[1].get_content()
    assert "מעבר רפיח" in parts[1].get_content()


def test_arabic_goes_in_base64_and_english_in_quoted_printable() -> None:
    """Each part takes the encoding that is smaller."""
    arabic = replace(ARABIC, sources=ARABIC.sources[:1])
    encodings = {
        name: mail(compose(replace(ALERT, item=item), "d", ENVELOPE)).get_body(("plain",))
        for name, item in (("arabic", arabic), ("english", HUDNA))
    }
    assert {name: str(part and part["Content-Transfer-Encoding"]) for name, part in encodings.items()} == {
        "arabic": "base64",
        "english": "quoted-printable",
    }


@pytest.mark.parametrize("message", [RICH, replace(ALERT, item=replace(ARABIC, title="وفد " * 60, headline=""))])
def test_no_line_is_too_long(message: object) -> None:
    """Body lines keep to 76 characters (RFC 2045), encoded words to 75 (RFC 2047), and every line ends in CRLF."""
    raw = compose(message, "d", ENVELOPE)  # type: ignore[arg-type]  # parametrised over messages
    head, _, body = raw.partition(b"\r\n\r\n")
    assert max(len(line) for line in body.split(b"\r\n")) <= 76
    assert all(len(word) <= 75 for word in re.findall(rb"=\?[^ \r\n]*\?=", head))
    assert raw.replace(b"\r\n", b"").count(b"\n") == 0
    assert raw.isascii()


def test_arabic_subject_survives() -> None:
    """An encoded subject reads as it was written."""
    assert mail(compose(replace(ALERT, item=ARABIC), "d", ENVELOPE))["Subject"].endswith("لبحث تثبيت الهدنة")


def test_a_title_cannot_add_headers() -> None:
    """Line breaks in titles, names and outlets add no header."""
    bad = replace(HUDNA, title="x\r\nBcc: victim@example.org\r\n\r\nbody", headline="")
    message = replace(ALERT, item=bad, recipient_name="Desk\r\nBcc: victim@example.org")
    read = mail(compose(message, "d", replace(ENVELOPE, sender_name="m\nBcc: victim@example.org")))
    assert read["Bcc"] is None
    assert read["Subject"].startswith("[truce] x Bcc: victim@example.org")


def test_neutral_subject() -> None:
    """A neutral channel's subject names nothing, the body everything."""
    read = mail(compose(ALERT, "d", ENVELOPE, neutral=True))
    assert read["Subject"] == "monitor: a new alert"


def test_without_an_address_nobody_is_named() -> None:
    """A message without an address still is a mail."""
    assert mail(compose(ALERT, "d", replace(ENVELOPE, to="")))["To"] == "undisclosed-recipients:;"


def test_an_address_outside_ascii_stays_as_it_is() -> None:
    """A To of another script goes as UTF-8 (RFC 6532)."""
    raw = compose(ALERT, "d", replace(ENVELOPE, to="محرر@example.org"))
    assert "To: Gaza desk <محرر@example.org>\r\n".encode() in raw


def test_a_flood_stays_below_what_gmail_shows() -> None:
    """The HTML part of a digest of 2,000 stories, encoded, stays below 102 KB."""
    part = mail(compose(flood(2000), "d", ENVELOPE)).get_body(("html",))
    assert part is not None
    assert len(str(part.get_payload())) < 102_000


def test_tokens() -> None:
    """Ids become fit for message ids and file names, and never empty."""
    assert [token(t) for t in ("a/b c", "../x", "é")] == ["a-b-c", "x", "x"]
