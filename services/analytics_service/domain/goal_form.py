"""The request bodies of goals, and the checks that span their fields."""

from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from common.day_limits import EARLIEST
from common.written_time import CalendarDay
from services.analytics_service.domain.date_range import date_range
from services.analytics_service.domain.goal_metrics import CHANNEL_METRICS, WEBSITE_METRICS, GoalMetric
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
        description="a GA4 channel such as `paid-search`, or a platform of leads and ads such as `meta` (`facebook`"
        " means `meta`); default: all. Channels have no impressions, clicks, cpc, cpm, ctr, add_to_carts and searches;"
        " platforms have none of the website's metrics. A name that is both, such as `email`, means the channel"
    ),
]


class NewGoal(BaseModel):
    """A new goal. Money is in the tenant's currency; the period includes both days, in the tenant's time zone."""

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
    """The change of a goal; fields that are left out stay as they are."""

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    metric: GoalMetric = "leads"
    channel: Channel | None = None
    target: Target = Decimal(1)
    period_start: CalendarDay = EARLIEST
    period_end: CalendarDay = EARLIEST


def check_goal(goal: dict[str, Any], today: date, channels: AbstractSet[str]) -> None:
    """Check that the fields fit together; `channels` are GA4's.

    Raises:
        DatesInvalid: the period ends before it begins, or is longer than five years.
        GoalInvalid: channels, or platforms, do not have this metric.
    """
    date_range(goal["period_start"], goal["period_end"], today, names=("period_start", "period_end"))
    channel, metric = goal["channel"], goal["metric"]
    if channel in channels and metric not in CHANNEL_METRICS:
        raise GoalInvalid.of("channel", f"a channel has no {metric}: leave the channel out")
    if channel and channel not in channels and metric in WEBSITE_METRICS:
        raise GoalInvalid.of("channel", f"a platform has no {metric}: name a GA4 channel, or leave it out")
