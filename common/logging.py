"""Structured logs: each entry is a JSON line in a file under the home, and a readable line on the terminal.

Each entry has the ids of its request, tenant and trace. Text that looks like a secret is masked before it is written,
in every field of the entry.
"""

import json
import logging
import re
import sys
import traceback
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from loguru import logger

from common.settings import Settings

if TYPE_CHECKING:
    from loguru import Record

request_id_var: ContextVar[str] = ContextVar("request_id", default="")
address_var: ContextVar[str] = ContextVar("address", default="")
tenant_id_var: ContextVar[str] = ContextVar("tenant_id", default="")
trace_id_var: ContextVar[str] = ContextVar("trace_id", default="")

MASK = "***"
# The gateway also logs paths that it refuses because of repeated slashes or other letter case.
_EMAIL_LINK = re.compile(r"(/email/+(?:t|unsubscribe)/+)[^/\s?\"']+", re.IGNORECASE)
# Postgres reports the values of a row that it refused, which may be customers' data.
_ROW_VALUES = re.compile(r"(?m)^(\s*DETAIL:).*$")
_SECRET_NAME = re.compile(r"password|secret|token|authorization|api[_-]?key|cookie|credential|private", re.IGNORECASE)
_SECRET_TEXT = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {MASK}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), MASK),
    (re.compile(r"(?i)(://[^:/@\s]+:)[^@\s]+@"), rf"\1{MASK}@"),
    # In the URL of a NATS server, a token stands before the @ without a user name.
    (re.compile(r"(?i)\b((?:nats|tls|wss?)://)[^:/@\s]+@"), rf"\1{MASK}@"),
    (
        re.compile(r"(?i)\b(\w*(?:password|secret|token|api_?key)\w*)(\"?'?\s*[=:]\s*\"?'?)(?!\s)[^\s&\"',;)]+"),
        rf"\1\2{MASK}",
    ),
)
# Every text that the patterns above match contains one of these words. Most texts contain none and are not searched.
_SUSPICIOUS = (
    "bearer",
    "basic",
    "eyj",
    "://",
    "password",
    "secret",
    "token",
    "apikey",
    "api_key",
    "/email/",
    "detail:",
)
# Text from a request, such as a path, must neither start a new line nor send control sequences to the terminal.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TERMINAL = (
    "<dim>{time:HH:mm:ss.SSS}</dim> <level>{level: <7}</level> "
    "<cyan>{extra[service]}</cyan> {extra[_message]} <dim>{extra[request_id]}</dim>\n"
)
_TERMINAL_OF_REQUESTS = "<dim>{extra[_message]}</dim>\n"


class Lines(Protocol):
    """One entry that consists of several lines, already masked (common/request_lines). It is bound as `_requests`."""

    def as_json(self, moment: datetime, service: str, source: str) -> str:
        """Return the lines as JSON objects."""
        ...

    def as_text(self, moment: datetime, service: str) -> str:
        """Return the lines as the terminal shows them."""
        ...


def mask(text: str) -> str:
    """Replace text that looks like a secret by `***`."""
    # Each pattern above matches some character that is not alphanumeric, so that an id never matches.
    if text.isalnum():
        return text
    # Some letters outside ASCII match ASCII letters when case is ignored, so such texts are always searched.
    if text.isascii():
        lowered = text.lower()
        for word in _SUSPICIOUS:
            if word in lowered:
                break
        else:
            return text
    for pattern, replacement in _SECRET_TEXT:
        text = pattern.sub(replacement, text)
    text = _EMAIL_LINK.sub(rf"\1{MASK}", text)
    return _ROW_VALUES.sub(rf"\1 {MASK}", text)


