"""Routes of `/api/goals`: a company's goals and their progress."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel
from starlette.responses import Response

from common import audit
from common.auth.principal import Principal
from common.db import Connection
from common.http.context import Context
from common.http.json import JsonAnswer
from common.http.require import require
from common.pagination import Page, page_answer
from services.analytics_service.api.callers import OwnCompanyReader, whole_company
from services.analytics_service.api.etagged import etagged
from services.analytics_service.domain.goal_form import GoalChange, NewGoal, check_goal
from services.analytics_service.domain.goals import GoalProgress
from services.analytics_service.errors import GoalNotFound
from services.analytics_service.store import goals
from services.analytics_service.store.goals import Goal as StoredGoal
from services.analytics_service.store.tenants import today

router = APIRouter(prefix="/api/goals", tags=["goals"])


def _writer(caller: Annotated[Principal, Depends(require("campaigns:write"))]) -> Principal:
    return whole_company(caller)


Writer = Annotated[Principal, Depends(_writer)]


class Goal(BaseModel):
    """A goal and its progress.

    `projected` is null if no day is over yet, if a ratio's denominator is 0, or if days of the period were removed by
    age and are not in `current`.
    """

    id: UUID
    name: str
    metric: str
    channel: str | None
    target: float
    period_start: date
    period_end: date
    current: float
    progress_pct: float
    pace: Literal["ahead", "on_track", "behind"]
    projected: float | None
    created_at: datetime
    updated_at: datetime


class GoalPage(BaseModel):
    """A page of goals."""

    data: list[Goal]
    total: int
    page: int
    limit: int
    has_more: bool


@router.get("/{org_id}", summary="Goals", response_model=None, responses={200: {"model": GoalPage}})  # noqa: FAST003 -- read by OwnCompanyReader
async def list_goals(request: Request, caller: OwnCompanyReader, context: Context, page: Page) -> Response:
    """The goals of the caller's organization, the latest end first."""
    async with context.db.of(caller, readonly=True) as connection:
        found, total = await goals.list_goals(connection, caller.tenant_id, page)
        progress = await GoalProgress.open(connection, caller.tenant_id, await today(connection, caller.tenant_id))
        answers = await progress.of_all(found)
    return etagged(request, page_answer(answers, total, page))


@router.post("", status_code=201, summary="Set a goal", response_model=None, responses={201: {"model": Goal}})
async def create_goal(body: NewGoal, caller: Writer, context: Context) -> JsonAnswer:
    """Set a target for a metric over a period. For costs and `spend`, the target is an upper limit."""
    async with context.db.of(caller) as connection:
        day = await today(connection, caller.tenant_id)
        fields = body.model_dump()
        progress = await GoalProgress.open(connection, caller.tenant_id, day)
        check_goal(fields, day, progress.channels)
        goal = await goals.add_goal(connection, caller.tenant_id, fields)
        await _record(connection, caller, "goal.created", goal, {})
        answer = await progress.of(goal)
    context.wake_relay()
    return JsonAnswer(answer, status_code=201)


@router.put("/{goal_id}", summary="Change a goal", response_model=None, responses={200: {"model": Goal}})
async def change_goal(goal_id: UUID, body: GoalChange, caller: Writer, context: Context) -> JsonAnswer:
    """Change only the fields that the body gives."""
    given = body.model_dump(exclude_unset=True)
    async with context.db.of(caller) as connection:
        goal = await _locked(connection, caller, goal_id)
        day = await today(connection, caller.tenant_id)
        progress = await GoalProgress.open(connection, caller.tenant_id, day)
        updated = goal._replace(**given)
        changed = sorted(name for name in given if getattr(updated, name) != getattr(goal, name))
        if changed:
            check_goal(updated._asdict(), day, progress.channels)
            goal = await goals.change_goal(connection, caller.tenant_id, updated)
            await _record(connection, caller, "goal.changed", goal, {"changed": changed})
        answer = await progress.of(goal)
    context.wake_relay()
    return JsonAnswer(answer)


@router.delete("/{goal_id}", status_code=204, summary="Delete a goal")
async def delete_goal(goal_id: UUID, caller: Writer, context: Context) -> None:
    """Delete the goal. The figures themselves do not change."""
    async with context.db.of(caller) as connection:
        goal = await _locked(connection, caller, goal_id)
        await goals.remove_goal(connection, caller.tenant_id, goal_id)
        await _record(connection, caller, "goal.removed", goal, {})
    context.wake_relay()


async def _locked(connection: Connection, caller: Principal, goal_id: UUID) -> StoredGoal:
    goal = await goals.lock_goal(connection, caller.tenant_id, goal_id)
    if goal is None:
        raise GoalNotFound
    return goal


async def _record(
    connection: Connection, caller: Principal, action: str, goal: StoredGoal, detail: dict[str, Any]
) -> None:
    detail = {"name": goal.name, "metric": goal.metric, **detail}
    target = str(goal.goal_id)
    await audit.record(connection, "analytics", caller.tenant_id, caller, action, target=target, detail=detail)
