"""What the ledger takes off for refunds, and what another clock moves to another day."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from common.testing.cluster import MigratedDatabase
from tests.analytics_service.ledger_books import (
    MAY,
    ads,
    claim,
    gaps_of,
    give_back,
    lines_of,
    noon,
    order,
    ordered,
    visit,
)
from tests.analytics_service.marketing_books import store_books
from tests.analytics_service.marketing_reference import Books
from tests.analytics_service.reference import Company, Row
from tests.analytics_service.stored import stored_tenant


def refunded(at: datetime, number: str, value: str | None = None, **more: Any) -> Row:
    amount = None if value is None else Decimal(value)
    return Row("refund", at, uuid4(), more.pop("device", "till"), transaction_id=number, value=amount, **more)


async def test_refund_events_are_taken_off_their_order_unless_its_shop_tells(database: MigratedDatabase) -> None:
    numbers = ("part", "items", "whole", "whole after a part", "more", "foreign", "of the shop", "kept")
    rows = [row for day, number in enumerate(numbers, 1) for row in ordered(day, "Spring", number, "100")]
    lines = ({"item_id": "P1", "price": 7.5, "quantity": 2}, {"item_id": "P2", "price": 3})
    back = [
        refunded(noon(20), "part", "20"),
        refunded(noon(21), "part", "-5.005", device=None),
        refunded(noon(20), "items", items=lines),
        refunded(noon(20), "whole"),
        refunded(noon(20), "whole after a part", "30"),
        refunded(noon(21), "whole after a part"),
        refunded(noon(21), "whole after a part"),
        refunded(noon(20), "more", "230"),
        refunded(noon(20), "foreign", "50", currency="eur"),
        refunded(noon(21), "foreign", "50", currency="JPY"),
        refunded(noon(20), "of the shop"),
        refunded(noon(20), "never sold", "9"),
    ]
    async with stored_tenant(database) as stored:
        company = Company([], ZoneInfo("UTC"), "USD", rates={("EUR", MAY.replace(day=6)): Decimal("1.1")})
        await stored.settings(company)
        await stored.rates(company)
        await store_books(stored, Books([], [], ads(range(1, 9))))
        await stored.writer.execute(
            "insert into analytics.dirty_key (tenant_id, ad_days, campaigns) values ($1, $2, true)",
            *(stored.tenant_id, [MAY.replace(day=day) for day in range(1, 9)]),
        )
        await claim(stored, "google", "11", 6, "100")
        await stored.add(back)
        await stored.mark(back)
        # (what was given back for orders that come later waits for them)
        await lines_of(database, stored)
        await stored.add(rows)
        await stored.mark(rows)
        await give_back(stored, "of the shop", "10")
        given = {line["dt"].day: line for line in await lines_of(database, stored) if line["orders"]}
        await stored.remove(back)
        await stored.mark(back)
        left = {line["dt"].day: line["refunds"] for line in await lines_of(database, stored) if line["orders"]}
    assert {day: line["refunds"] for day, line in given.items()} == {
        1: Decimal("25.01"), 2: 18, 3: 100, 4: 100, 5: 230, 6: 55, 7: 10, 8: 0
    }  # fmt: skip
    assert (given[5]["order_revenue"], given[6]["refund_gap"], given[6]["unexplained"]) == (-130, 55, 0)
    assert left == {day: 10 if day == 7 else 0 for day in range(1, 9)}


async def test_what_the_accounts_midnight_alone_moves_is_its_own_label(database: MigratedDatabase) -> None:
    def click(day: int, hour: int, number: str, origin: str, buys: tuple[int, int]) -> list[Row]:
        there = datetime(2024, 5, day, hour, tzinfo=UTC), datetime(2024, 5, buys[0], buys[1], 30, tzinfo=UTC)
        return [visit(there[0], number, "1", origin), order(there[1], number, "1", number, "100")]

    rows = [
        # In Honolulu the 3rd; nothing but the clock differs.
        *click(4, 3, "by the clock", "Spring", (4, 4)),
        # In Honolulu the 7th, and bought two days after either.
        *click(8, 3, "later", "Spring", (10, 3)),
        # In Auckland the 13th, as was bought.
        *click(12, 23, "midnights that meet", "Sale", (13, 1)),
        # In Auckland the 16th.
        *click(15, 20, "by the other clock", "Sale", (15, 21)),
        # In Auckland the 19th; the customer came back directly.
        *click(18, 20, "directly", "Sale", (18, 20))[:1],
        visit(datetime(2024, 5, 20, 9, tzinfo=UTC), "directly", "2"),
        order(datetime(2024, 5, 20, 10, tzinfo=UTC), "directly", "2", "direct", "100"),
    ]
    async with stored_tenant(database) as stored:
        await stored.settings(Company([], ZoneInfo("UTC"), "USD"))
        await store_books(stored, Books([], [], [replace(ad, account_id="a") for ad in ads(range(1, 22))]))
        await stored.add(rows)
        await stored.mark(rows)
        for platform, campaign, days in (("google", "11", (3, 7)), ("meta", "77", (13, 16, 19))):
            for day in days:
                await claim(stored, platform, campaign, day, "100")
        await stored.writer.execute(
            "insert into analytics.dirty_key (tenant_id, ad_days, campaigns) values ($1, $2, true)",
            *(stored.tenant_id, [MAY.replace(day=day) for day in range(1, 22)]),
        )
        before = gaps_of(await lines_of(database, stored))
        for platform, zone in (("google", "Pacific/Honolulu"), ("meta", "Pacific/Auckland")):
            await stored.writer.execute(
                "insert into data.ad_account (tenant_id, platform, account_id, time_zone) values ($1, $2, 'a', $3)",
                *(stored.tenant_id, platform, zone),
            )
        await stored.writer.execute(
            "insert into analytics.dirty_key (tenant_id, is_ledger) values ($1, true)", stored.tenant_id
        )
        after = gaps_of(await lines_of(database, stored))
    assert before[3] == before[7] == {"unexplained": 100}
    assert after == {
        3: {"time_zone": 100},
        4: {"time_zone": -100},
        7: {"window": 100},
        10: {"window": -100},
        15: {"time_zone": -100},
        16: {"time_zone": 100},
        19: {"window": 100},
        20: {"untracked": -100},
    }
