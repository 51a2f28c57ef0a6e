"""Routine syncs are jobs too, four an hour of each source: their records go some days after their end."""

from common.http.context import ServiceContext
from common.http.housekeeping import every_hour


async def keep_syncs_in_order(context: ServiceContext) -> None:
    """Look once an hour."""
    await every_hour(context, lambda: drop_old_syncs(context))


async def drop_old_syncs(context: ServiceContext) -> None:
    """Drop those past the ages in the policy `housekeeping` of database/policies/lookups.sql."""
    async with context.db.lookup("housekeeping") as connection:
        await connection.execute("delete from data.job")
