"""The file and the console sender."""

from __future__ import annotations

import asyncio
import io
import json
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from monitor.channels.console import ConsoleSender
from monitor.channels.file import FileSender
from monitor.digest.html import render_html
from monitor.digest.text import plain_text
from monitor.model.settings import ConsoleChannel, Endpoint, FileChannel
from monitor.model.telling import Attempt, Delivery, DeliveryKind, Verdict
from tests.samples.telling import NOW, RICH, flood


def delivery(address: str = "out", delivery_id: str = "d-1") -> Delivery:
    """A delivery to a folder."""
    return Delivery(delivery_id, "desk", Endpoint("file", address), DeliveryKind.DIGEST, "7", 1, NOW, 0, 1, None)


async def write(state: Path, to: Delivery) -> Attempt:
    """Render the rich digest and write it."""
    sender = FileSender(FileChannel("file"), state)
    return await sender.send(to, sender.render(RICH, to.id)[0], NOW)


async def test_four_files_a_message(tmp_path: Path) -> None:
    """A message becomes a mail, a page, a text and JSON, all whole, in a folder below the state folder."""
    done = await write(tmp_path, delivery("mail/out"))
    assert done.verdict is Verdict.DELIVERED
    folder = tmp_path / "mail/out"
    stem = "20261123T050000Z-digest-d-1"
    assert sorted(p.name for p in folder.iterdir()) == [f"{stem}{end}" for end in (".eml", ".html", ".json", ".txt")]
    mail = message_from_bytes((folder / f"{stem}.eml").read_bytes(), EmailMessage, policy=default)
    assert mail["Subject"].startswith("[Gaza desk] 3 new")
    assert (folder / f"{stem}.html").read_text("utf-8") == render_html(RICH)
    assert (folder / f"{stem}.txt").read_text("utf-8") == plain_text(RICH)
    assert json.loads((folder / f"{stem}.json").read_bytes())["type"] == "digest.created"


async def test_writing_again_changes_nothing(tmp_path: Path) -> None:
    """A repeat of one delivery gives the same files, another delivery its own."""
    await write(tmp_path, delivery())
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    await write(tmp_path, delivery())
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == before
    await write(tmp_path, delivery(delivery_id="d-2"))
    assert len(list((tmp_path / "out").iterdir())) == 8


def test_an_id_cannot_leave_the_folder(tmp_path: Path) -> None:
    """A delivery id with path separators stays a file name."""
    asyncio.run(write(tmp_path, delivery(delivery_id="../../etc/x")))
    assert {p.parent for p in tmp_path.rglob("*") if p.is_file()} == {tmp_path / "out"}


async def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    """Where a file stands in the place of the folder the reason says so and the message waits."""
    (tmp_path / "out").write_text("in the way")
    assert (await write(tmp_path, delivery())).verdict is Verdict.RETRY


async def test_a_large_digest_is_one_file(tmp_path: Path) -> None:
    """A digest that goes to a webhook in parts is one JSON document on disk."""
    sender = FileSender(FileChannel("file"), tmp_path)
    (payload,) = sender.render(flood(60), "d-1")
    await sender.send(delivery(), payload, NOW)
    (path,) = (tmp_path / "out").glob("*.json")
    assert len(json.loads(path.read_bytes())["data"]["stories"]) == 60


async def test_the_console_gets_the_text() -> None:
    """The stream gets the text of the message and an empty line."""
    stream = io.StringIO()
    sender = ConsoleSender(ConsoleChannel("console"), stream)
    done = await sender.send(delivery(""), sender.render(RICH, "d-1")[0], NOW)
    assert done == Attempt(Verdict.DELIVERED, "written")
    assert stream.getvalue() == plain_text(RICH) + "\n"


async def test_a_stream_of_few_letters_loses_no_message() -> None:
    """On a stream without Arabic the letters are replaced and the message is delivered."""
    raw = io.BytesIO()
    sender = ConsoleSender(ConsoleChannel("console"), io.TextIOWrapper(raw, encoding="ascii"))
    assert (await sender.send(delivery(""), sender.render(RICH, "d-1")[0], NOW)).verdict is Verdict.DELIVERED
    assert b"2 NEW  ???" in raw.getvalue()


async def test_a_closed_stream_is_tried_again() -> None:
    """A stream that is gone is no delivery."""
    stream = io.StringIO()
    stream.close()
    sender = ConsoleSender(ConsoleChannel("console"), stream)
    assert (await sender.send(delivery(""), sender.render(RICH, "d-1")[0], NOW)).verdict is Verdict.RETRY
