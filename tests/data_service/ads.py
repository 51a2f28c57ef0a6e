"""What tests of ads share: a tenant in a database of its own, and what its platforms and files say."""

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from common.db import Connection, Database
from common.testing.cluster import MigratedDatabase
from services.data_service.store.ads.ad_performance import AdDay, RecordedAds, record_ad_performance
from services.data_service.store.ads.campaigns import KeptInStep, PlatformCampaign, keep_in_step

ACCOUNT = "act_7712"


@dataclass
class Advertiser:
    """A tenant as the store sees it: `db` is the data service's, `admin` sees past the policies."""

    db: Database
    admin: Connection
    tenant_id: UUID

    async def record(self, rows: Sequence[AdDay], source_id: UUID | None) -> RecordedAds:
        """Record in a transaction of its own."""
        async with self.db.tenant(self.tenant_id) as connection:
            return await record_ad_performance(connection, self.tenant_id, rows, source_id)

    async def keep(self, rows: Sequence[PlatformCampaign], source_id: UUID | None) -> KeptInStep:
        """Keep campaigns in step in a transaction of its own."""
        async with self.db.tenant(self.tenant_id) as connection:
            return await keep_in_step(connection, self.tenant_id, rows, source_id)

    async def connect_source(self, kind: str = "meta_ads") -> UUID:
        """A connected source."""
        return await connect_source(self.admin, self.tenant_id, kind)

    async def now(self) -> list[tuple[Any, ...]]:
        """What stands of each campaign's day: account, campaign, day of the month, name, spend, source."""
        rows = await self.admin.fetch(
            "select account_id, campaign_id, extract(day from day)::int, campaign_name, spend, source_id"
            " from data.ad_performance where tenant_id = $1 order by 1, 2, 3",
            self.tenant_id,
        )
        return [tuple(row) for row in rows]

    async def before(self) -> list[dict[str, Any]]:
        """What was said before, oldest first."""
        rows = await self.admin.fetch(
            "select account_id, campaign_id, said from data.ad_performance_history where tenant_id = $1"
            " order by replaced_at",
            self.tenant_id,
        )
        return [{**row, **json.loads(row["said"])} for row in rows]

    async def campaigns(self) -> list[dict[str, Any]]:
        """The campaigns by name and age."""
        rows = await self.admin.fetch(
            "select * from data.campaign where tenant_id = $1 order by name, created_at", self.tenant_id
        )
        return [dict(row) for row in rows]

    async def versions(self, table: str) -> list[tuple[Any, ...]]:
        """Which transaction wrote each row last, and where it lies: a write changes it, whatever it wrote."""
        rows = await self.admin.fetch(
            f"select ctid::text, xmin::text from data.{table} where tenant_id = $1 order by 1", self.tenant_id
        )
        return [tuple(row) for row in rows]


async def connect_source(admin: Connection, tenant_id: UUID, kind: str = "meta_ads") -> UUID:
    """A connected source of a tenant."""
    source_id: Any = await admin.fetchval(
        "insert into data.source (tenant_id, kind, name) values ($1, $2, 'Ads') returning source_id", tenant_id, kind
    )
    return source_id


@asynccontextmanager
async def advertiser(database: MigratedDatabase) -> AsyncGenerator[Advertiser]:
    """A tenant nobody has said anything of yet."""
    db = await Database.connect(database.settings.dsn("data"), name="tests", max_size=10)
    admin = await asyncpg.connect(database.superuser_dsn)
    try:
        tenant_id = uuid4()
        await admin.execute(
            "insert into auth.tenant (tenant_id, name, time_zone, currency) values ($1, 'Somewhere', 'UTC', 'USD')",
            tenant_id,
        )
        yield Advertiser(db, admin, tenant_id)
    finally:
        await admin.close()
        await db.close()


def ad_day(campaign: str = "C1", day: int = 1, spend: str = "10", **other: Any) -> AdDay:
    """A campaign's day in November 2026."""
    said: dict[str, Any] = {
        "platform": "meta",
        "account_id": ACCOUNT,
        "campaign_id": campaign,
        "day": date(2026, 11, day),
        "campaign_name": f"Campaign {campaign}",
        "impressions": 1000,
        "clicks": 40,
        "spend": Decimal(spend),
        "conversions": Decimal(2),
        "revenue": Decimal(50),
        "currency": None,
        "extra": None,
    }
    return AdDay(**(said | other))


def platform_campaign(external_id: str = "C1", **other: Any) -> PlatformCampaign:
    """A campaign as Meta has it."""
    said: dict[str, Any] = {
        "platform": "meta",
        "account_id": ACCOUNT,
        "external_id": external_id,
        "name": f"Campaign {external_id}",
        "status": "active",
        "budget": Decimal(300),
        "start_date": date(2026, 11, 1),
        "end_date": None,
        "settings": {"objective": "OUTCOME_LEADS"},
    }
    return PlatformCampaign(**(said | other))
