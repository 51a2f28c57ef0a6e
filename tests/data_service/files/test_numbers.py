import unicodedata
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.data_service.domain.csv_files.kinds import Column
from services.data_service.domain.csv_files.numbers import NumberEvidence, bare, currencies_in, number_text
from services.data_service.domain.csv_files.options import read_options
from services.data_service.domain.csv_files.read_cell import reads_of
from services.data_service.domain.csv_files.survey import survey
from services.data_service.domain.files.rejection import Rejected
from tests.data_service.files.planned import ADS, ADS_HEADER, around, column
from tests.data_service.files.uploads import as_fields, imported, lines, stored
from tests.data_service.harness import Data


def decimal_of(*cells: str, counts: bool = False, others: str = "") -> str:
    """`point`, `comma`, or '' where the cells leave it open."""
    evidence = NumberEvidence()
    for cell in cells:
        evidence.add(cell)
    return evidence.settled(counts=counts, others=others)


@pytest.mark.parametrize(
    ("cells", "decimal"),
    [
        (("1,234.50", "7"), "point"),
        (("1.234,50", "7"), "comma"),
        (("1 234,5", "1.234"), "comma"),
        (("12.5", "1,234"), "point"),
        (("1.234.567",), "comma"),
        (("0.125",), "point"),
        (("12345.678",), "point"),
        (("1.234", "5.678"), ""),
        (("1,234",), ""),
        (("12.5", "12,5"), ""),
        (("12.5", "13.5", "12,5"), "point"),
        (("12.5", "13.5", "1.234", "12,5"), ""),
        (("12,5", "1,234", *("12.5",) * 10), "point"),
        (("1", "2"), "point"),
    ],
)
def test_a_columns_own_numbers_settle_their_decimals_or_leave_them_open(cells: tuple[str, ...], decimal: str):
    assert decimal_of(*cells) == decimal


def test_counts_have_no_decimals_and_other_columns_help_out():
    assert decimal_of("1.234", counts=True) == "comma"
    assert decimal_of("1,234", counts=True) == "point"
    assert decimal_of("1.234", others="comma") == "comma"


@pytest.mark.parametrize(
    ("cell", "decimal", "text"),
    [
        ("1,234.50", "point", "1234.50"),
        ("1.234,50 €", "comma", "1234.50"),
        ("$ 1 234.5", "point", "1234.5"),
        ("US$5", "point", "5"),
        ("1.234.567 ₫", "comma", "1234567"),
        ("45.600 đ", "comma", "45600"),
        ("1\u202f234,5", "comma", "1234.5"),
        ("1'234.5", "point", "1234.5"),
        ("12,34,567", "point", "1234567"),
        ("(5.00)", "point", "-5.00"),
        ("\u22125", "point", "-5"),
        (".5", "point", "0.5"),
        ("-0", "point", "-0"),
        ("($5.00)", "point", "-5.00"),
        ("-US$5", "point", "-5"),
        ("R$ 5,50", "comma", "5.50"),
        ("5 vnd", "point", "5"),
        ("5 VNĐ", "point", "5"),
        ("Rs.500", "point", "500"),
        ("Rp. 5.000", "comma", "5000"),
        ("500 kr.", "point", "500"),
        ("1.234,- €", "comma", "1234.00"),
        ("1 234 567", "point", "1234567"),
        ("12,00-", "comma", "-12.00"),
        ("500/-", "point", "500"),
        ("S/.12.50", "point", "12.50"),
    ],
)
def test_numbers_are_read_with_their_thousands_and_currencies(cell: str, decimal: str, text: str):
    assert number_text(cell, "amount", decimal) == text


def test_a_currency_beside_a_number_is_told_whatever_way_it_is_written():
    for code, cells in {
        "VND": ("12 VND", "12 vnđ", "12đ", "1000d", "₫12", "1.000.000 đồng", unicodedata.normalize("NFD", "12 đồng")),
        "USD": ("12 Usd", "US$12", "$US12", "$12 USD", "USD 12", "\u200e$ 12 USD\u200e"),
        "PHP": ("Php 1,000.00", "₱12"),
        "EUR": ("€12", "12 euros", "(12 €)", "-€12", "12,- €"),
        "CZK": ("1,234 Kc", "12 Kč"),
        "JPY": ("1,000円", "JPY 12", "JP¥12"),
        "CNY": ("CN¥12",),
        "GTQ": ("Q12",),
        "KRW": ("1000 원", "₩12", "￦12"),
        "KES": ("KSh 1,000",),
        "BDT": ("Tk 1,000",),
        "GHS": ("GH₵12",),
        "EGP": ("E£12",),
        "KWD": ("KD 1.250",),
        "CHF": ("SFr. 12",),
        "PEN": ("S/. 12", "S/.12.50"),
    }.items():
        for cell in cells:
            assert (bool(bare(cell)), currencies_in(cell)) == (True, {code}), cell
    for sign, several in {
        "$": "USD SGD CAD",
        "kr.": "SEK NOK DKK",
        "¥": "JPY CNY",
        "元": "CNY TWD",
        "Bs": "BOB VES",
        "﷼": "SAR IRR QAR OMR YER",
        "FCFA": "XAF XOF",
    }.items():
        found = currencies_in(f"12 {sign}")
        assert found is not None
        assert found > set(several.split()) or found == set(several.split())
    for cell in ("12", "1.234,50", "-5", "(5)", "1 234", "1\u202f234", "1.5M", "-", "", "n/a"):
        assert currencies_in(cell) is None, cell


