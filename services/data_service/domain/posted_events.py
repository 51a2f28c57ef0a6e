"""The body of POST /data/events → events and rejections."""

from typing import Any, Final, NamedTuple

import msgspec

from services.data_service.domain.export_json import no_key_is_repeated, read_json_line
from services.data_service.domain.location_rule import LocationRule
from services.data_service.domain.posted_event import event_of_posted
from services.data_service.domain.rejection import Rejected
from services.data_service.errors import EventsMalformed, TooManyEvents
from services.data_service.store.staged_event import StagedEvent

MAX_EVENTS: Final = 5_000


class _Body(msgspec.Struct):
    events: list[msgspec.Raw]


class PostedEvents(NamedTuple):
    """What a body held: events to record, and `{index, errors}` of each that is not taken."""

    events: list[StagedEvent]
    rejected: list[dict[str, Any]]


def read_posted(body: bytes) -> list[Any]:
    """The posted events as objects; one that cannot be read stands as its Rejected.

    Raises:
        EventsMalformed, TooManyEvents
    """
    try:
        whole = msgspec.json.decode(body)
        events = whole["events"]
        if (
            isinstance(events, list)
            and b"\\u0000" not in body
            and b"\0" not in body
            and no_key_is_repeated(whole, body)
        ):
            return _bounded(events)
        return [_read_one(raw) for raw in _bounded(msgspec.json.decode(body, type=_Body).events)]
    except (KeyError, TypeError):
        message = 'the body must be an object with a list of events: {"events": [...]}'
        raise EventsMalformed(message) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"the body is not valid JSON: {str(error).removeprefix('JSON is malformed: ')}"
        raise EventsMalformed(message) from None


def events_of(posted: list[Any], rule: LocationRule) -> PostedEvents:
    """Turn posted objects into events by the tenant's location rule."""
    events: list[StagedEvent] = []
    rejected: list[dict[str, Any]] = []
    for index, row in enumerate(posted):
        try:
            if isinstance(row, Rejected):
                raise row
            if not isinstance(row, dict):
                reason = "an event must be an object"
                raise Rejected(reason)
            events.append(event_of_posted(row, rule))
        except Rejected as why:
            rejected.append({"index": index, "errors": [{"field": why.field, "message": why.reason}]})
    return PostedEvents(events, rejected)


def _read_one(raw: msgspec.Raw) -> Any:
    try:
        return read_json_line(bytes(raw))
    except Rejected as rejected:
        return rejected


def _bounded(events: list[Any]) -> list[Any]:
    if len(events) > MAX_EVENTS:
        message = f"{len(events)} events; one request takes at most {MAX_EVENTS}"
        raise TooManyEvents(message)
    return events
