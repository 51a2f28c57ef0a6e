"""What a day's rate is, and that looking it up costs nothing where no money is foreign."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from common.testing.cluster import MigratedDatabase
from tests.analytics_service.agreement import assert_all_agree
from tests.analytics_service.reference import Company, Reference, Row
from tests.analytics_service.stored import as_analytics, refresh, stored_tenant

DAY = date(2026, 3, 2)


async def test_a_rate_is_that_of_the_tenant_its_currency_and_the_day_itself(database: MigratedDatabase) -> None:
    ours, others = uuid4(), uuid4()
    rates = [
        (ours, "USD", "EUR", DAY, "1.08"),
        (ours, "VND", "EUR", DAY, "28000"),
        (ours, "USD", "SEK", date(2026, 3, 1), "0.1"),
        (others, "USD", "GBP", DAY, "1.3"),
    ]
    admin = await asyncpg.connect(database.superuser_dsn)
    try:
        await admin.executemany(
            "insert into data.fx_rate (tenant_id, base, currency, day, rate)"
            " values ($1, $2, $3, $4, $5::text::numeric)",
            rates,
        )
    finally:
        await admin.close()
    async with as_analytics(database, ours) as connection:
        for currency, own, rate in (
            ("USD", "USD", 1),
            ("EUR", "USD", Decimal("1.08")),
            ("EUR", "VND", 28000),
            ("USD", "EUR", None),
            ("SEK", "USD", None),
            ("GBP", "USD", None),
        ):
            found = await connection.fetchval("select analytics.rate_of($1, $2, $3, $4)", ours, currency, own, DAY)
            assert found == rate, (currency, own)
        assert await connection.fetchval("select analytics.rate_of($1, 'GBP', 'USD', $2)", others, DAY) is None


async def test_the_planner_puts_the_rate_of_own_money_in_its_callers_place(database: MigratedDatabase) -> None:
    async with as_analytics(database, uuid4()) as connection:
        plan = await connection.fetch(
            "explain (verbose) select analytics.rate_of(s.tenant_id, s.currency, 'USD', s.day) from analytics.sale s"
        )
    text = "\n".join(row[0] for row in plan)
    assert "CASE WHEN" in text
    assert "rate_of(" not in text.replace("fx_rate_of(", "")


@pytest.mark.parametrize("rate", ["0", "-1", "NaN", "Infinity", "1e15"])
async def test_what_is_no_rate_is_not_kept(database: MigratedDatabase, rate: str) -> None:
    admin = await asyncpg.connect(database.superuser_dsn)
    try:
        with pytest.raises(asyncpg.CheckViolationError):
            await admin.execute(
                "insert into data.fx_rate (tenant_id, base, currency, day, rate)"
                " values ($1, 'USD', 'EUR', $2, $3::text::numeric)",
                *(uuid4(), DAY, rate),
            )
    finally:
        await admin.close()


async def test_rates_of_the_former_currency_convert_nothing(database: MigratedDatabase) -> None:
    company = Company([], ZoneInfo("UTC"), "USD", rates={("EUR", DAY): Decimal("1.1")})
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    company.rows = [
        Row("purchase", at, UUID(int=n), f"d{n}", transaction_id=f"T{n}", value=Decimal(20), currency=currency)
        for n, currency in enumerate(("EUR", "GBP", "USD", None))
    ]
    async with stored_tenant(database) as stored:
        await stored.settings(company)
        await stored.rates(company)
        await stored.add(company.rows)
        await stored.mark(company.rows)
        for currency, rates in (("USD", company.rates), ("GBP", {}), ("USD", company.rates)):
            company.currency, company.rates = currency, rates
            await stored.settings(company)
            async with as_analytics(database, stored.tenant_id) as connection:
                assert await refresh(connection, stored.tenant_id)
                await assert_all_agree(connection, stored.tenant_id, Reference(company), [(DAY, DAY)])