@lru_cache(maxsize=1_000)
def _names_a_secret(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None


def _mask_value(name: str, value: Any) -> Any:
    if value is not None and _names_a_secret(name):
        return MASK
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {key: _mask_value(str(key), inner) for key, inner in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # any mapping may be logged
    return value


def _complete(record: "Record") -> None:
    extra = record["extra"]
    extra.setdefault("request_id", request_id_var.get())
    extra.setdefault("tenant_id", tenant_id_var.get())
    extra.setdefault("trace_id", trace_id_var.get())
    extra.setdefault("service", "branchwise")
    for name, value in list(extra.items()):
        extra[name] = _mask_value(name, value)
    record["message"] = mask(record["message"])


def _traceback_of(record: "Record") -> str | None:
    """Return the traceback, masked, because the texts of exceptions may contain connection strings with passwords."""
    found = record["exception"]
    if found is None or found.value is None:
        return None
    return mask("".join(traceback.format_exception(found.type, found.value, found.traceback)))


def without_control(text: str) -> str:
    """Return the text with control characters replaced by their escape sequences."""
    return text if text.isprintable() else _CONTROL.sub(lambda found: repr(found[0])[1:-1], text)


def _as_terminal_line(record: "Record") -> str:
    """Return the format of an entry: one line, or one line per request if it has several (common/request_lines)."""
    requests: Lines | None = record["extra"].get("_requests")
    if requests is not None:
        record["extra"]["_message"] = requests.as_text(record["time"], record["extra"]["service"])
        return _TERMINAL_OF_REQUESTS
    record["extra"]["_message"] = without_control(record["message"])
    record["extra"]["_traceback"] = _traceback_of(record) or ""
    return _TERMINAL + ("{extra[_traceback]}" if record["extra"]["_traceback"] else "")


def _as_json_line(record: "Record") -> str:
    """Return the format of an entry as a JSON object: time, level, message, ids, source, and its exception if any."""
    source = f"{record['name']}:{record['function']}:{record['line']}"
    requests: Lines | None = record["extra"].get("_requests")
    if requests is not None:
        record["extra"]["_line"] = requests.as_json(record["time"], record["extra"]["service"], source)
        return "{extra[_line]}\n"
    extra = {name: value for name, value in record["extra"].items() if not name.startswith("_")}
    entry = {
        "time": record["time"].isoformat(),
        "level": record["level"].name,
        "message": record["message"],
        **extra,
        "source": source,
    }
    if (text := _traceback_of(record)) is not None:
        entry["exception"] = text
    record["extra"]["_line"] = json.dumps(entry, ensure_ascii=False, default=str)
    return "{extra[_line]}\n"


class _Intercept(logging.Handler):
    """Passes the records of the standard library's loggers (uvicorn, nats, pgqueuer, …) to loguru."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            level: str | int = logger.level(record.levelname).name
        except ValueError:
            level = record.levelno
        logger.opt(exception=record.exc_info, depth=6).bind(logger=record.name).log(level, "{}", record.getMessage())


def configure_logging(service: str, settings: Settings) -> None:
    """Send this process's logs to the terminal and to `logs/<service>.log` and `-error.log` under the home."""
    folder = settings.home / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    logger.remove()
    logger.configure(extra={"service": service}, patcher=_complete)
    logger.add(sys.stderr, level=settings.log_level, format=_as_terminal_line)
    for name, level in ((f"{service}.log", settings.log_level), (f"{service}-error.log", "ERROR")):
        logger.add(
            folder / name,
            level=level,
            format=_as_json_line,
            rotation="20 MB",
            retention=5,
            encoding="utf-8",
        )
    logging.basicConfig(handlers=[_Intercept()], level=logging.INFO, force=True)
    for name in ("uvicorn", "uvicorn.error"):
        inner = logging.getLogger(name)
        inner.handlers = []
        inner.propagate = True
    # RequestContext logs each request itself, without query values, so that uvicorn's access log is disabled.
    access = logging.getLogger("uvicorn.access")
    access.handlers, access.propagate, access.disabled = [], False, True
    # urllib3 logs complete URLs, and the client library of a vendor puts its token into them.
    for noisy in ("httpx", "httpcore", "asyncio", "pgqueuer", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
