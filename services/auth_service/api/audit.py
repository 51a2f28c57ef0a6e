"""The audit log: who did what, and which attempts were refused."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from common.audit import NO_TENANT
from common.auth.principal import Principal
from common.http.context import Context, ServiceContext
from common.http.require import require
from common.pagination import Page, PageParams, page_answer
from common.written_time import CalendarDay
from services.auth_service.api.operator import operator
from services.auth_service.domain.date_range import check_days
from services.auth_service.domain.email_address import folded
from services.auth_service.store.audit import AuditFilters, list_entries

router = APIRouter(tags=["audit log"])
operator_router = APIRouter(prefix="/auth/operator", tags=["operator"], dependencies=[Depends(operator)])

Service = Literal["gateway", "analytics", "data", "auth", "insights", "email", "realtime"]
_Text = Query(min_length=1, max_length=500, pattern=r"^[^\x00]*$")


class AuditEntry(BaseModel):
    """One entry of the log. Repetitions of the same refusal share an entry: `count` is how often it happened, beginning
    at `occurred_at`.
    """

    id: UUID
    occurred_at: datetime
    action: str
    outcome: Literal["done", "refused"]
    actor_kind: Literal["account", "api-key", "operator", "system", "unknown"]
    actor_id: UUID | None
    actor: str
    target: str
    detail: dict[str, Any]
    count: int
    service: str
    address: str
    request_id: str


class AuditPage(BaseModel):
    """A page of the log."""

    data: list[AuditEntry]
    total: int
    page: int
    limit: int
    has_more: bool


async def _filters(
    actor: Annotated[str | None, _Text] = None,
    action: Annotated[str | None, _Text] = None,
    outcome: Literal["done", "refused"] | None = None,
    service: Service | None = None,
    target: Annotated[str | None, _Text] = None,
    date_from: Annotated[CalendarDay | None, Query(description="a day of the tenant's time zone, included")] = None,
    date_to: Annotated[CalendarDay | None, Query(description="likewise")] = None,
) -> AuditFilters:
    """Read the filters from the query string.

    `actor` is an id, an email address or an API key's name. `action` is one action (`member.invited`), or a noun
    (`member`) for all actions that begin with it.
    """
    check_days(date_from, date_to)
    action = action.removesuffix(".") if action else None
    is_full_action = action is not None and "." in action
    return AuditFilters(
        actor_id=_as_id(actor),
        actor=None if actor is None or _as_id(actor) else _as_stored(actor),
        action=action if is_full_action else None,
        noun=None if is_full_action else action,
        outcome=outcome,
        service=service,
        target=target,
        date_from=date_from,
        date_to=date_to,
    )


Filters = Annotated[AuditFilters, Depends(_filters)]


@router.get("/auth/audit", summary="The audit log")
async def list_audit(
    caller: Annotated[Principal, Depends(require("audit:read"))], context: Context, filters: Filters, page: Page
) -> AuditPage:
    """List audit entries, newest first. New entries appear after some seconds; nobody can change or remove an entry."""
    return await _answer(context, caller.tenant_id, filters, page)


@operator_router.get("/audit", summary="The audit log of a tenant, or of no tenant")
async def list_audit_for_operator(
    context: Context, filters: Filters, page: Page, tenant_id: UUID = NO_TENANT
) -> AuditPage:
    """List a tenant's audit entries, newest first.

    Without `tenant_id`, list the entries that belong to no tenant, such as sign-ins with unknown email addresses and
    calls that named a tenant the caller is not a member of.
    """
    return await _answer(context, tenant_id, filters, page)


async def _answer(context: ServiceContext, tenant_id: UUID, filters: AuditFilters, page: PageParams) -> AuditPage:
    async with context.db.tenant(tenant_id, readonly=True) as conn:
        rows, total = await list_entries(conn, tenant_id, filters, page)
    return AuditPage(**page_answer([AuditEntry(**row) for row in rows], total, page))


def _as_id(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _as_stored(actor: str) -> str:
    return folded(actor) if "@" in actor else actor
