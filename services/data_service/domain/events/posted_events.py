"""Parse the body of `POST /data/events` into events and rejections."""

import math
from typing import Any, Final, NamedTuple

import msgspec

from services.data_service.domain.events.export_json import no_key_is_repeated, read_json_line
from services.data_service.domain.events.location_rule import LocationRule
from services.data_service.domain.events.posted_event import event_of_posted
from services.data_service.domain.files.rejection import Rejected, nested_too_deeply
from services.data_service.errors import EventsMalformed, TooManyEvents
from services.data_service.store.events.staged_event import StagedEvent

MAX_EVENTS: Final = 5_000
# Python writes floats between these bounds without an exponent.
_LEAST: Final = 1e-4
_MOST: Final = 1e16


class _Body(msgspec.Struct):
    events: list[msgspec.Raw]


class Posted(NamedTuple):
    """The objects of a body; with `is_plain` its text can be written as JSON in only one way."""

    events: list[Any]
    is_plain: bool


class PostedEvents(NamedTuple):
    """The events of a body to record, and `{index, errors}` of each rejected one."""

    events: list[StagedEvent]
    rejected: list[dict[str, Any]]


def read_posted(body: bytes) -> Posted:
    """Parse the posted events into objects; an invalid one is represented by its Rejected.

    Raises:
        EventsMalformed, TooManyEvents
    """
    try:
        floats = _Floats()
        whole = msgspec.json.Decoder(float_hook=floats).decode(body)
        events = whole["events"]
        if (
            isinstance(events, list)
            and b"\\u0000" not in body
            and b"\0" not in body
            and no_key_is_repeated(whole, body)
        ):
            return Posted(_bounded(events), floats.are_plain and _is_plain(body))
        one_by_one = msgspec.json.decode(body, type=_Body).events
        return Posted([_read_one(raw) for raw in _bounded(one_by_one)], is_plain=False)
    except (KeyError, TypeError):
        message = 'the body must be an object with a list of events: {"events": [...]}'
        raise EventsMalformed(message) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"the body is not valid JSON: {str(error).removeprefix('JSON is malformed: ')}"
        raise EventsMalformed(message) from None


def events_of(posted: Posted, rule: LocationRule) -> PostedEvents:
    """Convert posted objects into events with the tenant's location rule."""
    events: list[StagedEvent] = []
    rejected: list[dict[str, Any]] = []
    for index, row in enumerate(posted.events):
        try:
            if isinstance(row, Rejected):
                raise row
            if not isinstance(row, dict):
                reason = "an event must be an object"
                raise Rejected(reason)
            events.append(event_of_posted(row, rule, is_plain=posted.is_plain))  # pyright: ignore[reportUnknownArgumentType]  # JSON
        except (Rejected, RecursionError) as error:
            why = error if isinstance(error, Rejected) else nested_too_deeply()
            rejected.append({"index": index, "errors": [{"field": why.field, "message": why.reason}]})
    return PostedEvents(events, rejected)


class _Floats:
    """Parses floats, and records whether any of them would be written with an exponent."""

    def __init__(self) -> None:
        self.are_plain = True

    def __call__(self, text: str) -> float:
        value = float(text)
        if not _LEAST <= abs(value) < _MOST and value:
            self.are_plain = False
            if math.isinf(value):
                reason = f"number out of range: {text[:40]}"
                raise ValueError(reason)
        return value


def _is_plain(body: bytes) -> bool:
    """Whether the body is ASCII without escapes."""
    return body.isascii() and b"\\" not in body and b"\x7f" not in body


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
