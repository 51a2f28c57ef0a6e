"""Half a year of simulated media of 40 regions and five channels, as 40 branches: every sum is the file's own."""

import json
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from common.testing.company import Company
from common.testing.stack import Stack

FILE = Path(__file__).parents[3] / "shared" / "data" / "ads" / "google_meridian" / "geo_all_channels.csv"
CHANNELS = range(5)
SPENDS = [f"Channel{n}_spend" for n in CHANNELS]
MONEY = pl.Decimal(38, 12)
SINCE = "2023-07-24"
# All of it; months that begin and end within it; a week, whose one day has rows; what lies before.
RANGES = (
    (SINCE, "2024-01-15"),
    ("2023-08-16", "2024-01-03"),
    ("2023-10-02", "2023-10-08"),
    ("2022-01-01", "2022-12-31"),
)

pytestmark = [
    pytest.mark.skipif(not FILE.exists(), reason="the folder of real data is not beside the project"),
    # Whoever comes first waits until the whole system stands.
    pytest.mark.xdist_group("stack"),
    pytest.mark.timeout(600),
]


async def test_the_sums_of_forty_branches_are_those_of_the_file(stack: Stack) -> None:
    regions = pl.read_csv(FILE, schema_overrides=dict.fromkeys(SPENDS, pl.String)).filter(pl.col("time") >= SINCE)
    ads, leads = ads_of(regions), leads_of(regions)
    async with stack.company(time_zone="America/Chicago") as company:
        branches = leads.select("location_id", location_name="location_name").unique()
        for kind, frame in (
            ("locations", branches),
            ("campaign-performance", ads.drop("day")),
            ("leads", leads.select("lead_id", "created_at", "utm_source", "utm_medium", "utm_id", "location_id")),
            ("contracts", leads.select("contract_id", "lead_id", "signed_at", "amount")),
        ):
            job = await company.imported(kind, frame.write_csv().encode())
            assert (job["status"], job["counts"].get("rejected", 0)) == ("completed", 0), (kind, job)
        assert branches.height == 40
        for first, last in RANGES:
            within = pl.col("day").is_between(pl.lit(first), pl.lit(last))
            await says_what_the_file_says(company, (first, last), ads.filter(within), leads.filter(within))


def ads_of(regions: pl.DataFrame) -> pl.DataFrame:
    """A campaign per region and channel, a row a week."""
    return pl.concat(
        regions.select(
            pl.col("time").alias("day"),
            pl.col("time").alias("date"),
            pl.lit(f"channel{n}").alias("platform"),
            pl.format("{}-{}", "geo", pl.lit(str(n))).alias("campaign_id"),
            pl.format("{}, channel {}", "geo", pl.lit(str(n))).alias("campaign_name"),
            pl.col(f"Channel{n}_impression").alias("impressions"),
            pl.lit(0).alias("clicks"),
            pl.col(f"Channel{n}_spend").alias("spend"),
        )
        for n in CHANNELS
    )


def leads_of(regions: pl.DataFrame) -> pl.DataFrame:
    """What was sold in a region's week is one lead's contract; it came by the channel that cost most there."""
    most = pl.concat_list(pl.col(name).cast(pl.Float64) for name in SPENDS).list.arg_max()
    return regions.select(
        pl.col("time").alias("day"),
        pl.col("time").alias("created_at"),
        pl.col("time").alias("signed_at"),
        pl.format("{} {}", "geo", "time").alias("lead_id"),
        pl.format("C {} {}", "geo", "time").alias("contract_id"),
        pl.format("channel{}", most).alias("utm_source"),
        pl.lit("cpc").alias("utm_medium"),
        pl.format("{}-{}", "geo", most).alias("utm_id"),
        pl.format("{}, channel {}", "geo", most).alias("campaign_name"),
        pl.col("geo").alias("location_id"),
        pl.format("Branch {}", "geo").alias("location_name"),
        (pl.col("conversions") * pl.col("revenue_per_conversion")).round(2).cast(pl.String).alias("amount"),
    )


