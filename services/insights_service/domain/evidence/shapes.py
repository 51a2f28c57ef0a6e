"""What an insight rests on: the figures that its words are made of and its picture is drawn from.

Fields are only ever added, with defaults: it is stored as JSON beside the insight (`written.py`). `kind` says which of
the five it is.

A place in time (`At`) is an instant with its offset where the grain is the hour, a day of the tenant's calendar where
it is the day. Windows are half-open. What is not known is null: there is no NaN in it.
"""

import math
from typing import Annotated, ClassVar, Final, Literal

import msgspec

At = Annotated[
    str, msgspec.Meta(pattern=r"^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2}))?$")
]
Grain = Literal["hour", "day"]
Unit = Literal["count", "money", "ratio"]
Direction = Literal["up", "down"]
InsightType = Literal["anomaly", "recommendation", "trend"]
# Why a budget is to be left: its return says otherwise than the cost of its leads, that is not sure enough, its leads
# cost about what they do on the platform, or the platform has none to compare with.
HeldBy = Literal["return", "certainty", "cost", "leads"]
# How a source is that is late: it tells nothing and nobody knows why (silent), or was not read, for these reasons.
SourceStatus = Literal["late", "silent", "paused", "needs_attention", "degraded"]
# The source of figures that are sent to us, by nobody's name.
WEBSITE: Final = "website"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One member of a dimension: a campaign, a branch, a product."""

    id: str
    name: str = ""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Some members of one dimension (`platform`, `channel`, `campaign`, `branch`, `product`, `term`, …)."""

    dimension: str
    members: list[Member]


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """A segment that a change comes from; an empty segment: it went through everything alike."""

    segment: list[Part]
    expected: float | None
    actual: float | None
    share_pct: float


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The time that is judged, half-open."""

    start: At
    end: At


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the series to plot. `low` and `high` hold 95 of 100 cases, `low80` and `high80` 80."""

    at: At
    actual: float | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    low80: float | None = None
    high80: float | None = None


class Evidence(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What every kind has: what the figures are of, and the series to plot (the window and enough before it)."""

    insight_type: ClassVar[InsightType] = "anomaly"

    metric: str
    unit: Unit
    grain: Grain
    rule: str = ""
    currency: str | None = None
    window: Window | None = None
    segment: list[Part] = []
    series: list[Point] = []
    sources: list[str] = []


class Change(Evidence, frozen=True, kw_only=True):
    """Figures that are not what was expected.

    `return_period_days`: in how many days chance alone does this to one figure about once; 3652 stands for all that is
    rarer. `is_good`: for the company, where that is beyond doubt. `low` and `high` hold 95 of 100 cases, of what
    `is_mild` 80: it may lie within what 95 hold, and is told where more alerts are wanted than there is other news.
    """

    expected: float
    actual: float
    direction: Direction
    low: float | None = None
    high: float | None = None
    change_pct: float | None = None
    score: float | None = None
    return_period_days: float | None = None
    reasons: list[Reason] = []
    is_ongoing: bool = False
    is_good: bool | None = None
    is_mild: bool = False
    provisional: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no figure: JSON would have a null there, which nobody could read back."""
        if known(self.expected) is None or known(self.actual) is None:
            message = "a change needs what was expected and what came"
            raise ValueError(message)


class Anomaly(Change, frozen=True, kw_only=True, tag="anomaly"):
    """The window's sum (of a ratio, its value) beside what was expected of the window."""


class LevelShift(Change, frozen=True, kw_only=True, tag="level_shift"):
    """The figure of one step since the window's start, beside that of the time before."""

    insight_type: ClassVar[InsightType] = "trend"


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """From where to where a figure probably lies."""

    low: float | None
    high: float | None


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """Why nothing is advised: so much of `what` (leads, conversions, days, spend) where so much is needed."""

    have: float
    need: float
    what: str = "leads"


class BudgetAdvice(Evidence, frozen=True, kw_only=True, tag="budget_advice"):
    """What to do with a campaign's budget.

    `step_pct` is what the daily spend moves by now, signed, 20 at most either way; `confidence`, from 0 to 1, is
    analytics'. Costs and returns are those of the last `days` days; `cpl_usual` is a lead's cost on the whole platform,
    `roas_usual` its return; where no contracts are recorded, returns are not known. `held_by`: what keeps it as it is.
    What to expect after the step: `expected_range` of leads a day, `expected_cpl` of what one costs. The series is of
    `series_metric`: leads so far, beside those that the same spend brings on the whole platform.
    """

    insight_type: ClassVar[InsightType] = "recommendation"

    action: Literal["scale", "pause", "monitor"]
    platform: str
    campaign_name: str | None = None
    campaign_ref: str = ""
    metric: str = "cpl"
    unit: Unit = "money"
    grain: Grain = "day"
    days: int | None = None
    leads: float | None = None
    contracts: float | None = None
    spend: float | None = None
    cpl: float | None = None
    cpl_usual: float | None = None
    roas: float | None = None
    daily_spend: float | None = None
    next_daily_spend: float | None = None
    step_pct: float | None = None
    expected_range: Range | None = None
    expected_cpl: Range | None = None
    confidence: float | None = None
    reason: str = ""
    missing: Missing | None = None
    series_metric: str = "leads"
    roas_usual: float | None = None
    held_by: HeldBy | None = None


class GoalOutlook(Evidence, frozen=True, kw_only=True, tag="goal_outlook"):
    """Where a running goal will probably end; the window is its period, the series has its days, also those to come.

    `expected` is the sum that is most likely, `expected_range` holds it in 80 of 100 cases, `so_far` is of whole days.
    `needed_a_day` from today on reaches the target (of a budget: may be spent), `usual_a_day` came in four weeks.
    """

    insight_type: ClassVar[InsightType] = "trend"

    outlook: Literal["behind", "ahead"]
    goal_id: str
    name: str
    target: float
    so_far: float
    expected: float
    expected_range: Range
    days_left: int
    needed_a_day: float
    usual_a_day: float


class LateSource(Evidence, frozen=True, kw_only=True, tag="late_source"):
    """A source of figures that is late: what lies after `since` is not judged."""

    source: str
    since: At
    status: SourceStatus = "late"
    metric: str = "sessions"
    unit: Unit = "count"
    grain: Grain = "hour"
    metrics: list[str] = []


AnyEvidence = Anomaly | LevelShift | BudgetAdvice | GoalOutlook | LateSource


def known(value: float | None) -> float | None:
    """A figure, or None where there is none: NaN and infinity are none."""
    return value if value is not None and math.isfinite(value) else None
