"""The OpenAPI description of a body that a route reads by itself, past FastAPI."""

from typing import Any, cast

from pydantic import BaseModel

_DEFINITIONS = "$defs"
_REFERENCE = "$ref"


def json_body_of(model: type[BaseModel]) -> dict[str, Any]:
    """`openapi_extra` for a JSON body of this model.

    Pydantic's references (`#/$defs/…`) mean the root of the whole document there, where nothing is: the models they
    name are put in their places.
    """
    schema = model.model_json_schema()
    definitions = cast("dict[str, Any]", schema.pop(_DEFINITIONS, {}))
    content = {"application/json": {"schema": _inlined(schema, definitions)}}
    return {"requestBody": {"required": True, "content": content}}


def _inlined(part: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(part, list):
        return [_inlined(inner, definitions) for inner in cast("list[Any]", part)]
    if not isinstance(part, dict):
        return part
    described = cast("dict[str, Any]", part)
    if _REFERENCE in described:
        name = str(described[_REFERENCE]).rpartition("/")[2]
        return _inlined(definitions[name], definitions)
    return {key: _inlined(inner, definitions) for key, inner in described.items()}
