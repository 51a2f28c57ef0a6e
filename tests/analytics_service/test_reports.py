"""Reports as files: they add up to the dashboard, and run nothing in a spreadsheet."""

import csv
import io
from datetime import date
from decimal import Decimal

import polars as pl

from common.testing.cluster import MigratedDatabase
from tests.analytics_service.conftest import Service
from tests.analytics_service.marketing_books import store_books
from tests.analytics_service.marketing_reference import AdDay, Books, Contract, Lead
from tests.analytics_service.stored import as_analytics, refresh

RANGE = {"date_from": "2024-03-30", "date_to": "2024-05-02"}
KINDS = ("campaigns", "platforms", "days", "campaign-days")
FORMULA = '=HYPERLINK("http://evil.example","x")'
REFUSED = (
    ({"format": "csv"}, "kind"),
    ({"format": "pdf", "kind": "days"}, "format"),
    ({"format": "csv", "kind": "everything"}, "kind"),
    ({"format": "csv", "kind": "days", "date_from": "2024-05-01", "date_to": "2024-04-01"}, "date_from"),
    ({"format": "csv", "kind": "days", "platforms": "Meta"}, "platforms"),
)


async def test_every_report_adds_up_to_the_dashboard_in_every_format(
    service: Service, database: MigratedDatabase
) -> None:
    leads = [Lead(str(n), date(2024, 3, 31 - n % 3), utm_source="google", utm_campaign="حملة") for n in range(5)]
    contracts = [Contract(f"C{n}", str(n), date(2024, 5, 9), Decimal("0.335")) for n in range(5)]
    ads = [AdDay("google", "a", "1", "حملة", date(2024, 4, day), Decimal("1.115"), 10, 1) for day in range(1, 30)]
    ads.append(AdDay("meta", "a", "2", FORMULA, date(2024, 5, 2), Decimal("-2.5"), 10, 1))
    await store_books(service.stored, Books(leads, contracts, ads))
    async with as_analytics(database, service.tenant_id) as connection:
        await refresh(connection, service.tenant_id, rebuild=True)

    listed = (await service.get("/api/analytics/reports")).json()
    assert [report["kind"] for report in listed["data"]] == list(KINDS)
    for platforms in ({}, {"platforms": "google"}):
        kpi = (await service.get("/api/analytics/dashboard/v5/kpi", **RANGE, **platforms)).json()
        for kind in KINDS:
            asked = {"kind": kind, **RANGE, **platforms}
            answer = await service.get("/api/analytics/reports", "analyst", format="csv", **asked)
            named = f'attachment; filename="{kind}-2024-03-30-2024-05-02.csv"'
            assert (answer.status_code, answer.headers["content-disposition"]) == (200, named)
            assert (answer.text.startswith("\ufeff"), FORMULA in answer.text) == (True, False)
            rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
            parquet = await service.get("/api/analytics/reports", format="parquet", **asked)
            frame = pl.read_parquet(io.BytesIO(parquet.content))
            for name in ("leads", "contracts", "revenue", "spend"):
                total = sum(Decimal(row[name]) for row in rows)
                assert Decimal(frame[name].sum()) == total, (kind, name)
                assert abs(total - Decimal(str(kpi["n_contracts" if name == "contracts" else name]))) <= Decimal(
                    "0.005"
                ), (kind, name)
            assert (len(rows), frame.columns) == (frame.height, list(rows[0]))
    names = {"kind": "campaigns", **RANGE}
    frame = pl.read_parquet(
        io.BytesIO((await service.get("/api/analytics/reports", format="parquet", **names)).content)
    )
    assert {"حملة", FORMULA} <= set(frame["campaign_name"])


async def test_a_report_that_makes_no_sense_or_is_not_the_callers_is_refused(service: Service) -> None:
    for params, field in REFUSED:
        answer = await service.get("/api/analytics/reports", **params)
        assert answer.status_code == 422, params
        assert [error["field"].rpartition(".")[2] for error in answer.json()["errors"]] == [field], params
    assert (await service.get("/api/analytics/reports", "rep of N", kind="days", format="csv")).status_code == 403
    nothing = await service.get("/api/analytics/reports", kind="days", format="csv")
    assert nothing.text == "\ufeffday,leads,contracts,revenue,spend,impressions,clicks\r\n"
    nothing = await service.get("/api/analytics/reports", kind="days", format="parquet")
    assert pl.read_parquet(io.BytesIO(nothing.content)).height == 0
