"""Validate a hit and its events."""

from collections.abc import Collection, Iterator
from typing import Any, Final, cast

from services.data_service.domain.measurement_protocol import vendor_rules as rules
from services.data_service.domain.measurement_protocol.judge_params import is_name, judge_params, judge_properties
from services.data_service.domain.measurement_protocol.remark import Code, Remark

APP_DEVICE: Final = "app_instance_id"
_OBJECTS: Final = ("user_properties", "consent", "user_location", "device", "user_data")


def judge_hit(hit: dict[str, Any]) -> list[Remark]:
    """Return every remark on a hit and its events, except on times, ids and money, which are checked when read."""
    reserved = rules.RESERVED_EVENTS if device_of(hit) == APP_DEVICE else rules.RESERVED_EVENTS | rules.APP_EVENTS
    return [*_judge_envelope(hit), *_judge_events(hit.get("events"), reserved)]


def device_of(hit: dict[str, Any]) -> str:
    """Return the field that names a hit's device: `client_id`, or for apps `app_instance_id`."""
    return APP_DEVICE if hit.get("client_id") in (None, "") and hit.get(APP_DEVICE) else "client_id"


def is_strict(hit: dict[str, Any]) -> bool:
    """Whether the sender asks for strict validation, which refuses what the vendor would otherwise only cut."""
    return hit.get("validation_behavior") == rules.STRICT


def _judge_envelope(hit: dict[str, Any]) -> Iterator[Remark]:
    device = device_of(hit)
    for name in (device, "user_id"):
        value = hit.get(name)
        if value is not None and not isinstance(value, str):
            is_whole = isinstance(value, int) and not isinstance(value, bool)
            yield Remark(name, f"{name} must be text.", Code.VALUE_INVALID, is_fatal=not is_whole)
    if hit.get(device) in (None, ""):
        yield Remark("client_id", "client_id is required: it says whose device the hit is of.", Code.VALUE_REQUIRED)
    for name in _OBJECTS:
        if hit.get(name) is not None and not isinstance(hit[name], dict):
            yield Remark(name, f"{name} must be an object.", Code.VALUE_INVALID)
    if isinstance(hit.get("user_properties"), dict):
        yield from judge_properties(hit["user_properties"])
    yield from _judge_consent(hit.get("consent"))
    behavior = hit.get("validation_behavior")
    if behavior not in (None, rules.STRICT, rules.RELAXED):
        text = f"validation_behavior is {rules.RELAXED} or {rules.STRICT}."
        yield Remark("validation_behavior", text, Code.VALUE_INVALID, is_fatal=False)


def _judge_consent(consent: Any) -> Iterator[Remark]:
    if isinstance(consent, dict):
        for name, value in cast("dict[str, Any]", consent).items():
            if not isinstance(value, str) or value not in rules.CONSENT:
                yield Remark(f"consent.{name}", "Consent is GRANTED or DENIED.", Code.VALUE_INVALID, is_fatal=False)


def _judge_events(events: Any, reserved: Collection[str]) -> Iterator[Remark]:
    if not events:
        yield Remark("events", "events is required: a list with at least one event.", Code.VALUE_REQUIRED)
        return
    if not isinstance(events, list):
        yield Remark("events", "events must be a list.", Code.VALUE_INVALID)
        return
    listed = cast("list[Any]", events)
    if len(listed) > rules.MAX_EVENTS:
        text = f"There are {len(listed)} events; a hit carries at most {rules.MAX_EVENTS}."
        yield Remark("events", text, Code.EXCEEDED_MAX_ENTITIES)
        return
    for place, event in enumerate(listed):
        yield from _judge_event(place, event, reserved)


def _judge_event(place: int, event: Any, reserved: Collection[str]) -> Iterator[Remark]:
    if not isinstance(event, dict):
        yield Remark("events", f"Event {place} is not an object.", Code.VALUE_INVALID, place)
        return
    told = cast("dict[str, Any]", event)
    yield from _judge_name(place, told.get("name"), reserved)
    params = told.get("params")
    if params is None:
        return
    if not isinstance(params, dict):
        yield Remark("events", f"Event {place}: params must be an object.", Code.VALUE_INVALID, place)
        return
    yield from judge_params(place, cast("dict[str, Any]", params))


def _judge_name(place: int, name: Any, reserved: Collection[str]) -> Iterator[Remark]:
    if name in (None, ""):
        yield Remark("events", f"Event {place} has no name.", Code.VALUE_REQUIRED, place)
    elif not isinstance(name, str):
        yield Remark("events", f"Event {place}: its name must be text.", Code.NAME_INVALID, place)
    elif not is_name(name):
        text = "must be letters, digits and underscores, beginning with a letter"
        yield Remark("events", f"Event {place}: the name [{name[:60]}] {text}.", Code.NAME_INVALID, place)
    elif len(name) > rules.MAX_NAME_CHARACTERS:
        text = f"is longer than {rules.MAX_NAME_CHARACTERS} characters"
        yield Remark("events", f"Event {place}: the name [{name[:60]}] {text}.", Code.NAME_INVALID, place)
    elif name in reserved:
        yield Remark("events", f"Event {place}: the name [{name}] is reserved.", Code.NAME_RESERVED, place)
