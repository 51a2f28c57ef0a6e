from datetime import date

import pytest

from common.settings import Settings
from common.testing.cluster import MigratedDatabase
from common.testing.serve import serve
from services.data_service.domain.syncs.plan_syncs import plan_syncs
from tests.data_service.fake_vendor import order
from tests.data_service.harness import analytics_answers, data_service
from tests.data_service.woocommerce.held_shop import HeldShop
from tests.data_service.woocommerce.shop_bed import add_source
from tests.standins.woocommerce.app import shop_app
from tests.standins.woocommerce.shop import Shop

pytestmark = pytest.mark.asyncio(loop_scope="module")
# 157 pieces, of which the newest is asked for first.
FIRST, LAST = date(2022, 1, 1), date(2024, 12, 30)


async def test_a_giant_backfill_delays_no_routine_sync_of_anybody(settings: Settings, database: MigratedDatabase):
    shop = Shop()
    for _ in range(3):
        shop.order()
    # (The plan asks for one order alone.)
    busy = HeldShop(shop_app(shop), holds=lambda asked: "before=2024-12" in asked and "per_page=100" in asked)
    async with serve(busy, tells_time=False) as url:
        opened = settings.model_copy(update={"allow_private_hosts": url.removeprefix("http://")})
        async with data_service(opened, database) as data, analytics_answers(settings, data.batches):
            giant, other = [await data.company() for _ in range(2)]
            source_ids = [await add_source(data, company, url) for company in (giant, other)]
            answer = await data.api.post(
                "/data/backfill", json=order(source_ids[0], FIRST, LAST), headers=giant.headers
            )
            backfill = answer.raise_for_status().json()
            await busy.is_asked.wait()
            # A quarter of an hour is over, for the very source that is backfilled too.
            await data.admin.execute(
                "update data.source set next_sync_at = now() where source_id = any($1)", source_ids
            )
            await plan_syncs(data.context.db)
            jobs = [
                await data.admin.fetchval("select sync_job_id from data.source where source_id = $1", source_id)
                for source_id in source_ids
            ]
            assert None not in jobs
            for company, job_id in zip((giant, other), jobs, strict=True):
                synced = await data.ended(company, {"job_id": job_id})
                assert (synced["status"], synced["counts"]["orders"]) == ("completed", 3)
            path = f"/data/ingest/jobs/{backfill['job_id']}"
            state = (await data.api.get(path, headers=giant.headers)).json()
            assert (state["status"], state["progress"]["done"]) == ("running", 0)
            await data.api.post(f"{path}/cancel", headers=giant.headers)
            busy.let_go.set()
            assert (await data.ended(giant, backfill))["status"] == "cancelled"
