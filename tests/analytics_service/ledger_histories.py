"""Random visits, orders and refunds beside leads, contracts and ads, so that claims and books differ in every way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from common.db.jsonb import to_jsonb
from tests.analytics_service.marketing_histories import FIRST, MarketingHistories

SHOP = UUID(int=3)
ZONES = ("Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York", "Europe/Berlin")
_SOURCES = ("google", "fb", "facebook", "newsletter", "google")
_CAMPAIGNS = ("c1", "AD9", "17", "Spring", "Old+name", "x2", "none+of+these")
_MONEY = (None, "USD", "USD", "eur", "JPY")


class LedgerHistories(MarketingHistories):
    """What the ledger rests on, all of which comes, changes and goes."""

    async def begin(self, zone: str) -> None:
        """A shop, the accounts' clocks, and something to begin with."""
        await super().begin(zone)
        for account in ("a1", "a2"):
            for platform in ("meta", "google"):
                await self._clock(platform, account)
        await self.writer.execute(
            "insert into data.source (tenant_id, source_id, kind, name) values ($1, $2, 'woocommerce', 'Shop')",
            *(self.tenant_id, SHOP),
        )
        for one in (self._ads, self._leads, self._numbered, self._shop):
            for _ in range(8):
                await one()
        for _ in range(40):
            await self._events()

    async def change(self) -> None:
        """Something of marketing's, a few events, a shop's refund, or an account's clock."""
        kinds = (super().change, self._events, self._events, self._gone, self._shop, self._numbered, self._other_clock)
        await self.random.choice(kinds)()

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

    async def _put(self, kind: str, at: datetime, device: str | None, user: str | None, session: str | None) -> None:
        pick = self.random.choice
        transaction = pick((*(f"T{n}" for n in range(60)), "K1", "K2", "K3"))
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
        """A contract that has an order's number."""
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
