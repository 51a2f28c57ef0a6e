"""What a finder finds: insights as they are before anybody has seen them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec

InsightType = Literal["anomaly", "recommendation", "trend"]
Severity = Literal["low", "medium", "high"]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that stands out.

    `cause` is the same each time that the same thing is found. `impact` is a week's, in the tenant's currency or in
    units of the metric, `impact_pct` its share of the total; `score` is how sure it is by the rule's own measure.
    `starts_at` None: from when it is first found. `evidence` is JSON (domain/evidence). `is_shown` is for the
    company, `shown_to` which recipients with a setting of their own are shown it; None: they go by the company.
    """

    insight_type: InsightType
    rule: str
    cause: str
    severity: Severity
    metric: str
    channel: str | None = None
    location_id: str | None = None
    title: str
    description: str
    language: str = "en"
    evidence: msgspec.Raw
    impact: Decimal | None
    impact_pct: Decimal
    score: Decimal
    starts_at: datetime | None = None
    is_shown: bool
    shown_to: Sequence[UUID] | None = None


class Unseen(NamedTuple):
    """Something that could not be looked at: what it is called, why, and the causes that it may have."""

    name: str
    error: Exception
    causes: Sequence[str]


class Findings(NamedTuple):
    """All that was found by `rules`: what they found before and do not find now has ended, which `ended` explains.

    Where a cause ended in another way, `ended_as` says how. What is `unseen` has not ended.
    """

    found: Sequence[Found]
    rules: Sequence[str]
    ended: str
    ended_as: Mapping[str, str] = {}
    unseen: Sequence[Unseen] = ()
