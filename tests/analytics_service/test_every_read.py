"""Every read in the analytics OpenAPI document: invalid parameters, and awkward data."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple, cast
from uuid import uuid4

import httpx
import pytest

from common.http.context import ServiceContext
from common.testing.apps import app_of
from common.testing.serve import client_of
from services.analytics_service import SPEC
from tests.analytics_service.awkward_company import EMOJI, FAR, LONG, NAMES, QUOTED, RIGHT_TO_LEFT, SHORT, found_company
from tests.analytics_service.conftest import Service

OK, WRONG = 200, 422
DAYS: dict[str, int] = dict.fromkeys(("2024-02-30", "0", "", "0001-01-01", "9999-12-31", EMOJI), WRONG)
TEXTS: dict[str, int] = {**dict.fromkeys((*NAMES, "%_\\", "'; select 1; --"), OK), "\x00": WRONG, "x" * 501: WRONG}
PLATFORMS: dict[str, int] = {
    **dict.fromkeys(("nobody", "meta,facebook,google", "." * 2000), OK),
    **dict.fromkeys(("Meta", "meta,", "a" * 2001, QUOTED, EMOJI, "meta\x00"), WRONG),
}
WHOLE: dict[str, int] = {**dict.fromkeys(("0", "-1", str(10**9), "9" * 40, "1.5", ""), WRONG), "1": OK}
ONE_OF: dict[str, int] = dict.fromkeys(("nonsense", "", EMOJI, "\x00"), WRONG)
# Valid values by parameter. A parameter that a read adds has to be listed here.
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
# The two ends of a range, and which of them is wrong.
RANGES: tuple[tuple[str, str, int | None], ...] = (
    (str(SHORT), str(SHORT), None),
    (str(LONG), str(LONG), None),
    (str(FAR), str(FAR), None),
    ("1970-01-01", "1970-01-01", None),
    (str(LONG), str(SHORT), 0),
    ("2019-03-10", "2024-03-10", 1),
)
NEEDED = {"q": "spring", "kind": "campaigns"}
# Not a cacheable JSON answer: the list of events that could not be processed.
APART = {"/analytics/dead-letters"}
# Answers without the quality header: task lists and recovery describe each row, and `quality` is the description.
WITHOUT_QUALITY = {"/api/analytics/quality", "/api/analytics/reports", "/analytics/tasks/recovery"} | {
    f"/analytics/tasks/{kind}" for kind in ("purchases", "cart-abandonment", "search-analysis", "repeat-visits")
}


class Read(NamedTuple):
    """A GET operation of the document."""

    path: str
    parameters: frozenset[str]

    @property
    def is_of_one_thing(self) -> bool:
        """Whether the path names one thing, which the company may not have."""
        return re.search(r"\{(?!org_id|channel_id)", self.path) is not None

    @property
    def range(self) -> tuple[str, str] | None:
        """The names of its parameters for the first and the last day."""
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
async def company(service: Service) -> Service:
    await found_company(service)
    goal = {"name": EMOJI, "metric": "cpl", "target": 1, "period_start": str(SHORT), "period_end": str(LONG)}
    for channel in (None, "meta", "paid-search"):
        await service.client.post("/api/goals", json=goal | {"channel": channel}, headers=headers_of(service))
    await service.client.post(
        "/api/analytics", json={"type": "monthly", "date": str(SHORT)}, headers=headers_of(service)
    )
    return service


def headers_of(service: Service) -> dict[str, str]:
    return service.people["admin"].headers


def place(service: Service, read: Read) -> str:
    known = {"{org_id}": str(service.tenant_id), "{channel_id}": "paid-search"}
    return re.sub(r"\{[^}]*\}", lambda name: known.get(name[0], str(uuid4())), read.path)


def sound(answer: httpx.Response) -> Any:
    """Return the content of an answer, which must not contain NaN or infinity."""
    if not answer.headers["content-type"].startswith(("application/json", "application/problem+json")):
        return None

    def refuse(constant: str) -> None:
        pytest.fail(f"{constant} in {answer.request.url}")

    return json.loads(answer.text, parse_constant=refuse)


def awkward_questions(read: Read, turn: int) -> Iterator[tuple[dict[str, str], int, str]]:
    """Yield parameters, the expected status and the parameter named; a third of the refused ones per turn."""
    needed = {name: value for name, value in NEEDED.items() if name in read.parameters}
    yield needed, OK, ""
    for name in sorted(read.parameters):
        refused = [value for value, status in ASKED[name].items() if status == WRONG][turn % 3 :: 3]
        for value in (*(value for value, status in ASKED[name].items() if status == OK), *refused):
            yield needed | {name: value}, ASKED[name][value], name
    if read.range:
        for *ends, wrong in RANGES:
            asked = needed | dict(zip(read.range, ends, strict=True))
            yield asked, OK if wrong is None else WRONG, "" if wrong is None else read.range[wrong]


async def test_every_read_refuses_invalid_parameters_and_answers_unusual_ones(company: Service) -> None:
    reads = await reads_of(company)
    assert len(reads) > 30
    for turn, read in enumerate(reads):
        for asked, status, named in awkward_questions(read, turn):
            answer = await company.get(place(company, read), **asked)
            said = sound(answer)
            assert answer.status_code == (404 if read.is_of_one_thing else status), (
                answer.request.url,
                answer.text[:500],
            )
            if answer.status_code == WRONG:
                assert [error["field"] for error in said["errors"]] == [named], answer.request.url


async def test_every_read_needs_only_one_connection_even_if_the_day_is_not_cached(company: Service) -> None:
    """Requests that hold a connection while they wait for a second one can wait for each other forever."""
    settings = company.context.settings.model_copy(update={"database_pool_size": 1, "database_max_overflow": 0})
    with app_of(SPEC, settings) as app:
        async with client_of(app) as client:
            alone = replace(company, client=client, context=cast("ServiceContext", app.state.context))
            for read in await reads_of(alone):
                asked = {name: value for name, value in NEEDED.items() if name in read.parameters}
                # The second answer may come from the cache.
                for _ in range(2):
                    await alone.context.extras["todays"].forget(None)
                    answer = await alone.get(place(alone, read), **asked)
                    assert answer.status_code == (404 if read.is_of_one_thing else OK), (read, answer.text)


async def test_a_browser_may_cache_every_answer_and_revalidate_it(company: Service) -> None:
    own, held = headers_of(company), (("date_from", str(SHORT)), ("date_to", str(SHORT)))
    for read in await reads_of(company):
        if read.is_of_one_thing:
            continue
        asked = {name: value for name, value in (*NEEDED.items(), *held) if name in read.parameters}
        path = place(company, read)
        answer = await company.get(path, **asked)
        assert answer.status_code == OK
        assert answer.headers["cache-control"] == "private, max-age=0, must-revalidate", path
        assert answer.headers["vary"] == "Authorization, X-Tenant-Id"
        assert ("x-data-quality" in answer.headers) == (read.range is not None and read.path not in WITHOUT_QUALITY), (
            path
        )
        # An unknown parameter changes nothing.
        known = {"If-None-Match": answer.headers["etag"]}
        again = await company.client.get(path, params=asked | {"utm_source": "mail"}, headers=own | known)
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", known["If-None-Match"]), path
        head = await company.client.head(path, params=asked, headers=own)
        assert (head.status_code, head.content, head.headers["etag"]) == (OK, b"", answer.headers["etag"]), path


async def test_awkward_data_is_answered_correctly(company: Service) -> None:
    async def read(path: str, day: Any, **more: Any) -> Any:
        answer = await company.get(f"/api/analytics/{path}", date_from=str(day), date_to=str(day), **more)
        return sound(answer)

    kpi = await read("dashboard/v5/kpi", SHORT)
    assert (kpi["leads"], kpi["n_contracts"], kpi["revenue"], kpi["spend"]) == (3, 3, 19.91, 22.51)
    assert (await read("dashboard/v5/kpi", "2024-03-05"))["leads"] == 0
    assert await read("dashboard/v5/kpi", SHORT, platforms="nobody") == {
        "leads": 0, "n_contracts": 0, "revenue": 0, "spend": 0, "cpl": 0, "roas": 0,
        "unconverted": {"rows": 0, "by_currency": {}, "days": []},
    }  # fmt: skip
    rows = [
        (row["platform"], row["campaign_name"], row["leads"], row["n_contracts"], row["revenue"], row["spend"])
        for row in await read("sales/v5/campaigns", SHORT)
    ]
    # Of two campaigns with one name, the first gets the leads; a renamed one also gets those of its old name.
    assert rows == [
        ("google", QUOTED, 1, 1, 100.01, 10.01),
        ("meta", RIGHT_TO_LEFT, 2, 2, -80.1, 7.5),
        ("google", QUOTED, 0, 0, 0, 5),
    ]
    far = await read("campaigns/v7/metrics/trend", FAR)
    assert [(row["leads"], row["spend"]) for row in far] == [(1, 1)]
    long = await read("dashboard/v5/kpi", LONG)
    assert (long["leads"], long["revenue"], long["spend"], long["roas"]) == (1, 999999999999999.99, -2.5, -4e14)
    assert long["unconverted"]["by_currency"] == {"JPY": 9}
    # The day has 23 hours, and nothing of the days next to it is included.
    visits = await read(f"dashboard/{company.tenant_id}", SHORT)
    assert (visits["kpis"]["sessions"], len(visits["trend"])) == (4, 1)
    lines = {line["platform"]: line for line in (await read("ledger", SHORT))["data"] if not line["campaign_name"]}
    # More was refunded than the order had cost.
    assert (lines["direct"]["order_revenue"], lines["direct"]["refunds"]) == (-9, 50)
    branches = {row["location_id"]: (row["leads"], row["online_revenue"]) for row in await read("branches", SHORT)}
    assert branches == {QUOTED: (1, 41), EMOJI: (1, 0), RIGHT_TO_LEFT: (0, 0)}
