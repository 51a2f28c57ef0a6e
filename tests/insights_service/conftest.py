"""Fixtures of the insights service on real servers: one running service for each file, a new company for each test.

`Advisor` stands in for the analytics service, on a socket of its own; test_with_analytics.py uses the real one.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from common.http.context import ServiceContext
from common.settings import Settings
from common.testing.apps import app_of
from common.testing.cluster import MigratedDatabase, PostgresCluster
from common.testing.held_ports import held_ports
from common.testing.people import Person, add_person, add_tenant, settings_for_people
from common.testing.serve import client_of, serve
from services.insights_service import SPEC

# Without the background task that queues jobs every minute: the tests queue them.
AT_REST = replace(SPEC, background=())
_ENDED = ("completed", "failed", "cancelled")


@dataclass
class Advisor:
    """A stand-in for the analytics service: answers budget advice, goals and days of tenants, and records who asked.

    `statuses` are answered first, instead of advice.
    """

    rows: dict[UUID, list[dict[str, Any]]] = field(default_factory=dict[UUID, list[dict[str, Any]]])
    statuses: list[int] = field(default_factory=list[int])
    asked: list[Request] = field(default_factory=list[Request])
    goals: dict[UUID, list[dict[str, Any]]] = field(default_factory=dict[UUID, list[dict[str, Any]]])
    days: dict[UUID, list[dict[str, Any]]] = field(default_factory=dict[UUID, list[dict[str, Any]]])
    # By platform or channel, for every company: a status to answer instead of days, or other days.
    instead: dict[str, int | list[Any]] = field(default_factory=dict[str, "int | list[Any]"])

    async def answer(self, request: Request) -> Response:
        self.asked.append(request)
        if self.statuses:
            return Response(status_code=self.statuses.pop(0))
        return JSONResponse(self.rows.get(UUID(request.headers["X-Tenant-Id"]), []))

    async def answer_goals(self, request: Request) -> Response:
        return JSONResponse({"data": self.goals.get(UUID(request.headers["X-Tenant-Id"]), [])})

    async def answer_days(self, request: Request) -> Response:
        of = request.query_params.get("platforms") or request.path_params["channel"]
        days = self.instead.get(of, self.days.get(UUID(request.headers["X-Tenant-Id"]), []))
        if isinstance(days, int):
            return Response(status_code=days)
        return JSONResponse({"trend": days} if "channel" in request.path_params else days)

    def app(self) -> Starlette:
        paths = ("/api/analytics/sales/v6/reco/budget", "/api/analytics/dashboard/{org_id}")
        routes = [Route(path, self.answer) for path in paths]
        routes.append(Route("/api/goals/{org_id}", self.answer_goals))
        routes.append(Route("/api/analytics/campaigns/v7/metrics/trend", self.answer_days))
        routes.append(Route("/api/analytics/channel/{channel}", self.answer_days))
        return Starlette(routes=routes)


@dataclass
class Company:
    """A tenant of the running service, its people, and access to what analytics answers about it."""

    tenant_id: UUID
    people: dict[str, Person]
    client: httpx.AsyncClient
    advisor: Advisor
    superuser: asyncpg.Connection

    async def call(self, method: str, path: str, who: str = "manager", **more: Any) -> httpx.Response:
        headers = {**self.people[who].headers, **more.pop("headers", {})}
        return await self.client.request(method, path, headers=headers, **more)

    async def get(self, path: str, who: str = "analyst", **params: Any) -> Any:
        return (await self.call("GET", path, who, params=params)).raise_for_status().json()

    def advise(self, *rows: dict[str, Any]) -> None:
        self.advisor.rows[self.tenant_id] = list(rows)

    async def generate(self, *rows: dict[str, Any]) -> dict[str, Any]:
        """Have analytics answer these rows, generate insights once, and return the job when it has ended."""
        self.advise(*rows)
        job = (await self.call("POST", "/insights/generate")).raise_for_status().json()
        return await self.ended(job["job_id"])

    async def ended(self, job_id: str) -> dict[str, Any]:
        async with asyncio.timeout(60):
            while True:
                job = await self.get(f"/insights/jobs/{job_id}")
                if job["status"] in _ENDED:
                    return job
                await asyncio.sleep(0.02)

    async def insights(self, **params: Any) -> list[dict[str, Any]]:
        return (await self.get("/insights", **params))["data"]

    async def told(self) -> list[dict[str, Any]]:
        """Return the payloads of the events that announced insights."""
        rows = await self.superuser.fetch(
            "select payload from insights.outbox where tenant_id = $1 and event_type = 'insights.insight.found.v1'",
            self.tenant_id,
        )
        return [row["payload"] for row in rows]


def campaign(action: str, name: str = "Spring", **more: Any) -> dict[str, Any]:
    """Return a row of v6/reco/budget about 30 days of a campaign.

    Its leads cost twice as much as the platform's ("pause") or half as much ("scale").
    """
    leads = {"pause": 20, "scale": 80, "monitor": 3}[action]
    row: dict[str, Any] = {
        "action": action, "platform": "meta", "campaign_name": name, "leads_cur": leads, "spend_cur": 1200,
        "cpl_cur": round(1200 / leads, 2), "roas_cur": 1.5, "contracts_cur": 2, "confidence": 0.97,
        "reason": f"{leads} leads.", "campaign_ref": f"a/{name}", "days": 30, "cpl_usual": 30,
        "first_day": "2026-03-05", "last_day": "2026-04-03",
        "daily_spend": more.get("spend_cur", 1200) / 30,
        "leads_low": leads * 0.75, "leads_high": leads * 1.25, "leads_needed": None, "spend_needed": None,
        "held_by": None, "roas_usual": 1.2,
    }  # fmt: skip
    return row | more


@pytest.fixture(scope="module")
def database(postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MigratedDatabase]:
    """Provide a database for the tests of one file."""
    with postgres.database(tmp_path_factory.mktemp("insights") / "home") as made:
        yield made


@pytest.fixture(scope="module")
def settings(database: MigratedDatabase, nats_url_of_file: str) -> Iterator[Settings]:
    with held_ports(["analytics_service_port"]) as ports:
        yield settings_for_people(database.settings).model_copy(update={"nats_url": nats_url_of_file, **ports})


@pytest.fixture(scope="module")
def app(settings: Settings) -> Iterator[FastAPI]:
    with app_of(AT_REST, settings) as app:
        yield app


@pytest.fixture(scope="module")
def advisor() -> Advisor:
    return Advisor()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(app: FastAPI, settings: Settings, advisor: Advisor) -> AsyncGenerator[httpx.AsyncClient]:
    """Provide a client of the insights service without a token, and run the stand-in for analytics."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("common.jobs.worker._BACKOFF_SECONDS", (0.05,))
        patch.setattr("common.jobs.runner._LOOK_SECONDS", 0.1)
        async with serve(advisor.app(), settings.analytics_service_port), client_of(app) as client:
            yield client


