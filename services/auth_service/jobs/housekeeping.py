"""What the auth service throws away by itself, once an hour."""

from datetime import timedelta

from common.http.context import ServiceContext
from common.http.housekeeping import every_hour
from services.auth_service.domain.refresh_token import GRACE_SECONDS
from services.auth_service.store import past_its_age


async def keep_auth_house(context: ServiceContext) -> None:
    """Runs until the service stops."""
    await every_hour(context, lambda: clear(context))


async def clear(context: ServiceContext) -> None:
    """Delete and forget what is past its age now.

    Used refresh tokens and ended sessions are kept for as long again as an unused token would have been good.
    """
    kept = timedelta(days=context.settings.refresh_token_days)
    async with context.db.pool.acquire() as conn:
        await past_its_age.forget_answers(conn, timedelta(seconds=GRACE_SECONDS))
        await past_its_age.delete_what_is_past_its_age(conn, kept)
    async with context.db.lookup("housekeeping") as conn:
        await past_its_age.delete_ended_mail_jobs(conn)
