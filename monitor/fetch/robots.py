"""robots.txt of each host (RFC 9309), asked once a day and honoured for pages."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from protego import Protego

from monitor.fetch.headers import AGENT_NAME
from monitor.fetch.redirects import Origin, parsed, shown
from monitor.model.news import FetchOutcome, FetchRequest, FetchResult, Validators
from monitor.ports import Clock, Fetcher, RobotsVerdict

_KEPT_FOR = timedelta(hours=24)
"""RFC 9309 §2.4: not longer than 24 hours, unless it cannot be had."""
_RETRY_AFTER_FAILURE = timedelta(minutes=10)
_BYTE_LIMIT = 500_000
"""RFC 9309 §2.5 asks for 500 KiB at least; what lies beyond is not read."""
_DEADLINE = timedelta(seconds=20)
_HOSTS = 1000
_IN_THREAD_FROM = 50_000
"""A file of this many bytes is parsed beside the loop, not in it."""
_LONGEST_DELAY = timedelta(days=1)
_UNAVAILABLE = frozenset(
    {
        FetchOutcome.GONE,
        FetchOutcome.NOT_FOUND,
        FetchOutcome.FORBIDDEN,
        FetchOutcome.CHALLENGED,
        FetchOutcome.CLIENT_ERROR,
        FetchOutcome.TOO_MANY_REDIRECTS,
        FetchOutcome.LOGIN_REDIRECT,
    }
)
"""There is none to obey (RFC 9309 §2.3.1.3); a 429 is not among them: that server wants less of us."""
_AGENT_LINE = re.compile(r"\s*user[- ]?agent\s*[:\s]\s*([^#]*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Rules:
    """What one host said, and until when that holds."""

    parsed: Protego | None
    """None: everything is allowed, or nothing where `unreachable`."""
    until: datetime
    unreachable: str = ""
    validators: Validators | None = None


class HttpRobots:
    """`ports.Robots` over a fetcher. One request for a robots.txt is in flight per scheme, host and port."""

    def __init__(self, fetcher: Fetcher, clock: Clock, token: str = AGENT_NAME) -> None:
        self._fetcher = fetcher
        self._clock = clock
        self._token = token
        self._rules: OrderedDict[Origin, _Rules] = OrderedDict()
        self._asking: dict[Origin, asyncio.Task[_Rules]] = {}

    async def check(self, url: str) -> RobotsVerdict:
        """Whether a page may be fetched. What is no URL is allowed: its fetch says so better."""
        page = parsed(url)
        if page is None:
            return RobotsVerdict(allowed=True)
        rules = await self._rules_of(Origin.of(page))
        if rules.unreachable:
            return RobotsVerdict(allowed=False, detail=rules.unreachable, unreachable=True)
        if rules.parsed is None:
            return RobotsVerdict(allowed=True)
        delay = _delay(rules.parsed, self._token)
        if rules.parsed.can_fetch(str(page), self._token):
            return RobotsVerdict(allowed=True, crawl_delay=delay)
        detail = f"the robots.txt of {page.host} forbids {shown(page)}"
        return RobotsVerdict(allowed=False, crawl_delay=delay, detail=detail)

    async def aclose(self) -> None:
        """Give up what is being asked."""
        asking = tuple(self._asking.values())
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    async def _rules_of(self, origin: Origin) -> _Rules:
        held = self._rules.get(origin)
        if held is not None and self._clock.now() < held.until:
            self._rules.move_to_end(origin)
            return held
        task = self._asking.get(origin)
        if task is None:
            task = asyncio.create_task(self._ask(origin, held))
            self._asking[origin] = task
            task.add_done_callback(lambda _: self._asking.pop(origin, None))
        return await asyncio.shield(task)  # one waiter given up is not all of them

    async def _ask(self, origin: Origin, held: _Rules | None) -> _Rules:
        host = f"[{origin.host}]" if ":" in origin.host else origin.host
        url = f"{origin.scheme}://{host}:{origin.port}/robots.txt"
        known = held.validators if held else None
        result = await self._fetcher.fetch(FetchRequest(url, "robots", _BYTE_LIMIT, _DEADLINE, known))
        rules = await _read(result, held, self._clock.now(), self._token)
        self._rules[origin] = rules
        self._rules.move_to_end(origin)
        while len(self._rules) > _HOSTS:
            self._rules.popitem(last=False)
        return rules


async def _read(result: FetchResult, held: _Rules | None, now: datetime, token: str) -> _Rules:
    until = now + _KEPT_FOR
    if result.outcome in (FetchOutcome.OK, FetchOutcome.TOO_LARGE):
        return _Rules(await _parsed(result.body, token), until, validators=result.validators)
    if result.outcome is FetchOutcome.NOT_MODIFIED and held is not None:
        return _Rules(held.parsed, until, validators=result.validators)
    if result.outcome in _UNAVAILABLE:
        return _Rules(None, until)
    soon = now + max(_RETRY_AFTER_FAILURE, min(result.retry_after or timedelta(0), _KEPT_FOR))
    if held is not None and not held.unreachable:
        return _Rules(held.parsed, soon, validators=held.validators)
    return _Rules(None, soon, f"its robots.txt cannot be had, so its pages wait: {result.detail}")


async def _parsed(body: bytes, token: str) -> Protego:
    text = body.decode("utf-8-sig", "replace")
    if len(body) < _IN_THREAD_FROM:
        return _protego(text, token)
    return await asyncio.to_thread(_protego, text, token)


def _protego(text: str, token: str) -> Protego:
    """Parse with all agents but ours and `*` merged into one: Protego's work grows with agents × rules, and a hostile
    file of 500 KB would hold it for minutes."""
    return Protego.parse("\n".join(_merged(line, token) for line in text.splitlines()))


def _merged(line: str, token: str) -> str:
    found = _AGENT_LINE.match(line)
    if found is None:
        return line
    agent = found[1].partition("/")[0].strip("* \t").lower()
    return line if agent in ("", token) else "user-agent: someone-else"


def _delay(rules: Protego, token: str) -> timedelta | None:
    """The longer of Crawl-delay and Request-rate, a day at most; None when neither is said."""
    rate = rules.request_rate(token)
    said = [rules.crawl_delay(token), rate.seconds / rate.requests if rate is not None else None]
    seconds = max((each for each in said if each), default=None)
    return None if seconds is None else min(timedelta(seconds=min(seconds, 1e6)), _LONGEST_DELAY)
