"""Convert one row of a GA4 BigQuery export into an event."""

from typing import Any, Final

import msgspec

from services.data_service.domain.events.event_id import as_uuid_text, id_of_hit
from services.data_service.domain.events.event_time import microseconds_of
from services.data_service.domain.events.export_json import read_json_line
from services.data_service.domain.events.items import items_of
from services.data_service.domain.events.location_rule import LocationRule
from services.data_service.domain.files.rejection import Rejected, nested_too_deeply
from services.data_service.domain.values import (
    bounded,
    check_day,
    currency_of,
    id_of,
    number_of,
    search_term_of,
    text_of,
)
from services.data_service.store.events.staged_event import (
    KIND_OF_NAME,
    OTHER,
    PURCHASE,
    SEARCHES,
    WITH_ITEMS,
    StagedEvent,
)

_encode = msgspec.json.Encoder().encode
_MAX_NAME_BYTES: Final = 256
_VALUE_FIELDS: Final = ("string_value", "int_value", "float_value", "double_value")
# These fields have columns in the event tables and are not repeated in `extra`.
_IN_COLUMNS: Final = frozenset(
    {"event_timestamp", "event_name", "event_params", "user_properties", "user_pseudo_id", "user_id", "items"}
)


def event_of_line(line: bytes, rule: LocationRule) -> StagedEvent:
    """Convert one line of an NDJSON export into an event.

    Raises:
        Rejected: with the reason for the file's list of rejects.
    """
    try:
        return event_of_row(read_json_line(line), rule)
    except RecursionError:
        raise nested_too_deeply() from None


def event_of_row(row: dict[str, Any], rule: LocationRule) -> StagedEvent:
    """Convert one export row into an event; fields without a column of their own are kept in `extra`.

    Raises:
        Rejected: see `event_of_line`.
    """
    name = bounded(text_of(row.get("event_name"), "event_name"), "event_name", _MAX_NAME_BYTES)
    if not name:
        reason = "event_name is missing"
        raise Rejected(reason, "event_name")
    event_us = microseconds_of(row.get("event_timestamp"))
    check_day(row.get("event_date"), "event_date")
    params = _pairs(row.get("event_params"), "event_params")
    user_properties = _pairs(row.get("user_properties"), "user_properties")
    geo = _present(row.get("geo"), "geo")
    location = rule.resolve(params, user_properties, geo)
    user_pseudo_id = id_of(row.get("user_pseudo_id"), "user_pseudo_id")
    event_id = id_of_hit(row, user_pseudo_id, event_us, name)
    kind = KIND_OF_NAME.get(name, OTHER)
    items = items_of(row.get("items"))
    subject, value, currency = _subject_and_money(kind, name, event_id, row, params)
    extra = {key: inner for key, inner in row.items() if key not in _IN_COLUMNS and inner is not None and inner != {}}
    session_id = id_of(_taken(params, row, "ga_session_id"), "ga_session_id")
    page_location = text_of(_taken(params, row, "page_location"), "page_location")
    page_title = text_of(_taken(params, row, "page_title"), "page_title")
    for key, inner in (("params", params), ("user_properties", user_properties), ("geo", geo)):
        if inner:
            extra[key] = inner
        else:
            extra.pop(key, None)
    if items and kind not in WITH_ITEMS:
        extra["items"] = items
        items = []
    return StagedEvent(
        str(kind),
        str(event_us),
        event_id,
        user_pseudo_id,
        id_of(row.get("user_id"), "user_id"),
        session_id,
        location,
        page_location,
        page_title,
        subject,
        value,
        currency,
        _encode(items).decode() if items else "",
        _encode(extra).decode() if extra else "",
    )


def _subject_and_money(
    kind: int, name: str, event_id: str, row: dict[str, Any], params: dict[str, Any]
) -> tuple[str, str, str]:
    """Return the event's subject (transaction, search term or name), its value and its currency."""
    if kind in SEARCHES:
        term = search_term_of(params.get("search_term")) or search_term_of(params.get("no_search_results_term"))
        return term, "", ""
    if kind not in WITH_ITEMS:
        return "", "", ""
    value = number_of(params.get("value"), "value")
    currency = currency_of(params.get("currency"))
    if kind != PURCHASE:
        return name if kind == OTHER else "", "" if value is None else repr(value), currency
    ecommerce = _present(row.get("ecommerce"), "ecommerce")
    if value is None:
        value = number_of(ecommerce.get("purchase_revenue"), "ecommerce.purchase_revenue") or 0
    transaction_id = (
        id_of(params.get("transaction_id"), "transaction_id")
        or id_of(ecommerce.get("transaction_id"), "ecommerce.transaction_id")
        or as_uuid_text(event_id)
    )
    return transaction_id, repr(value), currency


def _pairs(value: Any, field: str) -> dict[str, Any]:
    """`[{key, value: {string_value | int_value | float_value | double_value}}]` as key → value, without absent values.

    If a key is given twice, the first one counts.
    """
    if not value:
        return {}
    if not isinstance(value, list):
        reason = f"{field} is not a list"
        raise Rejected(reason, field)
    found: dict[str, Any] = {}
    for pair in value:  # pyright: ignore[reportUnknownVariableType]  # JSON
        try:
            key, inner = pair["key"], pair.get("value")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]  # JSON
        except (TypeError, KeyError, AttributeError):
            reason = f"{field} holds an entry that is not a key with a value"
            raise Rejected(reason, field) from None
        if not isinstance(key, str):
            reason = f"{field} holds a key that is not text"
            raise Rejected(reason, field)
        if key not in found and (single := _single(inner, key)) is not None:
            found[key] = single
    return found


def _single(value: Any, key: str) -> str | int | float | None:
    """Return a param's value from whichever field is set; integers may come as text. None if it is absent."""
    if isinstance(value, dict):
        fields = value
        for name in _VALUE_FIELDS:
            if (value := fields.get(name)) is not None:
                break
    if type(value) is int or type(value) is float:
        return value
    return text_of(value, key) or None


def _present(value: Any, field: str) -> dict[str, Any]:
    """Return the values of an object that are not absent."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        reason = f"{field} is not an object"
        raise Rejected(reason, field)
    return {
        key: inner
        for key, inner in value.items()  # pyright: ignore[reportUnknownVariableType]  # JSON
        if inner is not None and inner not in ("", "(not set)", "null")
    }


def _taken(params: dict[str, Any], row: dict[str, Any], name: str) -> Any:
    """Take a param that has a column of its own; flattened exports have it as a field of the row."""
    value = params.pop(name, None)
    return row.get(name) if value is None else value
