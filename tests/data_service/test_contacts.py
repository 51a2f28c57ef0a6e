import asyncio

import pytest

from common.events.contracts.data_users_changed import UsersChanged
from tests.data_service.export_rows import ndjson, row
from tests.data_service.harness import Data, events_of

pytestmark = pytest.mark.asyncio(loop_scope="module")
USERS = (
    "\ufeffuser_id,buying_company_name,email,cell_phone,office_phone,location_id,tier\r\n"
    'u1,"Cedar, ""Old"" & Sons",a@example.com,+1-555-0100,,D07,gold\r\n'
    "u2,Lakeside,,,,(not set),\r\n"
    "\r\n"
    "u1,Cedar again,b@example.com,,,D08,gold\r\n"
)


async def test_users_come_with_a_byte_order_mark_quotes_and_further_columns(data: Data):
    company = await data.company()
    job = await data.imported(company, "users", USERS.encode())
    assert job["status"] == "completed", job
    user = (await data.api.get("/data/users/u1", headers=company.headers)).json()
    assert user["contact"]["buying_company_name"] == "Cedar again"
    assert user["contact"]["attributes"] == {"tier": "gold"}
    assert user["location"] == {"location_id": "D08", "location_name": None, "city": None, "state": None}
    other = (await data.api.get("/data/users/u2", headers=company.headers)).json()
    assert (other["contact"]["email"], other["location"]) == (None, None)


async def test_only_changed_users_are_published(data: Data):
    company = await data.company()
    lines = ["user_id,email", *(f"u{number},u{number}@example.com" for number in range(20))]
    async with events_of(data, company, UsersChanged) as published:
        await data.imported(company, "users", "\n".join(lines).encode())
        lines[8] = "u7,other@example.com"
        job = await data.imported(company, "users", "\n".join(lines).encode())
        async with asyncio.timeout(20):
            while len(published) < 2:
                await asyncio.sleep(0.02)
    assert job["counts"] == {"users": 0, "changed": 1, "duplicates": 19}
    assert published[1].user_ids == ["u7"]


@pytest.mark.parametrize(
    ("kind", "content", "says"),
    [
        ("users", b"id,email\nu1,a@example.com\n", "the column user_id is missing"),
        ("locations", b"location_id,city\nD1,Omaha\n", "the column location_name is missing"),
        ("users", b"user_id,email,email\n", "the column email is there twice"),
        ("users", b"", "the column user_id is missing"),
        ("users", b"PAR1....", "Parquet"),
    ],
)
async def test_a_file_without_its_columns_is_refused_at_once(data: Data, kind: str, content: bytes, says: str):
    company = await data.company()
    answer = await data.api.post(f"/data/import/{kind}", files={"file": ("x.csv", content)}, headers=company.headers)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]


async def test_bad_records_are_rejected_and_the_rest_goes_in(data: Data):
    company = await data.company()
    content = (
        b"user_id,email\n"
        b"u1,a@example.com\n"
        b",missing@example.com\n"
        b"u2\n"
        b"u\xff,x\n"
        b"u\0,x\n" + b"u" * 300 + b",x\n"
        b'u3,"two\nlines"\n'
        b"u4,b@example.com\n"
        b'u5,"never closed\n'
    )
    job = await data.imported(company, "users", content)
    assert job["counts"] == {"users": 3, "duplicates": 0, "rejected": 6}
    answer = await data.api.get(f"/data/import/jobs/{job['job_id']}/rejects", headers=company.headers)
    lines = [line.split(",")[:2] for line in answer.text.splitlines()[1:]]
    assert lines == [
        ["3", "user_id is missing"],
        ["4", "1 columns where the header has 2"],
        ["5", "the line is not UTF-8 text"],
        ["6", "the line contains a NUL byte"],
        ["7", "user_id is longer than 256 bytes"],
        ["11", "a quote is opened and not closed"],
    ]


async def test_a_user_shows_what_they_did_while_signed_in(data: Data):
    company = await data.company()
    await data.imported(company, "locations", b"location_id,location_name,city,state\nD07,Omaha branch,Omaha,NE\n")
    await data.imported(company, "users", b"user_id,email,location_id\nu1,a@example.com,D07\n")
    rows = [
        row(number=1, user_id="u1"),
        row("purchase", 2, user_id="u1", ecommerce={"purchase_revenue": 10.5, "transaction_id": "T1"}),
        row("purchase", 3, user_id="u1", user_pseudo_id=None, ecommerce={"purchase_revenue": "2"}),
        row(number=4, user_id="u2"),
        row(number=6),
    ]
    await data.imported(company, "ga4-export", ndjson(rows))
    user = (await data.api.get("/data/users/u1", headers=company.headers)).json()
    assert user["location"]["location_name"] == "Omaha branch"
    assert user["events"] == {
        "total": 3,
        "by_kind": {"page_view": 1, "purchase": 2},
        "first_at": "2024-04-29T12:00:01Z",
        "last_at": "2024-04-29T12:00:03Z",
        "purchased": [{"currency": "", "value": 12.5}],
    }
    assert (await data.api.get("/data/users/u2", headers=company.headers)).json()["contact"] is None
    assert (await data.api.get("/data/users/nobody", headers=company.headers)).status_code == 404