def test_a_dash_with_its_currency_is_no_number_as_accountants_write_it():
    (money,) = reads_of(Column("spend", "money"), None, ZoneInfo("UTC"), 2026)
    for cell in ("-", "--", "\u2014", "n/a", " $-   ", "-   €", "$ -", "- -", "R$ \u2013", "-\u00a0VND", "null", " "):
        assert money(cell) == "", cell
    for cell in ("- five", "$", "-%", "-M", "(-)", f"-{' ' * 70}$"):
        with pytest.raises(Rejected, match=r"is not a number|is a percentage"):
            money(cell)


AD = f"{ADS_HEADER},spend"


def decimals(header: str, *cells: str, own: str = "VND", **options: Any) -> tuple[str, bool]:
    """What stands before the decimals of spend, and whether something is to be chosen."""
    content = lines(f"{AD}{header}", *(f"2026-03-01,zalo,C1,Lamp,10,1,{cell}" for cell in cells))
    place = around(currency=own, options=read_options(ADS, as_fields(options)))
    surveyed = survey(lambda: iter([content]), ADS, place)
    spend = column(surveyed.plan, "spend")
    assert spend
    return spend.decimal, bool(surveyed.problem)


@pytest.mark.parametrize(
    ("own", "header", "cells", "decimal"),
    [
        ("VND", "", ("45.600", "20.000"), "comma"),
        ("JPY", "", ('"45,600"', "900"), "point"),
        ("IDR", "", ("45.600",), "comma"),
        ("USD", "", ("₫45.600", "20.000 VND"), "comma"),
        ("USD", " (VND)", ("45.600",), "comma"),
        ("JPY", "", ("¥45.600",), "comma"),
        ("VND", ",currency", ("₫45.600,",), "comma"),
        ("USD", " (VND),currency", ("45.600,",), "comma"),
        ("VND", "", ("45.600", "20.5"), "point"),
        ("VND", "", ("45.600", '"45,600"'), ""),
        ("VND", "", ("45.600", "$45.600"), ""),
        ("USD", "", ("45.600",), ""),
        ("VND", " (USD)", ("45.600",), ""),
        ("VND", ",currency", ("45.600,",), ""),
        ("VND", ",revenue", ("45.600,12.5",), "point"),
        ("VND", ",conversions", ("45.600,12.5",), "point"),
        ("USD", "", ("¥45.600",), ""),
    ],
)
def test_a_sign_parts_the_thousands_of_money_that_has_no_decimals(
    own: str, header: str, cells: tuple[str, ...], decimal: str
):
    assert decimals(header, *cells, own=own) == (decimal, not decimal)


def test_what_was_chosen_says_the_currency_whose_thousands_are_parted():
    assert decimals("", "45.600", own="USD", mapping={"currency": {"value": "vnd"}}) == ("comma", False)


@pytest.mark.parametrize(
    "cell",
    [
        *("€5 USD", "5 €$", "$5 kr", "5 XYZ", "5-$", "5,-5"),
        *("1.5M", "900K", "1.5 tr", "12 mil", "1.5 trđ", "3 TSD", "2 bn", "2B", "5k USD", "USD.5"),
        *("10 12", "1 2345", "12 34 567", "1234 567", "1 234.567 890", "5 (3)", "(-5)", "-$-5", "+"),
        *("1" + " " * 70 + "$", "12,5", "1.2.3", "5%", "five", "1e5", "1,23", "--5", "9" * 16, "1..5", "NaN", "١٢"),
    ],
)
def test_what_is_no_number_as_its_column_writes_them_is_refused(cell: str):
    with pytest.raises(Rejected):
        number_text(cell, "amount", "point")


@pytest.mark.asyncio(loop_scope="module")
async def test_decimals_that_nothing_settles_fail_the_job_and_say_what_to_choose(data: Data):
    company = await data.company()
    content = lines("contract_id;lead_id;signed_at;amount", "C1;L1;2026-03-01;1.500")
    job = await imported(data, company, "contracts", content)
    assert job["status"] == "failed"
    assert "decimal=point or decimal=comma" in job["error"]
    await imported(data, company, "contracts", content, decimal="comma")
    assert [row["amount"] for row in await stored(data, company, "contract", "contract_id")] == [1500]
