"""Cached answers over HTTP: equal to computed ones, for every caller, whatever changes in between."""

import asyncio
import random
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest
from prometheus_client import REGISTRY

from common.answers import Answers
from common.answers.in_process import InProcess
from common.auth.access_changes import AccessChange
from common.auth.principal import Principal
from common.clock import now
from common.events.contracts.auth_tenant_changed import TenantChanged
from common.events.contracts.data_locations_changed import LocationsChanged
from common.http.context import ServiceContext
from common.testing.apps import app_of
from common.testing.cluster import MigratedDatabase
from common.testing.people import add_person
from common.testing.serve import client_of
from services.analytics_service import SPEC
from services.analytics_service.domain.outdated_answers import CHANGED_BY
from tests.analytics_service import shop
from tests.analytics_service.conftest import Service
from tests.analytics_service.stored import Stored

DAY = {"start_date": "2024-04-29", "end_date": "2024-04-29"}
Call = tuple[Service, str, str, dict[str, Any]]
RANGES = [("2024-04-29", "2024-04-29"), ("2024-04-28", "2024-04-29"), ("2024-04-25", "2024-04-26"), (None, None)]


@pytest.fixture
async def other(service: Service, database: MigratedDatabase) -> Service:
    """Another tenant of the same running service; both have readers who are limited to branches."""
    stored = Stored(service.stored.writer, service.people["stranger"].tenant_id)
    other = replace(service, stored=stored, people={"admin": service.people["stranger"]})
    for one in (service, other):
        for branches in (["N"], ["N", "S"]):
            one.people[" and ".join(branches)] = await add_person(
                database.superuser_dsn,
                one.tenant_id,
                "rep",
                branch_codes=branches[::-1],
                permissions=["analytics:read"],
            )
    return other


@contextmanager
def computed_anew(context: ServiceContext) -> Generator[None]:
    kept = context.extras["answers"]
    context.extras["answers"] = Answers(InProcess(0), context.bus, CHANGED_BY)
    yield
    context.extras["answers"] = kept


def counted(what: str, call: str = "/analytics/stats") -> float:
    return REGISTRY.get_sample_value(f"answer_cache_{what}_total", {"call": call}) or 0


async def test_cached_answers_equal_computed_ones_for_every_caller_and_after_every_refresh(
    service: Service, other: Service
) -> None:
    chance = random.Random(5)
    everybody = [(one, who) for one in (service, other) for who in ("admin", "N", "N and S")]
    lists: list[Call] = [(*somebody, "/analytics/locations", {}) for somebody in everybody]
    figures: list[Call] = [
        (*somebody, "/analytics/stats", {"start_date": start, "end_date": end, "location_id": place})
        for somebody in everybody
        for start, end in RANGES
        for place in (None, "N", "S")
    ]

    async def ask(call: Call) -> httpx.Response:
        one, who, path, params = call
        return await one.get(path, who, **{name: value for name, value in params.items() if value})

    hits, refused = counted("hits"), 0
    for number in range(6):
        rows = shop.a_purchase(
            f"T{number}",
            minutes=1440 * chance.choice([0, 0, -1, -3, -5]),
            device=f"d{number % 3}",
            session=f"s{number}",
            user_id=chance.choice([None, "ann"]),
            location_id=chance.choice(["N", "S", "E"]),
        )
        one = chance.choice([service, other])
        await asyncio.gather(one.record(rows), *(ask(call) for call in chance.sample(lists + figures, 8)))
        for call in [*chance.sample(lists, 4), *chance.sample(figures, 8)]:
            kept = await ask(call)
            with computed_anew(service.context):
                anew = await ask(call)
            assert (kept.status_code, kept.headers.get("etag")) == (anew.status_code, anew.headers.get("etag")), call
            if kept.status_code == 200:
                assert kept.content == anew.content, call
            refused += kept.status_code == 403
    assert refused > 10
    assert counted("hits") - hits > 10


async def test_a_caller_without_access_gets_no_cached_answer(service: Service, other: Service) -> None:
    await service.record([*shop.a_purchase(), *shop.a_purchase("T2", device="far", location_id="S")])
    for params in (DAY, {**DAY, "location_id": "S"}):
        own = await service.get("/analytics/stats", **params)
        hits = counted("hits")
        again = await service.get("/analytics/stats", **params)
        assert (counted("hits") - hits, again.content) == (1, own.content)
        assert '"N"' in own.text or '"S"' in own.text
        refused = [
            await service.client.get("/analytics/stats", params=params),
            await service.get("/analytics/stats", "rep of N", **params),
            await service.get("/analytics/stats", "N", **params),
            await service.client.get(
                "/analytics/stats",
                params=params,
                headers={**other.people["admin"].headers, "X-Tenant-Id": str(service.tenant_id)},
            ),
        ]
        assert [answer.status_code for answer in refused] == [401, 403, 403, 403]
    for who, places in (("admin", ["N", "S"]), ("N", ["N"]), ("N and S", ["N", "S"]), ("N", ["N"])):
        branches = (await service.get("/analytics/locations", who)).json()["data"]
        assert [branch["location_id"] for branch in branches] == places
    analyst = service.people["analyst"].account_id
    assert (await service.get("/analytics/stats", "analyst", **DAY)).status_code == 200
    await service.stored.writer.execute("delete from auth.membership where account_id = $1", analyst)
    service.context.auth.forget(AccessChange(accounts=[analyst]))
    assert (await service.get("/analytics/stats", "analyst", **DAY)).status_code == 403


