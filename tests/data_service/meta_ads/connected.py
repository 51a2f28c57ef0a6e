"""A company with an ad account that the stand-in serves, and syncs of it."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from common.clock import now
from common.http.context import ServiceContext
from common.jobs import JobContext
from services.data_service.domain.meta_ads import check
from services.data_service.domain.meta_ads.sync import sync
from services.data_service.domain.syncs.sync_run import Finding, SourceAccess, SyncRun, TenantPlace
from services.data_service.store.syncs.sources import get_source
from tests.data_service.harness import Data
from tests.standins.meta_ads.made import made_account
from tests.standins.meta_ads.server import meta_ads
from tests.standins.meta_ads.world import AdAccount, World

Key = tuple[str, date]


def account_day(back: int = 0, zone: str = "America/Los_Angeles") -> date:
    """The day of the stand-in's accounts, so many days ago."""
    return now().astimezone(ZoneInfo(zone)).date() - timedelta(days=back)


@dataclass
class Connected:
    """One company's ad account: what Meta has (`account`, `world`) and what was read of it."""

    data: Data
    service: ServiceContext
    world: World
    account: AdAccount
    tenant_id: UUID
    source_id: UUID
    token: str

    async def access(self) -> SourceAccess:
        """The source, opened."""
        async with self.service.db.tenant(self.tenant_id) as connection:
            source = await get_source(connection, self.tenant_id, self.source_id)
        assert source is not None
        place = TenantPlace(ZoneInfo("America/Chicago"), "USD", "US")
        return SourceAccess(self.service, self.tenant_id, source, place, {"access_token": self.token})

    async def sync(self, days: tuple[date, date] | None = None, job_id: UUID | None = None, **asked: Any) -> JobContext:
        """One sync; gives its job with what it counted."""
        access = await self.access()
        job = JobContext(self.service, self.tenant_id, job_id or uuid4(), "sync", {}, 1)
        await sync(SyncRun(**vars(access), job=job, days=days, **asked))
        return job

    async def test(self) -> list[Finding]:
        """What the source's test says."""
        return await check.check(await self.access())

    async def figures(self) -> dict[Key, tuple[int, int, Decimal, Decimal, Decimal]]:
        """What is stored: impressions, clicks, spend, conversions, revenue."""
        rows = await self.data.admin.fetch(
            "select campaign_id, day, impressions, clicks, spend, conversions, revenue from data.ad_performance"
            " where tenant_id = $1",
            self.tenant_id,
        )
        return {(row[0], row[1]): tuple(row)[2:] for row in rows}

    async def row(self, campaign_id: str, day: date) -> dict[str, Any]:
        """All of a campaign's day."""
        row = await self.data.admin.fetchrow(
            "select to_jsonb(p) from data.ad_performance p where tenant_id = $1 and campaign_id = $2 and day = $3",
            *(self.tenant_id, campaign_id, day),
        )
        assert row is not None
        return json.loads(row[0])

    async def history(self) -> list[dict[str, Any]]:
        """What was said before, earliest first."""
        rows = await self.data.admin.fetch(
            "select said from data.ad_performance_history where tenant_id = $1 order by replaced_at", self.tenant_id
        )
        return [json.loads(row["said"]) for row in rows]

    async def position(self, stream: str) -> Any:
        """Where a stream of the source is."""
        position = await self.data.admin.fetchval(
            "select position from data.source_cursor where source_id = $1 and stream = $2", self.source_id, stream
        )
        return None if position is None else json.loads(position)

    def asked(self, path: str) -> list[dict[str, str]]:
        """The parameters of the requests whose path ends so."""
        return [dict(one.params) for one in self.world.asked if one.path.endswith(path)]

    def told(self, first: date, last: date) -> set[Key]:
        """The campaigns and days that Meta has figures of."""
        days = ((campaign_id, date.fromisoformat(day)) for campaign_id, day in self.account.figures)
        return {key for key in days if first <= key[1] <= last}


@contextmanager
def served(account: AdAccount | None = None, *more: AdAccount) -> Generator[tuple[World, str]]:
    """A world with an account that has figures for the last forty days, and its address."""
    one = account or made_account(first=account_day(40), last=account_day())
    with meta_ads(World([one, *more])) as running:
        yield running.world, running.url


async def connected(data: Data, world: World, url: str, account: AdAccount) -> Connected:
    """A new company whose source is an account of the stand-in."""
    company = await data.company()
    source_id: Any = await data.admin.fetchval(
        "insert into data.source (tenant_id, kind, name, config) values ($1, 'meta_ads', 'Ads', $2)"
        " returning source_id",
        company.tenant_id,
        json.dumps({"account_id": account.account_id}),
    )
    settings = data.context.settings.model_copy(update={"meta_graph_url": url})
    service = replace(data.context, settings=settings)
    return Connected(data, service, world, account, company.tenant_id, source_id, account.token)
