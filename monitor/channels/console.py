"""Messages as text on a stream."""

from __future__ import annotations

from datetime import datetime
from typing import TextIO

from monitor.channels.reasons import attempt
from monitor.digest.text import plain_text
from monitor.model.settings import ConsoleChannel
from monitor.model.telling import Attempt, Delivery, Message, Payload, Verdict


class ConsoleSender:
    """Writes to one stream, an empty line after each message."""

    def __init__(self, channel: ConsoleChannel, stream: TextIO) -> None:
        self._channel = channel
        self._stream = stream

    def render(self, message: Message, delivery_id: str) -> tuple[Payload, ...]:
        """The text part of a mail."""
        return (Payload("text/plain", plain_text(message).encode()),)

    async def send(self, delivery: Delivery, payload: Payload, now: datetime) -> Attempt:
        """One attempt; letters that the stream's encoding lacks are replaced."""
        encoding = self._stream.encoding or "utf-8"
        text = payload.body.decode().encode(encoding, "replace").decode(encoding)
        try:
            self._stream.write(text + "\n")
            self._stream.flush()
        except (OSError, ValueError) as error:
            return attempt(Verdict.RETRY, f"the stream cannot be written ({type(error).__name__})")
        return attempt(Verdict.DELIVERED, "written")

    async def aclose(self) -> None:
        """The stream is not ours to close."""
