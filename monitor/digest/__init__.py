"""What is told, rendered: one message as text, HTML or typed JSON. Pure: nothing here sends or asks the time.

`view` says a story in a reader's words, `page` a whole digest; `text` and `html` set them, `payload` is for machines.
"""

from __future__ import annotations

from monitor.digest.html import render_html
from monitor.digest.payload import render_json, webhook_schema
from monitor.digest.subject import subject
from monitor.digest.text import plain_text
from monitor.model.telling import Message

__all__ = ["plain_text", "render_html", "render_json", "render_text", "subject", "webhook_schema"]


def render_text(message: Message, neutral: bool = False) -> tuple[str, str]:
    """The subject line and the text part."""
    return subject(message, neutral), plain_text(message)
