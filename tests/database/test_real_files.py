"""The real export files: every answer equals the reference's, which reads them in its own way."""

import csv
import gzip
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
import pytest

from common.testing.cluster import MigratedDatabase
from tests.analytics_service.agreement import assert_all_agree
from tests.analytics_service.reference import SEARCHES, Company, Reference, Row
from tests.analytics_service.stored import as_analytics, refresh, stored_tenant

FOLDER = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="../shared/data is not here")
TABLES = {"page_view", "view_item", "add_to_cart", "purchase", "remove_from_cart", *SEARCHES}


def param(row: dict[str, Any], *keys: str) -> Any:
    """The first of these params that is set."""
    said = {pair["key"]: next(iter(pair["value"].values()), None) for pair in row["event_params"]}
    return next((said[key] for key in keys if said.get(key)), None)


def row_of(row: dict[str, Any], location: Callable[[dict[str, Any]], str | None]) -> Row:
    """An export row, as the definitions read it."""
    name, shop = row["event_name"], row.get("ecommerce") or {}
    said = (row["user_pseudo_id"], row["event_timestamp"], name, row["event_bundle_sequence_id"])
    hit = UUID(bytes=sha256("\x1f".join(said).encode()).digest()[:16])
    term = param(row, "search_term", "no_search_results_term") if name in SEARCHES else None
    value = param(row, "value") or (shop.get("purchase_revenue", 0) if name == "purchase" else None)
    return Row(
        kind=name if name in TABLES else "other",
        ts=datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(row["event_timestamp"])),
        event_id=hit,
        device=row["user_pseudo_id"] or None,
        user_id=row.get("user_id") or None,
        session_id=param(row, "ga_session_id"),
        location_id=location(row),
        search_term=" ".join(term.lower().split()) if term else None,
        transaction_id=param(row, "transaction_id") if name == "purchase" else None,
        value=None if value is None else Decimal(str(value)),
        currency=param(row, "currency"),
        items=tuple(
            {
                "item_id": item["item_id"] or item["item_name"],
                "item_name": item["item_name"] or None,
                "price": item["price"],
                "quantity": float(item["quantity"]),
            }
            for item in row["items"]
        ),
    )


def rows_of(name: str, location: Callable[[dict[str, Any]], str | None]) -> list[Row]:
    with gzip.open(FOLDER / "ga4_export" / name) as lines:
        return [row_of(msgspec.json.decode(line), location) for line in lines]


def default_branch(row: dict[str, Any]) -> str | None:
    said = {pair["key"]: pair["value"].get("string_value") for pair in row["user_properties"]}
    return said.get("default_branch_id") or None


def country(row: dict[str, Any]) -> str | None:
    return row["geo"].get("country") or None


async def agrees(database: MigratedDatabase, company: Company, ranges: list[tuple[date, date]]) -> None:
    async with stored_tenant(database) as stored:
        await stored.settings(company)
        await stored.homes(company)
        await stored.add(company.rows)
        async with as_analytics(database, stored.tenant_id) as connection:
            assert await refresh(connection, stored.tenant_id, rebuild=True)
        await stored.writer.execute("analyze")
        async with as_analytics(database, stored.tenant_id) as connection:
            await assert_all_agree(connection, stored.tenant_id, Reference(company), ranges)


async def test_every_answer_about_the_shop_equals_the_reference(database: MigratedDatabase) -> None:
    with (FOLDER / "users.csv").open() as file:
        homes = {user["user_id"]: user["location_id"] or None for user in csv.DictReader(file)}
    rows = rows_of("shop_clicks.ndjson.gz", default_branch)
    company = Company(rows, ZoneInfo("America/Chicago"), "USD", homes)
    await agrees(database, company, [(date(2024, 1, 1), date(2024, 6, 30)), (date(2024, 4, 16), date(2024, 4, 29))])


async def test_every_answer_about_the_wholesaler_equals_the_reference(database: MigratedDatabase) -> None:
    company = Company(rows_of("wholesale_orders.ndjson.gz", country), ZoneInfo("Europe/London"), "GBP")
    await agrees(database, company, [(date(2011, 9, 1), date(2011, 10, 31)), (date(2011, 9, 5), date(2011, 9, 6))])
