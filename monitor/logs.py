"""Structured logs: for a person on a terminal, JSON lines elsewhere. Secrets never reach an event: they are resolved
where they are used, and references are all that is logged."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog

LEVELS = ("debug", "info", "warning", "error")


def configure(level: str = "info", stream: TextIO = sys.stderr) -> None:
    """Set up logging for this process, libraries included."""
    number = logging.getLevelNamesMapping()[level.upper()]
    terminal = stream.isatty()
    logging.basicConfig(level=max(number, logging.WARNING), stream=stream, format="%(name)s: %(message)s", force=True)
    last: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(colors=True, pad_event_to=24)]
        if terminal
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=not terminal),
            *last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
