"""Delete the expired rows of the auth service every hour."""

from datetime import timedelta

from common.http.context import ServiceContext
from common.http.housekeeping import every_hour
from services.auth_service.domain.refresh_token import GRACE_SECONDS
from services.auth_service.store import expired_rows


async def keep_auth_house(context: ServiceContext) -> None:
    """Delete expired rows every hour until the service stops."""
    await every_hour(context, lambda: clear(context))


async def clear(context: ServiceContext) -> None:
    """Delete what has expired.

    Used refresh tokens and ended sessions are kept for another lifetime of an unused token.
    """
    keep_for = timedelta(days=context.settings.refresh_token_days)
    async with context.db.connection() as conn:
        await expired_rows.forget_answers(conn, timedelta(seconds=GRACE_SECONDS))
        await expired_rows.delete_expired(conn, keep_for)
    async with context.db.lookup("housekeeping") as conn:
        await expired_rows.delete_ended_mail_jobs(conn)
