"""What a process tells about itself: structured logs, for people or for programs."""

import logging
import sys

import structlog
from structlog.typing import EventDict, WrappedLogger

from engine.runtime.settings import Settings
from engine.runtime.tracing import add_trace

_SECRET_NAMES = ("password", "secret", "token", "authorization", "cookie", "api_key")
# What was at hand when something failed is nobody's business, and takes long to print.
_FAILURES = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)
# They tell of every connection; what matters of them is said by those who use them.
_TALKATIVE = (
    "alembic",
    "asyncio",
    "httpcore",
    "httpx",
    "sqlalchemy.engine",
    "temporalio.worker",
    "uvicorn.access",
    "uvicorn.error",
)


def configure_logs(settings: Settings) -> None:
    """Sends structlog's and the standard library's messages the same way, to standard error."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_trace,
        _hide_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(settings),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.log_level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _rendering(settings: Settings) -> list[structlog.typing.Processor]:
    if settings.log_format == "json":
        return [
            _FAILURES,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(),
        ]
    return [
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    ]


def _hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    for name in event:
        if any(secret in name.lower() for secret in _SECRET_NAMES):
            event[name] = "***"
    return event
