"""The schema beneath the services: upgraded before they start, and by commands."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from common.settings import Settings
from database.rights import ensure_database

if TYPE_CHECKING:
    from database.upgrade import Upgraded


def bring_up_to_date(settings: Settings) -> Upgraded:
    """Upgrade the database that the settings name, made where it is missing.

    Raises MissingRights, DatabaseIsNewer, SqlFileFailed, OSError, asyncpg.PostgresError.
    """
    # Imported here: SQLAlchemy takes longer to load than most commands take to run.
    from database.upgrade import upgrade  # noqa: PLC0415

    try:
        asyncio.run(ensure_database(settings))
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or error
        message = f"No PostgreSQL answers at {settings.postgres_host}:{settings.postgres_port}: {reason}"
        raise ConnectionError(message) from error
    return asyncio.run(upgrade(settings.admin_dsn(), settings.role_password))
