"""Bare aiohttp as one side of the polling bench: conditional GETs, bodies read and dropped, nothing parsed or stored.

python -m bench.poll_aiohttp URLS_FILE IN_FLIGHT      then one line a round
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter
from pathlib import Path

import aiohttp


async def get(session: aiohttp.ClientSession, url: str, tags: dict[str, str]) -> int:
    headers = {"If-None-Match": tags[url]} if url in tags else {}
    async with session.get(url, headers=headers) as answer:
        await answer.read()
        tags[url] = answer.headers["ETag"]
        return answer.status


async def one_round(session: aiohttp.ClientSession, urls: list[str], tags: dict[str, str], width: int) -> Counter[int]:
    waiting, statuses = iter(urls), Counter[int]()

    async def work() -> None:
        for url in waiting:
            statuses[await get(session, url, tags)] += 1

    await asyncio.gather(*(work() for _ in range(width)))
    return statuses


async def serve(urls: list[str], width: int) -> None:
    loop, tags = asyncio.get_running_loop(), dict[str, str]()
    async with aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar()) as session:
        print("ready", flush=True)
        while await loop.run_in_executor(None, sys.stdin.readline):
            wall, cpu = time.monotonic(), time.process_time()
            statuses = await one_round(session, urls, tags, width)
            answer = {"wall": time.monotonic() - wall, "cpu": time.process_time() - cpu, "ok": statuses.total()}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]).read_text(encoding="utf-8").split(), int(sys.argv[2])))
