"""Senders, one file a kind of channel. A new kind is one file, one line in `_KINDS`, one case in the contract suite."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from monitor.channels.console import ConsoleSender
from monitor.channels.email import EmailSender
from monitor.channels.file import FileSender
from monitor.channels.posting import Post, Posted
from monitor.channels.webhook import WebhookSender
from monitor.model.settings import Channel, ConsoleChannel, EmailChannel, FileChannel, Service, WebhookChannel
from monitor.ports import Secrets, Sender

__all__ = ["Post", "Posted", "Tools", "build"]


@dataclass(frozen=True, slots=True)
class Tools:
    """What senders are made with."""

    secrets: Secrets
    service: Service
    post: Post
    stream: TextIO
    """Where `console` writes."""


# Any: each line takes the channel's own type, which the key names.
_KINDS: Mapping[type[Any], Callable[[Any, Tools], Sender]] = {
    EmailChannel: lambda channel, tools: EmailSender(channel, tools.secrets, tools.service.ca_file),
    WebhookChannel: lambda channel, tools: WebhookSender(channel, tools.secrets, tools.post),
    FileChannel: lambda channel, tools: FileSender(channel, tools.service.state),
    ConsoleChannel: lambda channel, tools: ConsoleSender(channel, tools.stream),
}


def build(channels: Sequence[Channel], tools: Tools) -> Mapping[str, Sender]:
    """A sender for each configured channel, by its id. Opens nothing and resolves no secret yet."""
    return {channel.id: _KINDS[type(channel)](channel, tools) for channel in channels}
