from collections.abc import AsyncGenerator

import asyncpg
import pytest

from common.settings import SERVICES_WITH_DATABASE, Settings
from common.testing.cluster import MigratedDatabase
from tests.isolation.canary_rows import FIRST, SECOND, TenantTable, plant, tenant_tables

Connection = asyncpg.Connection
DENIED = asyncpg.InsufficientPrivilegeError
BY_THE_FENCE, FOR_WANT_OF_A_GRANT = "row-level security policy", "permission denied"


@pytest.fixture
async def superuser(database: MigratedDatabase) -> AsyncGenerator[Connection]:
    connection = await asyncpg.connect(database.superuser_dsn)
    yield connection
    await connection.close()


@pytest.fixture
async def tables(superuser: Connection) -> list[TenantTable]:
    """Every tenant table, with a row of each of two tenants in it."""
    found = await tenant_tables(superuser)
    await plant(superuser, found)
    for table in found:
        if not table.is_partition:
            seen = await superuser.fetch(f"select distinct tenant_id from {table.name}")
            assert {row["tenant_id"] for row in seen} == {FIRST, SECOND}, table.name
    assert len(found) > 30
    return found


@pytest.fixture(params=SERVICES_WITH_DATABASE)
async def role(request: pytest.FixtureRequest, database: MigratedDatabase) -> AsyncGenerator[Connection]:
    """A connection as a service's own login role."""
    settings: Settings = database.settings
    connection = await asyncpg.connect(settings.dsn(request.param))
    yield connection
    await connection.close()


@pytest.fixture
async def granted(tables: list[TenantTable], role: Connection, superuser: Connection) -> None:
    """The role may do everything to every tenant table: what holds it back is the fence alone."""
    name = await role.fetchval("select quote_ident(current_user)")
    for table in tables:
        if not table.is_partition:
            await superuser.execute(f"grant usage on schema {table.name.partition('.')[0]} to {name}")
            await superuser.execute(f"grant select, insert, update, delete on {table.name} to {name}")


async def test_a_role_sees_no_row_without_a_tenant_and_only_the_set_ones_with_it(
    tables: list[TenantTable], role: Connection
):
    readable = 0
    for table in tables:
        assert await seen_by(role, table, "") in (None, set()), table.name
        seen = await seen_by(role, table, str(FIRST))
        if table.is_partition:
            assert seen is None, f"{table.name} is readable past its parent's policy"
        else:
            assert seen in (None, {FIRST}), table.name
            readable += seen is not None
    assert readable >= 5, "a role that may read nothing proves nothing"


@pytest.mark.usefixtures("granted")
async def test_a_role_cannot_write_into_another_tenant(tables: list[TenantTable], role: Connection):
    for table in tables:
        held_by = FOR_WANT_OF_A_GRANT if table.is_partition else BY_THE_FENCE
        with pytest.raises(DENIED, match=held_by):
            await write(role, table.insert, SECOND)
        update = f"update {table.name} set tenant_id = tenant_id where tenant_id = $1"
        delete = f"delete from {table.name} where tenant_id = $1"
        if table.is_partition:
            for change in (update, delete):
                with pytest.raises(DENIED, match=held_by):
                    await write(role, change, FIRST)
        else:
            assert await write(role, update, FIRST) == "UPDATE 1", table.name
            assert await write(role, update, SECOND) == "UPDATE 0", table.name
            assert await write(role, delete, SECOND) == "DELETE 0", table.name


@pytest.mark.usefixtures("granted")
async def test_a_row_cannot_be_moved_into_another_tenant(tables: list[TenantTable], role: Connection):
    for table in tables:
        held_by = FOR_WANT_OF_A_GRANT if table.is_partition else BY_THE_FENCE
        with pytest.raises(DENIED, match=held_by):
            await write(role, f"update {table.name} set tenant_id = $1", SECOND)


