"""The results of finders, before they are stored as insights."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple
from uuid import UUID

import msgspec

InsightType = Literal["anomaly", "recommendation", "trend"]
Severity = Literal["low", "medium", "high"]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that becomes an insight.

    `cause` identifies it, and is the same each time that it is found. `impact` is that of a week (for a goal, its
    distance from the target), in the tenant's currency or in units of the metric; `impact_pct` is its share of the
    total (for a goal, of the target). `score` is the certainty on the rule's own scale.
    `starts_at` is None if it starts when it is first found. `evidence` is JSON (domain/evidence). `is_shown` is for the
    company; `shown_to` are the recipients with an own setting who are shown it, None if they are shown what the company
    is shown.
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
    """Something that a finder could not look at: its name, the error, and the causes of its insights."""

    name: str
    error: Exception
    causes: Sequence[str]


class Findings(NamedTuple):
    """Everything that `rules` found. Their insights that are not among `found` have ended.

    `ended` is the text that explains this, and `ended_as` the text by cause where it differs. Insights of `unseen` have
    not ended.
    """

    found: Sequence[Found]
    rules: Sequence[str]
    ended: str
    ended_as: Mapping[str, str] = {}
    unseen: Sequence[Unseen] = ()
