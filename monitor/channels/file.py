"""Messages as files: `<stamp>-<kind>-<id>.eml`, `.html`, `.txt` and `.json`, each written whole or not at all."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from datetime import UTC, datetime
from pathlib import Path

from monitor.channels.mime import Envelope, compose, token
from monitor.channels.reasons import attempt
from monitor.digest.html import render_html
from monitor.digest.payload import render_json
from monitor.digest.text import plain_text
from monitor.model.settings import FileChannel
from monitor.model.telling import Attempt, Delivery, Message, Payload, Verdict


class FileSender:
    """Writes into folders below the state folder. Writing a delivery again gives the same files."""

    def __init__(self, channel: FileChannel, state: Path) -> None:
        self._channel = channel
        self._state = state

    def render(self, message: Message, delivery_id: str) -> tuple[Payload, ...]:
        """One payload that holds the four files, so that they are frozen together."""
        to = f"{token(message.recipient)}@localhost"
        mail = compose(message, delivery_id, Envelope("monitor@localhost", "monitor", to))
        files = {
            ".eml": mail,
            ".html": render_html(message).encode(),
            ".txt": plain_text(message).encode(),
            ".json": render_json(message, limit=None)[0] + b"\n",
        }
        stem = f"{message.at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{message.kind.value}-{token(delivery_id)}"
        named = {f"{stem}{ending}": base64.b64encode(content).decode() for ending, content in files.items()}
        return (Payload("application/json", json.dumps(named).encode()),)

    async def send(self, delivery: Delivery, payload: Payload, now: datetime) -> Attempt:
        """One attempt, on a thread."""
        folder = self._state / delivery.endpoint.address
        contents = {name: base64.b64decode(content) for name, content in json.loads(payload.body).items()}
        try:
            await asyncio.to_thread(write_files, folder, contents)
        except OSError as error:
            return attempt(Verdict.RETRY, f"{folder}: {error.strerror or type(error).__name__}")
        return attempt(Verdict.DELIVERED, f"{folder}: {len(contents)} files written")

    async def aclose(self) -> None:
        """Nothing is held open."""


def write_files(folder: Path, contents: dict[str, bytes]) -> None:
    """Write each file beside its place and move it there; on the disk when this returns."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        half = folder / f".{name}.part"
        with half.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(folder / name)
    _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    """The names too must survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
