"""Describe in OpenAPI a request body that a route parses itself instead of leaving it to FastAPI."""

from typing import Any, cast

from pydantic import BaseModel

_DEFINITIONS = "$defs"
_REFERENCE = "$ref"


def json_body_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the `openapi_extra` of a route for a JSON body of this model.

    In `openapi_extra`, Pydantic's references (`#/$defs/…`) would point to the root of the whole document, which has no
    such definitions. So each reference is replaced by the schema to which it points.
    """
    schema = model.model_json_schema()
    definitions = cast("dict[str, Any]", schema.pop(_DEFINITIONS, {}))
    content = {"application/json": {"schema": _inlined(schema, definitions)}}
    return {"requestBody": {"required": True, "content": content}}


def _inlined(node: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inlined(inner, definitions) for inner in cast("list[Any]", node)]
    if not isinstance(node, dict):
        return node
    schema = cast("dict[str, Any]", node)
    if _REFERENCE in schema:
        name = str(schema[_REFERENCE]).rpartition("/")[2]
        return _inlined(definitions[name], definitions)
    return {key: _inlined(inner, definitions) for key, inner in schema.items()}
