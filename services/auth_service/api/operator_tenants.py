"""The operator's route to set a tenant's plan, which determines its rate limits."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from common import audit
from common.auth.access_changes import AccessChange
from common.events.contracts.auth_tenant_changed import TenantChanged
from common.events.outbox import publish
from common.http.context import Context
from services.auth_service.api.access_word import make_known
from services.auth_service.api.operator import operator
from services.auth_service.errors.people import TenantNotFound
from services.auth_service.store import tenants

router = APIRouter(prefix="/auth/operator/tenants", tags=["operator"], dependencies=[Depends(operator)])


class Plan(BaseModel):
    """The plan that limits how many requests a tenant's people and API keys may make in an hour."""

    model_config = ConfigDict(extra="forbid")

    plan: Literal["free", "premium", "enterprise"]


class TenantPlan(Plan):
    """A tenant and its current plan."""

    tenant_id: UUID


@router.put("/{id}/plan", summary="Set a tenant's plan")
async def set_plan(id: UUID, body: Plan, context: Context) -> TenantPlan:  # noqa: A002 -- the contract's name
    """Set the plan. It applies from the next request on, also to tokens that were issued before."""
    async with context.db.tenant(id) as conn:
        before = await tenants.set_plan(conn, id, body.plan)
        if before is None:
            raise TenantNotFound
        if before != body.plan:
            await publish(conn, "auth", TenantChanged(changed=["plan"]), id)
            detail = {"plan": {"before": before, "after": body.plan}}
            await audit.record(conn, "auth", id, "operator", "tenant.plan-changed", target=str(id), detail=detail)
    await make_known(context, AccessChange(tenants=[id]))
    return TenantPlan(tenant_id=id, plan=body.plan)
