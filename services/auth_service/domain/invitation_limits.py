"""Limit how many invitations are sent, so that no tenant can flood anybody's mailbox through this system."""

import math
import time
from typing import Final

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour
from limits.aio.strategies import MovingWindowRateLimiter

from common.auth.principal import Principal
from common.rate_limits import LimitStorage
from services.auth_service.domain.email_address import counted_as, mailbox_of
from services.auth_service.errors.people import TooManyInvitations

# Anybody can create tenants, so there is also a limit for each person over all tenants.
OF_PERSON: Final = RateLimitItemPerHour(1_000, namespace="invitations-by-person")
OF_TENANT: Final = RateLimitItemPerHour(500, namespace="invitations-by-tenant")
OF_TENANT_TO_ONE: Final = RateLimitItemPerHour(5, namespace="invitations-by-tenant")
# Over all tenants. Mails beyond it are dropped silently: a refusal would tell a tenant what others have sent.
TO_MAILBOX: Final = RateLimitItemPerDay(20, namespace="invitations-to-mailbox")


class InvitationLimits:
    """The counters of invitations, in Redis or in this process."""

    def __init__(self, storage: LimitStorage) -> None:
        self._limiter = MovingWindowRateLimiter(storage)

    async def invite(self, caller: Principal, email: str) -> None:
        """Count an invitation.

        Raises:
            TooManyInvitations: the caller, the tenant, or the tenant to this person has reached the hourly limit.
        """
        tenant_id = caller.tenant_id
        if not await self._limiter.hit(OF_PERSON, str(caller.account_id)):
            raise await self._too_many("you have sent", OF_PERSON, str(caller.account_id))
        if not await self._limiter.hit(OF_TENANT_TO_ONE, str(tenant_id), counted_as(email)):
            raise await self._too_many("this person has been sent", OF_TENANT_TO_ONE, str(tenant_id), counted_as(email))
        if not await self._limiter.hit(OF_TENANT, str(tenant_id)):
            raise await self._too_many("this tenant has sent", OF_TENANT, str(tenant_id))

    async def may_mail(self, email: str) -> bool:
        """Count a mail to a mailbox. Returns False if the mailbox has reached its daily limit."""
        return await self._limiter.hit(TO_MAILBOX, counted_as(mailbox_of(email)))

    async def _too_many(self, who_has: str, limit: RateLimitItem, *identifiers: str) -> TooManyInvitations:
        window = await self._limiter.get_window_stats(limit, *identifiers)
        wait = max(1, math.ceil(window.reset_time - time.time()))
        return TooManyInvitations(f"{who_has} {limit.amount} invitations within the hour", wait)
