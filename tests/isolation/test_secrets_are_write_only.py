"""No answer to a read has a field for a secret: what was given is used, and never shown again."""

import importlib
import re
from collections.abc import Iterator
from typing import Any, cast

import pytest
from fastapi import FastAPI

from common.settings import SERVICES_WITH_DATABASE

SECRET = re.compile(
    r"password|secret|passphrase|credential|private|sealed|token|(^|_)key(s|_hash)?$|hash$", re.IGNORECASE
)
# What sounds like one and is none.
HARMLESS = {
    "has_password": "whether there is one",
    "task_key": "the name of a task",
    "keys": "public keys, of JWKS; or the list of keys by name, as the operator sees it",
}


def fields_of(document: dict[str, Any], schema: Any, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    """The names of all fields that a schema can have, however deep."""
    if isinstance(schema, list):
        for part in cast("list[Any]", schema):
            yield from fields_of(document, part, seen)
    if not isinstance(schema, dict):
        return
    described = cast("dict[str, Any]", schema)
    name = str(described.get("$ref", "")).rpartition("/")[2]
    if name and name not in seen:
        yield from fields_of(document, document["components"]["schemas"][name], seen | {name})
    yield from described.get("properties", {})
    for part in ("properties", "$defs"):
        yield from fields_of(document, list(described.get(part, {}).values()), seen)
    for part in ("items", "anyOf", "oneOf", "allOf", "prefixItems", "additionalProperties"):
        yield from fields_of(document, described.get(part), seen)


def reads_of(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each GET with the schemas of all its answers."""
    for path, methods in document["paths"].items():
        if "get" in methods:
            answers = methods["get"].get("responses", {}).values()
            yield path, [part.get("schema") for answer in answers for part in answer.get("content", {}).values()]


@pytest.mark.parametrize("service", SERVICES_WITH_DATABASE)
def test_no_read_answers_with_a_secret(service: str) -> None:
    app: FastAPI = importlib.import_module(f"services.{service}_service").app
    document = app.openapi()
    reads = dict(reads_of(document))
    shown = {(path, name) for path, schema in reads.items() for name in fields_of(document, schema)}

    assert reads
    assert {(path, name) for path, name in shown if SECRET.search(name) and name not in HARMLESS} == set()


def test_the_walk_finds_a_secret_where_there_is_one() -> None:
    document = {
        "paths": {
            "/x": {
                "get": {
                    "responses": {
                        "200": {
                            "content": {
                                "application/json": {
                                    "schema": {
                                        "type": "array",
                                        "items": {"anyOf": [{"$ref": "#/components/schemas/Config"}, {"type": "null"}]},
                                    }
                                }
                            }
                        }
                    }
                }
            }
        },
        "components": {"schemas": {"Config": {"properties": {"server": {"properties": {"smtp_password": {}}}}}}},
    }
    [(_, schema)] = reads_of(document)

    assert [name for name in fields_of(document, schema) if SECRET.search(name)] == ["smtp_password"]


def test_what_takes_the_mail_servers_password_says_that_it_is_write_only() -> None:
    app: FastAPI = importlib.import_module("services.email_service").app
    schemas = app.openapi()["components"]["schemas"]

    assert schemas["NewConfig"]["properties"]["password"]["writeOnly"] is True
    assert "password" not in schemas["Config"]["properties"]
