"""`branchwise db`: bringing a database up to date, and what an administrator runs before."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from branchwise.progress import console, step
from branchwise.stack.home import Home
from branchwise.stack.servers import Servers
from common.settings import Settings
from database.rights import bootstrap_sql, ensure_database

if TYPE_CHECKING:
    from database.upgrade import Upgraded


def upgrade_database(home: Path) -> None:
    """Upgrade the database of a home's stack, of POSTGRES_HOST, or (nothing running) of the embedded server.

    Raises MissingRights, SqlFileFailed, PostgresDidNotStart, OSError, asyncpg.PostgresError.
    """
    settings = Settings(branchwise_home=home)
    if settings.postgres_host:
        with step(f"Database {settings.postgres_database} on {settings.postgres_host}:{settings.postgres_port}"):
            asyncio.run(ensure_database(settings.admin_dsn("postgres"), settings.postgres_database))
            done = bring_up_to_date(settings)
    else:
        done = _upgrade_embedded(home)
    console.print(f"  revision {done.after}" + ("" if done.before != done.after else ", as before"))


def print_bootstrap(home: Path) -> str:
    """The SQL that an administrator of the server runs once."""
    settings = Settings(branchwise_home=home)
    user = "branchwise_admin" if settings.postgres_user == "postgres" else settings.postgres_user
    return bootstrap_sql(user, settings.postgres_password.get_secret_value(), settings.postgres_database)


def bring_up_to_date(settings: Settings) -> Upgraded:
    """Upgrade the database that the settings name. Raises MissingRights, SqlFileFailed, OSError, PostgresError."""
    # Imported here: SQLAlchemy takes longer to load than most commands take to run.
    from database.upgrade import upgrade  # noqa: PLC0415

    return asyncio.run(upgrade(settings.admin_dsn(), settings.role_password))


def _upgrade_embedded(home: Path) -> Upgraded:
    """Start the home's own server for as long as it takes."""
    place = Home(home)
    with place.lock():
        settings = Settings(branchwise_home=place.path)
        servers = Servers(place, settings, only_postgres=True)
        try:
            effective = Settings(branchwise_home=place.path, **servers.start())
            with step("Database schema"):
                return bring_up_to_date(effective)
        finally:
            servers.stop()
