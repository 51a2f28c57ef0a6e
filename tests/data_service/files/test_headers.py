"""What a header says of its file: the columns, their currency, and how they are written."""

import unicodedata
from typing import Any

import pytest

from services.data_service.domain.csv_files.options import read_options
from services.data_service.domain.csv_files.plan import ColumnPlan, FilePlan
from services.data_service.domain.csv_files.read_row import RowReader
from services.data_service.domain.csv_files.survey import Surroundings, plan_of_head, survey
from services.data_service.domain.files.rejection import Rejected
from tests.data_service.files.uploads import as_fields, lines

ADS = "campaign-performance"
ADS_HEADER = "date,platform,campaign_id,campaign_name,impressions,clicks"


def around(**options: Any) -> Surroundings:
    return Surroundings(read_options(ADS, {}), "VN", "Asia/Ho_Chi_Minh", "VND", 2026)._replace(**options)


def plan(kind: str, *rows: str, **options: Any) -> FilePlan:
    place = around(options=read_options(kind, as_fields(options)))
    return plan_of_head(lines(*rows), kind, place)


def column(found: FilePlan, name: str) -> ColumnPlan | None:
    return next((one for one in found.columns if one.name == name), None)


def currency(kind: str, header: str, **options: Any) -> str | None:
    found = column(plan(kind, header, **options), "currency")
    return found and (found.value or found.header)


def test_a_currency_in_a_header_is_that_of_all_rows():
    mapping = {"spend": "Cost (USD)"}
    assert currency(ADS, f"{ADS_HEADER},Spend (USD)") == "USD"
    assert currency(ADS, f"{ADS_HEADER},Cost (USD)", mapping=mapping) == "USD"
    assert currency(ADS, f"{ADS_HEADER},spend,revenue (USD)") == "USD"
    assert currency("contracts", "contract_id,lead_id,signed_at,amount (EUR)") == "EUR"
    assert currency(ADS, f"{ADS_HEADER},Spend (USD)", mapping={"currency": {"value": "VND"}}) == "VND"
    assert currency(ADS, f"{ADS_HEADER},spend") is None


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"], ids=["comma", "semicolon", "tab", "bar"])
def test_what_separates_the_columns_is_found(separator: str):
    header = f"{ADS_HEADER},spend".split(",")
    row = ["2026-03-01", "google", "c1", '"Pumps, valves; the rest"', "10", "1", "5"]
    found = plan(ADS, "Report of March, all of it; as of today", separator.join(header), separator.join(row))
    assert (found.separator, found.header_line) == (separator, 2)
    assert column(found, "clicks") == ColumnPlan("clicks", 5, "clicks")


def test_a_column_of_currencies_outdoes_the_header_where_it_says_one():
    found = plan("contracts", "contract_id,lead_id,signed_at,amount (EUR),currency")
    read = RowReader("contracts", found).read
    rows = [read(["C1", "L1", "2026-03-01", "5", cell]).values for cell in ("", "usd")]
    assert [values[-2] for values in rows] == ["EUR", "USD"]


@pytest.mark.parametrize(
    ("kind", "header", "says"),
    [
        ("products", "product_id,product_name,price (USD)", "'price (USD)' is in USD"),
        (ADS, f"{ADS_HEADER},Spend (USD),Revenue (VND)", "'Spend (USD)' and 'Revenue (VND)'"),
    ],
)
def test_a_currency_that_rows_cannot_keep_is_refused(kind: str, header: str, says: str):
    with pytest.raises(Rejected) as refused:
        plan(kind, header)
    assert says in refused.value.reason


def test_prices_in_the_companys_currency_are_taken():
    found = column(plan("products", "product_id,product_name,Price (VND)"), "price")
    assert found is not None


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
        (("2026-01-05",), "ymd"),
    ],
)
def test_the_usual_order_of_an_export_stands_only_where_its_column_leaves_it_open(days: tuple[str, ...], order: str):
    content = lines(
        "Date,Ad Name,Impression,Clicks,Conversions,GMV,Expense", *(f"{day},Lamp,1,1,1,1,1" for day in days)
    )
    surveyed = survey(lambda: iter([content]), ADS, around())
    found = column(surveyed.plan, "date")
    assert (found and found.dates, surveyed.problem) == (order, "")


