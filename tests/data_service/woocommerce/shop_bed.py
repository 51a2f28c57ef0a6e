"""A company with a shop: the stand-in serves it, and a sync reads it into a real database."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import msgspec

from common.events.contracts.data_batch_recorded import BatchRecorded
from common.jobs import JobContext
from common.sealed_columns import SOURCE_SECRETS
from common.sealing import seal
from common.testing.serve import serve
from services.data_service.domain.syncs.sync_run import SyncRun, TenantPlace
from services.data_service.domain.woocommerce.sync import sync
from services.data_service.store.syncs.sources import Source, get_source
from tests.data_service.harness import Company, Data
from tests.standins.woocommerce.app import shop_app
from tests.standins.woocommerce.shop import Shop
from tests.standins.woocommerce.webhooks import Delivery

SECRETS = {"consumer_key": "ck_stand_in", "consumer_secret": "cs_stand_in", "webhook_secret": "whsec_stand_in"}


@dataclass
class ShopBed:
    """`shop` is served at `url`; `source_id` is the company's source that reads it."""

    data: Data
    company: Company
    shop: Shop
    url: str
    source_id: UUID
    counts: list[dict[str, int]] = field(default_factory=list[dict[str, int]])

    @property
    def tenant_id(self) -> UUID:
        """The company's."""
        return self.company.tenant_id

    async def run(self, *, days: tuple[date, date] | None = None, reads_window: bool = False) -> SyncRun:
        """A sync's run, with a job of its own."""
        job_id = uuid4()
        await self.data.admin.execute(
            # (Awaiting: nobody looks for its ticket.)
            "insert into data.job (tenant_id, job_id, kind, status, awaiting)"
            " values ($1, $2, 'tests', 'running', true)",
            *(self.tenant_id, job_id),
        )
        job = JobContext(self.data.context, self.tenant_id, job_id, "tests", {}, 1)
        place = TenantPlace(ZoneInfo("America/Chicago"), "USD", "US")
        source = await self.source()
        return SyncRun(
            self.data.context, self.tenant_id, source, place, SECRETS, days=days, reads_window=reads_window, job=job
        )

    async def sync(self, *, days: tuple[date, date] | None = None, reads_window: bool = False) -> dict[str, int]:
        """Read the shop; gives the job's counts."""
        run = await self.run(days=days, reads_window=reads_window)
        await sync(run)
        return run.job.counts

    async def source(self) -> Source:
        """The source as it stands."""
        async with self.data.context.db.tenant(self.tenant_id) as connection:
            source = await get_source(connection, self.tenant_id, self.source_id)
        assert source is not None
        return source

    async def purchases(self) -> list[dict[str, Any]]:
        """The purchases that orders are, oldest first."""
        rows = await self.data.admin.fetch(
            "select event_ts, transaction_id, user_pseudo_id, user_id, location_id, value, currency, items, extra"
            " from data.purchase where tenant_id = $1 and road = 5 order by event_ts, transaction_id",
            self.tenant_id,
        )
        return [dict(row) for row in rows]

    async def orders(self) -> dict[str, dict[str, Any]]:
        """The orders that are known, by id."""
        rows = await self.data.admin.fetch("select * from data.shop_order where tenant_id = $1", self.tenant_id)
        return {row["order_id"]: dict(row) for row in rows}

    async def flags(self) -> list[tuple[str, str, str]]:
        """What is said of days: stream, flag, detail."""
        rows = await self.data.admin.fetch(
            "select stream, flag, detail from data.quality_flag where tenant_id = $1 order by stream, day, flag",
            self.tenant_id,
        )
        return [(row["stream"], row["flag"], row["detail"]) for row in rows]

    async def post_events(self, *events: dict[str, Any]) -> None:
        """Post what the shop's own tag sent."""
        answer = await self.data.api.post("/data/events", json={"events": events}, headers=self.company.headers)
        assert answer.status_code == 200, answer.text
        assert answer.json()["rejected"] == []

    async def until_heard(self) -> None:
        """Wait until the service has heard of every batch that it told of, and linked orders by them."""
        unheard = (
            "select count(*) from data.outbox o where o.tenant_id = $1 and o.event_type = $2"
            " and not exists (select from data.inbox i where i.event_id = o.event_id)"
        )
        async with asyncio.timeout(30):
            while await self.data.admin.fetchval(unheard, self.tenant_id, BatchRecorded.TYPE):
                await asyncio.sleep(0.05)

    async def set_webhook_secret(self, secret: str) -> None:
        """Have webhooks signed by another secret."""
        await self.data.admin.execute(
            "update data.source set secrets_sealed = $2 where source_id = $1",
            *(self.source_id, sealed_secrets(self.data, self.source_id, webhook_secret=secret)),
        )

    async def deliver(self, delivery: Delivery) -> int:
        """Send a webhook; gives the status of its answer."""
        path = f"/data/webhooks/woocommerce/{self.source_id}"
        return (await self.data.api.post(path, content=delivery.body, headers=delivery.headers)).status_code


def tag_purchase(transaction_id: str, at: datetime, device: str, **given: Any) -> dict[str, Any]:
    """A purchase as the shop's tag sends it."""
    told = {"event_name": "purchase", "event_timestamp": at.isoformat(), "user_pseudo_id": device}
    return told | {"transaction_id": transaction_id, "value": 1, "session_id": "7"} | given


async def add_source(data: Data, company: Company, url: str, **config: Any) -> UUID:
    """A source of a company, due in an hour."""
    source_id = uuid4()
    await data.admin.execute(
        "insert into data.source (tenant_id, source_id, kind, name, config, secrets_sealed, next_sync_at)"
        " values ($1, $2, 'woocommerce', 'Shop', $3, $4, now() + interval '1 hour')",
        company.tenant_id,
        source_id,
        msgspec.json.encode({"store_url": url, **config}).decode(),
        sealed_secrets(data, source_id),
    )
    return source_id


def sealed_secrets(data: Data, source_id: UUID, **other: str) -> str:
    """A source's secrets as they are stored."""
    text = msgspec.json.encode(SECRETS | other).decode()
    return seal(data.context.settings, text, SOURCE_SECRETS.place(source_id))


@asynccontextmanager
async def shop_bed(data: Data, **config: Any) -> AsyncGenerator[ShopBed]:
    """A new company with a new shop, which the installation may reach inside."""
    shop = Shop()
    async with serve(shop_app(shop), tells_time=False) as url:
        company = await data.company(config.pop("location_source", None))
        allowed = f"{data.context.settings.allow_private_hosts},{url.removeprefix('http://')}".strip(",")
        opened = data.context.settings.model_copy(update={"allow_private_hosts": allowed})
        own = replace(data, context=replace(data.context, settings=opened))
        yield ShopBed(own, company, shop, url, await add_source(own, company, url, **config))
