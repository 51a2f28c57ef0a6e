import asyncpg
import pytest
import pytest_asyncio

from common.testing.cluster import MigratedDatabase
from tests.data_service.export_rows import ndjson, row
from tests.data_service.harness import Company, Data

pytestmark = pytest.mark.asyncio(loop_scope="module")
TABLES = (
    *("page_view", "purchase", "other_event", "users", "locations", "user_device"),
    *("batch", "import_file", "import_reject", "location_rule", "job", "outbox"),
)
CANARY = "canary-8f2b"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(data: Data) -> Company:
    """A tenant with a row in every table."""
    company = await data.company()
    rows = [row(kind, 1, user_id=CANARY) for kind in ("page_view", "purchase", "login")]
    await data.imported(company, "ga4-export", ndjson(rows) + b"broken\n")
    await data.imported(company, "users", f"user_id,email\n{CANARY},{CANARY}@example.com\n".encode())
    await data.imported(company, "locations", f"location_id,location_name\nD07,{CANARY}\n".encode())
    return company


async def test_a_tenants_rows_are_invisible_to_another_in_the_database(
    data: Data, filled: Company, database: MigratedDatabase
):
    others = await data.company()
    connection = await asyncpg.connect(database.settings.dsn("data"))
    try:
        for tenant, expected in ((str(filled.tenant_id), True), (str(others.tenant_id), False), ("", False)):
            async with connection.transaction():
                await connection.execute(f"set local app.tenant_id = '{tenant}'")
                seen = {table: await connection.fetchval(f"select count(*) > 0 from data.{table}") for table in TABLES}
            assert seen == dict.fromkeys(TABLES, expected)
    finally:
        await connection.close()


async def test_no_row_can_be_written_for_another_tenant(data: Data, filled: Company, database: MigratedDatabase):
    others = await data.company()
    connection = await asyncpg.connect(database.settings.dsn("data"))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            async with connection.transaction():
                await connection.execute(f"set local app.tenant_id = '{others.tenant_id}'")
                await connection.execute(
                    "insert into data.users (tenant_id, user_id) values ($1, 'x')", filled.tenant_id
                )
    finally:
        await connection.close()


@pytest.mark.parametrize("service", ["data", "analytics", "email"])
async def test_a_partition_cannot_be_read_past_its_parent(filled: Company, database: MigratedDatabase, service: str):
    assert filled
    connection = await asyncpg.connect(database.settings.dsn(service))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetchval("select count(*) from data.purchase_2024_04")
    finally:
        await connection.close()


async def test_only_the_data_service_makes_months(data: Data, database: MigratedDatabase):
    assert await data.context.db.pool.fetchval("select data.ensure_month('2024-05-17')") is True
    assert await data.context.db.pool.fetchval("select data.ensure_month('2024-05-17')") is True
    connection = await asyncpg.connect(database.settings.dsn("email"))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.fetchval("select data.ensure_month('2024-05-17')")
    finally:
        await connection.close()
    forced = await data.admin.fetchval(
        "select bool_and(c.relrowsecurity and c.relforcerowsecurity) from pg_class c join pg_inherits i"
        " on i.inhrelid = c.oid where c.relkind = 'r' and c.relnamespace = 'data'::regnamespace"
    )
    assert forced is True


async def test_a_month_whose_rows_already_lie_in_the_default_partition_stays_there(data: Data):
    company = await data.company()
    await data.admin.execute(
        "insert into data.page_view (tenant_id, event_ts, event_id, batch_id, road)"
        " values ($1, '2023-03-05', gen_random_uuid(), gen_random_uuid(), 1)",
        company.tenant_id,
    )
    assert await data.context.db.pool.fetchval("select data.ensure_month('2023-03-01')") is False
    rows = [row(number=1, event_timestamp="1678000000000000", event_date="20230305")]
    job = await data.imported(company, "ga4-export", ndjson(rows))
    assert job["counts"] == {"page_view": 1}


@pytest.mark.parametrize(
    ("role", "reads", "writes"), [("rep", 403, 403), ("analyst", 200, 403), ("manager", 200, 200), ("admin", 200, 200)]
)
async def test_a_role_reaches_as_far_as_the_contract_says(data: Data, role: str, reads: int, writes: int):
    company = await data.company(role=role)
    for path in ("/data/availability", "/data/ingest/jobs"):
        assert (await data.api.get(path, headers=company.headers)).status_code == reads
    answer = await data.api.post("/data/events", json={"events": []}, headers=company.headers)
    assert answer.status_code == writes
    answer = await data.api.post("/data/import/users", files={"file": ("x", b"user_id\nu1\n")}, headers=company.headers)
    assert answer.status_code == (202 if writes == 200 else writes)


async def test_who_is_nobody_or_elsewhere_is_refused(data: Data, filled: Company):
    tenant, headers = str(filled.tenant_id), filled.headers
    stranger = await data.company()
    paths = ("/data/availability", "/data/ingest/jobs", f"/data/users/{CANARY}")
    for path in paths:
        owner = await data.api.get(path, headers=headers)
        assert owner.status_code == 200
        nobody = await data.api.get(path, headers={"X-Tenant-Id": tenant})
        assert nobody.status_code == 401
        assert nobody.headers["www-authenticate"].startswith("Bearer")
        elsewhere = await data.api.get(path, headers={**stranger.headers, "X-Tenant-Id": tenant})
        assert elsewhere.status_code == 403
        at_home = await data.api.get(path, headers=stranger.headers)
        assert CANARY not in at_home.text or at_home.status_code == 404
