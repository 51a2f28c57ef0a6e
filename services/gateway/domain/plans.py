"""What a tenant's plan allows, and which plan counts for a request."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

REQUESTS_PER_HOUR: Final = {"free": 100, "premium": 1_000, "enterprise": 10_000}


def hourly_requests(plans: Mapping[UUID, str], tenant_id: UUID | None) -> int:
    """Requests an hour of an account with tenants on these plans: by the tenant it names, else by its best one.

    Who belongs to no tenant yet has what a free one has, as has a plan that is not known here.
    """
    named = plans.values() if tenant_id is None else [plans[tenant_id]]
    return max((REQUESTS_PER_HOUR.get(plan, 0) for plan in named), default=0) or REQUESTS_PER_HOUR["free"]
