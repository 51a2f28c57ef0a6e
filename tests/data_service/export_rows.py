"""Rows in the shape of a GA4 export, for tests."""

import json
from typing import Any

NOON = 1_714_392_000_000_000  # 2024-04-29 12:00 UTC


def params(**values: Any) -> list[dict[str, Any]]:
    """`event_params` as BigQuery writes them: integers as text."""
    names = {str: "string_value", int: "int_value", float: "double_value"}
    return [
        {"key": key, "value": {names[type(value)]: str(value) if isinstance(value, int) else value}}
        for key, value in values.items()
    ]


def row(event_name: str = "page_view", number: int = 0, **more: Any) -> dict[str, Any]:
    """One hit of one device; `number` makes it another one."""
    return {
        "event_date": "20240429",
        "event_timestamp": str(NOON + number * 1_000_000),
        "event_name": event_name,
        "event_params": params(ga_session_id=77, page_location=f"https://shop.example/{number}"),
        "user_pseudo_id": f"device.{number % 5}",
        "event_bundle_sequence_id": str(1000 + number),
        **more,
    }


def ndjson(rows: list[dict[str, Any]]) -> bytes:
    """Rows, one a line, written compactly."""
    return b"".join(json.dumps(one, separators=(",", ":")).encode() + b"\n" for one in rows)
