"""Limit how many tenants an account creates: each costs rows, jobs and a share of the common resources."""

import math
import time
from typing import Final
from uuid import UUID

from limits import RateLimitItemPerDay
from limits.aio.strategies import MovingWindowRateLimiter

from common.rate_limits import LimitStorage
from services.auth_service.errors.people import TooManyTenants

OF_ACCOUNT: Final = RateLimitItemPerDay(10, namespace="tenants-by-account")


async def count_new_tenant(storage: LimitStorage, account_id: UUID) -> None:
    """Count a tenant that an account creates for itself; the operator is not limited.

    Raises:
        TooManyTenants: the account has reached its daily limit.
    """
    limiter = MovingWindowRateLimiter(storage)
    if not await limiter.hit(OF_ACCOUNT, str(account_id)):
        window = await limiter.get_window_stats(OF_ACCOUNT, str(account_id))
        raise TooManyTenants(OF_ACCOUNT.amount, max(1, math.ceil(window.reset_time - time.time())))
