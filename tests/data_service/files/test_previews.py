from typing import Any

import pytest

from services.data_service.store.files import undone
from tests.data_service.export_rows import ndjson, row
from tests.data_service.files.uploads import imported, lines, previewed, send
from tests.data_service.harness import Company, Data

pytestmark = pytest.mark.asyncio(loop_scope="module")
_TABLES = (
    "lead",
    "contract",
    "product",
    "users",
    "locations",
    "campaign",
    "ad_performance",
    "import_file",
    "outbox",
    "job",
)


async def everything(data: Data, company: Company) -> dict[str, Any]:
    """What a tenant has, by table; but for when an event was published, which goes on beside every request."""
    found = {
        table: await data.admin.fetch(
            f"select * from data.{table} where tenant_id = $1 order by 1, 2", company.tenant_id
        )
        for table in (*_TABLES, "page_view")
    }
    found["outbox"] = [{**record, "published_at": None} for record in found["outbox"]]
    kept = data.context.extras["files"].untouched_for(-60)
    return found | {"files": [name for name in kept if name.startswith(str(company.tenant_id))]}


FILES = {
    "leads": (
        lines("lead_id;created_at;name", "L1;13/03/2026;Ann", "L2;14/03/2026;Bo", "L3;15/03/2026;Cy"),
        lines(
            "lead_id;created_at;name",
            "L1;13/03/2026;Ann",
            "L2;14/03/2026;Bob",
            "L4;01/02/2026;Di",
            ";1/1/2026;",
            "L5;13.3.;",
        ),
    ),
    "users": (
        lines("user_id,email", "u1,a@example.com", "u2,b@example.com"),
        lines("user_id,email", "u1,a@example.com", "u2,c@example.com", "u3,d@example.com", ",x"),
    ),
    "campaign-performance": (
        lines("date,platform,campaign_id,campaign_name,impressions,clicks,spend", "2026-03-01,meta,1,A,10,1,2.00"),
        lines(
            "date,platform,campaign_id,campaign_name,impressions,clicks,spend",
            *("2026-03-01,meta,1,A,10,1,2.50", "2026-03-02,meta,1,A,10,1,2.00", "2026-03-02,meta,1,A,5,1,1.00"),
            *("Total,,,,25,3,5.50", "soon,meta,2,B,1,1,1"),
        ),
    ),
    "ga4-export": (
        ndjson([row(number=number) for number in range(5)]),
        ndjson([row(number=number) for number in range(3, 9)]) + b"{broken\n",
    ),
}


@pytest.mark.parametrize("kind", FILES)
async def test_a_preview_writes_nothing_and_its_import_does_exactly_what_it_says(data: Data, kind: str):
    company = await data.company()
    earlier, content = FILES[kind]
    await imported(data, company, kind, earlier)
    before = await everything(data, company)

    preview = await previewed(data, company, kind, content)

    assert await everything(data, company) == before
    assert (await previewed(data, company, kind, content)) == preview
    job = await imported(data, company, kind, content)
    assert preview["counts"] == job["counts"]
    assert preview["rejected"] == job["counts"]["rejected"] == len(preview["rejects"])
    assert preview["new"] + preview["changed"] > 0


async def test_a_preview_says_how_a_file_is_understood(data: Data):
    company = await data.company()
    content = FILES["leads"][1]
    preview = await previewed(data, company, "leads", content)
    assert (preview["encoding"], preview["separator"], preview["preset"]) == ("utf-8", "semicolon", "generic")
    assert [(column["name"], column["header"], column["dates"]) for column in preview["columns"]] == [
        ("lead_id", "lead_id", None),
        ("created_at", "created_at", "dmy"),
        ("name", "name", None),
    ]
    assert [(one["lead_id"], one["created_day"]) for one in preview["rows"]] == [
        ("L1", "2026-03-13"),
        ("L2", "2026-03-14"),
        ("L4", "2026-02-01"),
    ]
    assert [(one["line"], one["original"][0]) for one in preview["rejects"]] == [(5, ""), (6, "L5")]
    assert (preview["new"], preview["changed"], preview["unchanged"], preview["rejected"]) == (3, 0, 0, 2)


async def test_a_preview_counts_across_chunks_as_the_import_does(data: Data):
    company = await data.company()
    rows = [f"P{number % 7_000},Product {number % 3}" for number in range(16_000)]
    content = lines("product_id,product_name", *rows)
    preview = await previewed(data, company, "products", content)
    job = await imported(data, company, "products", content)
    assert preview["counts"] == job["counts"]
    assert preview["new"] == 7_000
    assert preview["new"] + preview["changed"] + preview["unchanged"] == 16_000
    assert len(preview["rows"]) == 10


async def test_a_preview_says_why_the_import_would_fail(data: Data):
    company = await data.company()
    preview = await previewed(data, company, "leads", lines("lead_id,created_at", "L1,01/02/2026"))
    assert "dates=dmy or dates=mdy" in preview["problem"]


async def test_a_preview_steps_back_where_somebody_else_is_changing_its_rows(
    data: Data, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(undone, "LOCK_SECONDS", 1)
    company = await data.company()
    await imported(data, company, "products", lines("product_id,product_name", "P1,Lamp"))
    changed = lines("product_id,product_name", "P1,Lamp of brass")
    async with data.admin.transaction():
        await data.admin.execute("select from data.product where tenant_id = $1 for update", company.tenant_id)
        answer = await send(data, company, "products/preview", changed)
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:branchwise:problem:preview-interrupted")
    assert int(answer.headers["retry-after"]) > 0
    assert (await previewed(data, company, "products", changed))["changed"] == 1


async def test_a_preview_without_the_columns_is_refused_as_the_import_is(data: Data):
    company = await data.company()
    answer = await send(data, company, "leads/preview", lines("lead_id"))
    assert answer.status_code == 422
