"""Reports as files: they add up to the dashboard, and run nothing in a spreadsheet."""

import csv
import io
import re
import zipfile
from collections.abc import AsyncGenerator
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from common.testing.cluster import MigratedDatabase
from services.analytics_service.domain.write_report import write_report
from services.analytics_service.errors import ReportInvalid
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
            sheet = await service.get("/api/analytics/reports", format="xlsx", **asked)
            numbers = _column_of(sheet.content, list(rows[0]).index("spend"))
            assert round(sum(numbers), 6) == float(sum(Decimal(row["spend"]) for row in rows))
            assert len(numbers) == len(rows)
            assert (len(rows), frame.columns) == (frame.height, list(rows[0]))
    names = {"kind": "campaigns", **RANGE}
    frame = pl.read_parquet(
        io.BytesIO((await service.get("/api/analytics/reports", format="parquet", **names)).content)
    )
    assert {"حملة", FORMULA} <= set(frame["campaign_name"])
    sheet = (await service.get("/api/analytics/reports", format="xlsx", **names)).content
    assert "=HYPERLINK(" in _xml_of(sheet)
    assert "<f>" not in _xml_of(sheet)


async def test_a_sheet_of_more_rows_than_people_open_is_refused() -> None:
    async def pieces() -> AsyncGenerator[list[tuple[int]]]:
        yield [(1,)] * 200_000
        yield [(1,)]

    with pytest.raises(ReportInvalid) as refused:
        await write_report("xlsx", ["leads"], pieces())
    assert [error.field for error in refused.value.errors] == ["format"]


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


def _xml_of(sheet: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(sheet)) as book:
        return book.read("xl/worksheets/sheet1.xml").decode()


def _column_of(sheet: bytes, place: int) -> list[float]:
    """The numbers of a column."""
    cells = re.findall(rf'<c r="{"ABCDEFGHIJ"[place]}[0-9]+"><v>([^<]*)</v>', _xml_of(sheet))
    return [float(cell) for cell in cells]
