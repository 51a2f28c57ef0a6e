"""Shorten an event's payload for an operator: enough to understand it, bounded, and without possible secrets."""

import re
from typing import Any, Final, cast

_SECRET: Final = re.compile(r"secret|password|token|credential|api_?key|authorization|cookie|signature", re.IGNORECASE)
_HIDDEN: Final = "(not shown)"
_MOST_TEXT: Final = 200
_MOST_ENTRIES: Final = 20
_MOST_VALUES: Final = 500
_MOST_DEPTH: Final = 6


def shown_payload(payload: Any) -> Any:
    """Return the payload with long texts and lists cut, and without values whose name suggests a secret.

    The result has at most 500 values of 200 characters. Every cut is marked.
    """
    return _Shown().of(payload, _MOST_DEPTH)


class _Shown:
    def __init__(self) -> None:
        self.left = _MOST_VALUES

    def of(self, value: Any, depth: int) -> Any:
        self.left -= 1
        if isinstance(value, str):
            return value if len(value) <= _MOST_TEXT else f"{value[:_MOST_TEXT]}… ({len(value):,} characters)"
        if not isinstance(value, dict | list):
            return value
        if depth == 0 or self.left <= 0:
            return "… (cut)"
        if isinstance(value, list):
            return self._list(cast("list[Any]", value), depth)
        return self._object(cast("dict[str, Any]", value), depth)

    def _list(self, values: list[Any], depth: int) -> list[Any]:
        shown = [self.of(value, depth - 1) for value in values[:_MOST_ENTRIES]]
        return [*shown, f"… ({len(values):,} in all)"] if len(values) > _MOST_ENTRIES else shown

    def _object(self, values: dict[str, Any], depth: int) -> dict[str, Any]:
        shown: dict[str, Any] = {
            name[:_MOST_TEXT]: _HIDDEN if _SECRET.search(name) else self.of(value, depth - 1)
            for name, value in list(values.items())[:_MOST_ENTRIES]
        }
        return shown | ({"…": f"({len(values):,} in all)"} if len(values) > _MOST_ENTRIES else {})
