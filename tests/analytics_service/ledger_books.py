"""Visits, orders and claims of a small company in May 2024, and the ledger that results from them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from common.testing.cluster import MigratedDatabase
from tests.analytics_service.marketing_reference import AdDay
from tests.analytics_service.reference import Row
from tests.analytics_service.stored import Stored, as_analytics, refresh

MAY = date(2024, 5, 1)
GAPS = ("refund", "window", "time_zone", "duplicate", "untracked", "currency", "thresholded")
SHOP = UUID(int=3)


def noon(day: int, minute: int = 0) -> datetime:
    return datetime(2024, 5, day, 12, tzinfo=UTC) + timedelta(minutes=minute)


def visit(at: datetime, device: str, session: str, origin: str = "") -> Row:
    return Row("page_view", at, uuid4(), device, session_id=session, origin=origin)


def order(at: datetime, device: str | None, session: str | None, number: str, value: str, currency: str = "USD") -> Row:
    return Row(
        "purchase",
        at,
        uuid4(),
        device,
        session_id=session,
        transaction_id=number,
        value=Decimal(value),
        currency=currency,
    )


def ordered(day: int, origin: str, number: str, value: str, currency: str = "USD") -> list[Row]:
    """Return a visit with a purchase, on a device of its own."""
    return [
        visit(noon(day), f"device {number}", "1", origin),
        order(noon(day, 5), f"device {number}", "1", number, value, currency),
    ]


async def claim(stored: Stored, platform: str, campaign: str, day: int, revenue: str) -> None:
    await stored.writer.execute(
        "update data.ad_performance set conversions = 1, revenue = $5"
        " where tenant_id = $1 and platform = $2 and campaign_id = $3 and day = $4",
        *(stored.tenant_id, platform, campaign, MAY.replace(day=day), Decimal(revenue)),
    )


async def give_back(stored: Stored, number: str, *amounts: str) -> None:
    """Store refunds of the shop's order with that transaction."""
    await stored.writer.execute(
        "insert into data.source (tenant_id, source_id, kind, name) values ($1, $2, 'woocommerce', 'Shop')"
        " on conflict do nothing",
        *(stored.tenant_id, SHOP),
    )
    await stored.writer.execute(
        "insert into data.shop_order (tenant_id, source_id, order_id, number, transaction_id, status, total, total_tax,"
        " shipping_total, discount_total, created_at, modified_at, lines, extra, purchase_id)"
        " values ($1, $2, $3, $3, $3, 'refunded', 0, 0, 0, 0, now(), now(), '[]', '{}', gen_random_uuid())",
        *(stored.tenant_id, SHOP, number),
    )
    await stored.writer.executemany(
        "insert into data.shop_refund (tenant_id, source_id, order_id, refund_id, amount, created_at, lines, extra)"
        " values ($1, $2, $3, $4, $5, now(), '[]', '{}')",
        [(stored.tenant_id, SHOP, number, str(n), Decimal(amount)) for n, amount in enumerate(amounts)],
    )


def ads(days: range) -> list[AdDay]:
    return [
        AdDay(platform, "", campaign, name, MAY.replace(day=day), Decimal(10))
        for day in days
        for platform, campaign, name in (("google", "11", "Spring"), ("meta", "77", "Sale"))
    ]


async def lines_of(database: MigratedDatabase, stored: Stored, last: int = 31) -> list[dict[str, Any]]:
    async with as_analytics(database, stored.tenant_id) as connection:
        await refresh(connection, stored.tenant_id)
        rows = await connection.fetch(
            "select * from analytics.get_ledger($1, $2, $3, p_limit => 10000)",
            *(stored.tenant_id, MAY, MAY.replace(day=last)),
        )
        totals = await connection.fetchrow(
            "select * from analytics.get_ledger_totals($1, $2, $3)", stored.tenant_id, MAY, MAY.replace(day=last)
        )
    lines = [dict(row) for row in rows]
    for name, total in dict(totals or {}).items():
        if name == "lines":
            assert total == len(lines)
        elif "roas" not in name:
            assert total == sum(line[name] for line in lines), name
    return lines


def gaps_of(lines: list[dict[str, Any]]) -> dict[int, dict[str, Decimal]]:
    """Return, by day, the causes whose gap is not 0."""
    return {
        line["dt"].day: {name: line[f"{name}_gap"] for name in GAPS if line[f"{name}_gap"]}
        | ({"unexplained": line["unexplained"]} if line["unexplained"] else {})
        for line in lines
        if line["claimed_revenue"] != line["our_revenue"]
    }
