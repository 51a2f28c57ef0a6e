"""`insights.insight.found.v1`: something stands out that is to be shown."""

from typing import ClassVar
from uuid import UUID

from common.events.envelope import Contract


class InsightFound(Contract, frozen=True, kw_only=True):
    """An insight that is shown for the first time, or again a week and more after it was last told of.

    `insight_type` is `anomaly`, `recommendation` or `trend`, `severity` `low`, `medium` or `high`; `rule` is what found
    it, `title` what it says in one line.
    """

    TYPE: ClassVar[str] = "insights.insight.found.v1"

    insight_id: UUID
    insight_type: str
    severity: str
    rule: str
    metric: str
    title: str
