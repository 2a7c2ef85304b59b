"""What runs inside a worker. Only the worker imports feedparser, lxml and trafilatura; the daemon never does."""

from __future__ import annotations

import ctypes
import logging
import math
import os
import resource
import signal
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from monitor.model.news import Article, Page, ParsedFeed
from monitor.ports import WorkFailed

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal a process gets when the thread that made it ends."""
CPU_MARGIN = 2
"""Seconds of processor time beyond the deadline: the pool's own clock comes first."""

READY_PAUSE = 0.02
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a worker may use."""

    deadline: float
    """Seconds for one task."""
    memory: int
    """Address space, bytes; 0 for no limit."""
    parent: int
    """The daemon's process id."""


_deadline = 0.0


def prepare(limits: Limits) -> None:
    """Make this process a worker: it dies with its daemon, ignores the terminal's signals (the daemon drains it), keeps
    quiet, and has its libraries and limits before its first task's clock starts."""
    global _deadline
    _deadline = limits.deadline
    _die_with(limits.parent)
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    _import_libraries()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if limits.memory:
        resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))


def _die_with(parent: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before prctl was called
        os._exit(1)


def _import_libraries() -> None:
    import monitor.articles.extract
    import monitor.feeds.parse  # noqa: F401 -- loaded now, used by the tasks

    # The modules import their libraries where they use them: one tiny task of each kind loads them all.
    parse(b"<rss version='2.0'><channel><title>t</title></channel></rss>", "http://localhost/", {})
    extract(Page("http://localhost/", b"<html><body><p>One sentence to read.</p></body></html>"), False)


def run_limited(function: Callable[..., object], *args: object) -> object:
    """Run one task with the processor time of one deadline, counted from now: RLIMIT_CPU is for a process's life."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + _deadline) + CPU_MARGIN
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
    try:
        return function(*args)
    except MemoryError:
        return WorkFailed("memory", "it needed more memory than a worker may use")


def parse(
    body: bytes, url: str, headers: Mapping[str, str], seen: frozenset[bytes] = frozenset()
) -> ParsedFeed | WorkFailed:
    """Read a feed, without the items whose fingerprints were seen before."""
    from monitor.feeds.parse import FeedRefused, parse_feed

    try:
        return parse_feed(body, url, headers, seen)
    except FeedRefused as refused:
        return WorkFailed("refused", refused.reason, refused.not_a_feed)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        return WorkFailed("refused", f"the feed could not be read: {_brief(error)}")


def extract(page: Page, fast: bool) -> Article | WorkFailed:
    """Read a page."""
    from monitor.articles.extract import PageRefused, extract_page

    try:
        return extract_page(page, fast)
    except PageRefused as refused:
        return WorkFailed("refused", str(refused))
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        return WorkFailed("refused", f"the page could not be read: {_brief(error)}")


def report_ready() -> int:
    """This worker's process id, after a moment in which the others can answer, too."""
    time.sleep(READY_PAUSE)
    return os.getpid()


def _brief(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:200]}"
