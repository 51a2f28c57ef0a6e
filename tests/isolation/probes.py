"""Calls that the merged OpenAPI document knows, and what of a company they show."""

import itertools
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import httpx

from tests.isolation.canary_company import BRANCH, DAY, CanaryCompany

UUID_TEXT = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
_PARAMETER = re.compile(r"\{([^}]*)\}")
_MOST_TRIES = 200
_QUERY = {
    "start_date": DAY,
    "end_date": DAY,
    "date_from": DAY,
    "date_to": DAY,
    "report_date": DAY,
    "branch_code": BRANCH,
    "status": "all",
    "include_converted": "true",
    "q": BRANCH,
    "kind": "campaigns",
    "format": "csv",
}


@dataclass(frozen=True)
class Operation:
    """One call of the document. `body` is its JSON schema with references resolved, `query` its parameters' names."""

    method: str
    path: str
    query: tuple[str, ...]
    kinds: dict[str, list[str]]
    body: dict[str, Any]
    is_upload: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> list[str]:
        """Names in the path."""
        return _PARAMETER.findall(self.path)

    def at(self, values: dict[str, str]) -> str:
        """The path with these values in it."""
        return _PARAMETER.sub(lambda found: values[found.group(1)], self.path)

    def known_query(self) -> dict[str, str]:
        """What finds the canaries' rows."""
        return {name: _QUERY[name] for name in self.query if name in _QUERY}


@dataclass(frozen=True)
class Probe:
    """A read that has answered its owner with a canary."""

    operation: Operation
    path: str
    query: dict[str, str]


@dataclass
class Shown:
    """What a company's owner was shown: values by field name, ids among them, and the reads that showed canaries.

    `where` tells for each id which read showed it first.
    """

    values: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    ids: set[str] = field(default_factory=set[str])
    where: dict[str, str] = field(default_factory=dict[str, str])
    probes: list[Probe] = field(default_factory=list[Probe])


def operations_of(document: dict[str, Any]) -> list[Operation]:
    """Every call of the document."""
    return [
        _operation(document, method.upper(), path, described)
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    ]


async def explore(
    api: httpx.AsyncClient, operations: list[Operation], owned: CanaryCompany, headers: dict[str, str]
) -> Shown:
    """Read everything as the owner; ids found in lists lead to the reads of single things."""
    shown = Shown()
    shown.values["org_id"].add(owned.tenant_id)
    # (the channel of the company's leads)
    shown.values["channel_id"].add("unassigned")
    shown.ids |= owned.job_ids
    reads = sorted((read for read in operations if read.method == "GET"), key=lambda read: len(read.parameters))
    for operation in reads:
        # The known day is of the company's data; what lies at another time, such as the log, is found without it.
        queries = [operation.known_query(), {}] if operation.known_query() else [{}]
        for values, query in itertools.islice(itertools.product(_values_for(operation, shown), queries), _MOST_TRIES):
            path = operation.at(values)
            answer = await api.get(path, params=query, headers=headers)
            assert answer.status_code != 429, f"{path}: {answer.text}"
            if not answer.is_success:
                continue
            _collect(answer, shown)
            if owned.word in answer.text or UUID_TEXT.search(answer.text):
                shown.probes.append(Probe(operation, path, query))
                break
    return shown


def _values_for(operation: Operation, shown: Shown) -> Iterator[dict[str, str]]:
    names = operation.parameters
    # First the ids that were shown under the same path, or nowhere, such as a job's.
    within = operation.path.partition("{")[0].rstrip("/")
    ids = sorted(shown.ids, key=lambda known: (not shown.where.get(known, within).startswith(within), known))
    choices = [
        operation.kinds.get(name) or (ids if name == "id" else sorted(shown.values.get(name, set()))) for name in names
    ]
    return (dict(zip(names, chosen, strict=True)) for chosen in itertools.product(*choices))


def _collect(answer: httpx.Response, shown: Shown) -> None:
    for found in UUID_TEXT.findall(answer.text):
        shown.ids.add(found)
        shown.where.setdefault(found, answer.url.path)
    if answer.headers.get("content-type", "").startswith("application/json"):
        _collect_values(answer.json(), shown)


def _collect_values(part: Any, shown: Shown) -> None:
    if isinstance(part, dict):
        for name, value in cast("dict[str, Any]", part).items():
            if isinstance(value, str):
                shown.values[name].add(value)
            _collect_values(value, shown)
    elif isinstance(part, list):
        for value in cast("list[Any]", part):
            _collect_values(value, shown)


def _operation(document: dict[str, Any], method: str, path: str, described: dict[str, Any]) -> Operation:
    parameters = described.get("parameters", [])
    content = described.get("requestBody", {}).get("content", {})
    schema = _resolved(document, content.get("application/json", {}).get("schema", {}))
    kinds = {
        parameter["name"]: parameter["schema"]["enum"] for parameter in parameters if parameter["schema"].get("enum")
    }
    query = tuple(parameter["name"] for parameter in parameters if parameter["in"] == "query")
    return Operation(method, path, query, kinds, schema, is_upload="multipart/form-data" in content)


def _resolved(document: dict[str, Any], schema: dict[str, Any], depth: int = 6) -> dict[str, Any]:
    if depth == 0:
        return {}
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _resolved(document, document["components"]["schemas"][name], depth - 1)
    resolved = dict(schema)
    if "properties" in schema:
        resolved["properties"] = {
            name: _resolved(document, inner, depth - 1) for name, inner in schema["properties"].items()
        }
    if "items" in schema:
        resolved["items"] = _resolved(document, schema["items"], depth - 1)
    return resolved
