"""The refresher's working tables, which live as long as a connection and thereby longer than an upgrade."""

from dataclasses import replace

import asyncpg
import pytest

from common.db import Connection
from common.testing.cluster import MigratedDatabase
from database import upgrade as upgrading
from database.sql_files import SqlFile, reapplied_files
from database.upgrade import upgrade
from tests.analytics_service.histories import Histories
from tests.analytics_service.stored import Stored, refresh, stored_tenant


async def test_a_connection_made_before_an_upgrade_refreshes_after_it(
    database: MigratedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = database.settings
    with monkeypatch.context() as before:
        before.setattr(upgrading, "reapplied_files", files_of_the_former_release)
        await upgrade(settings.admin_dsn(), settings.role_password)
    async with stored_tenant(database) as stored:
        await with_some_rows(stored)
        connection = await asyncpg.connect(settings.dsn("analytics"))
        await connection.execute("select analytics.refresh_tables()")
        await upgrade(settings.admin_dsn(), settings.role_password)
        assert await refreshed(connection, stored)
        await connection.close()


async def test_the_working_tables_are_made_once_per_connection(database: MigratedDatabase) -> None:
    async with stored_tenant(database) as stored:
        await with_some_rows(stored)
        connection = await asyncpg.connect(database.settings.dsn("analytics"))
        await refreshed(connection, stored)
        made = await connection.fetchval("select 'pg_temp.dirty_span'::regclass::oid")
        await refreshed(connection, stored)
        assert await connection.fetchval("select 'pg_temp.dirty_span'::regclass::oid") == made
        await connection.close()


async def test_a_run_leaves_nothing_in_the_working_tables(database: MigratedDatabase) -> None:
    async with stored_tenant(database) as stored:
        await with_some_rows(stored)
        connection = await asyncpg.connect(database.settings.dsn("analytics"))
        await refreshed(connection, stored)
        tables = await connection.fetch("select relname from pg_stat_user_tables where schemaname like 'pg_temp_%'")
        held = {row["relname"]: await connection.fetchval(f"select count(*) from {row['relname']}") for row in tables}
        await connection.close()
    assert len(held) > 30
    assert not any(held.values()), held


def files_of_the_former_release() -> list[SqlFile]:
    """Today's files, but working tables of another shape: without a column, and with a table that is no more."""
    column, table = " lo_day date, hi_day date,", "create temp table home_user (user_id text not null)"
    files = list(reapplied_files())
    (place,) = (n for n, file in enumerate(files) if file.name.endswith("/refresh_tables.sql"))
    text = files[place].text
    assert column in text
    assert table in text
    former = text.replace(column, "").replace(table, f"create temp table abolished (a int);\n    {table}")
    files[place] = replace(files[place], text=former)
    return files


async def with_some_rows(stored: Stored) -> None:
    """A company with rows that the summaries do not have yet."""
    histories = Histories(1)
    await stored.settings(histories.company)
    rows = histories.rows(20)
    await stored.add(rows)
    await stored.mark(rows)


async def refreshed(connection: Connection, stored: Stored) -> asyncpg.Record | None:
    """One run of the refresher on a connection that stays."""
    async with connection.transaction():
        await connection.execute(f"set local app.tenant_id = '{stored.tenant_id}'")
        return await refresh(connection, stored.tenant_id)


async def test_a_first_run_re_keys_nothing(database: MigratedDatabase) -> None:
    async with stored_tenant(database) as stored:
        await with_some_rows(stored)
        connection = await asyncpg.connect(database.settings.dsn("analytics"))
        async with connection.transaction():
            await connection.execute(f"set local app.tenant_id = '{stored.tenant_id}'")
            await refresh(connection, stored.tenant_id)
            owned = await connection.fetchval("select count(*) from analytics.device_user")
            # (the table itself is empty again)
            re_keyed = await connection.fetchval(
                "select n_tup_ins from pg_stat_xact_user_tables where relname = 'rekeyed_device'"
            )
        await connection.close()
    assert owned
    assert not re_keyed


async def test_no_working_table_names_a_tenant(database: MigratedDatabase) -> None:
    """So that none needs the fence, which a temporary table cannot be shown to have."""
    connection = await asyncpg.connect(database.settings.dsn("analytics"))
    await connection.execute("select analytics.refresh_tables()")
    tables = await connection.fetch(
        "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'"
        " where c.relnamespace = pg_my_temp_schema() and not a.attisdropped"
    )
    made = await connection.fetchval("select count(*) from pg_class where relnamespace = pg_my_temp_schema()")
    await connection.close()
    assert made
    assert tables == []
