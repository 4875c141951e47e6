"""Logs: one JSON object per line, an event name and its fields, with the trace it belongs to."""

import logging
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import orjson
import structlog
from opentelemetry import trace

from kernel.identifiers import SUBJECT, uuid_of


def configure_logs(service: str) -> None:
    """Send our own and the libraries' logs to standard output as JSON."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        lambda _logger, _method, fields: {**fields, "service": service},
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_trace,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(_json),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    # Right after a topic's creation aiokafka warns of errors that it retries; what it can't retry, it raises.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    for noisy in ("httpx", "httpcore", "fontTools", "pyhanko", "faust", "mode"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _json(fields: dict[str, Any], default: Callable[[Any], Any]) -> str:
    return orjson.dumps(fields, default=default).decode()


def about(subject: str) -> AbstractContextManager[None]:
    """Inside of it every line names the subject."""
    return structlog.contextvars.bound_contextvars(**named(subject))


def named(subject: str) -> dict[str, str]:
    """A subject as the field of a line."""
    return {f"{SUBJECT}_id" if uuid_of(subject) else "subject": subject}


def _add_trace(_logger: Any, _method: str, fields: Any) -> Any:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        fields["trace_id"] = format(context.trace_id, "032x")
    return fields
