"""The four task lists. Hot routes: one transaction, one function call, and plain values encoded once."""

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
from services.analytics_service.api.task_query import AskedTasks, TaskQuery
from services.analytics_service.store.task_kinds import TaskKind
from services.analytics_service.store.tasks import TaskOption, list_tasks

router = APIRouter(tags=["tasks"], prefix="/analytics/tasks")

_USER = ("user_id", "user_pseudo_id", "company", "email", "cell_phone", "office_phone")
_STATE = ("value", "currency", "status", "note", "snooze_until", "last_activity_at")
_OWN: dict[TaskKind, tuple[str, ...]] = {
    "purchases": ("transaction_id",),
    "cart-abandonment": ("session_id",),
    "search-analysis": ("session_id", "search_term", "searches", "no_result_searches", "outcome"),
    "repeat-visits": ("session_id", "sessions", "page_views", "products_viewed"),
}
_LISTED: dict[TaskKind, str] = {"purchases": "items", "cart-abandonment": "items", "repeat-visits": "top_products"}


@router.get("/purchases", summary="Orders", response_model=None, responses={200: {"model": PurchaseTasks}})
async def purchases(request: Request, caller: TaskWorker, asked: AskedTasks) -> Response:
    """Transactions of the days, each with its customer."""
    return await _answer(request, caller, "purchases", asked, None)


@router.get("/cart-abandonment", summary="Open carts", response_model=None, responses={200: {"model": CartTasks}})
async def cart_abandonment(
    request: Request, caller: TaskWorker, asked: AskedTasks, recovery_hours: RecoveryHours = 72
) -> Response:
    """Sessions with something left in the cart whose user has not bought since."""
    return await _answer(request, caller, "cart-abandonment", asked, recovery_hours)


@router.get("/search-analysis", summary="Searches", response_model=None, responses={200: {"model": SearchTasks}})
async def search_analysis(
    request: Request, caller: TaskWorker, asked: AskedTasks, *, include_converted: bool = False
) -> Response:
    """Terms searched, with or without results; those that ended in a purchase only where they are asked for."""
    return await _answer(request, caller, "search-analysis", asked, include_converted)


@router.get("/repeat-visits", summary="Back again", response_model=None, responses={200: {"model": RepeatVisitTasks}})
async def repeat_visits(
    request: Request, caller: TaskWorker, asked: AskedTasks, recovery_hours: RecoveryHours = 72
) -> Response:
    """Users who came more than once and bought nothing."""
    return await _answer(request, caller, "repeat-visits", asked, recovery_hours)


async def _answer(
    request: Request, caller: Principal, kind: TaskKind, asked: TaskQuery, option: TaskOption
) -> Response:
    async with context_of(request).db.of(caller, readonly=True) as connection:
        wanted = await asked.filter_for(connection, caller, option)
        found = await list_tasks(connection, caller.tenant_id, kind, wanted, asked.page)
        quality = await dropped_header(connection, caller.tenant_id, wanted.days.start)
    tasks = [_task(kind, row) for row in found.rows]
    unconverted = {
        "rows": found.unconverted_rows,
        "by_currency": found.unconverted or {},
        "days": found.unconverted_days,
    }
    more = {"total_value": found.total_value, "unconverted": unconverted}
    return etagged(request, page_answer(tasks, found.total, asked.page, **more), quality)


def _task(kind: TaskKind, row: Any) -> dict[str, Any]:
    """A row as the contract shows it; jsonb goes into the answer unread."""
    task: dict[str, Any] = {
        "task_key": row["task_key"],
        "kind": kind,
        "location_id": row["location_id"],
        "location_name": row["location_name"],
        "user": {name: row[name] for name in _USER},
    }
    for name in _STATE:
        task[name] = row[name]
    for name in _OWN[kind]:
        task[name] = row[name]
    if kind in _LISTED:
        task[_LISTED[kind]] = raw_jsonb(row[_LISTED[kind]])
    return task
