"""`GET /insights/rules`: the rules that find insights, and their precision by the readers' feedback."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from common.http.context import Context
from common.http.json import JsonAnswer
from common.pagination import Page, page_answer
from services.insights_service.api.callers import Reader
from services.insights_service.domain.precision import precision_pct
from services.insights_service.store.feedback import list_rules

router = APIRouter(tags=["insights"])


class Rule(BaseModel):
    """A rule, how many of its insights were shown, and the feedback on them."""

    rule: str
    shown: int
    useful: int
    noise: int
    precision_pct: float | None = Field(
        description="The percentage of feedback that says useful. Null without feedback."
    )


class RulePage(BaseModel):
    """A page of rules."""

    data: list[Rule]
    total: int
    page: int
    limit: int
    has_more: bool


@router.get(
    "/insights/rules", summary="Rules and their precision", response_model=None, responses={200: {"model": RulePage}}
)
async def rules(caller: Reader, context: Context, page: Page) -> JsonAnswer:
    """List the rules that have found any insight, by name."""
    async with context.db.of(caller, readonly=True) as connection:
        found = await list_rules(connection, caller.tenant_id)
    shown = [{**row, "precision_pct": precision_pct(int(row["useful"]), int(row["noise"]))} for row in found]
    return JsonAnswer(page_answer(shown[page.offset : page.offset + page.limit], len(shown), page))
