"""Shops at one address, and what tests need of a service that reads them and is killed meanwhile."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from starlette.applications import Starlette

from common.jobs.runner import HEARTBEAT_TIMEOUT
from tests.data_service.harness import Company, Data
from tests.data_service.service_process import ServiceProcess
from tests.data_service.woocommerce.held_shop import HeldShop
from tests.data_service.woocommerce.shop_bed import add_source
from tests.standins.woocommerce.app import shop_app
from tests.standins.woocommerce.shop import Shop


class Street:
    """The only address that the service may reach: any number of shops."""

    def __init__(self) -> None:
        self.app = Starlette()
        self.url = ""

    def shop(self, holds: Callable[[str], bool] = lambda _: False) -> tuple[Shop, str, HeldShop]:
        """Another shop, its address, and what holds some of its calls."""
        shop, place = Shop(), f"/{len(self.app.routes)}"
        held = HeldShop(shop_app(shop), holds)
        self.app.mount(place, held)
        return shop, self.url + place, held


@dataclass
class HeldSync:
    """A sync, and the shop that it reads until some call is held."""

    shop: Shop
    held: HeldShop
    company: Company
    source_id: UUID
    job: dict[str, Any]

    def asked_for(self, path: str) -> list[str]:
        """The calls of a path since the service was killed."""
        return [call for call in self.shop.calls if path in call]

    async def standing(self, remote: Data) -> tuple[str, bool, bool]:
        """What is said of it: its job's status, whether its source counts as read, and the source's night."""
        row = await remote.admin.fetchrow(
            "select j.status, s.last_sync_at is not null, s.window_read_on is not null from data.source s"
            " join data.job j using (tenant_id) where s.source_id = $1 and j.job_id = $2",
            *(self.source_id, UUID(self.job["job_id"])),
        )
        assert row is not None
        return row[0], row[1], row[2]


async def rows(remote: Data, company: Company, table: str) -> int:
    counted: Any = await remote.admin.fetchval(
        f"select count(*) from data.{table} where tenant_id = $1", company.tenant_id
    )
    return int(counted)


async def started(remote: Data, company: Company, url: str) -> tuple[UUID, dict[str, Any]]:
    """A new source, and the sync that reads it."""
    source_id = await add_source(remote, company, url)
    return source_id, await sync_now(remote, company)


async def sync_now(remote: Data, company: Company) -> dict[str, Any]:
    """The job that reads a company's shop now."""
    answer = await remote.api.post("/api/sync/woocommerce", headers=company.headers)
    return answer.raise_for_status().json()


async def risen(remote: Data, process: ServiceProcess) -> None:
    """Start it again; until who is silent counts as dead, no time needs to pass here."""
    await remote.admin.execute("update data.pgqueuer set heartbeat = heartbeat - $1::interval", HEARTBEAT_TIMEOUT)
    await process.start()


async def told_of(remote: Data, company: Company) -> tuple[int, int]:
    """How many purchases and people the other services were told of."""
    row = await remote.admin.fetchrow(
        "select sum((payload->'counts'->>'purchase')::int) as purchases,"
        " sum(jsonb_array_length(payload->'user_ids')) as people from data.outbox where tenant_id = $1",
        company.tenant_id,
    )
    assert row is not None
    return row["purchases"], row["people"]
