"""A shop's day for tests: events written as the data service writes them, brought up to date as analytics does."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg

from common.db.jsonb import to_jsonb
from common.testing.cluster import MigratedDatabase
from common.testing.people import add_tenant
from tests.analytics_service.stored import as_analytics, refresh

DAY = date(2024, 4, 29)
_BATCH = UUID(int=1)


@dataclass
class Shop:
    """One tenant's shop. Every method adds one thing that a customer did; `refresh` makes the tasks of it.

    `writer` may do everything to the tenant's own rows, and sees no others.
    """

    database: MigratedDatabase
    writer: Any
    tenant_id: UUID
    zone: ZoneInfo
    seen: set[tuple[str, str | None]] = field(default_factory=set[tuple[str, "str | None"]])

    def at(self, clock: str, day: date = DAY) -> datetime:
        """An instant of the shop's own clocks."""
        hour, minute = clock.split(":")
        return datetime.combine(day, time(int(hour), int(minute)), self.zone).astimezone(UTC)

    async def branch(self, code: str, name: str) -> None:
        """A branch of the company."""
        await self.writer.execute(
            "insert into data.locations (tenant_id, location_id, location_name) values ($1, $2, $3)",
            self.tenant_id,
            code,
            name,
        )

    async def rep(self, code: str, name: str, email: str, rep_name: str = "Kim Lee", *, enabled: bool = True) -> None:
        """A rep who gets a branch's report."""
        await self.writer.execute(
            "insert into email.branch_rep"
            " (tenant_id, branch_code, branch_name, sales_rep_name, sales_rep_email, is_enabled)"
            " values ($1, $2, $3, $4, $5, $6)",
            self.tenant_id,
            code,
            name,
            rep_name,
            email,
            enabled,
        )

    async def customer(self, user_id: str, company: str | None, **contact: str) -> None:
        """Whom to call: `cell_phone`, `office_phone`, `email`."""
        await self.writer.execute(
            "insert into data.users (tenant_id, user_id, buying_company_name, cell_phone, office_phone, email)"
            " values ($1, $2, $3, $4, $5, $6)",
            self.tenant_id,
            user_id,
            company,
            contact.get("cell_phone"),
            contact.get("office_phone"),
            contact.get("email"),
        )

    async def cart(
        self, user_id: str, at: datetime, items: Sequence[tuple[str, float, float]], branch: str = "D07"
    ) -> None:
        """Products (name, quantity, price) put into the cart at once."""
        lines = [{"item_id": n, "item_name": n, "quantity": q, "price": p} for n, q, p in items]
        await self._add("add_to_cart", user_id, at, branch, items=to_jsonb(lines))

    async def order(
        self,
        user_id: str,
        at: datetime,
        value: float,
        items: Sequence[tuple[str, float, float]],
        branch: str = "D07",
        currency: str | None = None,
    ) -> None:
        """A purchase."""
        lines = [{"item_id": n, "item_name": n, "quantity": q, "price": p} for n, q, p in items]
        await self._add(
            "purchase",
            user_id,
            at,
            branch,
            items=to_jsonb(lines),
            value=value,
            transaction_id=uuid4().hex,
            currency=currency,
        )

    async def failed_search(self, user_id: str, at: datetime, term: str, branch: str = "D07") -> None:
        """A search without a result."""
        await self._add("no_search_results", user_id, at, branch, search_term=term)

    async def visit(self, user_id: str, at: datetime, products: list[str] | None = None, branch: str = "D07") -> None:
        """A visit in which products were looked at."""
        await self._add("page_view", user_id, at, branch, session=f"{at:%Y%m%d}")
        for number, name in enumerate(products or [], 1):
            line = [{"item_id": name, "item_name": name, "quantity": 1, "price": 1}]
            await self._add(
                "view_item",
                user_id,
                at + timedelta(minutes=number),
                branch,
                session=f"{at:%Y%m%d}",
                items=to_jsonb(line),
            )

    async def _add(self, table: str, user_id: str, at: datetime, branch: str, **more: Any) -> None:
        row: dict[str, Any] = {
            "tenant_id": self.tenant_id,
            "event_ts": at,
            "event_id": uuid4(),
            "user_pseudo_id": f"device of {user_id}",
            "user_id": user_id,
            "session_id": more.pop("session", f"{at:%Y%m%d}"),
            "location_id": branch,
            "road": 1,
            "batch_id": _BATCH,
            **more,
        }
        places = ", ".join(f"${number}" for number in range(1, len(row) + 1))
        await self.writer.execute(f"insert into data.{table} ({', '.join(row)}) values ({places})", *row.values())
        self.seen.add((row["user_pseudo_id"], user_id))

    async def refresh(self) -> None:
        """Bring the tasks up to date, as the analytics service."""
        async with as_analytics(self.database, self.tenant_id) as connection:
            await refresh(connection, self.tenant_id, rebuild=True)


@asynccontextmanager
async def open_shop(
    database: MigratedDatabase,
    name: str = "Northline Supply",
    time_zone: str = "America/Chicago",
    currency: str = "USD",
) -> AsyncGenerator[Shop]:
    """A tenant without events."""
    tenant_id = await add_tenant(database.superuser_dsn, name=name, time_zone=time_zone, currency=currency)
    writer = await asyncpg.connect(database.superuser_dsn)
    try:
        await writer.execute(f"set role branchwise_owner; set app.tenant_id = '{tenant_id}'")
        yield Shop(database, writer, tenant_id, ZoneInfo(time_zone))
    finally:
        await writer.close()


async def fill_omaha(shop: Shop) -> None:
    """The day that the tests look at: a cart with a search and visits, a repeat visitor, an order, nobody's cart."""
    await shop.branch("D07", "Omaha")
    await shop.rep("D07", "Omaha", "kim@northline.example")
    await shop.customer("u374", "Summit <Mechanical> & Sons", cell_phone="+1-555-0187", email="buying@summit.example")
    await shop.customer("u503", "Delta Electric 503", cell_phone="+1-555-0166", office_phone="+1-555-0211")
    await shop.customer("u323", "Anchor Supply 323", office_phone="+1-555-0201", email="buying@anchor.example")
    await shop.customer("u9", "Nobody Knows Ltd")
    await shop.visit("u374", shop.at("9:00", date(2024, 4, 21)))
    await shop.visit("u374", shop.at("9:48"))
    await shop.failed_search("u374", shop.at("9:50"), "ball valve")
    await shop.cart("u374", shop.at("10:16"), [("Product 089", 1, 53.07)])
    await shop.visit("u503", shop.at("11:00", date(2024, 4, 26)), ["Product 002", "Product 009"])
    await shop.visit("u503", shop.at("16:20"), ["Product 002", "Product 000"])
    await shop.order("u323", shop.at("16:49"), 136.59, [("Product 043", 6, 14.56), ("Product 022", 1, 49.23)])
    await shop.cart("u9", shop.at("12:00"), [("Product 001", 2, 82.06)])
    await shop.refresh()
