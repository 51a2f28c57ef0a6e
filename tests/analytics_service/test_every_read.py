"""Every read of analytics, as the OpenAPI document lists them: what is asked badly, and what is awkward to answer."""

import json
import re
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import Any, NamedTuple
from uuid import uuid4

import httpx
import pytest

from tests.analytics_service.awkward_company import EMOJI, FAR, LONG, NAMES, QUOTED, RIGHT_TO_LEFT, SHORT, found_company
from tests.analytics_service.conftest import Service

OK, WRONG = 200, 422
DAYS: dict[str, int] = {
    "2024-02-30": WRONG, "0": WRONG, "-1": WRONG, "1e3": WRONG, "": WRONG, "0001-01-01": WRONG, "9999-12-31": WRONG,
    "2024-03-10T00:00:00Z": WRONG, EMOJI: WRONG, "NaN": WRONG,
}  # fmt: skip
TEXTS: dict[str, int] = {
    **dict.fromkeys((*NAMES, "%", "_", "\\", "'; select 1; --", "${x}", "null"), OK),
    "\x00": WRONG, "x" * 501: WRONG,
}  # fmt: skip
PLATFORMS: dict[str, int] = {
    **dict.fromkeys(("nobody", "facebook", "meta,facebook,google", "", "." * 2000), OK),
    **dict.fromkeys(("Meta", "meta,", "meta google", "a" * 2001, *NAMES, "meta\x00", "google;--", "%"), WRONG),
}
WHOLE: dict[str, int] = {**dict.fromkeys(("0", "-1", str(10**9), "9" * 40, "ten", "1.5", "", "NaN"), WRONG), "1": OK}
ONE_OF: dict[str, int] = dict.fromkeys(("nonsense", "", *NAMES, "\x00"), WRONG)
# What may be asked for by a name: a read with another parameter has to have it listed here.
ASKED: Mapping[str, Mapping[str, int]] = {
    **dict.fromkeys(("date_from", "date_to", "start_date", "end_date"), DAYS),
    "platforms": PLATFORMS,
    "limit": WHOLE | {"100": OK},
    "page": WHOLE | {str(10**6): OK},
    "recovery_hours": WHOLE | {"0": OK, "8760": OK},
    "location_id": TEXTS,
    "query": TEXTS | {"x" * 201: WRONG},
    "q": TEXTS | {"": WRONG, " ": WRONG},
    "include_converted": ONE_OF | {"true": OK},
    "kinds": ONE_OF | {"": OK, "users,campaigns": OK},
    **dict.fromkeys(("status", "kind", "type", "job_id"), ONE_OF),
    "format": ONE_OF | dict.fromkeys(("csv", "xlsx", "parquet"), OK),
}
# Both ends, and which is wrong.
RANGES: tuple[tuple[str, str, int | None], ...] = (
    (str(SHORT), str(SHORT), None),
    (str(LONG), str(LONG), None),
    (str(FAR), str(FAR), None),
    ("1970-01-01", "1970-01-01", None),
    ("2199-12-31", "2199-12-31", None),
    (str(LONG), str(SHORT), 0),
    ("2019-03-10", "2024-03-10", 1),
)
NEEDED = {"q": "spring", "kind": "campaigns"}
# Of another shape than a JSON answer to be kept: the operator's list of events that were given up.
APART = {"/analytics/dead-letters"}
# They have no days, or reach back as far as anybody likes.
MOST_DAYS = {"/api/analytics/ledger": 92}


class Read(NamedTuple):
    """A GET of the document."""

    path: str
    parameters: frozenset[str]

    @property
    def range(self) -> tuple[str, str] | None:
        """What it calls the two ends of its days."""
        names = (("date_from", "date_to"), ("start_date", "end_date"))
        return next((pair for pair in names if set(pair) <= self.parameters), None)


async def reads_of(service: Service) -> list[Read]:
    document = (await service.client.get("/openapi.json")).json()
    return [
        Read(path, frozenset(one["name"] for one in methods["get"].get("parameters", ()) if one["in"] == "query"))
        for path, methods in document["paths"].items()
        if "get" in methods and re.match("/(api/)?(analytics|goals)", path) and path not in APART
    ]


@pytest.fixture
async def company(service: Service) -> AsyncGenerator[Service]:
    await found_company(service)
    goal = {"name": EMOJI, "metric": "cpl", "target": 1, "period_start": str(SHORT), "period_end": str(LONG)}
    for channel in (None, "meta", "paid-search"):
        await service.client.post("/api/goals", json=goal | {"channel": channel}, headers=headers_of(service))
    await service.client.post(
        "/api/analytics", json={"type": "monthly", "date": str(SHORT)}, headers=headers_of(service)
    )
    yield service


def headers_of(service: Service) -> dict[str, str]:
    return service.people["admin"].headers


def place(service: Service, read: Read) -> str:
    return read.path.format(org_id=service.tenant_id, channel_id="paid-search", id=uuid4())


def sound(answer: httpx.Response) -> Any:
    """Its content, in which no number is none."""
    if not answer.headers["content-type"].startswith(("application/json", "application/problem+json")):
        return None

    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} in {answer.request.url}")

    return json.loads(answer.text, parse_constant=refuse)


def awkward_questions(read: Read) -> Iterator[tuple[dict[str, str], int, str]]:
    """What to ask, and the status that answers it, naming which parameter."""
    needed = {name: value for name, value in NEEDED.items() if name in read.parameters}
    for name in sorted(read.parameters):
        for value, status in ASKED[name].items():
            yield needed | {name: value}, status, name
    if read.range:
        for *ends, wrong in RANGES:
            asked = needed | dict(zip(read.range, ends, strict=True))
            yield asked, OK if wrong is None else WRONG, "" if wrong is None else read.range[wrong]


async def test_no_read_falls_over_whatever_it_is_asked(company: Service) -> None:
    reads = await reads_of(company)
    assert len(reads) > 30
    for read in reads:
        for asked, status, named in awkward_questions(read):
            answer = await company.get(place(company, read), **asked)
            said = sound(answer)
            expected = {status} if "{id}" not in read.path else {status, 404}
            assert answer.status_code in expected, (answer.request.url, answer.text[:500])
            if answer.status_code == WRONG:
                assert [error["field"].rpartition(".")[2] for error in said["errors"]] == [named], answer.request.url
