"""Outlets for the polling bench: feed n on a loopback address of its own, all answered by one socket in one process.

    python -m bench.poll_outlets FEEDS          prints its port; then one command a line, one JSON line in answer:
    round EVERY    a round begins: every EVERY-th feed has two new items (0: none); idle connections are closed, since
                   a real server would have closed them between two polls; tells what was answered in the last round

Written on a bare asyncio protocol: it shares the machine with what is measured.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from monitor.testing.newsroom import address

ITEMS = 25
NEW = 2
"""Items that a changed feed has gained."""
START = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
"""When the newest item of a first edition was published."""
SPACING, LATER_SPACING = timedelta(hours=6), timedelta(minutes=30)
"""Between items of the first edition, and between those that follow: no feed is silent for so long that it alarms."""
_PROSE = (
    "ministers met on a plan to mend the old harbour bridge before winter while engineers warned that its northern "
    "pillars had moved by several centimetres since spring the council asked for a second opinion and set aside money "
    "for barges that would carry workers schoolchildren and bread across the river until traffic could run again"
)
_PARAGRAPH_WORDS = 48


def feed_url(number: int, port: int) -> str:
    return f"http://{address(number)}:{port}/feed/{number}.xml"


def _texts(count: int, words: int) -> list[str]:
    rng = random.Random(20261123)  # noqa: S311 - prose, not a secret
    return [" ".join(rng.choices(_PROSE.split(), k=words)) for _ in range(count)]


def _published(k: int) -> datetime:
    return START + min(k - ITEMS + 1, 0) * SPACING + max(k - ITEMS + 1, 0) * LATER_SPACING


_PARAGRAPHS = _texts(97, _PARAGRAPH_WORDS)
_TITLES = _texts(89, 9)
_DATES = [format_datetime(_published(k)) for k in range(400)]


def item(number: int, k: int) -> str:
    """Item `k` (0 is the oldest ever) of a feed, about 1.2 KB: a title, a link, a permalink guid, escaped HTML."""
    place = number * 31 + k * 7
    link = f"https://outlet{number}.example/2026/11/{k}/{_TITLES[place % 89].replace(' ', '-')}"
    first, second, third = (_PARAGRAPHS[(place + step) % 97].capitalize() for step in (0, 5, 11))
    return (
        f"<item>\n<title>{_TITLES[place % 89].capitalize()} ({number}, {k})</title>\n<link>{link}</link>\n"
        f'<guid isPermaLink="true">{link}</guid>\n<pubDate>{_DATES[k]}</pubDate>\n<dc:creator>A. Writer</dc:creator>\n'
        f"<category>Region</category>\n<category>Works &amp; transport</category>\n"
        f"<description>&lt;p&gt;{first}.&lt;/p&gt; &lt;p&gt;{second}, &lt;em&gt;said one&lt;/em&gt;. "
        f'{third} &lt;a href="{link}"&gt;Read more&lt;/a&gt;&lt;/p&gt;</description>\n</item>\n'
    )


def document(number: int, edition: int) -> bytes:
    """RSS 2.0 of about 32 KB: the 25 newest items after so many changes of the feed."""
    oldest = edition * NEW
    items = "".join(item(number, k) for k in range(oldest + ITEMS - 1, oldest - 1, -1))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f"<channel>\n<title>Outlet {number}</title>\n<link>https://outlet{number}.example/</link>\n"
        f"<description>News of outlet {number}</description>\n<language>en</language>\n{items}</channel>\n</rss>\n"
    ).encode()


class Outlets:
    """What every feed says now, and what was answered in this round."""

    def __init__(self, feeds: int) -> None:
        self.editions = [0] * feeds
        self.answers: Counter[int] = Counter()
        self.open: set[asyncio.BaseTransport] = set()
        self._rounds = 0

    def round(self, every: int) -> dict[str, int]:
        said = {str(status): count for status, count in self.answers.items()}
        self.answers.clear()
        for number in range(self._rounds % every, len(self.editions), every) if every else ():
            self.editions[number] += 1
        self._rounds += 1
        for transport in list(self.open):
            transport.close()
        return said

    def answer(self, head: bytes) -> bytes:
        """The answer to one request's head."""
        number = int(head[: head.index(b"\r\n")].split(b"/")[2].partition(b".")[0])
        edition = self.editions[number]
        tag = b'"%d-%d"' % (number, edition)
        unchanged = b"if-none-match: " + tag in head.lower()
        self.answers[304 if unchanged else 200] += 1
        fixed = b"ETag: %s\r\nLast-Modified: Mon, 23 Nov 2026 06:00:00 GMT\r\nServer: outlets\r\n" % tag
        if unchanged:
            return b"HTTP/1.1 304 Not Modified\r\n" + fixed + b"\r\n"
        body = document(number, edition)
        kind = b"Content-Type: application/rss+xml; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % len(body)
        return b"HTTP/1.1 200 OK\r\n" + fixed + kind + body


class _Connection(asyncio.Protocol):
    def __init__(self, outlets: Outlets) -> None:
        self._outlets = outlets
        self._held = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        if not transport.get_extra_info("peername")[0].startswith("127."):
            transport.abort()
            return
        self._outlets.open.add(transport)

    def data_received(self, data: bytes) -> None:
        self._held += data
        while b"\r\n\r\n" in self._held:
            head, _, self._held = self._held.partition(b"\r\n\r\n")
            self._transport.write(self._outlets.answer(head))

    def connection_lost(self, exc: Exception | None) -> None:
        self._outlets.open.discard(self._transport)


async def serve(feeds: int) -> None:
    """Until standard input ends."""
    outlets, loop = Outlets(feeds), asyncio.get_running_loop()
    # One socket for all of 127.0.0.0/8 has to listen on every address; whoever is not on loopback is cut off.
    server = await loop.create_server(lambda: _Connection(outlets), "0.0.0.0", 0, backlog=1024)  # noqa: S104
    print(server.sockets[0].getsockname()[1], flush=True)
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    while line := await commands.readline():
        print(json.dumps(outlets.round(int(line.split()[1]))), flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
