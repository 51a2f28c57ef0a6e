"""Give a database that a test used to the next one: emptied for a tenth of what a copy of the template costs."""

from __future__ import annotations

from dataclasses import dataclass

import asyncpg

from common.db import Connection

# (pg_relation_size would open each table, with its columns and policies)
_TABLES = (
    "select format('%I.%I', nspname, relname) as name, size"
    " from pg_class c join pg_namespace n on n.oid = relnamespace, pg_stat_file(pg_relation_filepath(c.oid))"
    " where relkind = 'r' and c.oid >= 16384 and size > 0"
)
_NEWER_PARTITIONS = (
    "select inhrelid::regclass::text from pg_inherits join pg_class on oid = inhrelid where relkind = 'r' and oid > $1"
)
_USED_SEQUENCES = (
    "select setval(format('%I.%I', schemaname, sequencename), start_value, false) from pg_sequences"
    " where last_value is not null"
)
# What ANALYZE, the server's own too, found out about rows of before.
_UNKNOWN_TO_THE_PLANNER = """
delete from pg_statistic where starelid >= 16384;
update pg_class set relpages = 0, reltuples = -1 where oid >= 16384 and relkind in ('r', 'p') and reltuples >= 0
"""
# What every statement that defines something changes. (Truncated tables have new rows in pg_class.)
_CATALOGUE = """
select max(oid) as last, md5(string_agg(row(oid, relname, relkind, relowner, relacl, relrowsecurity,
    relforcerowsecurity, reloptions)::text, '' order by oid)) || concat_ws(' ',
        (select row(count(*), sum(xmin::text::bigint)) from pg_proc where oid >= 16384),
        (select row(count(*), sum(xmin::text::bigint)) from pg_attribute where attrelid in (
            select oid from pg_class where oid >= 16384 and relkind in ('r', 'p', 'v', 'm'))),
        (select row(count(*), sum(xmin::text::bigint)) from pg_attrdef),
        (select row(count(*), sum(xmin::text::bigint)) from pg_constraint where oid >= 16384),
        (select row(count(*), sum(xmin::text::bigint)) from pg_namespace where nspname !~ '^pg_'),
        (select row(count(*), sum(xmin::text::bigint)) from pg_policy),
        (select row(count(*), sum(xmin::text::bigint)) from pg_trigger),
        (select count(*) from pg_db_role_setting s join pg_database d on d.oid = s.setdatabase
         where datname = current_database())) as defined
from pg_class where oid >= 16384 and relnamespace <> 'pg_toast'::regnamespace
"""
# Of few rows each is deleted; to truncate costs a new file for the table and for each of its indexes.
_FEW_BYTES = 2**18


@dataclass(frozen=True)
class Untouched:
    """What a database was like before any test: what is defined in it, and the rows that migrations put in."""

    last_oid: int
    defined: str
    filled: dict[str, str]

    @classmethod
    async def of(cls, superuser_dsn: str) -> Untouched:
        """Look at a database that nobody used yet."""
        connection = await asyncpg.connect(superuser_dsn)
        try:
            tables = [row["name"] for row in await connection.fetch(_TABLES)]
            last, defined = await _catalogue(connection)
            return cls(last, defined, {table: await _rows_of(connection, table) for table in tables})
        finally:
            await connection.close()

    async def restored(self, connection: Connection) -> bool:
        """Empty a copy that was used, whoever else is connected; False where it is not as it was for all that."""
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
        await self._empty(connection)
        _, defined = await _catalogue(connection)
        filled = {table: await _rows_of(connection, table) for table in self.filled}
        return defined == self.defined and filled == self.filled

    async def _empty(self, connection: Connection) -> None:
        for row in await connection.fetch(_NEWER_PARTITIONS, self.last_oid):
            await connection.execute(f"drop table {row[0]}")  # the catalogue's name
        used = [row for row in await connection.fetch(_TABLES) if row["name"] not in self.filled]
        few = [f"delete from {row['name']}" for row in used if row["size"] < _FEW_BYTES]  # noqa: S608 -- the same
        many = [row["name"] for row in used if row["size"] >= _FEW_BYTES]
        # Whatever points at what: the rows go all at once.
        await connection.execute("; ".join(["set session_replication_role = replica", *few]))
        if many:
            await connection.execute(f"truncate {', '.join(many)} cascade")
        await connection.execute("reset session_replication_role")
        await connection.execute(_USED_SEQUENCES)
        await connection.execute(_UNKNOWN_TO_THE_PLANNER)


async def _catalogue(connection: Connection) -> tuple[int, str]:
    [row] = await connection.fetch(_CATALOGUE)
    return row["last"], row["defined"]


async def _rows_of(connection: Connection, table: str) -> str:
    """Which rows are in a table, by the transactions that wrote them."""
    rows = await connection.fetch(f"select xmin::text, count(*) from {table} group by xmin order by 1")  # noqa: S608 -- the catalogue's name
    return str([tuple(row) for row in rows])
