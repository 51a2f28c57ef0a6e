import asyncio
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass

import asyncpg
import pytest

from common.settings import SERVICES_WITH_DATABASE
from common.testing.cluster import MigratedDatabase, PostgresCluster
from database.roles import LOGIN_ROLES
from tests.isolation.canary_rows import FIRST, SECOND, TenantTable, plant, tenant_tables

Connection = asyncpg.Connection
DENIED = asyncpg.InsufficientPrivilegeError
BY_THE_FENCE, FOR_WANT_OF_A_GRANT = "row-level security policy", "permission denied"


@dataclass(frozen=True)
class Planted:
    """A database with a row of each of two tenants in every tenant table: to make one takes half a second."""

    database: MigratedDatabase
    tables: list[TenantTable]


@pytest.fixture(scope="module")
def planted(postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    with postgres.database(tmp_path_factory.mktemp("fence") / "home") as database:
        yield Planted(database, asyncio.run(_plant(database.superuser_dsn)))


@pytest.fixture(scope="module")
def granted(postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    """Every role may do everything to every tenant table: what holds it back is the fence alone."""
    with postgres.database(tmp_path_factory.mktemp("granted") / "home") as database:
        tables = asyncio.run(_plant(database.superuser_dsn))
        asyncio.run(_grant(database.superuser_dsn, tables))
        yield Planted(database, tables)


@pytest.fixture
def tables(planted: Planted) -> list[TenantTable]:
    return planted.tables


@pytest.fixture
async def superuser(planted: Planted) -> AsyncGenerator[Connection]:
    connection = await asyncpg.connect(planted.database.superuser_dsn)
    await connection.execute("set session_replication_role = replica")
    yield connection
    await connection.close()


@pytest.fixture(params=SERVICES_WITH_DATABASE)
async def role(request: pytest.FixtureRequest, planted: Planted) -> AsyncGenerator[Connection]:
    """A connection as a service's own login role."""
    connection = await asyncpg.connect(planted.database.settings.dsn(request.param))
    yield connection
    await connection.close()


@pytest.fixture(params=SERVICES_WITH_DATABASE)
async def granted_role(request: pytest.FixtureRequest, granted: Planted) -> AsyncGenerator[Connection]:
    """The same where it may do everything."""
    connection = await asyncpg.connect(granted.database.settings.dsn(request.param))
    yield connection
    await connection.close()


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


async def test_a_role_cannot_write_into_another_tenant(granted: Planted, granted_role: Connection):
    for table in granted.tables:
        held_by = FOR_WANT_OF_A_GRANT if table.is_partition else BY_THE_FENCE
        with pytest.raises(DENIED, match=held_by):
            await write(granted_role, table.insert, SECOND)
        update = f"update {table.name} set tenant_id = tenant_id where tenant_id = $1"
        delete = f"delete from {table.name} where tenant_id = $1"
        if table.is_partition:
            for change in (update, delete):
                with pytest.raises(DENIED, match=held_by):
                    await write(granted_role, change, FIRST)
        else:
            assert await write(granted_role, update, FIRST) == "UPDATE 1", table.name
            assert await write(granted_role, update, SECOND) == "UPDATE 0", table.name
            assert await write(granted_role, delete, SECOND) == "DELETE 0", table.name


async def test_a_row_cannot_be_moved_into_another_tenant(granted: Planted, granted_role: Connection):
    for table in granted.tables:
        held_by = FOR_WANT_OF_A_GRANT if table.is_partition else BY_THE_FENCE
        with pytest.raises(DENIED, match=held_by):
            await write(granted_role, f"update {table.name} set tenant_id = $1", SECOND)


async def test_the_owner_itself_stands_behind_the_fence(tables: list[TenantTable], superuser: Connection):
    await superuser.execute("set session_replication_role = origin")
    await superuser.execute("set role branchwise_owner")
    for table in tables:
        assert await seen_by(superuser, table, "") == set(), table.name
        assert await seen_by(superuser, table, str(FIRST)) == {FIRST} or table.is_partition, table.name


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


async def _plant(superuser_dsn: str) -> list[TenantTable]:
    """Every tenant table, with a row of each of two tenants in it."""
    superuser = await asyncpg.connect(superuser_dsn)
    try:
        found = await tenant_tables(superuser)
        await plant(superuser, found)
        for table in found:
            if not table.is_partition:
                seen = await superuser.fetch(f"select distinct tenant_id from {table.name}")
                assert {row["tenant_id"] for row in seen} == {FIRST, SECOND}, table.name
        assert len(found) > 30
        return found
    finally:
        await superuser.close()


async def _grant(superuser_dsn: str, tables: list[TenantTable]) -> None:
    names = ", ".join(LOGIN_ROLES)
    parents = [table.name for table in tables if not table.is_partition]
    superuser = await asyncpg.connect(superuser_dsn)
    try:
        for schema in sorted({name.partition(".")[0] for name in parents}):
            await superuser.execute(f"grant usage on schema {schema} to {names}")
        await superuser.execute(f"grant select, insert, update, delete on {', '.join(parents)} to {names}")
    finally:
        await superuser.close()


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
