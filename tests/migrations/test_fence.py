import asyncpg
import pytest

from common.settings import SERVICES_WITH_DATABASE
from common.testing.cluster import MigratedDatabase

UNFENCED = """
    select c.oid::regclass::text from pg_class c
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relkind in ('r', 'p') and c.relnamespace = any(select oid from pg_namespace where nspname = any($1))
        and not (c.relrowsecurity and c.relforcerowsecurity)
"""
KEYS_WITHOUT_TENANT = """
    select i.indexrelid::regclass::text from pg_index i
    join pg_attribute a on a.attrelid = i.indrelid and a.attname = 'tenant_id' and not a.attisdropped
    join pg_class c on c.oid = i.indrelid
    where i.indisunique and i.indkey[0] <> a.attnum
        and c.relnamespace = any(select oid from pg_namespace where nspname = any($1))
"""
OPEN_DEFINERS = """
    select p.oid::regprocedure::text from pg_proc p
    where p.prosecdef and p.pronamespace = any(select oid from pg_namespace where nspname = any($1))
        and (has_function_privilege('public', p.oid, 'execute')
            or not coalesce(array_to_string(p.proconfig, ',') like '%search_path=%', false))
"""
WRITABLE_ELSEWHERE = """
    select r.rolname || ' on ' || c.oid::regclass from pg_class c
    join pg_namespace n on n.oid = c.relnamespace and n.nspname = any($1)
    join pg_roles r on r.rolname like 'branchwise\\_%' and r.rolcanlogin and not r.rolcreaterole
        and r.rolname <> 'branchwise_' || n.nspname
    where c.relkind in ('r', 'p') and has_table_privilege(r.oid, c.oid, 'insert, update, delete, truncate')
"""
READABLE_PARTITIONS = """
    select r.rolname || ' on ' || c.oid::regclass from pg_class c
    join pg_namespace n on n.oid = c.relnamespace and n.nspname = any($1)
    join pg_roles r on r.rolname like 'branchwise\\_%' and r.rolcanlogin and not r.rolcreaterole
    where c.relispartition and has_table_privilege(r.oid, c.oid, 'select, insert, update, delete')
"""
STRONG_ROLES = """
    select rolname::text from pg_roles
    where rolname like 'branchwise\\_%' and (rolsuper or rolbypassrls or (rolname = 'branchwise_owner' and rolcanlogin)
        or (rolcanlogin and not rolcreaterole and (rolinherit or rolcreatedb)))
        and $1::text[] is not null
"""


@pytest.mark.parametrize(
    "violations",
    [UNFENCED, KEYS_WITHOUT_TENANT, OPEN_DEFINERS, WRITABLE_ELSEWHERE, READABLE_PARTITIONS, STRONG_ROLES],
    ids=[
        "unfenced",
        "keys-without-tenant",
        "open-definers",
        "writable-elsewhere",
        "readable-partitions",
        "strong-roles",
    ],
)
async def test_nothing_breaks_the_rule(database: MigratedDatabase, violations: str) -> None:
    connection = await asyncpg.connect(database.superuser_dsn)
    try:
        assert [row[0] for row in await connection.fetch(violations, list(SERVICES_WITH_DATABASE))] == []
    finally:
        await connection.close()


@pytest.mark.parametrize("service", SERVICES_WITH_DATABASE)
async def test_a_service_signs_in_and_sees_no_row_without_a_tenant(database: MigratedDatabase, service: str) -> None:
    owner = await asyncpg.connect(database.superuser_dsn)
    await owner.execute(
        f"insert into {service}.outbox (tenant_id, event_type, payload) values (gen_random_uuid(), 'x', '{{}}')"
    )
    await owner.close()
    connection = await asyncpg.connect(database.settings.dsn(service))
    assert await connection.fetchval(f"select count(*) from {service}.outbox") == 0
    await connection.close()
