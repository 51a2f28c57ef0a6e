"""Parse the body of `POST /mp/collect` into events, refusals, and remarks in the vendor's codes."""

from collections import Counter
from datetime import timedelta
from typing import Any, Final, NamedTuple, cast

import msgspec

from services.data_service.domain.events.event_time import microseconds_of
from services.data_service.domain.events.export_json import read_json_line
from services.data_service.domain.events.location_rule import LocationRule
from services.data_service.domain.files.read_chunk import shown
from services.data_service.domain.files.rejection import Rejected, nested_too_deeply
from services.data_service.domain.measurement_protocol.event_of_hit import envelope_of, event_of_hit, same_as
from services.data_service.domain.measurement_protocol.judge_hit import is_strict, judge_hit
from services.data_service.domain.measurement_protocol.remark import Code, Remark
from services.data_service.domain.measurement_protocol.vendor_rules import MAX_AGE, MAX_BODY_BYTES
from services.data_service.store.events.epoch_time import MICROSECOND
from services.data_service.store.events.staged_event import StagedEvent
from services.data_service.store.measurement.measurement_hits import RefusedHit

_MAX_AGE_US: Final = MAX_AGE // MICROSECOND
# A sender's clock may be a little fast, although the vendor accepts only times in the past.
_AHEAD_US: Final = timedelta(minutes=15) // MICROSECOND
# Never stored, not even with refused hits.
_PRIVATE: Final = ("ip_override", "user_data")


class ReadHit(NamedTuple):
    """The events of a hit to record, its refusals, and every remark on it."""

    events: list[StagedEvent]
    refused: list[RefusedHit]
    remarks: list[Remark]


def read_hit(body: bytes, rule: LocationRule, arrived_us: int) -> ReadHit:
    """Parse a body; `arrived_us` is the time of events that have none of their own."""
    if len(body) >= MAX_BODY_BYTES:
        text = f"A body is smaller than {MAX_BODY_BYTES // 1000} kB."
        return _nothing(Remark("", text, Code.VALUE_OUT_OF_BOUNDS), None)
    try:
        hit = read_json_line(body.removeprefix(b"\xef\xbb\xbf"))
        return _read(hit, rule, arrived_us)
    except (Rejected, RecursionError) as error:
        why = error if isinstance(error, Rejected) else nested_too_deeply()
        code = Code.NAME_DUPLICATED if why.field else Code.VALUE_INVALID
        return _nothing(Remark(why.field, f"The body cannot be read: {why.reason}.", code), None)


def _read(hit: dict[str, Any], rule: LocationRule, arrived_us: int) -> ReadHit:
    remarks = judge_hit(hit)
    strict = is_strict(hit)
    whole = next((remark for remark in remarks if remark.event is None and (remark.is_fatal or strict)), None)
    if whole is not None:
        return ReadHit([], [_refused(whole, _envelope_shown(hit), _events_in(hit))], remarks)
    envelope = envelope_of(hit)
    events: list[StagedEvent] = []
    refused: list[RefusedHit] = []
    same: Counter[tuple[int, str]] = Counter()
    for place, event in enumerate(cast("list[Any]", hit["events"])):
        own = [remark for remark in remarks if remark.event == place]
        try:
            _stop_at(own, strict=strict)
            given_us, stale = _time_of(place, event, hit, arrived_us)
            remarks += stale
            _stop_at(stale, strict=strict)
            event_us = arrived_us if given_us is None else given_us
            before = None if given_us is None else same[same_as(event, event_us)]
            events.append(event_of_hit(event, envelope, rule, event_us=event_us, same_before=before))
            same[same_as(event, event_us)] += 1
        except _Stopped as stopped:
            refused.append(_refused(stopped.remark, _text_of(event), 1))
        except Rejected as rejected:
            remark = Remark("events", f"Event {place}: {rejected.reason}.", Code.VALUE_INVALID, place)
            remarks.append(remark)
            refused.append(_refused(remark, _text_of(event), 1))
    return ReadHit(events, refused, remarks)


class _Stopped(Exception):
    def __init__(self, remark: Remark) -> None:
        super().__init__(remark.description)
        self.remark = remark


def _stop_at(remarks: list[Remark], *, strict: bool) -> None:
    for remark in remarks:
        if remark.is_fatal or strict:
            raise _Stopped(remark)


def _time_of(
    place: int, event: dict[str, Any], hit: dict[str, Any], arrived_us: int
) -> tuple[int | None, list[Remark]]:
    """Return an event's stated time (its own before its hit's), None if there is no usable one, and remarks on it."""
    params = cast("dict[str, Any]", event.get("params") or {})
    given = (event.get("timestamp_micros"), params.get("timestamp_micros"), hit.get("timestamp_micros"))
    said = next((value for value in given if value not in (None, "")), None)
    if said is None:
        return None, []
    try:
        event_us = microseconds_of(said)
    except Rejected as rejected:
        reason = rejected.reason.replace("event_timestamp", "timestamp_micros")
        return None, [Remark("events", f"Event {place}: {reason}.", Code.VALUE_INVALID, place)]
    if event_us > arrived_us + _AHEAD_US:
        return None, [Remark("events", f"Event {place}: timestamp_micros lies ahead.", Code.VALUE_INVALID, place)]
    if event_us < arrived_us - _MAX_AGE_US:
        text = f"Event {place}: timestamp_micros is more than 72 hours ago."
        return event_us, [Remark("events", text, Code.VALUE_INVALID, place, is_fatal=False)]
    return event_us, []


def _nothing(remark: Remark, original: str | None) -> ReadHit:
    return ReadHit([], [_refused(remark, original, 1)], [remark])


def _refused(remark: Remark, original: str | None, events: int) -> RefusedHit:
    return RefusedHit(shown(remark.field_path), shown(remark.description), remark.code.value, events, original)


def _events_in(hit: dict[str, Any]) -> int:
    events = hit.get("events")
    return max(1, len(cast("list[Any]", events))) if isinstance(events, list) else 1


def _envelope_shown(hit: dict[str, Any]) -> str:
    return _text_of({name: value for name, value in hit.items() if name not in _PRIVATE})


def _text_of(value: Any) -> str:
    return shown(msgspec.json.encode(value).decode())
