"""Models of insights in answers."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.insights_service.store.finding import InsightType, Severity

Status = Literal["open", "acknowledged", "resolved"]


class OwnFeedback(BaseModel):
    """The caller's feedback on an insight."""

    useful: bool
    note: str
    created_at: datetime
    updated_at: datetime


class Insight(BaseModel):
    """A finding in the tenant's figures, with what to do about it."""

    id: UUID
    insight_type: InsightType
    title: str
    description: str
    severity: Severity
    metric: str = Field(description="What it is about. `revenue` is the shop's, `lead_revenue` that of leads.")
    channel: str | None = Field(description="A GA4 channel, or a platform of leads and ads. Null means all.")
    evidence: dict[str, Any] = Field(description="The figures of the insight, and the series of its chart.")
    created_at: datetime
    rule: str = Field(description="The rule that found the insight. Feedback counts for the rule.")
    status: Status
    status_by: UUID | None = Field(
        description="The account that set the status. Null if the insight was opened or resolved automatically."
    )
    status_note: str
    status_at: datetime
    location_id: str | None = Field(description="A branch. Null means the whole company.")
    language: str
    impact: float | None = Field(
        description="The impact of a week (for a goal, its distance from the target), in the tenant's currency or in"
        " units of the metric."
    )
    impact_pct: float | None = Field(description="The impact as a percentage of the total.")
    score: float = Field(description="How certain the finding is, on the rule's own scale.")
    starts_at: datetime
    ends_at: datetime | None
    is_shown: bool = Field(
        description="False if the insight is held back from the caller: it is uncertain, of little impact, or exceeds"
        " the number of alerts wanted."
    )
    updated_at: datetime
    own_feedback: OwnFeedback | None


class InsightPage(BaseModel):
    """A page of insights."""

    data: list[Insight]
    total: int
    page: int
    limit: int
    has_more: bool
