"""A JSON object with any content that callers store and read back, limited in size and depth."""

from typing import Annotated, Any, Final, cast

from pydantic import AfterValidator

from common.db.jsonb import to_jsonb

MAX_BYTES: Final = 16_384
MAX_DEPTH: Final = 32


def _storable(value: dict[str, Any]) -> dict[str, Any]:
    if not _is_within_depth(value, MAX_DEPTH):
        message = f"nested more than {MAX_DEPTH} deep"
        raise ValueError(message)
    try:
        text = to_jsonb(value)
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
    return value


def _is_within_depth(value: Any, depth: int) -> bool:
    """Return whether a value is nested at most this deep. Much deeper values could be parsed, but not encoded again."""
    if not isinstance(value, dict | list):
        return True
    children = cast("list[Any]", list(value.values()) if isinstance(value, dict) else value)
    return depth > 0 and all(_is_within_depth(child, depth - 1) for child in children)


KeptObject = Annotated[dict[str, Any], AfterValidator(_storable)]
