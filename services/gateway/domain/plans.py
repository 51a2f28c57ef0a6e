"""The hourly requests of each plan, and which plan counts for a request."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

REQUESTS_PER_HOUR: Final = {"free": 100, "premium": 1_000, "enterprise": 10_000}


def hourly_requests(plans: Mapping[UUID, str], tenant_id: UUID | None) -> int:
    """Return the requests per hour of an account with tenants on these plans.

    The plan of the tenant that the request names counts, else the account's best plan. An account without a tenant, and
    an unknown plan, count as free.
    """
    candidates = plans.values() if tenant_id is None else [plans[tenant_id]]
    return max((REQUESTS_PER_HOUR.get(plan, 0) for plan in candidates), default=0) or REQUESTS_PER_HOUR["free"]
