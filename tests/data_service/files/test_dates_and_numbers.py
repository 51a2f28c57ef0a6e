import sys
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from services.data_service.domain.csv_files.dates import DateEvidence, day_of, readings
from services.data_service.domain.csv_files.kinds import Column
from services.data_service.domain.csv_files.numbers import NumberEvidence, bare, currencies_in, number_text
from services.data_service.domain.csv_files.read_cell import reads_of
from services.data_service.domain.files.rejection import Rejected
from services.data_service.domain.values import check_day
from tests.data_service.files.uploads import imported, lines, rejects, stored
from tests.data_service.harness import Data

NEW_YORK = ZoneInfo("America/New_York")
# The one in which the files of these tests came.
YEAR = 2026


def order_of(*cells: str, year: int = YEAR) -> str:
    evidence = DateEvidence(year)
    for cell in cells:
        evidence.add(cell)
    return evidence.settled()


def decimal_of(*cells: str, counts: bool = False, others: str = "") -> str:
    evidence = NumberEvidence()
    for cell in cells:
        evidence.add(cell)
    return evidence.settled(counts=counts, others=others)


@pytest.mark.parametrize(
    ("cells", "order"),
    [
        (("01/02/2026", "13/02/2026"), "dmy"),
        (("01/02/2026", "02/13/2026 10:00 AM"), "mdy"),
        (("2026-02-01", "2026/02/13", "20260214"), "ymd"),
        (("01.02.2026", "05.03.2026"), ""),
        (("01/02/2026", "13/02/2026", "02/13/2026"), ""),
        (("25/12/2026", "26/12/2026", "12/27/2026"), "dmy"),
        (("25/12/26", "31.12.26"), "dmy"),
        (("25/12/26", "26.12.26"), "dmy"),
        (("02.01.26", "27.01.26"), "dmy"),
        (("01.01.24", "27.12.24", "05.01.26 15:04"), "dmy"),
        (("14.03.26",), "dmy"),
        (("10/1/26", "10/13/26"), "mdy"),
        (("10/1/26", "10/12/26"), ""),
        (("26-01-05", "26-01-13", "26-01-31"), "yymd"),
        (("26-01-05", "26-01-13"), ""),
        (("28-01-26", "05-01-26"), "dmy"),
        (("05/06/07",), ""),
        (("05/05/05", "06/06/06"), "dmy"),
        (("2026-02-01", "2026-02-02", "01/02/26"), "ymd"),
        (("14-Mar-26", "3-Nov-2026"), "named"),
        (("05/05/2026", "06/06/2026"), "dmy"),
        (("Nov 3, 2026", "4 November 2026", "Tue, 3 Nov 2026", "3 thg 11, 2026"), "named"),
        (("2026-02-01", "2026-02-02", "01/02/2026"), "ymd"),
        (("soon", ""), "ymd"),
    ],
)
def test_a_columns_own_dates_settle_their_order_or_leave_it_open(cells: tuple[str, ...], order: str):
    assert order_of(*cells) == order


def test_a_date_is_read_in_its_columns_order_only():
    def day(text: str, order: str) -> str:
        return str(day_of(text, order, YEAR) or "")

    assert (day("03/04/2026", "dmy"), day("03/04/2026", "mdy")) == ("2026-04-03", "2026-03-04")
    assert (day("26/04/03", "yymd"), day("14-Mar-26", "named")) == ("2026-04-03", "2026-03-14")
    # No year of two digits is further ahead than the next, nor of the last century, nor stands first unless that
    # is the column's order.
    assert [day(text, "dmy") for text in ("31/01/69", "31/01/99", "31/01/28")] == [""] * 3
    assert day("13/01/26", "ymd") == ""
    assert [day(text, "dmy") for text in ("2026-04-03", "30/02/2026", "04/13/2026", "1/2", "")] == [""] * 5
    for text in ("0000-00-00", "1/2/3", "99999", "2026-1-2-3", "Nov Nov 2026", "Nov 26", "14-Mar-69"):
        assert readings(text, YEAR) == {}


def test_ordinary_dates_settle_whatever_year_it_is():
    for year in range(2026, 2098, 9):
        short = f"{year % 100:02}"
        assert order_of(f"01.01.{short}", f"27.12.{short}", year=year) == "dmy"
        assert order_of(f"01/27/{short}", year=year) == "mdy"


def test_the_example_of_a_refusal_is_a_date_that_is_in_question():
    evidence = DateEvidence(YEAR)
    for cell in ("01/01/2026", "02/01/2026"):
        evidence.add(cell)
    assert evidence.example == "02/01/2026"


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
        "JPY": ("1,000円", "JPY 12"),
        "KRW": ("1000 원", "₩12", "￦12"),
        "KES": ("KSh 1,000",),
        "BDT": ("Tk 1,000",),
        "GHS": ("GH₵12",),
        "EGP": ("E£12",),
        "KWD": ("KD 1.250",),
        "CHF": ("SFr. 12",),
        "PEN": ("S/. 12",),
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


