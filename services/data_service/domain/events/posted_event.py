"""Convert an event that a program posted into a stored event."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from services.data_service.domain.events.event_id import as_uuid_text, id_of_row, id_of_text
from services.data_service.domain.events.event_time import microseconds_of, microseconds_of_text
from services.data_service.domain.events.items import items_of
from services.data_service.domain.events.location_rule import LocationRule
from services.data_service.domain.files.rejection import Rejected
from services.data_service.domain.values import (
    bounded,
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
_IN_COLUMNS: Final = frozenset(
    {
        *("event_name", "event_timestamp", "event_id", "user_id", "user_pseudo_id", "session_id"),
        *("page_location", "page_title", "search_term", "transaction_id", "value", "currency", "items", "params"),
    }
)
_NONE: Final[Mapping[str, Any]] = {}


def event_of_posted(row: dict[str, Any], rule: LocationRule, *, is_plain: bool = False) -> StagedEvent:
    """Convert a posted object into an event; unknown fields and params are kept in `extra`.

    Values without a field of their own may come in `params` under GA4's names. A given `location_id` takes precedence
    over the tenant's rule, which can only use params here. `is_plain` is for `id_of_row`.

    Raises:
        Rejected: names the field.
    """
    name = _name_of(row.get("event_name"))
    event_us = _time_of(row.get("event_timestamp"))
    params = _params_of(row.get("params"))
    given_id = id_of(row.get("event_id"), "event_id")
    event_id = id_of_text(given_id) if given_id else id_of_row(row, is_plain=is_plain)
    kind = KIND_OF_NAME.get(name, OTHER)
    items = items_of(row.get("items"))
    subject, value, currency = _subject_and_money(kind, name, event_id, row, params)
    location_id = id_of(row.get("location_id"), "location_id")
    extra: dict[str, Any] = {}
    if not _IN_COLUMNS.issuperset(row):
        extra = {key: inner for key, inner in row.items() if key not in _IN_COLUMNS and inner is not None}
    if name == "refund" and (transaction_id := id_of(row.get("transaction_id"), "transaction_id")):
        # Only purchases have a column for the transaction.
        params = {"transaction_id": transaction_id, **params}
    if params:
        extra["params"] = params
    if items and kind not in WITH_ITEMS:
        extra["items"] = items
        items = []
    return StagedEvent(
        str(kind),
        str(event_us),
        event_id,
        id_of(row.get("user_pseudo_id"), "user_pseudo_id"),
        id_of(row.get("user_id"), "user_id"),
        id_of(row.get("session_id"), "session_id") or id_of(params.get("ga_session_id"), "params.ga_session_id"),
        location_id or rule.resolve(params, _NONE, _NONE),
        _text(row, params, "page_location"),
        _text(row, params, "page_title"),
        subject,
        value,
        currency,
        _encode(items).decode() if items else "",
        _encode(extra).decode() if extra else "",
    )


def _subject_and_money(
    kind: int, name: str, event_id: str, row: dict[str, Any], params: Mapping[str, Any]
) -> tuple[str, str, str]:
    if kind in SEARCHES:
        for term in (row.get("search_term"), params.get("search_term"), params.get("no_search_results_term")):
            if folded := search_term_of(term):
                return folded, "", ""
        return "", "", ""
    if kind not in WITH_ITEMS:
        return "", "", ""
    value = number_of(row.get("value"), "value")
    if value is None:
        value = number_of(params.get("value"), "params.value")
    currency = currency_of(row.get("currency")) or currency_of(params.get("currency"))
    if kind == PURCHASE:
        transaction_id = (
            id_of(row.get("transaction_id"), "transaction_id")
            or id_of(params.get("transaction_id"), "params.transaction_id")
            or as_uuid_text(event_id)
        )
        return transaction_id, repr(value or 0), currency
    return name if kind == OTHER else "", "" if value is None else repr(value), currency


def _name_of(value: Any) -> str:
    if value is not None and not isinstance(value, str):
        reason = "event_name must be text"
        raise Rejected(reason, "event_name")
    name = bounded(text_of(value, "event_name"), "event_name", _MAX_NAME_BYTES)
    if not name:
        reason = "event_name is missing"
        raise Rejected(reason, "event_name")
    return name


def _time_of(value: Any) -> int:
    return microseconds_of_text(value) if isinstance(value, str) and value else microseconds_of(value)


def _params_of(value: Any) -> dict[str, Any]:
    if not value:
        return {}
    if not isinstance(value, dict):
        reason = "params must be an object"
        raise Rejected(reason, "params")
    return {
        key: inner
        for key, inner in value.items()
        if inner is not None and not (isinstance(inner, str) and not text_of(inner, key))
    }


def _text(row: dict[str, Any], params: Mapping[str, Any], name: str) -> str:
    return text_of(row.get(name), name) or text_of(params.get(name), f"params.{name}")
