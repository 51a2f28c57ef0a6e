"""Reports as files: they add up to the dashboard, and spreadsheets run nothing in them."""

import csv
import io
import zipfile
from collections.abc import AsyncGenerator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from common.spreadsheet_safe import safe_cell
from common.testing.cluster import MigratedDatabase
from services.analytics_service.domain.report_kinds import REPORTS
from services.analytics_service.domain.write_report import write_report
from services.analytics_service.errors import ReportInvalid
from tests.analytics_service.conftest import Service
from tests.analytics_service.marketing_books import store_books
from tests.analytics_service.marketing_reference import AdDay, Books, Contract, Lead
from tests.analytics_service.stored import as_analytics, refresh

RANGE = {"date_from": "2024-03-30", "date_to": "2024-05-02"}
KINDS = ("campaigns", "platforms", "days", "campaign-days")
_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
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
                total, said = (
                    sum(Decimal(row[name]) for row in rows),
                    kpi["n_contracts" if name == "contracts" else name],
                )
                assert Decimal(frame[name].sum()) == total, (kind, name)
                # Each row is rounded separately.
                assert abs(total - Decimal(str(said))) <= Decimal("0.005") * (len(rows) + 1), (kind, name)
            assert (len(rows), frame.columns) == (frame.height, list(rows[0]))
    names = {"kind": "campaigns", **RANGE}
    frame = pl.read_parquet(
        io.BytesIO((await service.get("/api/analytics/reports", format="parquet", **names)).content)
    )
    assert {"حملة", FORMULA} <= set(frame["campaign_name"])
    sheet = (await service.get("/api/analytics/reports", format="xlsx", **names)).content
    assert _rows_of_sheet(sheet) == [frame.columns, *map(list, frame.rows())]


async def test_every_format_has_the_same_rows() -> None:
    columns = REPORTS["campaign-days"].columns
    rows = [
        (date(2024, 4, 2), "google", "a/1", FORMULA, 3, 1, Decimal("0.10"), Decimal("1234567890.12"), 9, 2),
        (date(2024, 4, 2), "google", "", None, 0, 0, Decimal("0.00"), Decimal("0.00"), 0, 0),
        (date(2024, 4, 3), "meta", "m/2", "", 1, 0, Decimal("-80.10"), Decimal("-0.01"), 10**12, 0),
        (date(2024, 4, 3), "meta", "m/3", 'حملة "الربيع" 🎯, 1\n2', 1, 0, Decimal("5.00"), Decimal("0.30"), 1, 1),
    ]

    async def pieces() -> AsyncGenerator[list[tuple[Any, ...]]]:
        yield rows[:3]
        yield rows[3:]

    written = {name: (await write_report(name, columns, pieces())).read() for name in ("csv", "xlsx", "parquet")}
    frame = pl.read_parquet(written["parquet"])
    assert frame.rows() == rows
    assert {frame.schema[name] for name in ("revenue", "spend")} == {pl.Decimal(38, 2)}
    header, *cells = _rows_of_sheet(written["xlsx"])
    assert (header, [tuple(row) for row in cells]) == (list(columns), rows)
    said = pl.read_csv(written["csv"].removeprefix("\ufeff".encode()), schema=frame.schema).rows()
    guarded = [(*row[:3], row[3] and safe_cell(row[3]), *row[4:]) for row in rows]
    assert said == guarded
    assert safe_cell(FORMULA) != FORMULA


async def test_a_sheet_with_too_many_rows_is_refused() -> None:
    async def pieces() -> AsyncGenerator[list[tuple[int]]]:
        yield [(1,)] * 200_000
        yield [(1,)]

    with pytest.raises(ReportInvalid) as refused:
        await write_report("xlsx", ["leads"], pieces())
    assert [error.field for error in refused.value.errors] == ["format"]


async def test_an_invalid_report_or_one_without_access_is_refused(service: Service) -> None:
    for params, field in REFUSED:
        answer = await service.get("/api/analytics/reports", **params)
        assert answer.status_code == 422, params
        assert [error["field"] for error in answer.json()["errors"]] == [field], params
    assert (await service.get("/api/analytics/reports", "rep of N", kind="days", format="csv")).status_code == 403
    nothing = await service.get("/api/analytics/reports", kind="days", format="csv")
    assert nothing.text == "\ufeffday,leads,contracts,revenue,spend,impressions,clicks\r\n"
    nothing = await service.get("/api/analytics/reports", kind="days", format="parquet")
    assert pl.read_parquet(io.BytesIO(nothing.content)).height == 0


def _rows_of_sheet(sheet: bytes) -> list[list[Any]]:
    """Return the value of each cell: none, a text, a day, money or a number."""
    with zipfile.ZipFile(io.BytesIO(sheet)) as book:
        sheet_data = book.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet_data
    rows = [
        [_place_and_value(cell) for cell in row.iter(f"{_NS}c")]
        for row in ET.fromstring(sheet_data).iter(f"{_NS}row")  # noqa: S314 -- our own
    ]
    header = [value for _, value in rows[0]]
    return [header, *[_typed(header, dict(row)) for row in rows[1:]]]


def _place_and_value(cell: ET.Element) -> tuple[int, str]:
    text = cell.find(f"{_NS}is/{_NS}t")
    value = cell.find(f"{_NS}v") if text is None else text
    assert value is not None
    return ord(cell.attrib["r"][0]) - ord("A"), value.text or ""


def _typed(header: list[str], row: dict[int, str]) -> list[Any]:
    made: list[Any] = []
    for place, name in enumerate(header):
        value = row.get(place)
        if value is None or name in {"platform", "campaign_ref", "campaign_name"}:
            made.append(value)
        elif name == "day":
            made.append(date(1899, 12, 30) + timedelta(int(value)))
        else:
            made.append(Decimal(value).quantize(Decimal("0.01")) if name in {"revenue", "spend"} else int(value))
    return made
