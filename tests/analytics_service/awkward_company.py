"""A company with the awkward data of practice: on the days of clock changes, and with unusual names."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from common.events.contracts.data_marketing_recorded import MarketingRecorded
from tests.analytics_service.conftest import Service
from tests.analytics_service.marketing_books import store_books
from tests.analytics_service.marketing_reference import AdDay, Books, Contract, Lead
from tests.analytics_service.reference import Row

# In Chicago, the short day has 23 hours and the long one 25.
SHORT, LONG, FAR = date(2024, 3, 10), date(2024, 11, 3), date(2131, 1, 1)
QUOTED, RIGHT_TO_LEFT, EMOJI = """O'Neil "quoted" \\ 100% _;--""", "حملة الربيع", "🎯 فيديو\u200f"
NAMES = (QUOTED, RIGHT_TO_LEFT, EMOJI)
SHOP = UUID(int=5)

LEADS = [
    Lead("restated", date(2024, 3, 5), utm_source="google", utm_id="11", product_name=QUOTED, location_id=EMOJI),
    Lead("signed before", SHORT, utm_source="google", utm_campaign=QUOTED.upper(), location_id=QUOTED),
    Lead("named before", SHORT, utm_source="fb", utm_campaign="before", product_id=EMOJI, product_name=RIGHT_TO_LEFT),
    Lead("of nobody's platform", LONG, utm_source="nobody.has.this", utm_campaign=EMOJI, location_id=RIGHT_TO_LEFT),
    Lead("to come", FAR, utm_source="google", utm_id="11"),
]
CONTRACTS = [
    Contract("early", "signed before", date(2023, 12, 31), Decimal("100.005")),
    Contract("cut back", "restated", LONG, Decimal("-80.10")),
    Contract("huge", "of nobody's platform", LONG, Decimal("999999999999999.99")),
    Contract("without a rate", "named before", LONG, Decimal(5), "JPY"),
    Contract("of no lead", "nobody", SHORT, Decimal(5)),
]
ADS = [
    AdDay("google", "a", "11", QUOTED, SHORT, Decimal("10.005"), 1000, 10),
    AdDay("google", "a", "12", QUOTED, SHORT, Decimal(5), 10, 0),
    AdDay("meta", "m", "22", "Before", date(2024, 3, 9), Decimal(7), 100, 1),
    AdDay("meta", "m", "22", RIGHT_TO_LEFT, SHORT, Decimal("7.5"), 100, 1),
    AdDay("tiktok", "", EMOJI, EMOJI, LONG, Decimal("-2.5"), 0, 0),
    AdDay("tiktok", "", EMOJI, EMOJI, FAR, Decimal(1), 1, 1),
    AdDay("meta", "m", "23", "In yen", LONG, Decimal(9), 9, 9, "JPY"),
]


def visit(ts: datetime, device: str, kind: str = "page_view", **more: Any) -> Row:
    return Row(kind, ts, uuid4(), device, session_id="1", **more)


def visits() -> list[Row]:
    """Return visits at both ends of the short day and just outside it, and orders and searches with unusual names."""
    item = {"item_id": EMOJI, "item_name": QUOTED, "price": 10.25, "quantity": 2}
    first, last = datetime(2024, 3, 10, 6, 30, tzinfo=UTC), datetime(2024, 3, 11, 4, 30, tzinfo=UTC)
    before, after = datetime(2024, 3, 10, 5, 30, tzinfo=UTC), datetime(2024, 3, 11, 5, 30, tzinfo=UTC)
    bought = {"value": Decimal("20.50"), "items": (item,), "location_id": QUOTED}
    return [
        *(visit(ts, f"d{n}", location_id=EMOJI) for n, ts in enumerate((before, first, last, after))),
        visit(first, "d1", "purchase", transaction_id="given back", user_id=RIGHT_TO_LEFT, **bought),
        visit(last, "d2", "purchase", transaction_id=QUOTED, **bought),
        visit(last, "d4", "add_to_cart", items=(item,), location_id=RIGHT_TO_LEFT),
        visit(last, "d5", "no_search_results", search_term=EMOJI),
    ]


async def found_company(service: Service) -> None:
    """Store the company's rows and publish them one after another, until the answers include all of them."""
    writer, tenant_id = service.stored.writer, service.tenant_id
    await store_books(service.stored, Books(LEADS, CONTRACTS, ADS))
    await _publish(service, lead_days=[str(lead.day) for lead in LEADS], ad_days=[str(ad.day) for ad in ADS])
    await writer.execute(
        "update data.lead set created_day = $2, utm_source = 'ig', utm_id = '22'"
        " where tenant_id = $1 and lead_id = 'restated'",
        *(tenant_id, SHORT),
    )
    await _publish(service, lead_days=["2024-03-05", str(SHORT)])
    await writer.execute(
        "insert into data.source (tenant_id, source_id, kind, name) values ($1, $2, 'woocommerce', 'Shop')",
        *(tenant_id, SHOP),
    )
    await writer.execute(
        "insert into data.shop_order (tenant_id, source_id, order_id, number, transaction_id, status, total, total_tax,"
        " shipping_total, discount_total, created_at, modified_at, lines, extra, purchase_id)"
        " values ($1, $2, '1', '1', 'given back', 'refunded', 20.5, 0, 0, 0, now(), now(), '[]', '{}',"
        " gen_random_uuid())",
        *(tenant_id, SHOP),
    )
    await writer.execute(
        "insert into data.shop_refund (tenant_id, source_id, order_id, refund_id, amount, created_at, lines, extra)"
        " values ($1, $2, '1', '1', 50, now(), '[]', '{}')",
        *(tenant_id, SHOP),
    )
    await service.record(visits())


async def _publish(service: Service, **touched: list[str]) -> None:
    batch_id = uuid4()
    data: dict[str, Any] = {"lead_days": [], "lead_ids": [], "ad_days": [], **touched}
    await service.publish_and_wait(MarketingRecorded(batch_id=batch_id, **data), batch_id)
