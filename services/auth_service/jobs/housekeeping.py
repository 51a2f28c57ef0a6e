"""Hourly deletion of expired rows of the auth service."""

from datetime import timedelta

from common.http.context import ServiceContext
from common.http.housekeeping import every_hour
from services.auth_service.domain.refresh_token import GRACE_SECONDS
from services.auth_service.store import past_its_age


async def keep_auth_house(context: ServiceContext) -> None:
    """Run until the service stops."""
    await every_hour(context, lambda: clear(context))


async def clear(context: ServiceContext) -> None:
    """Delete what has expired.

    Used refresh tokens and ended sessions are kept for another lifetime of an unused token.
    """
    kept = timedelta(days=context.settings.refresh_token_days)
    async with context.db.pool.acquire() as conn:
        await past_its_age.forget_answers(conn, timedelta(seconds=GRACE_SECONDS))
        await past_its_age.delete_what_is_past_its_age(conn, kept)
    async with context.db.lookup("housekeeping") as conn:
        await past_its_age.delete_ended_mail_jobs(conn)
