"""CPU of reading a feed whole, and of reading the two new items of it: `python -m bench.parse`. One JSON line.

The generated feed has 25 items and about 32 KB; where the recorded feeds are at hand, each recorded news feed of at
least ten items is read both ways too.
"""

from __future__ import annotations

import json
import random
import re
import tarfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from monitor.feeds.parse import FeedRefused, parse_feed

URL = "https://ledger.example/feeds/world.rss"
RECORDED = Path(__file__).parents[2] / "shared" / "data" / "feeds.tar.gz"
NEW = 2
ROUNDS = 40
_WORDS = re.findall(
    r"\w+",
    "the harbour talks went on for a third day while delegates of both sides walked out twice and came back with"
    " maps of the northern road and a list of names that nobody had asked them to bring along",
)


def generated(items: int = 25) -> bytes:
    """A news feed as outlets write it: HTML in CDATA, Dublin Core, a thumbnail."""
    rng = random.Random(7)  # noqa: S311 -- the same words each time

    def words(count: int) -> str:
        return " ".join(rng.choice(_WORDS) for _ in range(count))

    def item(number: int) -> str:
        link = f"https://ledger.example/2026/11/{number}"
        return f"""<item><title>{words(9)}</title><link>{link}</link><guid isPermaLink="false">l-{number}</guid>
<pubDate>Tue, 03 Nov 2026 10:{number:02}:00 GMT</pubDate><dc:creator>{words(2)}</dc:creator>
<category>{words(1)}</category><category>{words(2)}</category>
<description><![CDATA[<p>{words(70)}</p><p><a href="{link}">{words(3)}</a> {words(70)}</p>]]></description>
<media:thumbnail url="{link}.jpg" width="240" height="135"/></item>"""

    names = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
    head = "<title>The Ledger</title><link>https://ledger.example/</link><description>News</description>"
    body = "\n".join(item(number) for number in range(items))
    return f'<?xml version="1.0"?><rss version="2.0" {names}><channel>{head}{body}</channel></rss>'.encode()


def best_ms(calls: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Processor time of each call in milliseconds: its best of several rounds in which all take turns, so that what
    else the machine does falls on all of them alike."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds):
        for call, own in zip(calls, times, strict=True):
            began = time.process_time_ns()
            call()
            own.append((time.process_time_ns() - began) / 1e6)
    return [min(own) for own in times]


def three_ways(body: bytes, rounds: int) -> list[float] | None:
    """Milliseconds for the whole, for two new items, for none new; None where the feed is always read whole."""
    whole = parse_feed(body, URL, {})
    if len(whole.fingerprints) < 10:
        return None
    seen, all_seen = frozenset(whole.fingerprints[NEW:]), frozenset(whole.fingerprints)
    ways = (frozenset[bytes](), seen, all_seen)
    return best_ms([partial(parse_feed, body, URL, {}, way) for way in ways], rounds)


def recorded() -> list[bytes]:
    """The recorded news feeds; none where they are not at hand."""
    if not RECORDED.exists():
        return []
    with tarfile.open(RECORDED) as archive:
        files = (archive.extractfile(m) for m in archive if m.isfile() and m.name.startswith("feeds/news20"))
        return [file.read() for file in files if file is not None]


def over_recorded() -> dict[str, float | int]:
    """The sums over the recorded news feeds."""
    whole = new = 0.0
    read = short = 0
    for body in recorded():
        try:
            times = three_ways(body, 4)
        except FeedRefused:
            continue
        read += 1
        if times is not None:
            whole, new, short = whole + times[0], new + times[1], short + 1
    if not short:
        return {}
    ratio = round(new / whole, 3)
    return {"recorded_new_cpu_ratio": ratio, "recorded_feeds": read, "recorded_feeds_read_by_parts": short}


def main() -> None:
    """Measure and print."""
    body = generated()
    times = three_ways(body, ROUNDS)
    assert times is not None
    whole, new, none = times
    line = {
        "bench": "parse",
        "kilobytes": round(len(body) / 1000, 1),
        "whole_ms": round(whole, 2),
        "two_new_ms": round(new, 2),
        "none_new_ms": round(none, 2),
        "two_new_cpu_ratio": round(new / whole, 3),
        "none_new_cpu_ratio": round(none / whole, 3),
        **over_recorded(),
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
