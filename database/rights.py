"""What the migrating user must be allowed to do, and what an administrator runs where it is not."""

from __future__ import annotations

import asyncpg

from common.db import Connection
from common.settings import Settings
from database.roles import LOGIN_ROLES, OWNER, SCHEMAS, scram_verifier

_HINT = "Have an administrator of the server run what `branchwise db bootstrap --print` prints, once."


class MissingRights(RuntimeError):
    """The migrating user lacks a right; the message says which, and what to do."""


async def check_rights(connection: Connection) -> None:
    """Raise MissingRights, naming each right that the next steps need and the user has not."""
    missing = [reason for reason in (await _role_problem(connection), await _schema_problem(connection)) if reason]
    if missing:
        user = await connection.fetchval("select current_user")
        message = f"The database user {user} {' and '.join(missing)}. {_HINT}"
        raise MissingRights(message)


async def _role_problem(connection: Connection) -> str | None:
    if await connection.fetchval("select rolcreaterole or rolsuper from pg_roles where rolname = current_user"):
        return None
    return "may not create roles (CREATEROLE)"


async def _schema_problem(connection: Connection) -> str | None:
    if await connection.fetchval("select has_database_privilege(current_database(), 'CREATE')"):
        return None
    there = await connection.fetchval("select count(*) from pg_namespace where nspname = any($1)", list(SCHEMAS))
    return None if there == len(SCHEMAS) else "may not create schemas in this database (CREATE)"


async def ensure_database(settings: Settings) -> None:
    """Create the database that the settings name, where it is missing. Raises MissingRights where the user may not."""
    try:
        await (await asyncpg.connect(settings.admin_dsn())).close()
    except asyncpg.InvalidCatalogNameError:
        await _create_database(settings.admin_dsn("postgres"), settings.postgres_database)


async def _create_database(maintenance_dsn: str, name: str) -> None:
    connection = await asyncpg.connect(maintenance_dsn)
    try:
        await connection.execute(f"create database {quoted(name)} encoding 'UTF8' template template0")
    except asyncpg.InsufficientPrivilegeError as error:
        message = f"There is no database {name}, and this user may not create it. {_HINT}"
        raise MissingRights(message) from error
    finally:
        await connection.close()


def bootstrap_sql(user: str, password: str, database: str) -> str:
    """The statements for an administrator of the server: the migrating user, the database, and nothing more.

    `password` may be empty; then a place for it is left. What it holds is never printed, only its verifier.
    """
    secret = scram_verifier(password) if password else "CHOOSE ONE, and set it as POSTGRES_PASSWORD"
    return f"""\
-- Once, as an administrator of the server (psql). Everything else is made by `branchwise db upgrade`:
-- the role {OWNER} that owns all, and the login roles
-- {", ".join(LOGIN_ROLES)}.
create role {quoted(user)} login createrole password '{secret}';
create database {quoted(database)} encoding 'UTF8' template template0;
grant connect, create, temporary on database {quoted(database)} to {quoted(user)};
"""


def quoted(identifier: str) -> str:
    """An SQL identifier in double quotes."""
    return '"' + identifier.replace('"', '""') + '"'
