"""Parse one line of an export as strict JSON: invalid text, repeated keys and NUL are rejected, not repaired."""

import json
from typing import Any

import msgspec

from services.data_service.domain.files.rejection import Rejected

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


def read_json_line(line: bytes) -> dict[str, Any]:
    """Parse the JSON object of a line.

    Raises:
        Rejected: not UTF-8, not JSON, not an object, a key twice in one object, or a NUL character.
    """
    if b"\x00" in line:
        reason = "the line contains a NUL byte"
        raise Rejected(reason)
    try:
        row = _decode(line)
    except UnicodeDecodeError:
        raise _not_utf8() from None
    except (msgspec.DecodeError, RecursionError) as error:
        if not _is_utf8(line):
            raise _not_utf8() from None
        reason = f"not valid JSON: {_in_plain_words(error)}"
        raise Rejected(reason) from None
    if not isinstance(row, dict):
        reason = "not a JSON object"
        raise Rejected(reason)
    if not no_key_is_repeated(row, line):
        _check_every_key(line)
    if b"\\u0000" in line and _has_nul(row):
        reason = "the line contains a NUL character"
        raise Rejected(reason)
    return row  # pyright: ignore[reportUnknownVariableType]  # JSON


def no_key_is_repeated(value: Any, text: bytes) -> bool:
    """Whether encoding the value gives the same text again, which proves that no repeated key was dropped.

    Compact text, which most programs write, passes the first comparison; for the second one blanks are removed. False
    proves nothing, since escapes and unusual numbers also differ.
    """
    again = _encode(value)
    return again == text or again == msgspec.json.format(text, indent=-1)


def _check_every_key(line: bytes) -> None:
    try:
        json.loads(line, object_pairs_hook=_refuse_repeated, parse_int=_small, parse_float=_small)
    except (ValueError, RecursionError) as error:
        reason = f"not valid JSON: {_in_plain_words(error)}"
        raise Rejected(reason) from None


def _small(_digits: str) -> int:
    return 0


def _refuse_repeated(pairs: list[tuple[str, Any]]) -> None:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            reason = f"the key {key[:60]!r} is given twice"
            raise Rejected(reason, key)
        seen.add(key)


def _has_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(_has_nul(key) or _has_nul(inner) for key, inner in value.items())  # pyright: ignore[reportUnknownVariableType]  # JSON
    if isinstance(value, list):
        return any(_has_nul(inner) for inner in value)  # pyright: ignore[reportUnknownVariableType]  # JSON
    return False


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _not_utf8() -> Rejected:
    return Rejected("the line is not UTF-8 text")


def _in_plain_words(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error).removeprefix("JSON is malformed: ")
