"""The currency that a row's own cells say beside their numbers."""

from typing import Any

import pytest

from services.data_service.domain.csv_files.options import read_options
from services.data_service.domain.csv_files.read_row import RowReader
from services.data_service.domain.csv_files.survey import Surroundings, plan_of_head
from services.data_service.domain.files.rejection import Rejected
from tests.data_service.files.uploads import as_fields, lines

CONTRACT = "contract_id,lead_id,signed_at"
ADS = "date,platform,campaign_id,campaign_name,impressions,clicks,spend"


def read(kind: str, header: str, record: str, own: str = "USD", **options: Any) -> str | None:
    """The currency of the row that a record becomes; a header and a record are parted by commas."""
    place = Surroundings(read_options(kind, as_fields(options)), "US", "UTC", own, 2026)
    row = RowReader(kind, plan_of_head(lines(header), kind, place)).read(record.split(","))
    return row.values[-2] if kind == "contracts" else row.values[-1]


def contract(amount: str, further: str = "", own: str = "USD", cell: str = "", **options: Any) -> str | None:
    header = f"{CONTRACT},amount{further}"
    return read("contracts", header, f"C1,L1,2026-03-01,{amount}{cell}", own, **options)


@pytest.mark.parametrize(
    ("own", "amount", "further", "cell", "currency"),
    [
        ("USD", "12", "", "", ""),
        ("USD", "12 VND", "", "", "VND"),
        ("USD", "€12", "", "", "EUR"),
        ("USD", "$12", "", "", ""),
        ("USD", "US$12", "", "", ""),
        ("SGD", "$12", "", "", ""),
        ("VND", "US$12", "", "", "USD"),
        ("VND", "$12", " (USD)", "", "USD"),
        ("SGD", "$12", " (USD)", "", "USD"),
        ("VND", "$12", " (CAD),currency", ",CAD", "CAD"),
        ("VND", "$12", ",currency", ",CAD", "CAD"),
        ("VND", "12 kr", ",currency", ",sek", "SEK"),
        ("NOK", "12 kr", "", "", ""),
        ("USD", "€12", ",currency", ",EUR", "EUR"),
        ("USD", "€12", ",currency", ",", "EUR"),
    ],
)
def test_it_is_the_rows_where_nothing_says_another(own: str, amount: str, further: str, cell: str, currency: str):
    assert contract(amount, further, own, cell) == currency


@pytest.mark.parametrize(
    ("own", "amount", "further", "cell", "says"),
    [
        ("USD", "12 VND", ",currency", ",USD", "amount is in VND, and the row's currency is USD"),
        ("USD", "€12", " (USD)", "", "amount is in EUR, and the row's currency is USD"),
        ("USD", "$12", ",currency", ",EUR", "the row's currency is EUR"),
        ("USD", "12", " (USD),currency", ",EUR", "'amount (USD)' is in USD, and the row's currency is EUR"),
        ("USD", "€12", " (USD),currency", ",EUR", "are in different currencies"),
        ("VND", "$12", "", "", "the currency of amount is not clear"),
        ("EUR", "12 kr", "", "", 'mapping, such as {"currency"'),
        ("USD", "¥12", "", "", "it may be CNY or JPY"),
    ],
)
def test_a_row_is_rejected_whose_cells_say_another_or_one_of_several(
    own: str, amount: str, further: str, cell: str, says: str
):
    with pytest.raises(Rejected) as refused:
        contract(amount, further, own, cell)
    assert says in refused.value.reason


def test_what_is_chosen_for_every_row_settles_a_sign_and_is_contradicted_by_a_code():
    mapping = {"currency": {"value": "AUD"}}
    assert contract("$12", own="VND", mapping=mapping) == "AUD"
    with pytest.raises(Rejected, match="currency is AUD"):
        contract("12 VND", own="VND", mapping=mapping)


def test_the_cells_of_a_row_agree():
    header, record = f"{ADS},revenue", "2026-03-01,zalo,C1,Lamp,1,1,$5"
    assert read("campaign-performance", header, f"{record},US$7", "VND") == "USD"
    assert read("campaign-performance", header, f"{record},-", "USD") == ""
    with pytest.raises(Rejected, match="spend and revenue are in different currencies"):
        read("campaign-performance", header, f"{record},€7", "USD")


def test_prices_are_in_the_companys_currency():
    header = "product_id,product_name,price"
    assert read("products", header, "P1,Lamp,$5", "SGD") == "5"
    with pytest.raises(Rejected, match="price is in EUR, and products are kept in the company's currency, USD"):
        read("products", header, "P1,Lamp,5 EUR")
