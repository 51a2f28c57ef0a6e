"""Exchange rates out of files: what each day's rate is, which are carried forward, and who is told."""

import asyncio
from datetime import date
from decimal import Decimal

import pytest

from common.events.contracts.data_rates_changed import RatesChanged
from tests.data_service.files.uploads import imported, lines, previewed, rejects, send
from tests.data_service.harness import Company, Data, events_of

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def rates(data: Data, company: Company) -> dict[tuple[str, str], tuple[Decimal, date | None]]:
    """Rate and day it was carried from, by currency and day."""
    rows = await data.admin.fetch("select * from data.fx_rate where tenant_id = $1", company.tenant_id)
    assert {row["base"] for row in rows} <= {"USD"}
    return {(row["currency"], row["day"].isoformat()): (row["rate"], row["filled_from"]) for row in rows}


async def test_rates_go_in_by_day_and_currency_and_the_restated_ones_win_and_are_told_of(data: Data):
    company = await data.company()
    content = lines(
        "Day;Currency;Rate;Source", "2026-03-02;eur;1,0812;ECB", "2026-03-02;VND;0,0000381;x", "2026-03-03;EUR;1,09;x"
    )
    async with events_of(data, company, RatesChanged) as told:
        job = await imported(data, company, "fx-rates", content)
        assert (job["status"], job["counts"]) == ("completed", {"fx_rate": 3, "duplicates": 0})
        assert (await imported(data, company, "fx-rates", content))["counts"] == {"fx_rate": 0, "duplicates": 3}
        restated = lines(
            "date,currency,base,rate", "2026-03-03,EUR,usd,1.1", "2026-03-02,EUR,,1.08120", "2026-03-03,EUR,USD,1.2"
        )
        assert (await imported(data, company, "fx-rates", restated))["counts"] == {
            "fx_rate": 0,
            "duplicates": 2,
            "changed": 1,
        }
        async with asyncio.timeout(20):
            while len(told) < 2:
                await asyncio.sleep(0.02)
    assert await rates(data, company) == {
        ("EUR", "2026-03-02"): (Decimal("1.0812"), None),
        ("VND", "2026-03-02"): (Decimal("0.0000381"), None),
        ("EUR", "2026-03-03"): (Decimal("1.2"), None),
    }
    assert [(one.days, one.currencies) for one in told] == [
        (["2026-03-02", "2026-03-03"], ["EUR", "VND"]),
        (["2026-03-03"], ["EUR"]),
    ]


async def test_rows_that_convert_nothing_are_rejected_with_a_reason(data: Data):
    company = await data.company()
    content = lines(
        "date,currency,base,rate",
        "2026-03-02,EUR,,1.08",
        "2026-03-02,EUR,VND,26000",
        "2026-03-02,USD,,1",
        "2026-03-02,GBP,,0.00",
        "2026-03-02,CHF,,-1.1",
        "2026-03-02,SEK,,n/a",
        "2026-02-30,NOK,,0.1",
        "2026-03-02,Euro,,1.08",
        ",DKK,,0.15",
    )
    job = await imported(data, company, "fx-rates", content)
    assert job["counts"] == {"fx_rate": 1, "duplicates": 0, "rejected": 8}
    assert [row[1] for row in await rejects(data, company, job)] == [
        "base is VND, and rates say what a currency is worth in the company's own, USD",
        "currency is USD, the company's own: it has no rate",
        "rate is not greater than 0: '0.00'",
        "rate is not greater than 0: '-1.1'",
        "rate is missing",
        "date is not a date of 1970 to 2100, as this column has them (year, month, day): '2026-02-30'",
        "currency is not a code of three letters: 'Euro'",
        "date is missing",
    ]


