"""Convert one event of a hit into a stored event."""

import re
from typing import Any, Final, NamedTuple, cast
from uuid import uuid4

from services.data_service.domain.events.event_id import id_of_row
from services.data_service.domain.events.location_rule import LocationRule
from services.data_service.domain.events.posted_event import event_of_posted
from services.data_service.domain.measurement_protocol.judge_hit import device_of
from services.data_service.domain.values import text_of
from services.data_service.store.events.staged_event import StagedEvent

# Fields with columns of their own, and fields that are never stored: addresses, and user data meant for advertising.
_NOT_KEPT: Final = frozenset(
    {
        *("client_id", "app_instance_id", "user_id", "timestamp_micros", "events", "validation_behavior"),
        *("user_properties", "user_location", "device", "ip_override", "user_data"),
    }
)
# A session's id inside what a tag's own variable gives: `GS1.1.1687777777.5.…` or `GS2.1.s1747323152$o28$…`.
_SESSION_IN_COOKIE: Final = re.compile(r"GS\d+\.\d+\.s?(\d+)[.$].*", re.ASCII | re.DOTALL)


class Envelope(NamedTuple):
    """The fields that all events of a hit share; `more` has the remaining fields."""

    device_id: Any
    user_id: Any
    user_properties: dict[str, Any]
    user_location: dict[str, Any]
    device: dict[str, Any]
    more: dict[str, Any]


def envelope_of(hit: dict[str, Any]) -> Envelope:
    """Return the shared fields of a hit that `judge_hit` has checked."""
    properties: dict[str, Any] = hit.get("user_properties") or {}
    return Envelope(
        hit.get(device_of(hit)),
        hit.get("user_id"),
        {name: value for name, given in properties.items() if (value := _value_of(given)) is not None},
        hit.get("user_location") or {},
        hit.get("device") or {},
        {name: value for name, value in hit.items() if name not in _NOT_KEPT},
    )


def event_of_hit(
    event: dict[str, Any], envelope: Envelope, rule: LocationRule, *, event_us: int, same_before: int | None
) -> StagedEvent:
    """Convert one event with the time `event_us`; everything without a column goes into `extra`.

    `same_before` counts earlier events of the hit with the same content, so that a repeated hit gives the same ids. It
    is None if the event has its time of arrival, since a repetition cannot then be told from another event.

    Raises:
        Rejected: names the field.
    """
    params = dict(cast("dict[str, Any]", event.get("params") or {}))
    identity = {"client_id": envelope.device_id, "at": event_us, "same": same_before, "event": _content(event)}
    items = params.pop("items", None)
    session_id = session_of(params.get("session_id"))
    geo = {"city": envelope.user_location["city"]} if envelope.user_location.get("city") else {}
    row: dict[str, Any] = {
        "event_name": event.get("name"),
        "event_timestamp": event_us,
        "event_id": uuid4().hex if same_before is None else id_of_row(identity),
        "user_pseudo_id": envelope.device_id,
        "user_id": envelope.user_id,
        "session_id": session_id,
        "items": items,
        "params": params,
        "user_properties": envelope.user_properties or None,
        "geo": geo or None,
        "user_location": envelope.user_location or None,
        "device": envelope.device or None,
        "hit": envelope.more or None,
    }
    staged = event_of_posted(row, rule)
    return staged._replace(location_id=rule.resolve(params, envelope.user_properties, geo))


def same_as(event: dict[str, Any], event_us: int) -> tuple[int, str]:
    """Return a key that two events of one hit share if they have the same time and content."""
    return event_us, id_of_row(_content(event))


def session_of(value: Any) -> str:
    """Return a session's id as the export has it, '' if it is absent."""
    text = text_of(value, "session_id")
    inside = _SESSION_IN_COOKIE.fullmatch(text)
    return inside[1] if inside else text


def _content(event: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in event.items() if name != "timestamp_micros"}


def _value_of(given: Any) -> Any:
    return cast("dict[str, Any]", given).get("value") if isinstance(given, dict) else given
