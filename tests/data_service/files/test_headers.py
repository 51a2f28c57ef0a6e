"""What a header says of its file: the columns, and how they are written."""

import unicodedata

import pytest

from services.data_service.domain.csv_files.plan import ColumnPlan
from services.data_service.domain.csv_files.read_row import RowReader
from services.data_service.domain.csv_files.survey import survey
from tests.data_service.files.planned import ADS, ADS_HEADER, META_HEADER, SHOPEE_HEADER, around, column, plan
from tests.data_service.files.uploads import lines


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
def test_what_separates_the_columns_is_found(separator: str):
    header = f"{ADS_HEADER},spend".split(",")
    row = ["2026-03-01", "google", "c1", '"Pumps, valves; the rest"', "10", "1", "5"]
    found = plan(ADS, "Report of March, all of it; as of today", separator.join(header), separator.join(row))
    assert (found.separator, found.header_line) == (separator, 2)
    assert column(found, "clicks") == ColumnPlan("clicks", 5, "clicks")


def test_a_header_is_the_same_however_its_marks_are_encoded():
    header = "Ngày,Chiến dịch,Lượt hiển thị,Lượt nhấp,Chi phí"
    assert plan(ADS, unicodedata.normalize("NFD", header)).preset == "google-ads"
    assert plan("leads", "lead_id,Ngày", mapping={"created_at": unicodedata.normalize("NFD", "Ngày")}).columns


def test_what_is_chosen_for_dates_and_decimals_is_kept_of_columns_that_have_them():
    found = plan("contracts", "contract_id,lead_id,signed_at,amount,status", dates="mdy", decimal="comma")
    assert {one.name: (one.dates, one.decimal) for one in found.columns} == {
        "contract_id": ("", ""),
        "lead_id": ("", ""),
        "signed_at": ("mdy", ""),
        "amount": ("", "comma"),
        "status": ("", ""),
    }


def test_the_order_that_was_chosen_reads_the_day_above_a_header_and_the_value_for_every_row():
    shopee = ("Date Period,05/01/2026 - 05/01/2026", "Ad Name,Impression,Clicks,Conversions,GMV,Expense")
    for order, day in (("", "2026-01-05"), ("mdy", "2026-05-01")):
        options = {"dates": order} if order else {}
        found = column(plan(ADS, *shopee, **options), "date")
        assert found == ColumnPlan("date", -1, value=day)
    mapping = {"created_at": {"value": "31/01/2026", "dates": "dmy"}}
    found = plan("leads", "lead_id", mapping=mapping)
    assert RowReader("leads", found).read(["L1"]).values[1] == "2026-01-31"


@pytest.mark.parametrize(
    ("days", "order"),
    [
        (("01/05/2026", "01/13/2026", "01/14/2026"), "mdy"),
        (("01/05/2026", "01/06/2026"), "dmy"),
        (("01/05/2026", "13/05/2026", "05/13/2026"), ""),
        (("2026-01-05",), "ymd"),
    ],
)
def test_the_usual_order_of_an_export_stands_only_where_its_column_leaves_it_open(days: tuple[str, ...], order: str):
    content = lines(SHOPEE_HEADER, *(f"{day},Lamp,1,1,1,1,1" for day in days))
    surveyed = survey(lambda: iter([content]), ADS, around())
    found = column(surveyed.plan, "date")
    assert (found and found.dates, bool(surveyed.problem)) == (order, not order)


@pytest.mark.parametrize(
    ("days", "order"),
    [
        (("13/01/26", "31/01/26"), "dmy"),
        (("05.01.26", "27.01.26"), "dmy"),
        (("05.01.26", "19.01.26"), ""),
        (("10/1/26", "10/12/26"), ""),
        (("26-01-05", "26-01-13"), ""),
    ],
)
def test_no_export_makes_a_day_of_two_digits_its_year(days: tuple[str, ...], order: str):
    for preset, header in (("meta-ads", META_HEADER), ("shopee-ads", SHOPEE_HEADER)):
        content = lines(header, *(f"{day},Lamp,1,1,1{',1,1' * (preset == 'shopee-ads')}" for day in days))
        surveyed = survey(lambda content=content: iter([content]), ADS, around())
        found = column(surveyed.plan, "date")
        assert surveyed.plan.preset == preset
        assert (found and found.dates, bool(surveyed.problem)) == (order, not order)
