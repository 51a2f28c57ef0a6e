"""`/api/goals`: what a company means to reach, and how far it is."""

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
from services.analytics_service.domain.goals import Standings
from services.analytics_service.errors import GoalNotFound
from services.analytics_service.store import goals
from services.analytics_service.store.goals import Goal as KeptGoal
from services.analytics_service.store.tenants import today

router = APIRouter(prefix="/api/goals", tags=["goals"])


def _writer(caller: Annotated[Principal, Depends(require("campaigns:write"))]) -> Principal:
    return whole_company(caller)


Writer = Annotated[Principal, Depends(_writer)]


class Goal(BaseModel):
    """A goal and how it stands. `projected` is null where no day is over yet, or a ratio has nothing to divide by."""

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
    """The goals of the own organization, those that end last first."""
    async with context.db.of(caller, readonly=True) as connection:
        found, total = await goals.list_goals(connection, caller.tenant_id, page)
        standings = await Standings.open(connection, caller.tenant_id, await today(connection, caller.tenant_id))
        answers = await standings.of_all(found)
    return etagged(request, page_answer(answers, total, page))


@router.post("", status_code=201, summary="Set a goal", response_model=None, responses={201: {"model": Goal}})
async def create_goal(body: NewGoal, caller: Writer, context: Context) -> JsonAnswer:
    """A metric, how much of it, and when. Of costs and `spend` the target is what is not to be exceeded."""
    async with context.db.of(caller) as connection:
        day = await today(connection, caller.tenant_id)
        fields = body.model_dump()
        standings = await Standings.open(connection, caller.tenant_id, day)
        check_goal(fields, day, standings.channels)
        goal = await goals.add_goal(connection, caller.tenant_id, fields)
        await _record(connection, caller, "goal.created", goal, {})
        answer = await standings.of(goal)
    context.wake_relay()
    return JsonAnswer(answer, status_code=201)


@router.put("/{goal_id}", summary="Change a goal", response_model=None, responses={200: {"model": Goal}})
async def change_goal(goal_id: UUID, body: GoalChange, caller: Writer, context: Context) -> JsonAnswer:
    """Change what the body names; the rest stays."""
    given = body.model_dump(exclude_unset=True)
    async with context.db.of(caller) as connection:
        goal = await _locked(connection, caller, goal_id)
        day = await today(connection, caller.tenant_id)
        standings = await Standings.open(connection, caller.tenant_id, day)
        become = goal._replace(**given)
        changed = sorted(name for name in given if getattr(become, name) != getattr(goal, name))
        if changed:
            check_goal(become._asdict(), day, standings.channels)
            goal = await goals.change_goal(connection, caller.tenant_id, become)
            await _record(connection, caller, "goal.changed", goal, {"changed": changed})
        answer = await standings.of(goal)
    context.wake_relay()
    return JsonAnswer(answer)


@router.delete("/{goal_id}", status_code=204, summary="Drop a goal")
async def delete_goal(goal_id: UUID, caller: Writer, context: Context) -> None:
    """It is gone; what was reached stays in the figures."""
    async with context.db.of(caller) as connection:
        goal = await _locked(connection, caller, goal_id)
        await goals.remove_goal(connection, caller.tenant_id, goal_id)
        await _record(connection, caller, "goal.removed", goal, {})
    context.wake_relay()


async def _locked(connection: Connection, caller: Principal, goal_id: UUID) -> KeptGoal:
    goal = await goals.lock_goal(connection, caller.tenant_id, goal_id)
    if goal is None:
        raise GoalNotFound
    return goal


async def _record(
    connection: Connection, caller: Principal, action: str, goal: KeptGoal, detail: dict[str, Any]
) -> None:
    detail = {"name": goal.name, "metric": goal.metric, **detail}
    target = str(goal.goal_id)
    await audit.record(connection, "analytics", caller.tenant_id, caller, action, target=target, detail=detail)