async def test_the_owner_itself_stands_behind_the_fence(tables: list[TenantTable], superuser: Connection):
    await superuser.execute("set session_replication_role = origin")
    await superuser.execute("set role branchwise_owner")
    for table in tables:
        assert await seen_by(superuser, table, "") == set(), table.name
        assert await seen_by(superuser, table, str(FIRST)) == {FIRST} or table.is_partition, table.name


@pytest.mark.usefixtures("tables")
async def test_memberships_are_looked_up_by_their_account_only(role: Connection, superuser: Connection):
    await superuser.execute("update auth.membership set joined_at = now()")
    memberships = [tuple(row) for row in await superuser.fetch("select tenant_id, account_id from auth.membership")]
    assert {tenant for tenant, _ in memberships} == {FIRST, SECOND}
    async with role.transaction():
        await role.execute("set local app.lookup = 'own_memberships'")
        assert await role.fetch("select * from auth.membership") == []
        for membership in memberships:
            await role.execute(f"set local app.account_id = '{membership[1]}'")
            seen = await role.fetch("select tenant_id, account_id from auth.membership")
            assert [tuple(row) for row in seen] == [membership]


@pytest.mark.usefixtures("tables")
async def test_who_is_only_invited_is_no_member(role: Connection, superuser: Connection):
    await superuser.execute("update auth.membership set joined_at = null")
    account = await superuser.fetchval("select account_id from auth.membership limit 1")
    async with role.transaction():
        await role.execute("set local app.lookup = 'own_memberships'")
        await role.execute(f"set local app.account_id = '{account}'")
        assert await role.fetch("select tenant_id from auth.membership") == []


async def test_every_policy_asks_for_a_tenant_or_a_named_look_up(superuser: Connection):
    policies = await superuser.fetch(
        "select polrelid::regclass::text as name, polname,"
        " coalesce(pg_get_expr(polqual, polrelid), '') || coalesce(pg_get_expr(polwithcheck, polrelid), '') as says"
        # A restrictive one opens nothing, and has a test of its own.
        " from pg_policy where polpermissive"
        # A session belongs to an account, whatever the tenant; the service that makes sessions reads them all.
        " and (polrelid::regclass::text, polname) <> ('auth.session', 'kept_by_auth')"
    )
    assert len(policies) > 30
    for policy in policies:
        asked = "app.tenant_id" if policy["polname"] == "tenant" else "app.lookup"
        assert asked in policy["says"], dict(policy)


async def test_every_restriction_is_about_branches_and_lies_on_the_tenants_fence(superuser: Connection):
    policies = await superuser.fetch(
        "select p.polrelid::regclass::text as name, p.polname, exists (select from pg_policy t"
        " where t.polrelid = p.polrelid and t.polname = 'tenant' and t.polpermissive) as fenced,"
        " coalesce(pg_get_expr(polqual, polrelid), '') || coalesce(pg_get_expr(polwithcheck, polrelid), '') as says"
        " from pg_policy p where not polpermissive"
    )
    assert {policy["name"] for policy in policies} >= {"analytics.sale", "analytics.task_status", "data.purchase"}
    for policy in policies:
        assert "branch_codes" in policy["says"], dict(policy)
        assert policy["fenced"], dict(policy)


async def seen_by(connection: Connection, table: TenantTable, tenant: str) -> set[object] | None:
    """The tenants whose rows are seen with this tenant set; None where reading is denied."""
    async with connection.transaction():
        await connection.execute(f"set local app.tenant_id = '{tenant}'")
        try:
            async with connection.transaction():
                rows = await connection.fetch(f"select distinct tenant_id from {table.name}")
        except DENIED:
            return None
    return {row["tenant_id"] for row in rows}


async def write(connection: Connection, statement: str, tenant: object) -> str:
    """Run a statement with FIRST as the tenant, undone afterwards; what Postgres says it did."""
    undone = connection.transaction()
    await undone.start()
    try:
        await connection.execute(f"set local app.tenant_id = '{FIRST}'")
        return await connection.execute(statement, tenant)
    finally:
        await undone.rollback()
