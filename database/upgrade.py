"""Bringing a database up to date: roles, revisions, then functions, shared rules, policies and grants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection as AlchemyConnection
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from common.db import Connection
from database.errors import DatabaseIsNewer
from database.rights import check_rights
from database.roles import OWNER, make_roles, make_schemas, set_passwords
from database.sql_files import FOLDER, SqlFile, SqlFileFailed, fingerprint, reapplied_files, run_file

VERSION_SCHEMA = "migration"
_LOCK = "select pg_advisory_xact_lock(hashtextextended('branchwise upgrade', 0))"
# Bodies were not read while the files went in, since functions may call one another in any order.
_BODIES = """
    select p.oid, p.oid::regprocedure::text as name, l.lanname = 'sql' as is_sql
    from pg_proc p
    join pg_language l on l.oid = p.prolang and l.lanname in ('sql', 'plpgsql')
    join pg_namespace n on n.oid = p.pronamespace
    where n.nspowner = $1::text::regrole
"""
# Functions on which nothing rests: to try the others would write an error into the server's log at each upgrade.
_FREE_FUNCTIONS = """
    select p.oid::regprocedure::text
    from pg_proc p
    join pg_namespace n on n.oid = p.pronamespace
    where n.nspowner = $1::text::regrole and p.prokind = 'f' and not exists (
        select from pg_depend d
        where d.refclassid = 'pg_proc'::regclass and d.refobjid = p.oid and d.deptype = 'n'
    )
"""


@dataclass(frozen=True)
class Upgraded:
    """What an upgrade did: the revisions before and after, and whether the files were put in again."""

    before: str | None
    after: str
    applied_files: bool


async def upgrade(admin_dsn: str, password_of: Callable[[str], str]) -> Upgraded:
    """Bring the database to the newest revision, all in one transaction; safe to run from several places at once.

    `admin_dsn` names a user with CREATEROLE and CREATE on the database, superuser or not; `password_of` gives
    the password of a login role. Raises MissingRights, DatabaseIsNewer, SqlFileFailed, OSError, asyncpg.PostgresError.
    """
    engine = create_async_engine(_sqlalchemy_url(admin_dsn), poolclass=NullPool)
    try:
        async with engine.connect() as connection, connection.begin():
            await connection.execute(text(_LOCK))
            driver = await _driver(connection)
            await check_rights(driver)
            await make_roles(driver)
            await make_schemas(driver)
            await set_passwords(driver, password_of)
            await driver.execute(f"set local role {OWNER}")
            before, after = await connection.run_sync(_migrate)
            return Upgraded(before, after, await _apply_files(driver, after))
    except InterfaceError as error:
        # (to roll back fails too then, which hides what failed first)
        message = (
            "The database server went away in the middle of the upgrade, of which nothing is kept; its log says why."
        )
        raise ConnectionError(message) from error
    finally:
        await engine.dispose()


def _migrate(connection: AlchemyConnection) -> tuple[str | None, str]:
    config = Config()
    config.set_main_option("script_location", str(FOLDER / "migrations"))
    config.attributes["connection"] = connection
    context = MigrationContext.configure(connection, opts={"version_table_schema": VERSION_SCHEMA})
    before = context.get_current_revision()
    script = ScriptDirectory.from_config(config)
    head = script.get_current_head()
    if head is None:
        raise SqlFileFailed("database/migrations/versions holds no revision")
    if before is not None and before not in {known.revision for known in script.walk_revisions()}:
        raise DatabaseIsNewer(before)
    if before != head:
        command.upgrade(config, "head")
    return before, head


async def _apply_files(driver: Connection, revision: str) -> bool:
    """Put the files in, unless exactly these stand already: then a start takes no lock on any table."""
    files = list(reapplied_files())
    wanted = fingerprint(files, revision)
    standing = await driver.fetchval(
        "select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = $1", VERSION_SCHEMA
    )
    if standing == wanted:
        return False
    await driver.execute("set local check_function_bodies = off")
    await _drop_functions(driver)
    for file in files:
        await run_file(driver, file)
    await _check_bodies(driver)
    await driver.execute(f"comment on schema {VERSION_SCHEMA} is '{wanted}'")
    return True


async def _drop_functions(driver: Connection) -> None:
    """Drop the functions, which the files are about to make anew.

    Replaced in its place, a function keeps its return type and the names of its arguments or fails, and beside one
    with other arguments the former stays. What a table, policy or trigger rests on stays and is replaced.
    """
    for row in await driver.fetch(_FREE_FUNCTIONS, OWNER):
        await driver.execute(f"drop function {row[0]}")


async def _check_bodies(driver: Connection) -> None:
    """Have every function's body read: nobody did while the files went in, since they call one another in any order."""
    await driver.execute("set local check_function_bodies = on")
    for function in await driver.fetch(_BODIES, OWNER):
        validator = "fmgr_sql_validator" if function["is_sql"] else "plpgsql_validator"
        try:
            await driver.execute(f"select {validator}({function['oid']})")
        except asyncpg.PostgresError as error:
            message = f"the body of {function['name']} does not fit the tables: {error}"
            raise SqlFileFailed(message) from error


def run_in_revision(connection: AlchemyConnection, file: SqlFile) -> None:
    """`run_file` for a revision, which Alembic runs synchronously."""
    raw: Any = connection.connection.dbapi_connection

    async def run(driver: Connection) -> None:
        await run_file(driver, file)

    raw.run_async(run)


async def _driver(connection: AsyncConnection) -> Connection:
    """The asyncpg connection itself: only it takes scripts of several statements.

    SQLAlchemy begins its transaction with its first statement, so one must have run before.
    """
    raw: Any = (await connection.get_raw_connection()).driver_connection
    return raw


def _sqlalchemy_url(dsn: str) -> str:
    parts = urlsplit(dsn)
    return urlunsplit(parts._replace(scheme="postgresql+asyncpg"))