async def test_a_rate_stands_for_the_days_behind_it_only_where_that_is_asked_for(data: Data):
    company = await data.company()
    week = lines("date,currency,rate", "2026-03-09,EUR,1.2", "2026-03-06,EUR,1.1")
    preview = await previewed(data, company, "fx-rates", week, fill_days=3)
    assert preview["counts"] == {"fx_rate": 2, "duplicates": 0, "filled": 5}
    assert preview["new"] == 2
    await imported(data, company, "fx-rates", week)
    assert ("EUR", "2026-03-07") not in await rates(data, company)
    job = await imported(data, company, "fx-rates", week, fill_days="1")
    assert job["counts"] == {"fx_rate": 0, "duplicates": 2, "filled": 2}
    friday = (Decimal("1.1"), date(2026, 3, 6))
    filled = await rates(data, company)
    assert (filled["EUR", "2026-03-07"], filled["EUR", "2026-03-10"]) == (friday, (Decimal("1.2"), date(2026, 3, 9)))
    assert ("EUR", "2026-03-08") not in filled
    # A filled day follows the rate before it when that is restated, also by a file that fills nothing, and yields to
    # one of its own; days behind that then follow it.
    await imported(data, company, "fx-rates", week, fill_days=2)
    await imported(data, company, "fx-rates", lines("date,currency,rate", "2026-03-06,EUR,1.15", "2026-03-07,EUR,1.16"))
    assert {day[-2:]: rate for (_, day), (rate, _) in sorted((await rates(data, company)).items())} == {
        "06": Decimal("1.15"),
        "07": Decimal("1.16"),
        "08": Decimal("1.16"),
        "09": Decimal("1.2"),
        "10": Decimal("1.2"),
        "11": Decimal("1.2"),
    }


@pytest.mark.parametrize(
    ("kind", "content", "options", "field"),
    [
        ("fx-rates", lines("date,currency", "2026-03-02,EUR"), {}, "rate"),
        ("fx-rates", lines("date,currency,rate", "2026-03-02,EUR,1"), {"fill_days": 32}, "fill_days"),
        ("fx-rates", lines("date,currency,rate", "2026-03-02,EUR,1"), {"fill_days": "a"}, "fill_days"),
        ("users", lines("user_id", "u1"), {"fill_days": 2}, "fill_days"),
    ],
)
async def test_what_cannot_be_read_as_rates_is_refused_at_once(
    data: Data, kind: str, content: bytes, options: dict[str, object], field: str
):
    answer = await send(data, await data.company(), kind, content, **options)
    assert answer.status_code == 422
    assert field in answer.text


async def test_rates_whose_decimals_nothing_settles_are_never_guessed(data: Data):
    job = await imported(data, await data.company(), "fx-rates", lines("date,currency,rate", "2026-03-02,EUR,25.400"))
    assert job["status"] == "failed"
    assert "decimal=point or decimal=comma" in job["error"]


async def test_the_central_banks_file_is_read_into_the_companys_own_currency(data: Data):
    company = await data.company()
    content = lines(
        "Date,USD,JPY,CYP,CHF,GBP,",
        "2026-03-03,1.25,200,N/A,0.96,0.8,",
        "2026-03-02,N/A,199,N/A,0.95,0.85,",
        "2026-02-27,1.2,x,N/A,0.95,0.85,",
    )
    preview = await previewed(data, company, "fx-rates", content)
    assert (preview["preset"], preview["new"], preview["rejected"], preview["attributes"]) == ("ecb", 4, 2, [])
    job = await imported(data, company, "fx-rates", content)
    assert job["counts"] == {"fx_rate": 4, "duplicates": 0, "rejected": 2}
    # A euro, 200 yen, 0.96 francs and 0.8 pounds were 1.25 dollars.
    assert {code: str(rate.normalize()) for (code, _), (rate, _) in (await rates(data, company)).items()} == {
        "EUR": "1.25",
        "JPY": "0.00625",
        "CHF": "1.30208333333333",
        "GBP": "1.5625",
    }
    assert [row[1] for row in await rejects(data, company, job)] == [
        "USD has no rate on this day",
        "JPY is not a number (with a decimal point): 'x'",
    ]
    for header in ("Date,USD,EUR,JPY,CHF,GBP", "Date,EUR,JPY,CHF,GBP", "Date,USD,SEK"):
        answer = await send(data, company, "fx-rates", lines(header, "2026-03-03,1,2,3,4,5"))
        assert answer.status_code == 422, header
    chosen = await previewed(data, company, "fx-rates", lines("Date,USD,SEK", "2026-03-03,1.25,11"), preset="ecb")
    assert (chosen["preset"], chosen["new"], chosen["unchanged"]) == ("ecb", 1, 1)
