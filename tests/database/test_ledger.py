"""What platforms claim beside the company's books: each order once, each gap with its cause."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from loguru import logger

from common.testing.cluster import MigratedDatabase
from tests.analytics_service.ledger_books import (
    GAPS,
    MAY,
    SHOP,
    ads,
    claim,
    give_back,
    lines_of,
    noon,
    order,
    ordered,
    visit,
)
from tests.analytics_service.marketing_books import store_books
from tests.analytics_service.marketing_reference import Books, Contract, Lead
from tests.analytics_service.origins import ORIGINS
from tests.analytics_service.reference import Company, Row
from tests.analytics_service.stored import as_analytics, stored_tenant


async def test_every_gap_has_its_cause(database: MigratedDatabase) -> None:
    rows = [
        *ordered(1, "Spring", "exact", "100"),
        *ordered(2, "Spring", "refunded", "100"),
        *ordered(3, "Spring", "given back twice over", "100"),
        # Clicked on the 4th, bought without a campaign on the 6th.
        visit(noon(4), "late", "1", "Spring"),
        visit(noon(6), "late", "2"),
        order(noon(6, 5), "late", "2", "later", "70"),
        # Both platforms were clicked; the last one has the order.
        visit(noon(7), "both", "1", "Spring"),
        visit(noon(7, 90), "both", "2", "Sale"),
        order(noon(7, 95), "both", "2", "shared", "50"),
        *ordered(8, "Spring", "no rate", "30", "JPY"),
        order(noon(9), None, None, "by telephone", "40"),
        *ordered(10, "Spring", "withheld", "60"),
        *ordered(11, "Spring", "C1", "500"),
    ]
    books = Books([Lead("1", MAY.replace(day=11), utm_source="google", utm_id="11")], [], ads(range(1, 12)))
    books.contracts.append(Contract("C1", "1", MAY.replace(day=20), Decimal(500)))
    async with stored_tenant(database) as stored:
        await stored.settings(Company([], ZoneInfo("UTC"), "USD"))
        await store_books(stored, books)
        await stored.add(rows)
        await stored.mark(rows)
        await give_back(stored, "refunded", "20", "5.005")
        await give_back(stored, "given back twice over", "100", "130")
        for day, revenue in ((1, 100), (2, 100), (3, 100), (4, 70), (7, 50), (8, 25), (10, 90)):
            await claim(stored, "google", "11", day, str(revenue))
        await claim(stored, "meta", "77", 7, "50")
        await stored.writer.execute(
            "insert into data.quality_flag (tenant_id, source_id, stream, day, flag)"
            " values ($1, $2, 'ads', '2024-05-10', 'thresholded')",
            *(stored.tenant_id, SHOP),
        )
        await stored.writer.execute(
            "insert into analytics.dirty_key (tenant_id, lead_days, ad_days, campaigns) values ($1, $2, $3, true)",
            *(stored.tenant_id, [MAY.replace(day=11)], [MAY.replace(day=day) for day in range(1, 12)]),
        )
        lines = await lines_of(database, stored)
    google = {line["dt"].day: line for line in lines if line["campaign_name"] == "Spring"}
    found = {
        day: {name: line[f"{name}_gap"] for name in GAPS if line[f"{name}_gap"]} | {"rest": line["unexplained"]}
        for day, line in google.items()
    }
    assert found == {
        1: {"rest": 0},
        2: {"refund": Decimal("25.01"), "rest": 0},
        3: {"refund": 230, "rest": 0},
        4: {"window": 70, "rest": 0},
        5: {"rest": 0},
        6: {"rest": 0},
        7: {"duplicate": 50, "rest": 0},
        8: {"currency": 25, "rest": 0},
        9: {"rest": 0},
        10: {"thresholded": 30, "rest": 0},
        11: {"untracked": -500, "rest": 0},
    }
    assert (google[3]["order_revenue"], google[3]["our_revenue"], google[3]["our_roas"]) == (-130, -130, -13)
    assert (google[1]["roas_claimed"], google[1]["our_roas"]) == (10, 10)
    # The order that the CRM has under its own number is that contract.
    assert (google[11]["orders"], google[11]["n_contracts"], google[11]["our_revenue"]) == (0, 1, 500)
    none = {(line["dt"].day, line["platform"]): line for line in lines if line["orders"] and not line["campaign_name"]}
    assert {key: line["untracked_gap"] for key, line in none.items()} == {(6, "direct"): -70, (9, "untracked"): -40}
    meta = next(line for line in lines if line["orders"] and line["platform"] == "meta")
    assert (meta["dt"].day, meta["our_revenue"], meta["unexplained"]) == (7, 50, 0)


async def test_labels_and_what_is_left_add_up_to_the_gap_and_every_order_counts_once(
    database: MigratedDatabase,
) -> None:
    seed = random.randrange(1 << 32)
    logger.info("ledger of seed {}", seed)
    chance = random.Random(seed)
    rows: list[Row] = []
    for number in range(150):
        device, session = f"d{chance.randrange(25)}", str(chance.randrange(5))
        at = datetime(2024, 5, 1, tzinfo=UTC) + timedelta(minutes=chance.randrange(31 * 1440))
        if number % 3:
            rows.append(visit(at, device, session, chance.choice(tuple(ORIGINS))))
            continue
        anonymous = chance.random() < 0.1
        value = str(Decimal(chance.randrange(-2000, 30_000)) / 1000)
        currency = chance.choice(("USD", "USD", "EUR", "JPY"))
        rows.append(
            order(at, None if anonymous else device, None if anonymous else session, f"T{number // 2}", value, currency)
        )
    day = [MAY + timedelta(n) for n in range(31)]
    leads = [
        Lead(
            str(n), chance.choice(day), utm_source=chance.choice(("google", "fb", "")), utm_id=chance.choice(("11", ""))
        )
        for n in range(30)
    ]
    amounts = [Decimal(chance.randrange(-5_000, 90_000)) / 1000 for _ in range(10)]
    contracts = [
        Contract(f"T{n}", str(n), chance.choice(day), amount, chance.choice(("", "JPY")))
        for n, amount in enumerate(amounts)
    ]
    async with stored_tenant(database) as stored:
        company = Company(
            [], ZoneInfo("America/Chicago"), "USD", rates={("EUR", one): Decimal("1.0837") for one in day}
        )
        await stored.settings(company)
        await stored.rates(company)
        await store_books(stored, Books(leads, contracts, ads(range(1, 32))))
        await stored.add(rows)
        await stored.mark(rows)
        for number in {row.transaction_id for row in rows if row.transaction_id and chance.random() < 0.3}:
            await give_back(stored, str(number), str(Decimal(chance.randrange(60_000)) / 1000))
        for one in range(1, 32):
            for platform, campaign in (("google", "11"), ("meta", "77")):
                await claim(stored, platform, campaign, one, chance.choice(("0", "0", "17.005", "31.5", "-4")))
        await stored.writer.execute(
            "insert into analytics.dirty_key (tenant_id, lead_days, ad_days, campaigns) values ($1, $2, $2, true)",
            *(stored.tenant_id, day),
        )
        lines = await lines_of(database, stored)
        async with as_analytics(database, stored.tenant_id) as connection:
            sold = {
                row["transaction_id"]: row["value"] or Decimal(0)
                for row in await connection.fetch("select * from analytics.sale where day >= '2024-05-01'")
            }
            kpi = await connection.fetchrow(
                "select * from analytics.get_marketing_kpi($1, $2, $3)", stored.tenant_id, day[0], day[-1]
            )
    assert kpi is not None
    for line in lines:
        gap = line["claimed_revenue"] - line["our_revenue"]
        labels = [line[f"{name}_gap"] for name in GAPS]
        assert sum(labels) + line["unexplained"] == gap
        assert all(amount * gap >= 0 and abs(amount) <= abs(gap) for amount in [*labels, line["unexplained"]])
    counted = {number: value for number, value in sold.items() if number not in {one.contract_id for one in contracts}}
    assert sum(line["orders"] for line in lines) == len(counted)
    assert sum(line["order_revenue"] + line["refunds"] for line in lines) == sum(counted.values())
    assert (sum(line["leads"] for line in lines), sum(line["spend"] for line in lines)) == (kpi["leads"], kpi["spend"])
    assert len({(line["dt"], line["platform"], line["campaign_id"]) for line in lines}) == len(lines)
