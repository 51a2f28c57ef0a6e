"""A JSON object that callers may keep as they like: bounded, and such as can be stored and answered again."""

from typing import Annotated, Any, Final, cast

from pydantic import AfterValidator

from common.db.jsonb import to_jsonb

MAX_BYTES: Final = 16_384
MAX_DEPTH: Final = 32


def _storable(kept: dict[str, Any]) -> dict[str, Any]:
    if not _within(kept, MAX_DEPTH):
        message = f"nested more than {MAX_DEPTH} deep"
        raise ValueError(message)
    try:
        text = to_jsonb(kept)
        size = len(text.encode())
    except (ValueError, TypeError, OverflowError, RecursionError):
        message = "not JSON that can be kept"
        raise ValueError(message) from None
    if size > MAX_BYTES:
        message = f"more than {MAX_BYTES} bytes of JSON"
        raise ValueError(message)
    if "\\u0000" in text:
        message = "a character U+0000 cannot be kept"
        raise ValueError(message)
    return kept


def _within(value: Any, depth: int) -> bool:
    """Is it nested no deeper? What is much deeper is read, but cannot be answered."""
    if not isinstance(value, dict | list):
        return True
    inner = cast("list[Any]", list(value.values()) if isinstance(value, dict) else value)
    return depth > 0 and all(_within(one, depth - 1) for one in inner)


KeptObject = Annotated[dict[str, Any], AfterValidator(_storable)]
