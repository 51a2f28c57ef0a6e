"""Upgrade the database schema, before the services start and for commands."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from common.settings import Settings
from database.rights import ensure_database

if TYPE_CHECKING:
    from database.upgrade import Upgraded


def bring_up_to_date(settings: Settings) -> Upgraded:
    """Upgrade the database of the settings. If it does not exist, create it.

    Raises MissingRights, DatabaseIsNewer, SqlFileFailed, OSError, asyncpg.PostgresError.
    """
    # Imported here, because loading SQLAlchemy takes longer than most commands run.
    from database.upgrade import upgrade  # noqa: PLC0415

    try:
        asyncio.run(ensure_database(settings))
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or error
        message = f"No PostgreSQL answers at {settings.postgres_host}:{settings.postgres_port}: {reason}"
        raise ConnectionError(message) from error
    return asyncio.run(upgrade(settings.admin_dsn(), settings.role_password))
