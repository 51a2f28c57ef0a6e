"""Structured logs: one JSON line an entry under the home, one readable line on the terminal.

Each entry carries the request, tenant and trace it belongs to. What looks like a secret is masked before it is
written, wherever in the entry it stands.
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
_EMAIL_LINK = re.compile(r"(/email/(?:t|unsubscribe)/)[^/\s?\"']+")
# Postgres tells the values of a row that it refused: customers' data.
_ROW_VALUES = re.compile(r"(?m)^(\s*DETAIL:).*$")
_SECRET_NAME = re.compile(r"password|secret|token|authorization|api[_-]?key|cookie|credential|private", re.IGNORECASE)
_SECRET_TEXT = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {MASK}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"), MASK),
    (re.compile(r"(?i)(://[^:/@\s]+:)[^@\s]+@"), rf"\1{MASK}@"),
    # (a token stands alone before a NATS server's address)
    (re.compile(r"(?i)\b((?:nats|tls|wss?)://)[^:/@\s]+@"), rf"\1{MASK}@"),
    (
        re.compile(r"(?i)\b(\w*(?:password|secret|token|api_?key)\w*)(\"?'?\s*[=:]\s*\"?'?)(?!\s)[^\s&\"',;)]+"),
        rf"\1\2{MASK}",
    ),
)
# One of these stands in whatever the patterns above find: most texts hold none.
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
# A path or a name that somebody sends must not begin a line of its own, nor steer the terminal.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TERMINAL = (
    "<dim>{time:HH:mm:ss.SSS}</dim> <level>{level: <7}</level> "
    "<cyan>{extra[service]}</cyan> {extra[_message]} <dim>{extra[request_id]}</dim>\n"
)
_TERMINAL_OF_REQUESTS = "<dim>{extra[_message]}</dim>\n"


class Lines(Protocol):
    """One entry that stands for several lines, masked already (common/request_lines); bound as `_requests`."""

    def as_json(self, moment: datetime, service: str, source: str) -> str:
        """The lines as JSON objects."""
        ...

    def as_text(self, moment: datetime, service: str) -> str:
        """The lines as the terminal shows them."""
        ...


def mask(text: str) -> str:
    """Replace what looks like a secret by `***`."""
    # Each of the patterns above has a sign in it: in an id there is nothing to look for.
    if text.isalnum():
        return text
    # Letters beyond ASCII may stand for others where case is ignored: such a text the patterns look through themselves.
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
    """The traceback, masked: an exception's text is where passwords of connection strings turn up."""
    found = record["exception"]
    if found is None or found.value is None:
        return None
    return mask("".join(traceback.format_exception(found.type, found.value, found.traceback)))


def without_control(text: str) -> str:
    """The text with characters that would steer a terminal written out."""
    return text if text.isprintable() else _CONTROL.sub(lambda found: repr(found[0])[1:-1], text)


def _as_terminal_line(record: "Record") -> str:
    """One line an entry; one a request where the entry is of several (common/request_lines)."""
    requests: Lines | None = record["extra"].get("_requests")
    if requests is not None:
        record["extra"]["_message"] = requests.as_text(record["time"], record["extra"]["service"])
        return _TERMINAL_OF_REQUESTS
    record["extra"]["_message"] = without_control(record["message"])
    record["extra"]["_traceback"] = _traceback_of(record) or ""
    return _TERMINAL + ("{extra[_traceback]}" if record["extra"]["_traceback"] else "")


def _as_json_line(record: "Record") -> str:
    """One object a line: time, level, message, what the entry belongs to, and its exception if it has one."""
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
    """Hands the standard library's records (uvicorn, nats, pgqueuer, …) to loguru."""

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
    # The frame writes one line a request itself, without query values; a logger without handlers is not asked for more.
    access = logging.getLogger("uvicorn.access")
    access.handlers, access.propagate, access.disabled = [], False, True
    # (urllib3 tells whole URLs, and a vendor's client library puts its token into them)
    for noisy in ("httpx", "httpcore", "asyncio", "pgqueuer", "urllib3"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
