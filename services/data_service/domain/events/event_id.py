"""Derive an event's id, so that an event that arrives again changes nothing."""

import hashlib
import json
import re
from typing import Any, Final

import msgspec

from services.data_service.domain.values import text_of

_SEPARATOR: Final = "\x1f"
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode
_sorted = msgspec.json.Encoder(order="sorted").encode
# msgspec writes the same text as json in a fraction of the time, except for escapes, non-ASCII characters and numbers
# with an exponent. To find those by plain searches, the digits 2 to 9 become 1, and every byte that may be escaped
# becomes NUL.
_OUTLINE: Final = bytes.maketrans(
    bytes((*b"23456789", ord("\\"), *range(127, 256))), bytes((*b"11111111", 0, *(0 for _ in range(127, 256))))
)
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}", re.ASCII)
# Fields that distinguish the hits of one bundle, if the export has them.
_WITHIN_BUNDLE: Final = ("batch_page_id", "batch_ordering_id", "batch_event_index")


def id_of_hit(row: dict[str, Any], user_pseudo_id: str, event_us: int, event_name: str) -> str:
    """Return the id of an export row as 32 hex digits.

    A row with a bundle is identified by it, so that an enriched copy or another file format is the same hit. Any other
    row is identified by its whole content.
    """
    bundle = text_of(row.get("event_bundle_sequence_id"), "event_bundle_sequence_id")
    if not bundle:
        return id_of_row(row)
    parts = [user_pseudo_id, str(event_us), event_name, bundle]
    parts.extend(part for name in _WITHIN_BUNDLE if name in row and (part := text_of(row[name], name)))
    return _first_16_bytes(_SEPARATOR.join(parts).encode())


def id_of_row(row: dict[str, Any], *, is_plain: bool = False) -> str:
    """Return the id of a row by its content: compact JSON, keys sorted, top-level nulls dropped, non-ASCII escaped.

    `is_plain` says that the row came from ASCII text without escapes and exponents. Then msgspec writes the same text
    as json, and the check for differences is skipped.
    """
    said = {key: value for key, value in row.items() if value is not None} if None in row.values() else row
    text = _sorted(said)
    if not is_plain and not _is_canonical(text):
        text = _canonical(said).encode()
    return _first_16_bytes(text)


def id_of_text(text: str) -> str:
    """Return the id for an id that the sender chose: a UUID is kept, anything else is hashed."""
    if _UUID.fullmatch(text):
        return text.replace("-", "").lower()
    return _first_16_bytes(text.encode())


def as_uuid_text(event_id: str) -> str:
    """Format 32 hex digits as Postgres shows a uuid."""
    return f"{event_id[:8]}-{event_id[8:12]}-{event_id[12:16]}-{event_id[16:20]}-{event_id[20:]}"


def _is_canonical(text: bytes) -> bool:
    outline = text.translate(_OUTLINE)
    return not (b"\0" in outline or b"0e" in outline or b"1e" in outline or b"0.0000" in outline)


def _first_16_bytes(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:32]
