"""`POST /insights/{id}/feedback`: whether an insight was useful."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from common.http.context import Context
from common.http.json import JsonAnswer
from services.insights_service.api.callers import Manager
from services.insights_service.api.query import Note
from services.insights_service.api.shapes import OwnFeedback
from services.insights_service.errors import InsightNotFound
from services.insights_service.store import feedback
from services.insights_service.store.insights import lock_insight

router = APIRouter(tags=["insights"])


class Verdict(BaseModel):
    """Whether the insight was useful or noise."""

    model_config = ConfigDict(extra="forbid")

    useful: bool
    note: Note = ""


class Feedback(OwnFeedback):
    """The caller's feedback on an insight."""

    insight_id: UUID


@router.post(
    "/insights/{id}/feedback",
    status_code=201,
    summary="Say whether an insight was useful",
    response_model=None,
    responses={201: {"model": Feedback}, 200: {"model": Feedback, "description": "Replaces the caller's feedback"}},
)
async def give_feedback(
    id: UUID,  # noqa: A002 -- the contract's name
    body: Verdict,
    caller: Manager,
    context: Context,
) -> JsonAnswer:
    """Store the caller's feedback. Each account's last feedback counts, for the rule that found the insight."""
    async with context.db.of(caller) as connection:
        insight = await lock_insight(connection, caller.tenant_id, id)
        if insight is None:
            raise InsightNotFound
        stored = await feedback.set_feedback(
            connection,
            caller.tenant_id,
            id,
            caller.account_id,
            useful=body.useful,
            note=body.note,
            rule=insight["rule"],
        )
    answer = {"insight_id": id, **stored}
    return JsonAnswer(answer, status_code=201 if answer.pop("is_new") else 200)
