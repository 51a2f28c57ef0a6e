"""A service that dies in a sync of a property: what it had read is not read again, and nothing is there twice."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from common.jobs.runner import HEARTBEAT_TIMEOUT
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from tests.data_service.ga4.property import DIMENSIONS, TODAY, at_noon
from tests.data_service.harness import Batches, Company, Data, analytics_answers
from tests.data_service.service_process import ServiceProcess, service_process
from tests.standins.ga4.held import HeldProperty
from tests.standins.ga4.server import Ga4Standin

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = {"type": "service_account", "client_email": "reader@p.iam.example", "private_key": "-----BEGIN-----"}
# A first sync of a source reads five days, then what is told of all of them.
DAYS, REPORTS = 5, 1
WAITS_FOR = "select count(*) from pg_stat_activity where $1::int = any(pg_blocking_pids(pid))"


class Held:
    """The stand-in keeps an answer to itself, after so many others."""

    def __init__(self, google: Ga4Standin, after: int) -> None:
        self._is_reached = threading.Event()
        self._may_go = threading.Event()
        google.faults.in_between.extend([*[lambda: None] * after, self._hold])

    def _hold(self) -> None:
        self._is_reached.set()
        self._may_go.wait(60)

    async def reached(self) -> None:
        async with asyncio.timeout(60):
            while not self._is_reached.is_set():
                await asyncio.sleep(0.02)

    def let_go(self) -> None:
        """Answer, even into the void."""
        self._may_go.set()


@dataclass
class Reading:
    """A new source and its first sync, by a service in a process of its own."""

    process: ServiceProcess
    data: Data
    google: Ga4Standin
    company: Company
    source_id: UUID
    asked_before: int

    async def stored(self) -> dict[str, int]:
        """How many rows there are of each table that such a sync fills."""
        tables = ("page_view", "channel_day", "ad_performance")
        counted = "select count(*) from data.{} where tenant_id = $1"
        tenant_id = self.company.tenant_id
        counts: list[Any] = [await self.data.admin.fetchval(counted.format(table), tenant_id) for table in tables]
        return dict(zip(tables, counts, strict=True))

    async def is_in_once(self) -> bool:
        """Start the service again; whether the same job then ends with every row there and counted, none twice."""
        admin = self.data.admin
        await admin.execute("update data.pgqueuer set heartbeat = heartbeat - $1::interval", HEARTBEAT_TIMEOUT)
        job_id = await admin.fetchval("select sync_job_id from data.source where source_id = $1", self.source_id)
        await self.process.start()
        job = await self.data.ended(self.company, {"job_id": job_id})
        stored = await self.stored()
        counts = {**stored, "restated_ad_days": 0, "users": 0}
        return (job["status"], job["counts"], stored) == ("completed", counts, dict.fromkeys(stored, DAYS))

    def asked(self) -> int:
        """How many batches of reports were asked for."""
        return self.google.faults.calls["BatchRunReports"] - self.asked_before


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(settings: Settings, google: Ga4Standin) -> AsyncIterator[ServiceProcess]:
    environment = {"GA4_ENDPOINT": google.endpoint}
    async with (
        analytics_answers(settings, Batches()),
        service_process(settings, environment=environment) as process,
    ):
        yield process


@pytest_asyncio.fixture(loop_scope="module")
async def remote(service: ServiceProcess, database: MigratedDatabase) -> AsyncIterator[Data]:
    admin = await asyncpg.connect(database.superuser_dsn)
    yield Data(service.api, admin, context=None)  # pyright: ignore[reportArgumentType] -- it is in the process
    await admin.execute("delete from data.source")
    await admin.close()


async def reading(service: ServiceProcess, remote: Data, google: Ga4Standin, property_id: str) -> Reading:
    """A property that has, each day, also the one that may begin meanwhile, a page view, sessions and a cost."""
    held = HeldProperty(property_id, custom_dimensions=frozenset(DIMENSIONS.values()))
    for ago in range(-1, DAYS):
        day = TODAY - timedelta(days=ago)
        held.add_event(at_noon(day) - timedelta(hours=11), "page_view", {"customUser:client_id": "d1"})
        held.add_sessions(day, 5, "Direct")
        held.add_ad_day(day, "555", ("77", "Spring"), cost=1, clicks=1, impressions=1)
    google.properties[property_id] = held
    company = await remote.company(role="admin")
    source = {
        "kind": "ga4",
        "name": "Shop",
        "config": {"property_id": property_id, "custom_dimensions": DIMENSIONS},
        "secrets": {"credentials": json.dumps(KEY)},
    }
    asked = google.faults.calls.get("BatchRunReports", 0)
    made = await service.api.post("/data/sources", json=source, headers=company.headers)
    source_id = UUID(made.raise_for_status().json()["id"])
    return Reading(service, remote, google, company, source_id, asked)


async def test_a_service_killed_in_a_sync_of_a_property_reads_no_day_of_it_again(
    service: ServiceProcess, remote: Data, google: Ga4Standin
) -> None:
    at_third_day = Held(google, after=2)
    property_ = await reading(service, remote, google, "7001")
    await at_third_day.reached()
    service.kill()
    at_third_day.let_go()
    before = await property_.stored()
    assert (before["page_view"], before["channel_day"]) == (2, 0)
    assert await property_.is_in_once()
    # (and the answer that nobody heard)
    assert property_.asked() == DAYS + REPORTS + 1


async def test_a_service_killed_before_a_sync_of_a_property_is_settled_takes_nothing_twice(
    service: ServiceProcess, remote: Data, google: Ga4Standin, database: MigratedDatabase
) -> None:
    at_reports = Held(google, after=DAYS)
    property_ = await reading(service, remote, google, "7002")
    keeper = await asyncpg.connect(database.superuser_dsn)
    async with asyncio.timeout(60), keeper.transaction():
        await at_reports.reached()
        # Who settles it waits for the source; the rows of the last answer do not.
        await keeper.execute("select from data.source where source_id = $1 for no key update", property_.source_id)
        at_reports.let_go()
        while not await remote.admin.fetchval(WAITS_FOR, keeper.get_server_pid()):
            await asyncio.sleep(0.01)
        before = await property_.stored()
        service.kill()
    await keeper.close()
    assert before == dict.fromkeys(before, DAYS)
    read_at = "select last_sync_at from data.source where source_id = $1"
    assert await remote.admin.fetchval(read_at, property_.source_id) is None
    assert await property_.is_in_once()
    # Its days were not asked for again; what is told of them all is.
    assert property_.asked() == DAYS + REPORTS + REPORTS
    assert await remote.admin.fetchval(read_at, property_.source_id) is not None
