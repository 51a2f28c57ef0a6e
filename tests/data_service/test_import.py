import gzip
from pathlib import Path

import pytest

from tests.data_service.export_rows import ndjson, row
from tests.data_service.harness import Data

pytestmark = pytest.mark.asyncio(loop_scope="module")
REAL = Path(__file__).parents[3] / "shared" / "data"


async def test_an_export_goes_in_and_says_what_it_brought(data: Data):
    company = await data.company()
    job = await data.imported(company, "ga4-export", ndjson([row(number=1), row("purchase", 2), row("scroll", 3)]))
    assert job["status"] == "completed"
    assert job["counts"] == {"page_view": 1, "purchase": 1, "other_event": 1}
    assert job["progress"]["percent"] == 100
    assert {table: len(rows) for table, rows in (await data.rows(company.tenant_id)).items() if rows} == job["counts"]


async def test_a_repeated_file_changes_nothing(data: Data):
    company = await data.company()
    content = ndjson([row(number=number) for number in range(50)])
    await data.imported(company, "ga4-export", content)
    before = await data.rows(company.tenant_id)
    job = await data.imported(company, "ga4-export", gzip.compress(content))
    assert job["counts"] == {"duplicates": 50}
    assert await data.rows(company.tenant_id) == before


async def test_halves_in_any_order_leave_the_same_rows(data: Data):
    one, other = await data.company(), await data.company()
    rows = [row(number=number) for number in range(60)]
    await data.imported(one, "ga4-export", ndjson(rows))
    await data.imported(other, "ga4-export", ndjson(rows[25:]))
    await data.imported(other, "ga4-export", ndjson(rows[:35]))
    assert await data.rows(one.tenant_id) == await data.rows(other.tenant_id)


@pytest.mark.skipif(not REAL.exists(), reason="the folder of real data is not beside the project")
async def test_the_real_exports_go_in_whole(data: Data):
    expected = {
        "shop_clicks": (31_106, "user_property:default_branch_id"),
        "wholesale_orders": (4_964, "geo.country"),
    }
    company = await data.company()
    for name, (count, rule) in expected.items():
        company = await data.company(rule)
        job = await data.imported(company, "ga4-export", (REAL / f"ga4_export/{name}.ndjson.gz").read_bytes())
        assert job["status"] == "completed", job
        assert sum(job["counts"].values()) == count
        assert await data.total(company.tenant_id) == count
        located = await data.admin.fetchval(
            "select count(*) from data.purchase where tenant_id = $1 and location_id is null", company.tenant_id
        )
        assert located == 0
    users = await data.imported(company, "users", (REAL / "users.csv").read_bytes())
    locations = await data.imported(company, "locations", (REAL / "locations.csv").read_bytes())
    assert (users["counts"], locations["counts"]) == (
        {"users": 600, "duplicates": 0},
        {"locations": 12, "duplicates": 0},
    )
