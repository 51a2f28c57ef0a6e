"""Delete the database and make it anew, empty; asks first, unless called with --yes."""

import argparse
import asyncio
import sys
from pathlib import Path

import asyncpg

from branchwise.commands.database import upgrade_database
from common.settings import Settings, get_settings
from database.rights import quoted


async def drop(settings: Settings) -> None:
    """Drop the database, whoever is connected to it."""
    connection = await asyncpg.connect(settings.admin_dsn("postgres"))
    try:
        await connection.execute(f"drop database if exists {quoted(settings.postgres_database)} with (force)")
    finally:
        await connection.close()


def main() -> None:
    """Ask, drop, migrate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--yes", action="store_true", help="do not ask")
    asked = parser.parse_args()
    settings = get_settings()
    if not settings.postgres_host:
        sys.exit(_embedded_hint(settings.home))
    place = f"{settings.postgres_database} on {settings.postgres_host}:{settings.postgres_port}"
    if (
        not asked.yes
        and input(f"Delete everything in {place}? Type the database's name: ") != settings.postgres_database
    ):
        sys.exit("Nothing was deleted.")
    asyncio.run(drop(settings))
    upgrade_database(settings.home)


def _embedded_hint(home: Path) -> str:
    return f"No stack runs in {home} and POSTGRES_HOST is not set. An embedded database goes with its folder: {home}"


if __name__ == "__main__":
    main()
