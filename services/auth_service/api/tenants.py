"""List, create and change the tenants of an account, which the frontend calls organizations."""

from typing import Any
from uuid import UUID, uuid4

from fastapi import APIRouter

from common import audit
from common.auth.access_changes import AccessChange
from common.auth.tokens import Identity
from common.events.contracts.auth_tenant_changed import TenantChanged
from common.events.outbox import publish
from common.http.context import Context, ServiceContext
from common.pagination import Page, page_answer
from common.problem import FieldError, Unprocessable
from services.auth_service.api.access_word import make_known
from services.auth_service.api.me import SignedIn
from services.auth_service.api.shapes import Tenant, TenantPage
from services.auth_service.domain.tenant_limits import count_new_tenant
from services.auth_service.domain.tenant_settings import NewTenant, TenantChange, merged, value_of
from services.auth_service.sign_in_guard import guard_of
from services.auth_service.store import tenants

router = APIRouter(tags=["tenants"])


@router.get("/auth/tenants", summary="List your tenants")
@router.get("/api/organizations", summary="List your organizations (the same as tenants)")
async def list_tenants(caller: SignedIn, context: Context, page: Page) -> TenantPage:
    """List the tenants that your account belongs to, sorted by name, with their settings."""
    async with context.db.lookup("own_memberships", account_id=caller.account_id) as conn:
        rows = await tenants.tenants_of(conn, caller.account_id)
    shown = [Tenant(**row) for row in rows[page.offset : page.offset + page.limit]]
    return TenantPage(**page_answer(shown, len(rows), page))


@router.post("/auth/tenants", status_code=201, summary="Create a tenant")
@router.post("/api/organizations", status_code=201, summary="Create an organization (the same as a tenant)")
async def create_tenant(body: NewTenant, caller: SignedIn, context: Context) -> Tenant:
    """Create a tenant and become its admin. An account can create ten tenants a day."""
    await count_new_tenant(guard_of(context).storage, caller.account_id)
    return Tenant(**await found_tenant(context, body, caller.account_id, caller))


@router.patch("/auth/tenants/{id}", summary="Change a tenant's settings")
async def change_tenant(id: UUID, body: TenantChange, caller: SignedIn, context: Context) -> Tenant:  # noqa: A002 -- the contract's name of the path parameter
    """Change the settings that are given, and get all settings. Nested objects are merged.

    A job then recomputes what depends on the change, such as the days of another time zone or the branches of another
    rule.
    """
    return await _changed(context, caller, id, body)


@router.put("/api/organizations/{org_id}", summary="Change an organization's settings (the same as a tenant's)")
async def change_organization(org_id: UUID, body: TenantChange, caller: SignedIn, context: Context) -> Tenant:
    """Change the settings that are given, and get all settings. Nested objects are merged; omitted settings stay."""
    return await _changed(context, caller, org_id, body)


async def _changed(context: ServiceContext, caller: Identity, tenant_id: UUID, body: TenantChange) -> Tenant:
    principal = await context.auth.member(caller, tenant_id, "tenant:admin")
    await _refuse_unknown_zone(context, body.time_zone)
    async with context.db.tenant(tenant_id, account_id=caller.account_id) as conn:
        before = await tenants.lock_tenant(conn, tenant_id)
        settings, changed = merged(before, body)
        if changed:
            settings = await tenants.update_tenant(conn, tenant_id, settings)
            await publish(conn, "auth", TenantChanged(changed=changed), tenant_id)
            detail = {name: {"before": value_of(before, name), "after": value_of(settings, name)} for name in changed}
            await audit.record(
                conn, "auth", tenant_id, principal, "tenant.changed", target=str(tenant_id), detail=detail
            )
    context.wake_relay()
    return Tenant(**settings)


async def found_tenant(context: ServiceContext, new: NewTenant, admin_id: UUID, actor: audit.Actor) -> dict[str, Any]:
    """Create a tenant with its admin, and return its settings."""
    await _refuse_unknown_zone(context, new.time_zone)
    tenant_id = uuid4()
    async with context.db.tenant(tenant_id, account_id=admin_id) as conn:
        await tenants.insert_tenant(conn, tenant_id, new.model_dump())
        await tenants.insert_membership(conn, tenant_id, admin_id, "admin")
        detail = {"name": new.name, "admin": str(admin_id)}
        await audit.record(conn, "auth", tenant_id, actor, "tenant.created", target=str(tenant_id), detail=detail)
        settings = await tenants.lock_tenant(conn, tenant_id)
    # The gateway may have cached the admin's tenants without the new one.
    await make_known(context, AccessChange(accounts=[admin_id]))
    return settings


async def _refuse_unknown_zone(context: ServiceContext, time_zone: str) -> None:
    """Refuse a time zone that Postgres does not know, which would break every later query of the tenant's days."""
    if not time_zone:
        return
    async with context.db.connection() as conn:
        known = await tenants.zone_is_known(conn, time_zone)
    if not known:
        message = "the database does not know this time zone"
        raise Unprocessable(message, errors=[FieldError("time_zone", message)])
