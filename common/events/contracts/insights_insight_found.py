"""`insights.insight.found.v1`: something stands out that is to be shown."""

from typing import ClassVar
from uuid import UUID

import msgspec

from common.events.envelope import Contract


class InsightFound(Contract, frozen=True, kw_only=True):
    """An insight that is shown for the first time, or again: a week and more after it was told of, or told as mild.

    `insight_type` is `anomaly`, `recommendation` or `trend`, `severity` `low`, `medium` or `high`; `rule` is what found
    it, `title` what it says in one line. `to_company`: everybody is newly shown it who has no setting of their own;
    `recipients` are the accounts of those who have one and are newly shown it (an event is kept: it has no addresses).
    """

    TYPE: ClassVar[str] = "insights.insight.found.v1"

    insight_id: UUID
    insight_type: str
    severity: str
    rule: str
    metric: str
    title: str
    to_company: bool = True
    recipients: list[UUID] = msgspec.field(default_factory=list[UUID])
