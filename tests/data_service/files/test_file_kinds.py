import pytest

from tests.data_service.files.uploads import imported, lines, rejects, send, stored
from tests.data_service.harness import Data

pytestmark = pytest.mark.asyncio(loop_scope="module")
LEADS = lines(
    "lead_id,created_at,name,utm_source,is_paid,platform,note",
    "L1,2026-03-01 23:30:00,Ann,google,yes,,calls back",
    "L2,2026-03-02T05:00:00Z,Bo,,0,Facebook,",
    "L3,2026-03-02,Cy,(not set),,tiktok,",
)


async def test_leads_go_in_with_their_days_flags_platforms_and_further_columns(data: Data):
    company = await data.company()
    job = await imported(data, company, "leads", LEADS)
    assert (job["status"], job["counts"]) == ("completed", {"lead": 3, "duplicates": 0})
    first, second, third = await stored(data, company, "lead", "lead_id")
    # The company is in Chicago: half past eleven at night there is the next day in UTC, and the other way round.
    assert (first["created_day"], first["created_at"]) == ("2026-03-01", "2026-03-02T05:30:00+00:00")
    assert (second["created_day"], second["created_at"]) == ("2026-03-01", "2026-03-02T05:00:00+00:00")
    assert (third["created_day"], third["created_at"]) == ("2026-03-02", None)
    assert [row["is_paid"] for row in (first, second, third)] == [True, False, None]
    assert [row["platform"] for row in (first, second, third)] == [None, "meta", "tiktok"]
    assert (first["attributes"], second["attributes"]) == ({"note": "calls back"}, {})
    assert (first["utm_source"], third["utm_source"], first["email"]) == ("google", None, None)


async def test_a_repeated_file_changes_nothing_and_a_changed_row_is_updated(data: Data):
    company = await data.company()
    await imported(data, company, "leads", LEADS)
    before = await data.admin.fetch("select * from data.lead where tenant_id = $1 order by lead_id", company.tenant_id)
    assert (await imported(data, company, "leads", LEADS))["counts"] == {"lead": 0, "duplicates": 3}
    after = await data.admin.fetch("select * from data.lead where tenant_id = $1 order by lead_id", company.tenant_id)
    assert after == before
    job = await imported(data, company, "leads", LEADS.replace(b"Bo", b"Bob"))
    assert job["counts"] == {"lead": 0, "changed": 1, "duplicates": 2}
    assert [row["name"] for row in await stored(data, company, "lead", "lead_id")] == ["Ann", "Bob", "Cy"]


async def test_of_rows_of_one_id_the_last_stands(data: Data):
    company = await data.company()
    content = lines("product_id,product_name,price", "P1,Lamp,10", "P2,Shade,", "P1,Lamp of brass,12.5")
    job = await imported(data, company, "products", content)
    assert job["counts"] == {"product": 2, "duplicates": 1}
    assert await stored(data, company, "product", "product_id") == [
        {"product_id": "P1", "product_name": "Lamp of brass", "category": None, "price": 12.5, "attributes": {}},
        {"product_id": "P2", "product_name": "Shade", "category": None, "price": None, "attributes": {}},
    ]


async def test_a_cancelled_contract_stays_with_its_status(data: Data):
    company = await data.company()
    header = "contract_id,lead_id,signed_at,amount,currency,status"
    first = ("C1,L1,2026-03-01,1200.50,,", "C2,L9,2026-03-02,7,eur,signed", "C3,L9,2026-03-02,€8,,")
    await imported(data, company, "contracts", lines(header, *first))
    job = await imported(data, company, "contracts", lines(header, "C1,L1,2026-03-01,1200.50,,Canceled"))
    assert job["counts"] == {"contract": 0, "changed": 1, "duplicates": 0}
    rows = await stored(data, company, "contract", "contract_id")
    assert [(row["status"], row["amount"], row["currency"]) for row in rows] == [
        ("cancelled", 1200.5, None),
        ("signed", 7, "EUR"),
        ("signed", 8, "EUR"),
    ]


async def test_rows_that_do_not_fit_are_rejected_with_their_reason_and_original_columns(data: Data):
    company = await data.company()
    content = lines(
        "contract_id,lead_id,signed_at,amount,status",
        "C1,,2026-03-01,5,",
        "C2,L2,2026-02-30,5,",
        "C3,L3,2026-03-01,five,",
        "C4,L4,2026-03-01,,",
        "C5,L5,2026-03-01 25:00,5,",
        "C6,L6,2026-03-01,5,=lost",
        "C7,L7,2026-03-01,5,signed,more",
        "C8,L8,2026-03-01,8%,signed",
    )
    job = await imported(data, company, "contracts", content)
    assert job["counts"] == {"rejected": 8}
    found = await rejects(data, company, job)
    assert [int(row[0]) for row in found] == list(range(2, 10))
    expected = (
        *("lead_id is missing", "signed_at is not a date", "amount is not a number", "amount is missing"),
        *("no such time of day", "status is none of", "6 columns where", "amount is a percentage"),
    )
    for row, says in zip(found, expected, strict=True):
        assert says in row[1]
    assert found[5][2:] == ["C6", "L6", "2026-03-01", "5", "'=lost"]


@pytest.mark.parametrize(
    ("kind", "header", "missing"),
    [
        ("leads", "lead_id,name", "created_at"),
        ("leads", "Prospect,name", "lead_id"),
        ("contracts", "contract_id,lead_id,signed_at", "amount"),
        ("products", "product_name", "product_id"),
        ("campaign-performance", "date,campaign_id,campaign_name,impressions,clicks,spend", "platform"),
    ],
)
async def test_a_missing_required_column_is_named_at_the_upload(data: Data, kind: str, header: str, missing: str):
    company = await data.company()
    answer = await send(data, company, kind, lines(header))
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    told = answer.json()["detail"]
    assert f"the column {missing} is missing" in told
    # (whoever has an export of another system learns how to say what is what)
    assert told.endswith(f'say so with mapping={{"{missing}": "that name"}}')
    assert ("; missing too: created_at" in told) == (header == "Prospect,name")


async def test_another_companys_lead_of_the_same_id_is_another(data: Data):
    one, other = await data.company(), await data.company()
    await imported(data, one, "leads", LEADS)
    assert (await imported(data, other, "leads", LEADS))["counts"] == {"lead": 3, "duplicates": 0}


async def test_a_reader_may_not_import_or_preview(data: Data):
    company = await data.company(role="analyst")
    for path in ("leads", "leads/preview"):
        assert (await send(data, company, path, LEADS)).status_code == 403
