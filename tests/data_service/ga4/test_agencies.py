"""Six real agencies as six tenants: 90 days of their reports, added up to what the reports themselves say."""

import asyncio
from datetime import date
from pathlib import Path

import pytest

from tests.data_service.ga4.property import Property
from tests.data_service.harness import Data
from tests.standins.ga4.server import Ga4Standin
from tests.standins.ga4.usagov import AGENCIES, agency, total_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

REPORTS = Path(__file__).parents[4] / "shared" / "data" / "ga4_api" / "usagov"
DAYS = (date(2023, 10, 7), date(2024, 1, 4))


@pytest.mark.skipif(not REPORTS.is_dir(), reason="the agencies' reports (../shared/data) are not here")
async def test_each_agencys_sessions_add_up_to_its_own_report(data: Data, google: Ga4Standin) -> None:
    tenants: list[Property] = []
    for name in AGENCIES:
        tenant = await Property.connect(data, google, {})
        tenant.held = agency(REPORTS, name)
        google.properties[tenant.held.property_id] = tenant.held
        await tenant.set_config(property_id=tenant.held.property_id)
        tenants.append(tenant)
    jobs = [await tenant.new_job() for tenant in tenants]
    await asyncio.gather(*(tenant.run(days=DAYS, job=job) for tenant, job in zip(tenants, jobs, strict=True)))
    for name, tenant in zip(AGENCIES, tenants, strict=True):
        ((days, sessions),) = await tenant.fetch(
            "select count(distinct day), sum(sessions)::bigint from data.channel_day where tenant_id = $1"
        )
        assert (days, sessions) == (90, total_of(REPORTS, name))
    assert sum(total_of(REPORTS, name) for name in AGENCIES) == 615_059_469