META_HEADER = "Day,Campaign name,Impressions,Link clicks,Amount spent (USD)"


def test_an_export_with_its_spend_in_two_currencies_is_read_in_the_companys():
    header = f"{META_HEADER},Amount spent (VND)"
    found = column(plan(ADS, header), "spend")
    assert (found and found.header, currency(ADS, header)) == ("Amount spent (VND)", "VND")
    with pytest.raises(Rejected, match="differ by their currency"):
        plan_of_head(lines(header), ADS, around(currency="EUR"))


@pytest.mark.parametrize(
    ("days", "order"),
    [
        (("13/01/26", "19/01/26"), "dmy"),
        (("05.01.26", "19.01.26"), "dmy"),
        (("10/1/26", "10/12/26"), ""),
        (("26-01-05", "26-01-13"), ""),
    ],
)
def test_no_export_makes_a_day_of_two_digits_its_year(days: tuple[str, ...], order: str):
    content = lines(META_HEADER, *(f"{day},Lamp,1,1,1" for day in days))
    surveyed = survey(lambda: iter([content]), ADS, around())
    found = column(surveyed.plan, "date")
    assert surveyed.plan.preset == "meta-ads"
    assert (found and found.dates, bool(surveyed.problem)) == (order, not order)


def spend_of(own: str, columns: str, mapped: str) -> str | None:
    options = read_options(ADS, as_fields({"mapping": {"spend": mapped}} if mapped else {}))
    found = column(plan_of_head(lines(f"{ADS_HEADER},{columns}"), ADS, around(currency=own, options=options)), "spend")
    return found and found.header


@pytest.mark.parametrize(
    ("own", "columns", "mapped", "chosen"),
    [
        ("VND", "Spend (USD),Spend (VND)", "", "Spend (VND)"),
        ("VND", "Spend (USD),Spend (VND)", "spend", "Spend (VND)"),
        ("VND", "Spend (USD),Spend (VND)", "Spend (USD)", "Spend (USD)"),
        ("EUR", "Spend (USD),Spend (VND)", "SPEND (VND)", "Spend (VND)"),
        ("EUR", "Spend (USD),Spend (USD),spend", "", "spend"),
        ("USD", "spend,Spend (USD)", "", "Spend (USD)"),
        ("USD", "Spend (USD),spend", "Spend", "spend"),
    ],
)
def test_of_columns_that_differ_by_their_currency_the_one_mapped_or_the_companys_is_taken(
    own: str, columns: str, mapped: str, chosen: str
):
    assert spend_of(own, columns, mapped) == chosen


@pytest.mark.parametrize(
    ("columns", "mapped", "says"),
    [
        ("Spend (USD),Spend (VND)", "", "'Spend (USD)' and 'Spend (VND)' differ by their currency"),
        ("Spend (USD),Spend (VND)", "spend", 'such as {"spend": "Spend (USD)"}'),
        ("Spend (USD),Spend (USD)", "Spend (USD)", "there twice"),
        ("Spend (USD)", "Spend (VND)", "'Spend (VND)' (mapped to spend) is missing"),
    ],
)
def test_where_nothing_says_which_of_such_columns_is_meant_the_file_is_refused(columns: str, mapped: str, says: str):
    with pytest.raises(Rejected) as refused:
        spend_of("EUR", columns, mapped)
    assert says in refused.value.reason


def test_only_a_currency_in_brackets_is_none_of_a_headers_name():
    for word in ("VAT", "NET", "TAX", "MTD", "ALL", "TOP"):
        header = f"contract_id,lead_id,signed_at,amount,Amount ({word})"
        assert column(plan("contracts", header), "amount") == ColumnPlan("amount", 3, "amount")
        assert currency("contracts", header) is None
        with pytest.raises(Rejected, match="amount is missing"):
            plan("contracts", f"contract_id,lead_id,signed_at,Amount ({word})")
