"""The schema beneath the services: upgraded before they start, and by commands."""

from __future__ import annotations

import asyncio
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

    asyncio.run(ensure_database(settings))
    return asyncio.run(upgrade(settings.admin_dsn(), settings.role_password))
