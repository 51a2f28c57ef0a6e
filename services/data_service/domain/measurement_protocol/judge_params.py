"""Check an event's parameters, its items and the user's properties against the vendor's limits."""

from collections.abc import Iterator
from typing import Any, cast

from services.data_service.domain.measurement_protocol import vendor_rules as rules
from services.data_service.domain.measurement_protocol.remark import Code, Remark


def judge_params(place: int, params: dict[str, Any]) -> Iterator[Remark]:
    """Remarks on the parameters of the event at `place`; none of them is fatal."""
    own = {name: value for name, value in params.items() if name != "items"}
    if len(own) > rules.MAX_PARAMS:
        text = f"Event {place} has {len(own)} parameters; the vendor keeps {rules.MAX_PARAMS}."
        yield _of(place, text, Code.EXCEEDED_MAX_ENTITIES)
    for name, value in own.items():
        yield from _judge_param(place, f"parameter [{name}]", name, value)
    items = params.get("items")
    if isinstance(items, list):
        for number, item in enumerate(cast("list[Any]", items)):
            if isinstance(item, dict):
                yield from _judge_item(place, number, cast("dict[str, Any]", item))


def judge_properties(properties: dict[str, Any]) -> Iterator[Remark]:
    """Remarks on `user_properties`, each `{name: {"value": …}}`; none of them is fatal."""
    if len(properties) > rules.MAX_USER_PROPERTIES:
        text = f"There are {len(properties)} user properties; the vendor keeps {rules.MAX_USER_PROPERTIES}."
        yield _on_property("user_properties", text, Code.EXCEEDED_MAX_ENTITIES)
    for name, value in properties.items():
        path = f"user_properties.{name}"
        reserved = name in rules.RESERVED_PROPERTIES or name.startswith(rules.RESERVED_PROPERTY_PREFIXES)
        if reserved:
            yield _on_property(path, f"The user property's name [{name}] is reserved.", Code.NAME_RESERVED)
        if len(name) > rules.MAX_PROPERTY_NAME_CHARACTERS:
            most = rules.MAX_PROPERTY_NAME_CHARACTERS
            yield _on_property(path, f"The user property's name is longer than {most} characters.", Code.NAME_INVALID)
        inner: Any = cast("dict[str, Any]", value).get("value") if isinstance(value, dict) else None
        if inner is None:
            yield _on_property(path, 'A user property is an object with a "value".', Code.VALUE_REQUIRED)
        elif len(str(inner)) > rules.MAX_PROPERTY_VALUE_CHARACTERS:
            most = rules.MAX_PROPERTY_VALUE_CHARACTERS
            text = f"The user property's value is longer than {most} characters."
            yield _on_property(path, text, Code.VALUE_OUT_OF_BOUNDS)


def is_name(text: str) -> bool:
    """Letters, digits and underscores, beginning with a letter; letters of any script, as the vendor takes them."""
    return text[:1].isalpha() and text.replace("_", "a").isalnum()


def _judge_item(place: int, number: int, item: dict[str, Any]) -> Iterator[Remark]:
    own = [name for name in item if name not in rules.ITEM_FIELDS]
    if len(own) > rules.MAX_ITEM_PARAMS:
        text = f"Event {place}, item {number} has {len(own)} parameters of its own; the vendor keeps"
        yield _of(place, f"{text} {rules.MAX_ITEM_PARAMS}.", Code.EXCEEDED_MAX_ENTITIES)
    for name, value in item.items():
        yield from _judge_param(place, f"item {number}, parameter [{name}]", name, value)


def _judge_param(place: int, where: str, name: str, value: Any) -> Iterator[Remark]:
    if name in rules.RESERVED_PARAMS or name.startswith(rules.RESERVED_PARAM_PREFIXES):
        yield _of(place, f"Event {place}, {where}: the name is reserved.", Code.NAME_RESERVED)
    elif len(name) > rules.MAX_NAME_CHARACTERS or not is_name(name):
        text = f"the name must be letters, digits and underscores, {rules.MAX_NAME_CHARACTERS} at most, a letter first"
        yield _of(place, f"Event {place}, {where}: {text}.", Code.NAME_INVALID)
    if isinstance(value, (dict, list)):
        yield _of(place, f"Event {place}, {where}: the value is not a single one.", Code.VALUE_INVALID)
        return
    most = rules.VALUE_CHARACTERS_OF.get(name, rules.MAX_VALUE_CHARACTERS)
    if isinstance(value, str) and len(value) > most:
        yield _of(place, f"Event {place}, {where}: longer than {most} characters.", Code.VALUE_OUT_OF_BOUNDS)


def _of(place: int, text: str, code: Code) -> Remark:
    return Remark("events", text, code, event=place, is_fatal=False)


def _on_property(path: str, text: str, code: Code) -> Remark:
    return Remark(path, text, code, is_fatal=False)
