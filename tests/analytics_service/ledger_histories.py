"""Random visits, orders, refunds, leads, contracts and ads, so that claims and books differ in every way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg

from common.db.jsonb import to_jsonb
from tests.analytics_service.marketing_histories import FIRST, MarketingHistories

SHOP = UUID(int=3)
ZONES = ("Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York", "Europe/Berlin")
_SOURCES = ("google", "fb", "facebook", "newsletter", "google")
_CAMPAIGNS = ("c1", "AD9", "17", "Spring", "Old+name", "x2", "none+of+these")
_MONEY = (None, "USD", "USD", "eur", "JPY")


class LedgerHistories(MarketingHistories):
    """Random changes to everything that the ledger is counted from."""

    async def begin(self, zone: str) -> None:
        """Store a shop, the accounts' time zones and the first rows."""
        await super().begin(zone)
        for account in ("a1", "a2"):
            for platform in ("meta", "google"):
                await self._clock(platform, account)
        await self.writer.execute(
            "insert into data.source (tenant_id, source_id, kind, name) values ($1, $2, 'woocommerce', 'Shop')",
            *(self.tenant_id, SHOP),
        )
        for one in (self._ads, self._leads, self._contracts, self._numbered, self._shop):
            for _ in range(8):
                await one()
        for _ in range(40):
            await self._events()

    async def change(self) -> None:
        """Make a random change: of marketing, a few events, a shop's refund or an account's time zone."""
        kinds = (super().change, self._events, self._gone, self._shop, self._numbered, self._other_clock, *self.alone)
        await self.random.choice(kinds)()

    @property
    def alone(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """Return changes that move an order to another line although none of its own rows changed."""
        return (self._click, self._click_gone, self._word_gone, self._no_lead, self._cancelled, self._refunded)

    async def _order(self) -> asyncpg.Record:
        rows = await self.writer.fetch(
            "select * from data.purchase where tenant_id = $1 and user_pseudo_id is not null and value > 0"
            " order by event_id",
            self.tenant_id,
        )
        return self.random.choice(rows)

    async def _click(self) -> None:
        """Add clicks of some orders' users on other days."""
        for _ in range(4):
            order = await self._order()
            at = order["event_ts"] - timedelta(days=self.random.randrange(2, 6))
            session = str(self.random.getrandbits(40))
            await self._put("page_view", at, order["user_pseudo_id"], order["user_id"], session)

    async def _click_gone(self) -> None:
        order = await self._order()
        rows = await self.writer.fetch(
            "delete from data.page_view where tenant_id = $1 and user_pseudo_id = $2 and event_ts < $3"
            " and event_ts > $3 - interval '7 days' and session_id <> $4 returning event_ts",
            *(self.tenant_id, order["user_pseudo_id"], order["event_ts"], order["session_id"] or ""),
        )
        for row in rows:
            await self._mark_span(order["user_pseudo_id"], None, row["event_ts"])

    async def _word_gone(self) -> None:
        """Remove all data of a campaign that clicks name."""
        rows = await self.writer.fetch(
            "delete from data.ad_performance where tenant_id = $1 and lower(campaign_id) = $2 returning day",
            *(self.tenant_id, self.random.choice(("c1", "17", "x2", "spring"))),
        )
        await self._mark(ad_days=sorted({row["day"] for row in rows}))

    async def _contract_of_an_order(self) -> asyncpg.Record | None:
        await self._numbered()
        return await self.writer.fetchrow(
            "select c.contract_id, l.lead_id, l.created_day from data.contract c"
            " inner join data.lead l on l.tenant_id = $1 and l.lead_id = c.lead_id"
            " inner join data.purchase p on p.tenant_id = $1 and p.transaction_id = c.contract_id"
            " where c.tenant_id = $1 and c.status = 'signed' order by c.contract_id limit 1",
            self.tenant_id,
        )

    async def _no_lead(self) -> None:
        if (found := await self._contract_of_an_order()) is not None:
            await self.writer.execute(
                "delete from data.lead where tenant_id = $1 and lead_id = $2", self.tenant_id, found["lead_id"]
            )
            await self._mark(lead_days=[found["created_day"]])

    async def _cancelled(self) -> None:
        if (found := await self._contract_of_an_order()) is not None:
            await self.writer.execute(
                "update data.contract set status = 'cancelled' where tenant_id = $1 and contract_id = $2",
                *(self.tenant_id, found["contract_id"]),
            )
            await self._mark(lead_ids=[found["lead_id"]])

    async def _refunded(self) -> None:
        """Add a refund event whose device has no other rows."""
        order = await self._order()
        await self._put("refund", order["event_ts"] + timedelta(days=3), "till", None, None, order["transaction_id"])

    async def _events(self) -> None:
        for _ in range(self.random.choice((1, 2, 6))):
            kind = self.random.choice(("page_view",) * 6 + ("purchase", "refund"))
            at = datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) + timedelta(
                minutes=30 * self.random.randrange(20 * 48)
            )
            device = self.random.choice(("d1", "d2", "d3", "d4", "d5", None))
            user = self.random.choice(("ann", "bob", None, None, None))
            session = str(self.random.randrange(60)) if device and self.random.random() < 0.9 else None
            await self._put(kind, at, device, user, session)
            if kind == "page_view" and self.random.random() < 0.4:
                later = timedelta(minutes=self.random.choice((5, 40, 700, 1500, 9000, 12000)))
                await self._put("purchase", at + later, device, user, session)

    async def _put(
        self,
        kind: str,
        at: datetime,
        device: str | None,
        user: str | None,
        session: str | None,
        transaction: str | None = None,
    ) -> None:
        pick = self.random.choice
        transaction = transaction or pick((*(f"T{n}" for n in range(60)), "K1", "K2", "K3"))
        row: dict[str, Any] = {"user_pseudo_id": device, "user_id": user, "session_id": session, "road": 1}
        table = kind
        if kind == "page_view":
            if self.random.random() < 0.7:
                row["page_location"] = f"https://shop.example/?utm_source={pick(_SOURCES)}&utm_medium=cpc"
                row["page_location"] += f"&utm_campaign={pick(_CAMPAIGNS)}" if self.random.random() < 0.9 else ""
        elif kind == "purchase":
            row |= {"transaction_id": transaction, "currency": pick(_MONEY)}
            row["value"] = Decimal(self.random.randrange(-3_000, 60_000)) / 1000
        else:
            table = "other_event"
            row |= {"event_name": "refund", "currency": pick(_MONEY)}
            row["extra"] = to_jsonb({"params": {"transaction_id": transaction}})
            row["value"] = pick((None, Decimal(self.random.randrange(-9_000, 90_000)) / 1000))
        row |= {"tenant_id": self.tenant_id, "event_ts": at, "batch_id": UUID(int=1)}
        row["event_id"] = UUID(int=self.random.getrandbits(128))
        places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
        await self.writer.execute(f"insert into data.{table} ({', '.join(row)}) values ({places})", *row.values())
        await self._mark_span(device, user, at)

    async def _mark_span(self, device: str | None, user: str | None, at: datetime) -> None:
        await self.writer.execute(
            "insert into analytics.dirty_key (tenant_id, user_pseudo_id, user_id, min_ts, max_ts)"
            " values ($1, $2, $3, $4, $4)",
            *(self.tenant_id, device, None if device else user, at),
        )

    async def _gone(self) -> None:
        table = self.random.choice(("page_view", "purchase", "purchase", "other_event"))
        rows = await self.writer.fetch(
            f"delete from data.{table} where tenant_id = $1 and ctid = any(array("
            f"select ctid from data.{table} where tenant_id = $1 order by event_id limit $2))"
            " returning user_pseudo_id, user_id, event_ts",
            *(self.tenant_id, self.random.choice((1, 3))),
        )
        for row in rows:
            await self._mark_span(*row)

    async def _shop(self) -> None:
        number = f"T{self.random.randrange(60)}"
        key = (self.tenant_id, SHOP, number)
        await self.writer.execute(
            "insert into data.shop_order (tenant_id, source_id, order_id, number, transaction_id, status, total,"
            " total_tax, shipping_total, discount_total, created_at, modified_at, lines, extra, purchase_id)"
            " values ($1, $2, $3, $3, $3, 'refunded', 0, 0, 0, 0, now(), now(), '[]', '{}', gen_random_uuid())"
            " on conflict do nothing",
            *key,
        )
        await self.writer.execute(
            "delete from data.shop_refund where tenant_id = $1 and source_id = $2 and order_id = $3", *key
        )
        await self.writer.executemany(
            "insert into data.shop_refund (tenant_id, source_id, order_id, refund_id, amount, created_at, lines,"
            " extra) values ($1, $2, $3, $4, $5, now(), '[]', '{}')",
            [
                (*key, str(n), Decimal(self.random.randrange(60_000)) / 1000)
                for n in range(self.random.choice((0, 1, 2)))
            ],
        )
        await self.writer.execute(
            "insert into analytics.dirty_key (tenant_id, transaction_ids) values ($1, $2)", self.tenant_id, [number]
        )

    async def _numbered(self) -> None:
        """Add a contract with an order's number."""
        contract, lead = f"T{self.random.randrange(60)}", f"L{self.random.randrange(45)}"
        before = await self.writer.fetchval(
            "delete from data.contract where tenant_id = $1 and contract_id = $2 returning lead_id",
            *(self.tenant_id, contract),
        )
        if self.random.random() < 0.7:
            await self.writer.execute(
                "insert into data.contract (tenant_id, contract_id, lead_id, signed_day, amount, status)"
                " values ($1, $2, $3, $4, 100, $5)",
                *(self.tenant_id, contract, lead, self.day(), self.random.choice(("signed", "signed", "cancelled"))),
            )
        await self._mark(lead_ids=sorted({lead} | ({before} if before else set())))

    async def _other_clock(self) -> None:
        await self._clock(self.random.choice(("meta", "google")), self.random.choice(("a1", "a2", "")))

    async def _clock(self, platform: str, account: str) -> None:
        await self.writer.execute(
            "insert into data.ad_account (tenant_id, platform, account_id, time_zone) values ($1, $2, $3, $4)"
            " on conflict (tenant_id, platform, account_id) do update set time_zone = excluded.time_zone",
            *(self.tenant_id, platform, account, self.random.choice(ZONES)),
        )
        await self.writer.execute(
            "insert into analytics.dirty_key (tenant_id, is_ledger) values ($1, true)", self.tenant_id
        )
