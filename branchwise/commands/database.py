"""`branchwise db`: bringing a database up to date, and what an administrator runs before."""

from __future__ import annotations

import asyncio
from pathlib import Path

from branchwise.progress import console, step
from branchwise.stack.home import Home, StackAlreadyRuns
from branchwise.stack.servers import Servers
from common.settings import Settings
from database.rights import bootstrap_sql, ensure_database
from database.upgrade import Upgraded, upgrade


def upgrade_database(home: Path) -> None:
    """Upgrade the database of a home's stack, of POSTGRES_HOST, or (nothing running) of the embedded server.

    Raises MissingRights, SqlFileFailed, PostgresDidNotStart, OSError, asyncpg.PostgresError.
    """
    settings = Settings(branchwise_home=home)
    if settings.postgres_host:
        with step(f"Database {settings.postgres_database} on {settings.postgres_host}:{settings.postgres_port}"):
            done = asyncio.run(_create_and_upgrade(settings))
    else:
        done = _upgrade_embedded(home)
    console.print(f"  revision {done.after}" + ("" if done.before != done.after else ", as before"))


def print_bootstrap(home: Path) -> str:
    """The SQL that an administrator of the server runs once."""
    settings = Settings(branchwise_home=home)
    user = "branchwise_admin" if settings.postgres_user == "postgres" else settings.postgres_user
    return bootstrap_sql(user, settings.postgres_password.get_secret_value(), settings.postgres_database)


async def _create_and_upgrade(settings: Settings) -> Upgraded:
    await ensure_database(settings.admin_dsn("postgres"), settings.postgres_database)
    return await upgrade(settings.admin_dsn(), settings.role_password)


def _upgrade_embedded(home: Path) -> Upgraded:
    """Start the home's own server for as long as it takes."""
    place = Home(home)
    with place.lock():
        settings = Settings(branchwise_home=place.path, nats_url="nats://not-needed")
        servers = Servers(place, settings)
        try:
            effective = Settings(branchwise_home=place.path, **servers.start())
            with step("Database schema"):
                return asyncio.run(upgrade(effective.admin_dsn(), effective.role_password))
        finally:
            servers.stop()


__all__ = ["StackAlreadyRuns", "print_bootstrap", "upgrade_database"]
