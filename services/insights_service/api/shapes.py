"""What insights look like in an answer."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.insights_service.store.finding import InsightType, Severity

Status = Literal["open", "acknowledged", "resolved"]


class OwnFeedback(BaseModel):
    """What the caller said of an insight."""

    useful: bool
    note: str
    created_at: datetime
    updated_at: datetime


class Insight(BaseModel):
    """What stands out, and what to do about it."""

    id: UUID
    insight_type: InsightType
    title: str
    description: str
    severity: Severity
    metric: str = Field(description="what it is about; `revenue` is the shop's, `lead_revenue` that of leads")
    channel: str | None = Field(description="a channel of GA4, or a platform of leads and ads; null: all")
    evidence: dict[str, Any] = Field(description="the numbers that it rests on, and what is to be drawn")
    created_at: datetime
    rule: str = Field(description="what found it; feedback counts for the rule")
    status: Status
    status_by: UUID | None = Field(description="the account that set it; null where it opened or ended by itself")
    status_note: str
    status_at: datetime
    location_id: str | None = Field(description="null: the company")
    language: str
    impact: float | None = Field(description="a week, in the tenant's currency or in units of the metric")
    impact_pct: float | None = Field(description="share of the total in percent")
    score: float = Field(description="how sure it is, by the rule's own measure")
    starts_at: datetime
    ends_at: datetime | None
    is_shown: bool = Field(description="no: held back from the caller, as unsure, of little impact, or too much")
    updated_at: datetime
    own_feedback: OwnFeedback | None


class InsightPage(BaseModel):
    """A page of insights."""

    data: list[Insight]
    total: int
    page: int
    limit: int
    has_more: bool
