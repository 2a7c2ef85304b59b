"""Structured logs: for a person on a terminal, JSON lines elsewhere. Secrets never reach an event: they are resolved
where they are used, and references are all that is logged."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog
from structlog.typing import Processor

LEVELS = ("debug", "info", "warning", "error")


def configure(level: str = "info", stream: TextIO = sys.stderr, as_json: bool | None = None) -> None:
    """Set up logging for this process, libraries included. `as_json` None: where the stream is no terminal."""
    number = logging.getLevelNamesMapping()[level.upper()]
    as_json = not stream.isatty() if as_json is None else as_json
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso" if as_json else "%H:%M:%S", utc=as_json),
    ]
    last: list[Processor] = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        if as_json
        else [structlog.dev.ConsoleRenderer(colors=stream.isatty(), pad_event_to=24)]
    )
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    _configure_libraries(max(number, logging.WARNING), stream, [*shared, structlog.stdlib.add_logger_name], last)


def _configure_libraries(number: int, stream: TextIO, shared: list[Processor], last: list[Processor]) -> None:
    """What libraries log through the standard library takes the same form."""
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[remove, *last]))
    logging.basicConfig(level=number, handlers=[handler], force=True)
