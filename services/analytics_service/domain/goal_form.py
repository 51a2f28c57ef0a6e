"""What a goal may be, as its callers give it."""

from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from common.written_time import CalendarDay
from services.analytics_service.domain.date_range import EARLIEST, date_range
from services.analytics_service.domain.goal_metrics import OF_CHANNEL, WEBSITE, GoalMetric
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
    Field(
        description="a channel of GA4 such as `paid-search`, or a platform of leads and ads such as `meta` (`facebook`"
        " is `meta`); none: all. Of channels there are no impressions, clicks, cpc, cpm, ctr, add_to_carts and"
        " searches, of platforms none of the website's metrics. A name that is both, such as `email`, is the channel"
    ),
]


class NewGoal(BaseModel):
    """A goal to be; money is in the tenant's currency, the days are the tenant's, both included."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Leads in March",
                    "metric": "leads",
                    "channel": "paid-search",
                    "target": 300,
                    "period_start": "2026-03-01",
                    "period_end": "2026-03-31",
                }
            ]
        },
    )

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


def check_goal(goal: dict[str, Any], today: date, channels: AbstractSet[str]) -> None:
    """Whether the fields go together; `channels` are those of GA4.

    Raises:
        DatesInvalid: the period ends before it begins, or is over five years.
        GoalInvalid: a metric that there is not of this channel, or not of platforms.
    """
    date_range(goal["period_start"], goal["period_end"], today, names=("period_start", "period_end"))
    channel, metric = goal["channel"], goal["metric"]
    if channel in channels and metric not in OF_CHANNEL:
        raise GoalInvalid.of("channel", f"there are no {metric} of a channel: leave it out")
    if channel and channel not in channels and metric in WEBSITE:
        raise GoalInvalid.of("channel", f"there are no {metric} of a platform: name a channel of GA4, or leave it out")
