"""The four task lists. These routes are hot: one transaction, one function call, and plain values encoded once."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from common.auth.principal import Principal
from common.db.jsonb import raw_jsonb
from common.http.context import context_of
from common.pagination import page_answer
from services.analytics_service.api.callers import TaskWorker
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.quality_header import dropped_header
from services.analytics_service.api.query import RecoveryHours
from services.analytics_service.api.shapes import CartTasks, PurchaseTasks, RepeatVisitTasks, SearchTasks
from services.analytics_service.api.task_query import TaskParameters, TaskQuery
from services.analytics_service.store.task_kinds import TaskKind
from services.analytics_service.store.tasks import TaskOption, list_tasks

router = APIRouter(tags=["tasks"], prefix="/analytics/tasks")

_CUSTOMER_FIELDS = ("user_id", "user_pseudo_id", "company", "email", "cell_phone", "office_phone")
_COMMON_FIELDS = ("value", "currency", "status", "note", "snooze_until", "last_activity_at")
_KIND_FIELDS: dict[TaskKind, tuple[str, ...]] = {
    "purchases": ("transaction_id",),
    "cart-abandonment": ("session_id",),
    "search-analysis": ("session_id", "search_term", "searches", "no_result_searches", "outcome"),
    "repeat-visits": ("session_id", "sessions", "page_views", "products_viewed"),
}
_JSON_FIELD: dict[TaskKind, str] = {"purchases": "items", "cart-abandonment": "items", "repeat-visits": "top_products"}


@router.get("/purchases", summary="Orders", response_model=None, responses={200: {"model": PurchaseTasks}})
async def purchases(request: Request, caller: TaskWorker, query: TaskParameters) -> Response:
    """List the transactions of the range, each with its customer."""
    return await _answer(request, caller, "purchases", query, None)


@router.get("/cart-abandonment", summary="Open carts", response_model=None, responses={200: {"model": CartTasks}})
async def cart_abandonment(
    request: Request, caller: TaskWorker, query: TaskParameters, recovery_hours: RecoveryHours = 72
) -> Response:
    """List sessions with an open cart whose user has not bought since."""
    return await _answer(request, caller, "cart-abandonment", query, recovery_hours)


@router.get("/search-analysis", summary="Searches", response_model=None, responses={200: {"model": SearchTasks}})
async def search_analysis(
    request: Request, caller: TaskWorker, query: TaskParameters, *, include_converted: bool = False
) -> Response:
    """List searched terms with their outcome; those that ended in a purchase only with `include_converted`."""
    return await _answer(request, caller, "search-analysis", query, include_converted)


@router.get("/repeat-visits", summary="Back again", response_model=None, responses={200: {"model": RepeatVisitTasks}})
async def repeat_visits(
    request: Request, caller: TaskWorker, query: TaskParameters, recovery_hours: RecoveryHours = 72
) -> Response:
    """List users who visited more than once and bought nothing."""
    return await _answer(request, caller, "repeat-visits", query, recovery_hours)


async def _answer(
    request: Request, caller: Principal, kind: TaskKind, query: TaskQuery, option: TaskOption
) -> Response:
    async with context_of(request).db.of(caller, readonly=True) as connection:
        task_filter = await query.filter_for(connection, caller, option)
        found = await list_tasks(connection, caller.tenant_id, kind, task_filter, query.page)
        quality = await dropped_header(connection, caller.tenant_id, task_filter.days.start)
    tasks = [_task(kind, row) for row in found.rows]
    unconverted = {
        "rows": found.unconverted_rows,
        "by_currency": found.unconverted or {},
        "days": found.unconverted_days,
    }
    totals = {"total_value": found.total_value, "unconverted": unconverted}
    return etagged(request, page_answer(tasks, found.total, query.page, **totals), quality)


def _task(kind: TaskKind, row: Any) -> dict[str, Any]:
    """Return a row in the contract's shape. jsonb is copied into the answer without parsing it."""
    task: dict[str, Any] = {
        "task_key": row["task_key"],
        "kind": kind,
        "location_id": row["location_id"],
        "location_name": row["location_name"],
        "user": {name: row[name] for name in _CUSTOMER_FIELDS},
    }
    for name in _COMMON_FIELDS:
        task[name] = row[name]
    for name in _KIND_FIELDS[kind]:
        task[name] = row[name]
    if kind in _JSON_FIELD:
        task[_JSON_FIELD[kind]] = raw_jsonb(row[_JSON_FIELD[kind]])
    return task
