"""What a goal may be, as its callers give it."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from common.written_time import CalendarDay
from services.analytics_service.domain.date_range import EARLIEST, date_range
from services.analytics_service.domain.goal_metrics import STATISTIC_OF, GoalMetric
from services.analytics_service.errors import GoalInvalid

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")
]
Target = Annotated[Decimal, Field(gt=0, le=10**15, allow_inf_nan=False, max_digits=30)]


def _platform(name: str) -> str:
    return "meta" if name == "facebook" else name


Channel = Annotated[
    str,
    StringConstraints(max_length=200, pattern=r"^[a-z0-9_.-]+$"),
    AfterValidator(_platform),
    Field(description="a platform of leads and ads; none: all of them, and the only choice for the website's metrics"),
]


class NewGoal(BaseModel):
    """A goal to be; money is in the tenant's currency, the days are the tenant's, both included."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    metric: GoalMetric
    channel: Channel | None = None
    target: Target
    period_start: CalendarDay
    period_end: CalendarDay


class GoalChange(BaseModel):
    """What of a goal is to be another; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    metric: GoalMetric = "leads"
    channel: Channel | None = None
    target: Target = Decimal(1)
    period_start: CalendarDay = EARLIEST
    period_end: CalendarDay = EARLIEST


def check_goal(goal: dict[str, Any], today: date) -> None:
    """Whether the fields go together.

    Raises:
        DatesInvalid: the period ends before it begins, or is over five years.
        GoalInvalid: a metric of the website of one platform.
    """
    date_range(goal["period_start"], goal["period_end"], today, names=("period_start", "period_end"))
    if goal["channel"] and goal["metric"] in STATISTIC_OF:
        raise GoalInvalid.of("channel", "the website's metrics are of all channels: leave it out")
