"""Random leads, contracts, ads and campaigns with random changes, stored in a real database."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from common.db import Connection

FIRST = date(2024, 2, 27)  # a leap day, the end of a month and a change of clocks are within three weeks
_DAYS = 20
_SOURCES = ("google", "Facebook", "newsletter", "shopee", "www.google.co.uk", "bing", None, None)
_MEDIA = ("cpc", "paid_social", "email", "referral", "organic", None)
_NAMES = ("Spring", "spring", "Áo dài ❤", 'Say "yes"', "خصم", "Old name", "17")
_REFERRERS = (
    "https://m.facebook.com/x?u=1",
    "android-app://com.google.android.gm/",
    "https://www.google.com.vn/",
    None,
)
_MONEY = (None, "USD", "eur", "JPY")


class MarketingHistories:
    """One tenant's raw rows in a database, and random changes to them, each of which marks what it made dirty."""

    def __init__(self, seed: int, writer: Connection, tenant_id: UUID) -> None:
        self.random = random.Random(seed)
        self.writer = writer
        self.tenant_id = tenant_id

    async def begin(self, zone: str) -> None:
        """Store the tenant, a few rates, and a source with ad sets and ads."""
        await self.writer.execute(
            "insert into auth.tenant (tenant_id, name, time_zone, currency) values ($1, 'Somewhere', $2, 'USD')",
            self.tenant_id,
            zone,
        )
        rates = [
            (self.tenant_id, FIRST + timedelta(days=n), "EUR", "USD", Decimal("1.0837")) for n in range(0, _DAYS, 2)
        ]
        await self.writer.executemany(
            "insert into data.fx_rate (tenant_id, day, currency, base, rate) values ($1, $2, $3, $4, $5)", rates
        )
        source = await self.writer.fetchval(
            "insert into data.source (tenant_id, kind, name, config, status)"
            " values ($1, 'meta_ads', 'ads', '{}', 'active') returning source_id",
            self.tenant_id,
        )
        await self.writer.executemany(
            "insert into data.ad_object (tenant_id, source_id, level, object_id, parent_id, name, status, said)"
            " values ($1, $2, $3, $4, $5, 'x', 'ACTIVE', '{}')",
            [(self.tenant_id, source, "adset", "set1", "C1"), (self.tenant_id, source, "ad", "AD9", "set1")],
        )

    def day(self) -> date:
        """Return a random day of the history."""
        return FIRST + timedelta(days=self.random.randrange(_DAYS))

    async def change(self) -> None:
        """Make a random change: a row is added, restated, moved to another day or deleted."""
        kinds = (self._leads, self._leads, self._contracts, self._ads, self._ads, self._campaign, self._rates)
        what = self.random.choice(kinds)
        await what()

    async def _leads(self) -> None:
        days: set[date] = set()
        for _ in range(self.random.choice((1, 3, 8))):
            lead = f"L{self.random.randrange(40)}"
            before = await self.writer.fetchval(
                "delete from data.lead where tenant_id = $1 and lead_id = $2 returning created_day",
                self.tenant_id,
                lead,
            )
            days |= {before} if before else set()
            if self.random.random() < 0.15:
                continue
            day = self.day()
            days.add(day)
            await self._put_lead(lead, day)
        await self._mark(lead_days=sorted(days))

    async def _put_lead(self, lead: str, day: date) -> None:
        pick = self.random.choice
        at = datetime(day.year, day.month, day.day, 15, 42, 7, tzinfo=UTC) if self.random.random() < 0.7 else None
        await self.writer.execute(
            "insert into data.lead (tenant_id, lead_id, created_day, created_at, utm_source, utm_medium, utm_campaign,"
            " utm_id, gclid, fbclid, referrer, product_id, product_name, location_id, is_paid, platform)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
            self.tenant_id,
            lead,
            day,
            at,
            pick(_SOURCES),
            pick(_MEDIA),
            pick((*_NAMES, None)),
            pick(("c1", "AD9", "set1", "17", None, None, None)),
            pick(("g1", None, None, None, None)),
            pick(("f1", None, None, None, None)),
            pick(_REFERRERS),
            pick(("P1", "One", None)),
            pick(("One", "Two", None)),
            pick(("B1", "B2", None)),
            pick((True, False, None, None)),
            pick(("lazada", None, None, None, None)),
        )

    async def _contracts(self) -> None:
        leads: set[str] = set()
        for _ in range(self.random.choice((1, 4))):
            contract, lead = f"K{self.random.randrange(20)}", f"L{self.random.randrange(45)}"
            before = await self.writer.fetchval(
                "delete from data.contract where tenant_id = $1 and contract_id = $2 returning lead_id",
                self.tenant_id,
                contract,
            )
            leads |= {lead} | ({before} if before else set())
            await self.writer.execute(
                "insert into data.contract (tenant_id, contract_id, lead_id, signed_day, amount, currency, status)"
                " values ($1, $2, $3, $4, $5, $6, $7)",
                self.tenant_id,
                contract,
                lead,
                self.day(),
                Decimal(self.random.randrange(-50_000, 500_000)) / 1000,
                self.random.choice(_MONEY),
                self.random.choice(("signed", "signed", "cancelled")),
            )
        await self._mark(lead_ids=sorted(leads))

    async def _ads(self) -> None:
        days: set[date] = set()
        pick = self.random.choice
        for _ in range(self.random.choice((1, 5, 12))):
            day = self.day()
            days.add(day)
            name = pick(_NAMES)
            key = (
                self.tenant_id,
                pick(("meta", "google")),
                pick(("", "a1", "a2")),
                pick(("C1", "17", "x2", name)),
                day,
            )
            await self.writer.execute(
                "delete from data.ad_performance where tenant_id = $1 and platform = $2 and account_id = $3"
                " and campaign_id = $4 and day = $5",
                *key,
            )
            if self.random.random() < 0.15:
                continue
            await self.writer.execute(
                "insert into data.ad_performance (tenant_id, platform, account_id, campaign_id, day, campaign_name,"
                " impressions, clicks, spend, conversions, revenue, currency)"
                " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
                *key,
                name,
                self.random.randrange(1000),
                self.random.randrange(50),
                Decimal(self.random.randrange(100_000)) / 1000,
                self.random.randrange(5),
                Decimal(self.random.randrange(100_000)) / 100,
                pick(_MONEY),
            )
        await self._mark(ad_days=sorted(days))

    async def _campaign(self) -> None:
        pick = self.random.choice
        platform, name = pick(("meta", "google", "shopee")), pick(_NAMES)
        await self.writer.execute(
            "delete from data.campaign where tenant_id = $1 and platform = $2 and lower(name) = lower($3)",
            self.tenant_id,
            platform,
            name,
        )
        if self.random.random() < 0.8:
            await self.writer.execute(
                "insert into data.campaign (tenant_id, platform, account_id, external_id, name)"
                " values ($1, $2, $3, $4, $5) on conflict do nothing",
                self.tenant_id,
                platform,
                pick(("", "a1")),
                pick((None, "C1", "17")),
                name,
            )
        await self._mark(campaigns=True)

    async def _rates(self) -> None:
        days, currency = sorted({self.day() for _ in range(8)}), self.random.choice(("EUR", "JPY"))
        for day in days:
            key = (self.tenant_id, "USD", currency, day)
            await self.writer.execute(
                "delete from data.fx_rate where tenant_id = $1 and base = $2 and currency = $3 and day = $4", *key
            )
            if self.random.random() < 0.7:
                await self.writer.execute(
                    "insert into data.fx_rate (tenant_id, base, currency, day, rate) values ($1, $2, $3, $4, $5)",
                    *key,
                    Decimal(self.random.randrange(1, 20_000)) / 10_000,
                )
        await self.writer.execute(
            "insert into analytics.dirty_key (tenant_id, rate_days, rate_currencies) values ($1, $2, $3)",
            self.tenant_id,
            days,
            [currency],
        )

    async def _mark(
        self,
        lead_days: list[date] | None = None,
        lead_ids: list[str] | None = None,
        ad_days: list[date] | None = None,
        *,
        campaigns: bool = False,
    ) -> None:
        await self.writer.execute(
            "insert into analytics.dirty_key (tenant_id, lead_days, lead_ids, ad_days, campaigns)"
            " values ($1, $2, $3, $4, $5)",
            self.tenant_id,
            lead_days or [],
            lead_ids or [],
            ad_days or [],
            campaigns,
        )
