from datetime import date
from typing import Any
from uuid import UUID

import pytest

from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.serve import serve
from services.data_service.domain.syncs.plan_syncs import plan_syncs
from tests.data_service.fake_vendor import order
from tests.data_service.harness import Company, Data, analytics_answers, data_service
from tests.data_service.woocommerce.held_shop import HeldShop
from tests.data_service.woocommerce.shop_bed import add_source
from tests.standins.woocommerce.app import shop_app
from tests.standins.woocommerce.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")
# 157 pieces, of which the newest is asked for first.
FIRST, LAST = date(2022, 1, 1), date(2024, 12, 30)
# As many as would fill every slot that they may have.
BACKFILLS = 4
UNFINISHED = "select status, done from data.job where tenant_id = $1 and kind like 'backfill.%' order by status"


async def started(data: Data, company: Company, source_id: UUID) -> dict[str, Any]:
    body = order(source_id, FIRST, LAST)
    answer = await data.api.post("/data/backfill", json=body, headers=company.headers)
    return answer.raise_for_status().json()


async def test_giant_backfills_delay_no_routine_sync_of_anybody(settings: Settings, database: MigratedDatabase):
    shop = Shop()
    for _ in range(3):
        shop.order()
    # (The plan asks for one order alone.)
    busy = HeldShop(shop_app(shop), holds=lambda asked: "before=2024-12" in asked and "per_page=100" in asked)
    async with serve(busy, tells_time=False) as url:
        opened = settings.model_copy(update={"allow_private_hosts": url.removeprefix("http://")})
        async with data_service(opened, database) as data, analytics_answers(settings, data.batches):
            giant, other = [await data.company() for _ in range(2)]
            sources = [await add_source(data, company, url) for company in (other, *[giant] * BACKFILLS)]
            backfills = [await started(data, giant, source_id) for source_id in sources[1:]]
            await busy.is_asked.wait()
            # A quarter of an hour is over, for a source that is backfilled too.
            ours = dict(zip(sources, (other, giant), strict=False))
            await data.admin.execute("update data.source set next_sync_at = now() where source_id = any($1)", [*ours])
            await plan_syncs(data.context.db)
            for source_id, company in ours.items():
                job_id = await data.admin.fetchval(
                    "select sync_job_id from data.source where source_id = $1", source_id
                )
                synced = await data.ended(company, {"job_id": job_id}, within=30)
                assert (synced["status"], synced["counts"]["orders"]) == ("completed", 3)
            listed = await data.admin.fetch(UNFINISHED, giant.tenant_id)
            assert [tuple(row) for row in listed] == [("queued", 0)] * (BACKFILLS - 1) + [("running", 0)]
            for backfill in backfills:
                path = f"/data/ingest/jobs/{backfill['job_id']}/cancel"
                (await data.api.post(path, headers=giant.headers)).raise_for_status()
            busy.let_go.set()
            for backfill in backfills:
                assert (await data.ended(giant, backfill))["status"] == "cancelled"
