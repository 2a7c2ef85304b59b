"""Senders, one file a kind of channel. A new kind is one file, one line in `_KINDS`, one case in the contract suite."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from monitor.channels.console import ConsoleSender
from monitor.channels.email import EmailSender
from monitor.channels.file import FileSender
from monitor.channels.webhook import WebhookSender
from monitor.model.settings import Channel, ConsoleChannel, EmailChannel, FileChannel, Service, WebhookChannel
from monitor.ports import Post, Secrets, Sender

__all__ = ["build"]


@dataclass(frozen=True, slots=True)
class _Tools:
    """What senders are made with."""

    secrets: Secrets
    service: Service
    post: Post
    stream: TextIO


# Any: each line takes the channel's own type, which the key names.
_KINDS: Mapping[type[Any], Callable[[Any, _Tools], Sender]] = {
    EmailChannel: lambda channel, tools: EmailSender(channel, tools.secrets, tools.service.ca_file),
    WebhookChannel: lambda channel, tools: WebhookSender(channel, tools.secrets, tools.post),
    FileChannel: lambda channel, tools: FileSender(channel, tools.service.state),
    ConsoleChannel: lambda channel, tools: ConsoleSender(channel, tools.stream),
}


def build(
    channels: Sequence[Channel], secrets: Secrets, service: Service, post: Post, stream: TextIO | None = None
) -> Mapping[str, Sender]:
    """A sender for each configured channel, by its id. Opens nothing and resolves no secret yet.

    `stream` is where `console` writes, standard output when None.
    """
    tools = _Tools(secrets, service, post, stream or sys.stdout)
    return {channel.id: _KINDS[type(channel)](channel, tools) for channel in channels}