@pytest.fixture
def context(client: httpx.AsyncClient, app: FastAPI) -> ServiceContext:
    """Return the context of the running service."""
    del client
    return cast("ServiceContext", app.state.context)


@pytest_asyncio.fixture(loop_scope="module")
async def company(client: httpx.AsyncClient, database: MigratedDatabase, advisor: Advisor) -> AsyncGenerator[Company]:
    dsn = database.superuser_dsn
    tenant_id = await add_tenant(dsn, currency="EUR")
    people = {
        "manager": await add_person(dsn, tenant_id, "manager"),
        "other manager": await add_person(dsn, tenant_id, "manager"),
        "analyst": await add_person(dsn, tenant_id, "analyst"),
        "rep": await add_person(dsn, tenant_id, "rep", branch_codes=["N"]),
        "rep who may read": await add_person(
            dsn, tenant_id, "rep", branch_codes=["N"], permissions=["analytics:read", "campaigns:write"]
        ),
        "stranger": await add_person(dsn, await add_tenant(dsn)),
    }
    superuser = await asyncpg.connect(dsn)
    await superuser.set_type_codec("jsonb", schema="pg_catalog", encoder=str, decoder=json.loads)
    yield Company(tenant_id, people, client, advisor, superuser)
    await superuser.close()


def key() -> dict[str, str]:
    """Return a header that makes a repeated POST take effect once."""
    return {"Idempotency-Key": uuid4().hex}
