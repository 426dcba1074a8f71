"""Logs as JSON lines on standard error: no telephone numbers, no keys pressed."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog


def configure_logs(level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Set up structlog and the standard library's logging alike, to a stream (standard error)."""
    stream = stream or sys.stderr
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processor=structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("amqtt", "transitions", "uvicorn.access", "panoramisk", "alembic", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
