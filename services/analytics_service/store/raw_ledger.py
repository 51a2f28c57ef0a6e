"""Reads what the ledger is counted from besides marketing's raw rows."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from common.db import Connection
from services.analytics_service.store.marketing_tables import Rows, Span

# A click is up to seven days before its order, and in another time zone perhaps one more day away.
_MARGIN: Final = timedelta(days=10)


class Sale(NamedTuple):
    """A row of analytics.sale; `contract_of` is the created day of the lead whose signed contract has its number."""

    transaction_id: str
    day: date
    event_ts: datetime
    u: str | None
    device: str
    session_id: str | None
    value: Decimal | None
    currency: str
    rate: Decimal | None
    contract_of: date | None


class Visit(NamedTuple):
    """A row of analytics.session."""

    device: str
    session_id: str
    u: str
    day: date
    first_ts: datetime
    source: str | None
    campaign: str | None


class Refund(NamedTuple):
    """A refund event; `amount` None: all that has not been refunded yet."""

    transaction_id: str
    amount: Decimal | None
    currency: str | None


@dataclass
class LedgerRows:
    """Transactions around some days, with the visits that may have led to them, and their refunds.

    `frozen` are stored rows of ledger_entry for orders whose events were dropped by age; these are not in `sales`.
    `shop_refunds` are the sums of refunds that a shop reports, by transaction. `zones` are the time zones of ad
    accounts, by platform and account.
    """

    days: Span
    frozen: Rows = field(default_factory=Rows)
    sales: list[Sale] = field(default_factory=list[Sale])
    visits: list[Visit] = field(default_factory=list[Visit])
    refunds: list[Refund] = field(default_factory=list[Refund])
    shop_refunds: dict[str, Decimal] = field(default_factory=dict[str, Decimal])
    zones: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])


_SALES: Final = """
    select s.transaction_id, s.day, s.event_ts, s.u, s.user_pseudo_id, s.session_id, s.value, s.currency, s.rate,
        case when c.status = 'signed' then l.created_day end
    from analytics.sale s
    left join data.contract c on c.tenant_id = $1 and c.contract_id = s.transaction_id
    left join data.lead l on l.tenant_id = $1 and l.lead_id = c.lead_id
    where s.tenant_id = $1 and s.day between $2 and $3
"""
_VISITS: Final = """
    select v.user_pseudo_id, v.session_id, v.u, v.day, v.first_ts, v.source, v.campaign
    from analytics.session v
    where v.tenant_id = $1 and v.day between $2::date - 10 and $3::date + 1
        and v.source is not null and v.campaign is not null
    union
    select v.user_pseudo_id, v.session_id, v.u, v.day, v.first_ts, v.source, v.campaign
    from analytics.sale s
    inner join analytics.session v
        on v.tenant_id = $1 and v.user_pseudo_id = s.user_pseudo_id and v.session_id = s.session_id
    where s.tenant_id = $1 and s.day between $2 and $3
"""
_SHOP_REFUNDS: Final = """
    select o.transaction_id, coalesce(sum(f.amount), 0)
    from data.shop_order o
    left join data.shop_refund f on f.tenant_id = $1 and f.source_id = o.source_id and f.order_id = o.order_id
    where o.tenant_id = $1 and o.transaction_id = any($2) and o.purchase_id is not null
    group by o.transaction_id
"""
_REFUNDS: Final = "select transaction_id, amount, currency from analytics.refund where tenant_id = $1"


LEDGER: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "ledger_entry": (
        ("transaction_id", "entry_no"),
        (
            *("day", "platform", "campaign_ref", "is_order", "gross", "refunds", "moved_in", "moved_out", "zone_in"),
            *("zone_out", "shared", "lacks_rate", "lead_day"),
        ),
    ),
    "ledger_total": (
        ("day", "platform"),
        (
            *("lines", "spend", "claimed_conversions", "claimed_revenue", "leads", "contracts", "revenue", "orders"),
            *("order_revenue", "refunds", "refund_gap", "window_gap", "time_zone_gap", "duplicate_gap"),
            *("untracked_gap", "currency_gap", "over_gap", "under_gap"),
        ),
    ),
}
_FROZEN: Final = (
    f"select {', '.join(column for columns in LEDGER['ledger_entry'] for column in columns)}"  # noqa: S608 -- own names
    " from analytics.ledger_entry where tenant_id = $1 and day between $2 and $3 and transaction_id = any($4)"
)


async def read_raw_ledger(connection: Connection, tenant_id: UUID, days: Span) -> LedgerRows:
    """Read what the ledger's entries of these days are counted from."""
    around = (_shifted(days.first, -_MARGIN), _shifted(days.last, _MARGIN))
    sales = [Sale(*row) for row in await connection.fetch(_SALES, tenant_id, *around)]
    frozen = await _frozen(connection, tenant_id, days, sales)
    sales = [sale for sale in sales if sale.transaction_id not in frozen]
    shops = await connection.fetch(_SHOP_REFUNDS, tenant_id, [sale.transaction_id for sale in sales])
    accounts = await connection.fetch(
        "select platform, account_id, time_zone from data.ad_account where tenant_id = $1", tenant_id
    )
    return LedgerRows(
        days,
        {(row[0], row[1]): tuple(row)[2:] for row in await connection.fetch(_FROZEN, tenant_id, *days, list(frozen))},
        sales,
        [Visit(*row) for row in await connection.fetch(_VISITS, tenant_id, *around)],
        [Refund(*row) for row in await connection.fetch(_REFUNDS, tenant_id)],
        {row[0]: row[1] for row in shops},
        {(row[0], row[1]): row[2] for row in accounts},
    )


async def _frozen(connection: Connection, tenant_id: UUID, days: Span, sales: list[Sale]) -> set[str]:
    """Return the transactions, of these sales and of the days' stored entries, that can no longer be counted again."""
    stored = await connection.fetch(
        "select distinct transaction_id from analytics.ledger_entry where tenant_id = $1 and day between $2 and $3",
        *(tenant_id, *days),
    )
    known = {sale.transaction_id for sale in sales} | {row[0] for row in stored}
    rows = await connection.fetch("select * from analytics.frozen_orders($1, $2)", tenant_id, list(known))
    return {row[0] for row in rows}


def _shifted(day: date, by: timedelta) -> date:
    """Return the day moved by some days; the first and last possible days stay as they are."""
    return day if day in (date.min, date.max) else day + by


async def read_stored_ledger(connection: Connection, tenant_id: UUID, days: Span) -> dict[str, Rows]:
    """Return the rows that the refresh stored in the ledger's tables, by table."""
    stored: dict[str, Rows] = {}
    for table, (keys, others) in LEDGER.items():
        statement = (
            f"select {', '.join((*keys, *others))} from analytics.{table}"  # noqa: S608 -- own names
            " where tenant_id = $1 and day between $2 and $3"
        )
        rows: list[tuple[Any, ...]] = [tuple(row) for row in await connection.fetch(statement, tenant_id, *days)]
        stored[table] = {row[: len(keys)]: row[len(keys) :] for row in rows}
    return stored
