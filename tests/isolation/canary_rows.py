"""A row of each of two tenants in every tenant table that the catalog knows, whatever its columns are."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

FIRST, SECOND = UUID(int=0xA11CE), UUID(int=0xB0B)

_TENANT_TABLES = """
    select c.oid::regclass::text as name, c.relispartition as is_partition
    from pg_class c
    join pg_namespace n on n.oid = c.relnamespace
    join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')
    order by 1
"""
_COLUMNS = """
    select quote_ident(a.attname) as name, format_type(a.atttypid, a.atttypmod) as type, t.typtype = 'e' as is_enum,
           a.attname = 'tenant_id' as is_tenant
    from pg_attribute a
    join pg_type t on t.oid = a.atttypid
    where a.attrelid = $1::text::regclass and a.attnum > 0 and not a.attisdropped
      and a.attgenerated = '' and a.attidentity = ''
      and (a.attname = 'tenant_id' or (a.attnotnull and not a.atthasdef))
    order by a.attnum
"""
_SOME_VALUE = {
    "uuid": "gen_random_uuid()",
    "text": "'canary'",
    "smallint": "1",
    "integer": "1",
    "bigint": "1",
    "numeric": "1",
    "real": "1",
    "double precision": "1",
    "boolean": "true",
    "date": "date '2026-01-01'",
    "timestamp with time zone": "timestamptz '2026-01-01 00:00+00'",
    "interval": "interval '1 hour'",
    "time without time zone": "time '12:00'",
    "jsonb": "'{}'",
    "bytea": "'\\x00'",
}


@dataclass(frozen=True)
class TenantTable:
    """A table with a `tenant_id`. `insert` puts one row of tenant $1 into it."""

    name: str
    is_partition: bool
    insert: str


async def tenant_tables(superuser: asyncpg.Connection) -> list[TenantTable]:
    """Every table of the system that has a tenant, partitions too."""
    return [
        TenantTable(row["name"], row["is_partition"], await _insert_into(superuser, row["name"]))
        for row in await superuser.fetch(_TENANT_TABLES)
    ]


async def plant(superuser: asyncpg.Connection, tables: list[TenantTable]) -> None:
    """One row of each tenant in each table; constraints about other columns are lifted, this database is a copy."""
    checks = await superuser.fetch(
        "select conrelid::regclass::text as name, quote_ident(conname) as constraint from pg_constraint"
        " where contype = 'c' and conrelid <> 0 and connamespace <> 'pg_catalog'::regnamespace and coninhcount = 0"
    )
    for row in checks:
        await superuser.execute(f"alter table {row['name']} drop constraint {row['constraint']}")
    # Foreign keys are triggers, and triggers rest for a replica.
    await superuser.execute("set session_replication_role = replica")
    for table in tables:
        if not table.is_partition:
            await superuser.execute(table.insert, FIRST)
            await superuser.execute(table.insert, SECOND)


async def _insert_into(superuser: asyncpg.Connection, table: str) -> str:
    columns = await superuser.fetch(_COLUMNS, table)
    values = ["$1" if column["is_tenant"] else _some_value(column["type"]) for column in columns]
    return f"insert into {table} ({', '.join(column['name'] for column in columns)}) values ({', '.join(values)})"


def _some_value(type_name: str) -> str:
    if type_name.endswith("[]"):
        return f"'{{}}'::{type_name}"
    return _SOME_VALUE[type_name.partition("(")[0]]
