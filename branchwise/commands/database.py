"""`branchwise db`: bring a database up to date, and print the SQL that an administrator runs before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from branchwise.progress import console, step
from branchwise.stack.home import Home, StackAlreadyRuns
from branchwise.stack.schema import bring_up_to_date
from branchwise.stack.servers import Servers
from common.settings import Settings
from database.clear import clear
from database.rights import bootstrap_sql, ensure_database


def upgrade_database(home: Path) -> None:
    """Upgrade the database of a home's stack, of POSTGRES_HOST, or if no stack runs of the embedded server.

    Raises MissingRights, DatabaseIsNewer, SqlFileFailed, PostgresDidNotStart, OSError, asyncpg.PostgresError.
    """
    settings = Settings(branchwise_home=home)
    if settings.postgres_host:
        with step(f"Database {_place(settings)}"):
            done = bring_up_to_date(settings)
    else:
        with stopped_stack(home) as (_, effective), step("Database schema"):
            done = bring_up_to_date(effective)
    console.print(f"  revision {done.after}" + ("" if done.before != done.after else ", as before"))


def clear_database(home: Path, agreed: Callable[[str], bool]) -> bool:
    """Delete all data of a home whose stack is stopped, and bring the empty database up to date.

    `agreed` is called first, with a description of the database. If it returns False, nothing is changed, and this
    returns False.
    Raises StackAlreadyRuns, MissingRights, SqlFileFailed, PostgresDidNotStart, OSError, asyncpg.PostgresError.
    """
    try:
        with stopped_stack(home) as (place, settings):
            is_embedded = not Settings(branchwise_home=home).postgres_host
            if not agreed(f"the database of {place.path}" if is_embedded else f"the database {_place(settings)}"):
                return False
            with step("Deleting everything"):
                asyncio.run(ensure_database(settings))
                asyncio.run(clear(settings.admin_dsn()))
                place.forget_data()
            with step("Database schema"):
                bring_up_to_date(settings)
            return True
    except StackAlreadyRuns as error:
        message = f"{error} Stop it first: its services hold on to what would be deleted."
        raise StackAlreadyRuns(message) from error


def print_bootstrap(home: Path) -> str:
    """Return the SQL that an administrator of the server runs once."""
    settings = Settings(branchwise_home=home)
    user = "branchwise_admin" if settings.postgres_user == "postgres" else settings.postgres_user
    return bootstrap_sql(user, settings.postgres_password.get_secret_value(), settings.postgres_database)


def _place(settings: Settings) -> str:
    return f"{settings.postgres_database} on {settings.postgres_host}:{settings.postgres_port}"


@contextmanager
def stopped_stack(home: Path) -> Generator[tuple[Home, Settings]]:
    """Lock a home whose stack is stopped. If it has an embedded server, that runs during this block."""
    place = Home(home)
    with place.lock():
        place.check_whole()
        with own_server(place) as settings:
            yield place, settings


@contextmanager
def own_server(place: Home) -> Generator[Settings]:
    """Run the embedded server of a locked home, if it has one, during this block, and yield the settings."""
    place.forget_stack_file()  # a killed launcher leaves a file with the address of a server that has ended
    settings = Settings(branchwise_home=place.path)
    servers = Servers(place, settings, only_postgres=True)
    try:
        yield Settings(branchwise_home=place.path, **servers.start())
    finally:
        servers.stop()