async def test_a_cached_answer_has_the_quality_as_of_the_last_change_of_any_day(service: Service) -> None:
    await service.record(shop.a_purchase())
    notes: list[str] = []
    for number in range(3):
        hits = counted("hits")
        again = await service.get("/analytics/stats", **DAY)
        assert counted("hits") - hits == (number > 0)
        with computed_anew(service.context):
            anew = await service.get("/analytics/stats", **DAY)
        assert again.headers["x-data-quality"] == anew.headers["x-data-quality"], number
        notes.append(again.headers["x-data-quality"])
        await service.record(shop.a_purchase(f"L{number}", minutes=4320, device="later", session=f"l{number}"))
    assert len(set(notes)) == len(notes)


async def test_changes_of_today_do_not_outdate_the_answers_of_earlier_days(service: Service) -> None:
    minutes = (now() - shop.MORNING) / timedelta(minutes=1)
    today = now().astimezone(ZoneInfo("America/Chicago")).date()
    await service.record(shop.a_day())
    live = {"start_date": str(today), "end_date": str(today + timedelta(days=1))}
    seen: list[tuple[int, int]] = []
    for number in range(3):
        before = counted("hits"), counted("misses")
        answers = [await service.get("/analytics/stats", **params) for params in (DAY, {}, live)]
        assert [answer.status_code for answer in answers] == [200] * 3
        assert answers[2].json()["current"]["purchases"] == number
        seen.append((int(counted("hits") - before[0]), int(counted("misses") - before[1])))
        await service.record(shop.a_purchase(f"L{number}", minutes=minutes, device="live", session=f"l{number}"))
    assert seen == [(0, 3), (2, 1), (2, 1)]


async def test_a_call_during_which_midnight_passes_is_not_remembered_for_the_new_day(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monday, tuesday = date(2024, 4, 29), date(2024, 4, 30)

    async def ended(asked: date, *known: date | None, place: str = "N") -> str:
        """Return the last day of the answer to a call on this day, while the day cache returns these days in turn."""
        looks = iter(known)

        async def of(_: Principal) -> date:
            return asked

        def cached_day(_: UUID) -> date | None:
            return next(looks, known[-1])

        with monkeypatch.context() as clock:
            clock.setattr(service.context.extras["todays"], "of", of)
            clock.setattr(service.context.extras["todays"], "cached", cached_day)
            return (await service.get("/analytics/stats", location_id=place)).json()["period"]["end_date"]

    assert await ended(monday, monday) == "2024-04-28"
    for later, place in ((tuesday, "S"), (None, "E")):
        assert await ended(monday, monday, later, place=place) == "2024-04-28"
        assert await ended(tuesday, later, place=place) == "2024-04-29"


async def test_a_call_after_a_refresh_was_announced_gets_new_figures_even_if_the_event_has_not_arrived(
    service: Service,
) -> None:
    deaf = Answers(InProcess(1 << 20), service.context.bus, CHANGED_BY)
    service.context.extras["answers"] = service.context.extras["refresher"]._answers = deaf
    for number in range(2):
        await service.record(shop.a_purchase(f"T{number}", device=f"d{number}"))
        for _ in range(2):
            assert (await service.get("/analytics/stats", **DAY)).json()["current"]["purchases"] == number + 1


async def test_a_cached_answer_has_cache_headers_and_is_not_sent_twice(service: Service) -> None:
    first, second = [await service.get("/analytics/locations") for _ in range(2)]
    assert counted("hits", "/analytics/locations") >= 1
    for name in ("etag", "cache-control", "vary", "content-type", "content-length"):
        assert first.headers[name] == second.headers[name]
    assert second.headers["cache-control"].startswith("private")
    headers = {**service.people["admin"].headers, "If-None-Match": first.headers["etag"]}
    again = await service.client.get("/analytics/locations", headers=headers)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    head = await service.client.head("/analytics/locations", headers=service.people["admin"].headers)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(second.content)))
    metrics = (await service.client.get("/metrics")).text
    for name in ("hits_total", "misses_total", "drops_total", "bytes"):
        assert f"answer_cache_{name}" in metrics


async def test_every_replica_is_told_of_changes_that_outdate_an_answer(service: Service) -> None:
    await service.stored.writer.execute(
        "insert into data.locations (tenant_id, location_id, location_name) values ($1, 'N', 'North')",
        service.tenant_id,
    )
    await service.record(shop.a_purchase())
    with app_of(SPEC, service.context.settings) as app:
        async with client_of(app) as client:
            replica = replace(service, client=client, context=cast("ServiceContext", app.state.context))

            async def until_both_say(path: str, text: str, **params: Any) -> None:
                async with asyncio.timeout(20):
                    for one in (service, replica):
                        while text not in (await one.get(path, **params)).text:
                            pass

            await until_both_say("/analytics/stats", '"purchases":1', **DAY)
            await service.record(shop.a_purchase("T2", device="two"))
            assert '"purchases":2' in (await service.get("/analytics/stats", **DAY)).text
            await until_both_say("/analytics/stats", '"purchases":2', **DAY)
            await until_both_say("/analytics/locations", '"North"')
            await service.stored.writer.execute("update data.locations set location_name = 'Upper North'")
            await service.publish(LocationsChanged(location_ids=["N"]))
            await until_both_say("/analytics/locations", '"Upper North"')
            for zone, hours in (("Pacific/Pago_Pago", -11), ("Pacific/Kiritimati", 14)):
                await service.stored.writer.execute("update auth.tenant set time_zone = $1", zone)
                await service.publish(TenantChanged(changed=["time_zone"]))
                yesterday = (now() + timedelta(hours=hours)).date() - timedelta(days=1)
                await until_both_say("/analytics/stats", f'"end_date":"{yesterday}"')
