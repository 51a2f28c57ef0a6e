import random
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest

from services.data_service.domain.csv_files.dates import DateEvidence, day_and_time, day_of, latest_year, readings
from services.data_service.domain.csv_files.kinds import Column
from services.data_service.domain.csv_files.numbers import number_text
from services.data_service.domain.csv_files.read_cell import reads_of
from services.data_service.domain.files.rejection import Rejected
from services.data_service.domain.values import check_day
from tests.data_service.files.uploads import imported, lines, rejects, stored
from tests.data_service.harness import Data

NEW_YORK = ZoneInfo("America/New_York")
# The latest that two digits mean here.
YEAR = 2026


def order_of(*cells: str, year: int = YEAR) -> str:
    evidence = DateEvidence(year)
    for cell in cells:
        evidence.add(cell)
    return evidence.settled()


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
        (("25/12/26", "26.12.26"), ""),
        (("02.01.26", "27.01.26"), "dmy"),
        (("01.01.24", "27.12.24", "05.01.26 15:04"), "dmy"),
        (("14.03.26",), ""),
        (("14.03.24", "14.03.26", "27.03.26"), "dmy"),
        (("26.01.05", "26.01.06", "26.01.12", "26.01.20"), ""),
        (("26/01/05", "26/01/06", "26/01/31"), "yymd"),
        (("26/12/30", "26/12/31"), "yymd"),
        (("05-01-26", "13-01-26", "27-01-26"), "dmy"),
        (("10/1/26", "10/13/26"), "mdy"),
        (("10/1/26", "10/12/26"), ""),
        (("26-01-05", "26-01-13", "26-01-31"), "yymd"),
        (("26-01-05", "26-01-13"), ""),
        (("28-01-26", "05-01-26"), "dmy"),
        (("05/06/07",), ""),
        (("01/02/2026", "13/02/2026", "14/02/2026", "02/13/2026"), ""),
        (("01/02/2026", *("13/02/2026",) * 9, "02/13/2026"), ""),
        (("01/02/2026", *("13/02/2026",) * 10, "02/13/2026"), "dmy"),
        (("25/12/2026", "12/27/2026"), ""),
        (("05/05/05", "06/06/06"), "dmy"),
        (("2026-02-01", "2026-02-02", "01/02/26"), "ymd"),
        (("14-Mar-26", "3-Nov-2026"), "named"),
        (("05/05/2026", "06/06/2026"), "dmy"),
        (("Nov 3, 2026", "4 November 2026", "Tue, 3 Sept 2026", "3 thg 11, 2026", "2026-Nov-03"), "named"),
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
    # No year of two digits is ahead of tomorrow's, nor of the last century, nor stands first unless that is the
    # column's order.
    assert [day(text, "dmy") for text in ("31/01/69", "31/01/99", "31/01/27")] == [""] * 3
    assert [latest_year(datetime(2026, 12, day, 23, tzinfo=UTC)) for day in (30, 31)] == [2026, 2027]
    assert day("13/01/26", "ymd") == ""
    assert [day(text, "dmy") for text in ("2026-04-03", "30/02/2026", "04/13/2026", "1/2", "")] == [""] * 5
    for text in ("0000-00-00", "1/2/3", "99999", "2026-1-2-3", "Nov Nov 2026", "Nov 26", "14-Mar-69"):
        assert readings(text, YEAR) == {}


def test_no_column_of_short_years_is_read_another_way_than_it_is_meant():
    chance = random.Random(7)
    for _ in range(400):
        year = chance.choice((2026, 2027, 2031, 2040))
        days = [date(year, 1, 1) + timedelta(days=chance.randrange(365)) for _ in range(chance.randrange(1, 40))]
        order, sign = chance.choice(("dmy", "mdy", "yymd")), chance.choice("-/.")
        form = sign.join({"d": "%d", "m": "%m", "y": "%y"}[part] for part in order.replace("yy", "y"))
        found = order_of(*(f"{day:{form}}" for day in days), year=year)
        assert not found or [day_of(f"{day:{form}}", found, year) for day in days] == days


@pytest.mark.parametrize(
    "day",
    [
        *("mar 13 ene 2026", "mardi 4 août 2026", "3. marraskuuta 2026", "mar 13 mai 2026", "3 decembre 2026"),
        *("3 Nov Nov 2026", "3 of Nov 2026", "soon Nov 3 2026", "Nov 3 26 4", "03 2026 Nov 1"),
    ],
)
def test_only_english_months_are_taken_from_words(day: str):
    assert readings(day, YEAR) == {}


@pytest.mark.parametrize(
    ("cell", "day", "time"),
    [
        ("1/13/2026, 3:04:00\u202fPM", "1/13/2026", "3:04:00 PM"),
        ("13/01/2026\u00a015:04", "13/01/2026", "15:04"),
        ("15:04:00 13/1/2026", "13/1/2026", "15:04:00"),
        ("13/01/2026 lúc 15:04", "13/01/2026", "15:04"),
        ("Nov 3, 2026 at 3:04 PM", "Nov 3, 2026", "3:04 PM"),
        ("13/01/2026 15.04", "13/01/2026", "15.04"),
        ("13.1.2026 15.04.30", "13.1.2026", "15.04.30"),
        ("13. 1. 2026", "13.1.2026", ""),
        ("13. 1. 2026 15:04", "13.1.2026", "15:04"),
        ("2026. 01. 13.", "2026.01.13.", ""),
        ("2026. 01. 13. 15:04", "2026.01.13.", "15:04"),
        ("2026-01-13T15:04:00Z", "2026-01-13", "15:04:00Z"),
        ("2026-01-13 15:04 GMT+7", "2026-01-13", "15:04 GMT+7"),
        ("2026-1-13, 15:04", "2026-1-13", "15:04"),
        ("Tue, 13 Jan 2026 15:04:00 GMT", "Tue, 13 Jan 2026", "15:04:00 GMT"),
    ],
)
def test_a_day_and_its_time_are_told_apart(cell: str, day: str, time: str):
    assert day_and_time(cell) == (day, time)
    assert date(2026, 1, 13) in readings(day, YEAR).values() or "Nov" in day


def test_the_example_of_a_refusal_is_a_date_that_is_in_question():
    evidence = DateEvidence(YEAR)
    for cell in ("01/01/2026", "02/01/2026"):
        evidence.add(cell)
    assert evidence.example == "02/01/2026"


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
    for cell in (
        "2026-01-31 3:04\u202fp.\u00a0m.",
        "2026-01-31 15.04",
        "2026-02-01 03:04 GMT+7",
        "2026-01-31 20:04 UTC",
    ):
        assert instant(cell) == "2026-01-31T20:04:00+00:00"
    for cell in ("2026-02-01 01:34+0530", "2026-01-31 15:04 -05:00", "2026-01-31 15:04-5", "2026-01-31T20:04Z"):
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
        *(f"M{day},{day}/02/2026" for day in range(15, 24)),
    )
    job = await imported(data, company, "leads", content)
    assert job["counts"] == {"lead": 12, "duplicates": 0, "rejected": 3}
    assert [line for line, *_ in await rejects(data, company, job)] == ["5", "6", "7"]
    assert (await stored(data, company, "lead", "lead_id"))[0]["created_day"] == "2026-02-01"
