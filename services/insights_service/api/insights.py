"""`/insights` and `/api/analytics/insights/{org_id}`: reading insights and changing their status."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from common import audit
from common.auth.principal import Principal
from common.http.context import Context, ServiceContext
from common.http.json import JsonAnswer
from common.pagination import Page, PageParams, page_answer
from services.insights_service.api.callers import Manager, OwnCompanyReader, Reader
from services.insights_service.api.query import InsightFilter, Note
from services.insights_service.api.shapes import Insight, InsightPage, Status
from services.insights_service.errors import InsightNotFound, InsightOver
from services.insights_service.store import insights
from services.insights_service.store.insights import Filter

router = APIRouter(tags=["insights"])


class StatusChange(BaseModel):
    """The new status of an insight, with a note."""

    model_config = ConfigDict(extra="forbid")

    status: Status
    note: Note = ""


@router.get("/insights", summary="Insights", response_model=None, responses={200: {"model": InsightPage}})
async def list_insights(caller: Reader, context: Context, filters: InsightFilter, page: Page) -> JsonAnswer:
    """List insights by severity, then by impact, then the newest first."""
    return await _list(context, caller, filters, page)


@router.get(
    "/api/analytics/insights/{org_id}",  # noqa: FAST003 -- read by OwnCompanyReader
    summary="Insights of the caller's organization",
    response_model=None,
    responses={200: {"model": InsightPage}},
)
async def list_organization_insights(
    caller: OwnCompanyReader, context: Context, filters: InsightFilter, page: Page
) -> JsonAnswer:
    """List the same insights at the path that the frontend uses."""
    return await _list(context, caller, filters, page)


async def _list(context: ServiceContext, caller: Principal, filters: Filter, page: PageParams) -> JsonAnswer:
    async with context.db.of(caller, readonly=True) as connection:
        found, total = await insights.list_insights(connection, caller.tenant_id, caller.account_id, filters, page)
    return JsonAnswer(page_answer(found, total, page))


@router.get("/insights/{id}", summary="One insight", response_model=None, responses={200: {"model": Insight}})
async def get_insight(
    id: UUID,  # noqa: A002 -- the contract's name
    caller: Reader,
    context: Context,
) -> JsonAnswer:
    """Return an insight with its evidence, also one that is held back from the caller."""
    async with context.db.of(caller, readonly=True) as connection:
        found = await insights.get_insight(connection, caller.tenant_id, caller.account_id, id)
    if found is None:
        raise InsightNotFound
    return JsonAnswer(found)


@router.patch(
    "/insights/{id}",
    summary="Acknowledge or resolve an insight",
    response_model=None,
    responses={200: {"model": Insight}},
)
async def change_insight(
    id: UUID,  # noqa: A002 -- the contract's name
    body: StatusChange,
    caller: Manager,
    context: Context,
) -> JsonAnswer:
    """Set the status of an insight.

    A resolved insight stays resolved while the same is found. If that ends and is found again later, the insight is
    opened again.
    """
    async with context.db.of(caller) as connection:
        before = await insights.lock_insight(connection, caller.tenant_id, id)
        if before is None:
            raise InsightNotFound
        if not before["is_standing"] and body.status != "resolved":
            raise InsightOver
        if (before["status"], before["status_note"]) != (body.status, body.note):
            await insights.set_status(connection, caller.tenant_id, id, body.status, body.note, caller.account_id)
            detail = {"status": body.status, "rule": before["rule"]}
            await audit.record(
                connection,
                context.name,
                caller.tenant_id,
                caller,
                "insight.changed",
                target=str(id),
                detail=detail,
            )
        found = await insights.get_insight(connection, caller.tenant_id, caller.account_id, id)
    context.wake_relay()
    return JsonAnswer(found)
