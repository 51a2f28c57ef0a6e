"""A service that dies in a sync of a property: what it had read is not read again, and nothing is there twice."""

import asyncio
import json
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from common.jobs.runner import HEARTBEAT_TIMEOUT
from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from tests.data_service.ga4.property import DIMENSIONS, TODAY, at_noon
from tests.data_service.harness import Batches, Data, analytics_answers
from tests.data_service.service_process import service_process
from tests.standins.ga4.held import HeldProperty
from tests.standins.ga4.server import Ga4Standin

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = {"type": "service_account", "client_email": "reader@p.iam.example", "private_key": "-----BEGIN-----"}
SOURCE = {
    "kind": "ga4",
    "name": "Shop",
    "config": {"property_id": "7001", "custom_dimensions": DIMENSIONS},
    "secrets": {"credentials": json.dumps(KEY)},
}


class Held:
    """The stand-in keeps an answer to itself, after so many others."""

    def __init__(self, google: Ga4Standin, after: int) -> None:
        self.is_reached = threading.Event()
        self._may_go = threading.Event()
        google.faults.in_between.extend([*[lambda: None] * after, self._hold])

    def _hold(self) -> None:
        self.is_reached.set()
        self._may_go.wait(60)

    async def reached(self) -> None:
        async with asyncio.timeout(60):
            while not self.is_reached.is_set():
                await asyncio.sleep(0.02)

    def let_go(self) -> None:
        """Answer into the void."""
        self._may_go.set()


def a_property() -> HeldProperty:
    """Each day, also the one that may begin meanwhile, a page view, sessions and a cost."""
    held = HeldProperty("7001", custom_dimensions=frozenset(DIMENSIONS.values()))
    for ago in range(-1, 5):
        day = TODAY - timedelta(days=ago)
        held.add_event(at_noon(day) - timedelta(hours=11), "page_view", {"customUser:client_id": "d1"})
        held.add_sessions(day, 5, "Direct")
        held.add_ad_day(day, "555", ("77", "Spring"), cost=1, clicks=1, impressions=1)
    return held


async def test_a_service_killed_in_a_sync_of_a_property_reads_no_day_of_it_again(
    settings: Settings, database: MigratedDatabase, google: Ga4Standin
) -> None:
    google.properties["7001"] = a_property()
    # The first sync of a source reads five days, then what is told of all of them.
    at_third_day = Held(google, after=2)
    async with (
        analytics_answers(settings, Batches()),
        service_process(settings, environment={"GA4_ENDPOINT": google.endpoint}) as process,
    ):
        admin = await asyncpg.connect(database.superuser_dsn)
        data = Data(process.api, admin, context=None)  # pyright: ignore[reportArgumentType] -- it is in the process
        company = await data.company(role="admin")
        made = await process.api.post("/data/sources", json=SOURCE, headers=company.headers)
        source_id = made.raise_for_status().json()["id"]
        await at_third_day.reached()
        process.kill()
        at_third_day.let_go()
        before = await stored(admin, company.tenant_id)
        await admin.execute("update data.pgqueuer set heartbeat = heartbeat - $1::interval", HEARTBEAT_TIMEOUT)
        job_id = await admin.fetchval("select sync_job_id from data.source where source_id = $1", source_id)
        await process.start()
        job = await data.ended(company, {"job_id": job_id})
        after = await stored(admin, company.tenant_id)
        await admin.execute("delete from data.source")
        await admin.close()
    assert (before["page_view"], before["channel_day"]) == (2, 0)
    assert (job["status"], after) == ("completed", dict.fromkeys(after, 5)), job
    # Those of the killed one's days too, and none of them twice.
    assert job["counts"] == {**after, "restated_ad_days": 0, "users": 0}
    # Five days and the reports of all; and the answer that nobody heard.
    assert google.faults.calls["BatchRunReports"] == 5 + 1 + 1


async def stored(admin: Any, tenant_id: UUID) -> dict[str, int]:
    """How many rows there are of each table that such a sync fills."""
    tables = ("page_view", "channel_day", "ad_performance")
    counted = "select count(*) from data.{} where tenant_id = $1"
    return {table: await admin.fetchval(counted.format(table), tenant_id) for table in tables}