@pytest.mark.parametrize(
    "cell", ["2026-01-31T00:00:00Z", "2026-01-31 00:00:00+00", "2026-01-31 23:59+09:00", "2026-01-31"]
)
def test_a_day_is_the_one_that_is_written_whatever_zone_stands_behind_it(cell: str):
    (read,) = reads_of(Column("date", "day"), None, NEW_YORK, YEAR)
    assert read(cell) == "2026-01-31"


def test_a_moments_day_is_the_companys_own():
    day, instant = reads_of(Column("created_at", "moment"), None, NEW_YORK, YEAR)
    assert day("2026-01-31T00:00:00Z") == "2026-01-30"
    assert instant("2026-01-31 00:00") == "2026-01-31T05:00:00+00:00"
    for cell in ("2026-01-31 3:04 CH", "2026-01-31 3:04 PM", "2026-01-31 15:04"):
        assert instant(cell) == "2026-01-31T20:04:00+00:00"
    assert instant("2026-01-31 12:04 SA") == "2026-01-31T05:04:00+00:00"


@pytest.mark.timeout(10)
def test_a_cell_of_64_kb_is_no_date_and_no_number_at_once():
    hostile = f"2026-01-01 10:00{' ' * 65_000}x"
    evidence = DateEvidence(YEAR)
    evidence.add(hostile)
    assert not evidence.fits("ymd")
    for form in ("day", "moment"):
        with pytest.raises(Rejected, match="is not a date"):
            reads_of(Column("at", form), None, NEW_YORK, YEAR)[0](hostile)
    for cell in ("." * 65_000, f"1{' ' * 65_000}x", "1 " * 32_000):
        with pytest.raises(Rejected, match="is not a number"):
            number_text(cell, "amount", "point")


def test_no_cache_keeps_a_long_cell():
    cell = "2" * 65_000
    references = sys.getrefcount(cell)
    judges: list[Callable[[str], object]] = [
        DateEvidence(YEAR).add,
        partial(day_of, order="ymd", year=YEAR),
        *reads_of(Column("created_at", "moment"), None, NEW_YORK, YEAR),
        partial(check_day, field="event_date"),
    ]
    for judge in judges:
        with suppress(Rejected):
            judge(cell)
        assert sys.getrefcount(cell) == references, judge


@pytest.mark.asyncio(loop_scope="module")
async def test_only_a_column_that_nothing_settles_fails_the_job_and_says_what_to_choose(data: Data):
    company = await data.company()
    content = lines("lead_id,created_at", "L1,01/02/2026", "L2,03/04/2026")
    job = await imported(data, company, "leads", content)
    assert job["status"] == "failed"
    assert "'01/02/2026'" in job["error"]
    assert "dates=dmy or dates=mdy" in job["error"]
    assert await stored(data, company, "lead", "lead_id") == []
    for options, days in (
        ({"dates": "mdy"}, ["2026-01-02", "2026-03-04"]),
        ({"mapping": {"created_at": {"column": "created_at", "dates": "dmy"}}}, ["2026-02-01", "2026-04-03"]),
    ):
        assert (await imported(data, company, "leads", content, **options))["status"] == "completed"
        assert [row["created_day"] for row in await stored(data, company, "lead", "lead_id")] == days


@pytest.mark.asyncio(loop_scope="module")
async def test_a_date_unlike_its_columns_is_a_rejected_row(data: Data):
    company = await data.company()
    content = lines(
        "lead_id,created_at",
        *("L1,01/02/2026", "L2,13/02/2026", "L3,14/02/2026", "L4,02/15/2026", "L5,2026-02-16", "L6,31/02/2026"),
    )
    job = await imported(data, company, "leads", content)
    assert job["counts"] == {"lead": 3, "duplicates": 0, "rejected": 3}
    assert [line for line, *_ in await rejects(data, company, job)] == ["5", "6", "7"]
    assert (await stored(data, company, "lead", "lead_id"))[0]["created_day"] == "2026-02-01"


@pytest.mark.asyncio(loop_scope="module")
async def test_decimals_that_nothing_settles_fail_the_job_and_say_what_to_choose(data: Data):
    company = await data.company()
    content = lines("contract_id;lead_id;signed_at;amount", "C1;L1;2026-03-01;1.500")
    job = await imported(data, company, "contracts", content)
    assert job["status"] == "failed"
    assert "decimal=point or decimal=comma" in job["error"]
    await imported(data, company, "contracts", content, decimal="comma")
    assert [row["amount"] for row in await stored(data, company, "contract", "contract_id")] == [1500]