async def says_what_the_file_says(
    company: Company, days: tuple[str, str], ads: pl.DataFrame, leads: pl.DataFrame
) -> None:
    said = partial(answer, company, days)
    spend, revenue = total(ads, "spend"), total(leads, "amount")
    kpi = await said("dashboard/v5/kpi")
    assert (kpi["leads"], kpi["n_contracts"]) == (leads.height, leads.height)
    assert (kpi["revenue"], kpi["spend"]) == (cents(revenue), cents(spend))
    assert (kpi["cpl"], kpi["roas"]) == (ratio(spend, leads.height), ratio(revenue, spend))
    assert kpi["unconverted"]["rows"] == 0

    campaigns = {(row["platform"], row["campaign_name"]): row for row in await said("sales/v5/campaigns", limit=500)}
    costs = sums(ads, ("platform", "campaign_name"), "spend")
    brought = sums(leads, ("utm_source", "campaign_name"), "amount")
    assert {key: row["spend"] for key, row in campaigns.items()} == {
        key: cents(cost) for key, (_, cost) in costs.items()
    }
    for key, row in campaigns.items():
        number, amount = brought.get(key, (0, Decimal(0)))
        assert (row["leads"], row["n_contracts"], row["revenue"]) == (number, number, cents(amount)), key

    found = {(row["location_id"],): row for row in await said("branches", limit=500)}
    of_branches = sums(leads, ("location_id",), "amount")
    assert {key: (row["leads"], row["contracts"], row["revenue"]) for key, row in found.items()} == {
        key: (number, number, cents(amount)) for key, (number, amount) in of_branches.items()
    }
    assert all(row["location_name"] == f"Branch {row['location_id']}" for row in found.values())

    by_day = {row["dt"]: row for row in await said("campaigns/v7/metrics/trend")}
    of_days, leads_by_day = sums(ads, ("day",), "spend"), sums(leads, ("day",), "amount")
    shown = {day: (row["leads"], row["spend"]) for day, row in by_day.items() if row["leads"] or row["spend"]}
    assert shown == {day: (leads_by_day[day,][0], cents(cost)) for (day,), (_, cost) in of_days.items()}
    assert sum(row["impressions"] for row in by_day.values()) == ads["impressions"].sum()
    assert {row["dt"]: row["leads"] for row in await said("dashboard/v5/trend/leads")} == {
        day: row["leads"] for day, row in by_day.items()
    }
    assert {row["dt"]: row["spend"] for row in await said("dashboard/v5/trend/spend")} == {
        day: row["spend"] for day, row in by_day.items()
    }

    platforms = {key: number for (key,), (number, _) in sums(leads, ("utm_source",), "amount").items()}
    shares = await said("sales/v5/share/platforms")
    assert {row["platform"]: row["leads"] for row in shares if row["leads"]} == platforms
    assert sum(row["share_pct"] for row in shares) == (100 if platforms else 0)
    paid = await said("sales/v6/leads/paid-split/platforms")
    assert {row["platform"]: row["paid_leads"] for row in paid} == platforms
    sources = await said("sales/v5/utm-sources")
    assert {row["utm_source"]: row["leads"] for row in sources} == platforms

    whole = await said(f"dashboard/{company.tenant_id}")
    assert {name: whole["kpis"][name] for name in kpi} == kpi
    for name, kept in (("leads", "leads"), ("contracts", "n_contracts")):
        assert sum(row[name] for row in whole["channels"]) == kpi[kept]
    for name in ("revenue", "spend"):
        assert abs(sum(row[name] for row in whole["channels"]) - kpi[name]) <= Decimal("0.05")


async def answer(company: Company, days: tuple[str, str], path: str, **asked: Any) -> Any:
    params = {"date_from": days[0], "date_to": days[1], **asked}
    got = await company.api.get(f"/api/analytics/{path}", params=params)
    return json.loads(got.raise_for_status().text, parse_float=Decimal)


def total(frame: pl.DataFrame, name: str) -> Decimal:
    return frame.select(pl.col(name).cast(MONEY).sum()).item() or Decimal(0)


def sums(frame: pl.DataFrame, by: Iterable[str], name: str) -> dict[tuple[str, ...], tuple[int, Decimal]]:
    """By what rows are told apart: how many, and what they come to."""
    rows = frame.group_by(*by).agg(pl.len().alias("number"), pl.col(name).cast(MONEY).sum().alias("sum")).rows()
    return {tuple(row[:-2]): (row[-2], row[-1]) for row in rows}


def cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def ratio(part: Decimal, whole: Decimal | int) -> Decimal:
    return cents(part / whole) if whole else Decimal(0)
