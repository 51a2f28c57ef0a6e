"""The currency that a header says its money is in, and which column of money is meant."""

from typing import Any

import pytest

from services.data_service.domain.csv_files.options import read_options
from services.data_service.domain.csv_files.plan import ColumnPlan
from services.data_service.domain.csv_files.read_row import RowReader
from services.data_service.domain.csv_files.survey import plan_of_head
from services.data_service.domain.files.rejection import Rejected
from tests.data_service.files.planned import ADS, ADS_HEADER, META_HEADER, around, column, plan
from tests.data_service.files.uploads import as_fields, lines


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


def test_a_header_says_the_currency_of_rows_that_say_none_and_contradicts_those_that_say_another():
    for header, own in (("amount (EUR)", "VND"), ("Amount [eur]", "USD"), ("Betrag EUR", "USD"), ("€ net", "USD")):
        columns = f"contract_id,lead_id,signed_at,{header},currency"
        found = plan("contracts", columns, own=own, mapping={"amount": header})
        read = RowReader("contracts", found).read
        rows = [read(["C1", "L1", "2026-03-01", "5", cell]).values for cell in ("", "eur")]
        assert [values[-2] for values in rows] == ["EUR", "EUR"]
        with pytest.raises(Rejected, match="is in EUR, and the row's currency is USD"):
            read(["C1", "L1", "2026-03-01", "5", "USD"])


@pytest.mark.parametrize(
    ("own", "header", "says"),
    [
        ("USD", "Umsatz (€)", "EUR"),
        ("USD", "Umsatz in €", "EUR"),
        ("USD", "Giá trị (đ)", "VND"),
        ("USD", "Betrag EUR", "EUR"),
        ("USD", "Amount [EUR]", "EUR"),
        ("USD", "Amount (eur)", "EUR"),
        ("VND", "Cost (US$, net)", "USD"),
        ("USD", "Revenue ($)", None),
        ("SEK", "Belopp (kr)", None),
        *(("USD", header, None) for header in ("Amount (all)", "Amount (incl. VAT)", "Dépense (sur Meta)", "Total kr")),
    ],
)
def test_a_mapped_header_says_its_currency_however_it_is_written(own: str, header: str, says: str | None):
    head = f'contract_id,lead_id,signed_at,"{header}"'
    assert currency("contracts", head, own=own, mapping={"amount": header}) == says


def test_a_header_that_contradicts_itself_is_refused():
    for header in ("Betrag USD/EUR", "Betrag (USD/EUR)", "Betrag € (USD)"):
        with pytest.raises(Rejected, match="different currencies"):
            plan("contracts", f"contract_id,lead_id,signed_at,{header}", mapping={"amount": header})


def test_a_sign_in_a_header_is_settled_by_the_row_or_the_file_is_refused():
    mapping = {"amount": "Revenue ($)"}
    with pytest.raises(Rejected, match=r"currency of 'Revenue \(\$\)' is not clear"):
        plan("contracts", "contract_id,lead_id,signed_at,Revenue ($)", mapping=mapping)
    found = plan("contracts", "contract_id,lead_id,signed_at,Revenue ($),currency", mapping=mapping)
    read = RowReader("contracts", found).read
    assert read(["C1", "L1", "2026-03-01", "5", "USD"]).values[-2] == "USD"
    for cell, says in (("EUR", "the row's currency is EUR"), ("", "is not clear")):
        with pytest.raises(Rejected, match=says):
            read(["C1", "L1", "2026-03-01", "5", cell])


@pytest.mark.parametrize(
    ("own", "header", "chosen"),
    [
        ("USD", "amount,currency,Amount (USD)", "amount"),
        ("USD", "Amount (USD),amount,currency", "amount"),
        ("EUR", "amount,currency,Amount (USD)", "amount"),
        ("USD", "Amount (USD),currency", "Amount (USD)"),
    ],
)
def test_where_rows_say_their_currency_the_column_that_names_none_has_their_figures(own: str, header: str, chosen: str):
    found = column(plan("contracts", f"contract_id,lead_id,signed_at,{header}", own=own), "amount")
    assert (found and found.header) == chosen


def test_an_export_with_converted_figures_keeps_those_in_the_rows_currency():
    header = "Day,Campaign,Impr.,Clicks,Cost,Currency code,Cost (USD)"
    found = plan(ADS, header, own="USD")
    values = RowReader(ADS, found).read(["2026-03-01", "Lamp", "10", "1", "100.00", "EUR", "110.00"]).values
    assert ("100.00" in values, "EUR" in values) == (True, True)
    with pytest.raises(Rejected, match="currency is missing"):
        RowReader(ADS, found).read(["2026-03-01", "Lamp", "10", "1", "100.00", "", "110.00"])
    with pytest.raises(Rejected, match=r'such as \{"spend": "Cost \(EUR\)", "currency": \{"value": "EUR"\}\}'):
        plan(ADS, "Day,Campaign,Impr.,Clicks,Cost (EUR),Currency code,Cost (USD)", own="USD")
    chosen = plan(ADS, header, own="EUR", mapping={"currency": {"value": "usd"}})
    assert column(chosen, "spend") == ColumnPlan("spend", 6, "Cost (USD)")


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


def test_an_export_with_its_spend_in_two_currencies_is_read_in_the_companys():
    header = f"{META_HEADER},Amount spent (VND)"
    found = column(plan(ADS, header), "spend")
    assert (found and found.header, currency(ADS, header)) == ("Amount spent (VND)", "VND")
    with pytest.raises(Rejected, match="differ by their currency"):
        plan_of_head(lines(header), ADS, around(currency="EUR"))


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
