"""Evidence of an insight: the figures from which its text is worded and its chart is drawn.

Evidence is stored as JSON beside the insight (`written.py`), so fields are only ever added, with defaults. `kind` says
which of the five structs it is.

A time (`At`) is an instant with its offset if the grain is the hour, and a day of the tenant's calendar if it is the
day. Windows are half-open. An unknown figure is null, never NaN.
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
# Why a budget should stay as it is: its return contradicts the cost of its leads, the cost is not certain enough, its
# leads cost about as much as those of the platform, or the platform has no leads to compare with.
HeldBy = Literal["return", "certainty", "cost", "leads"]
# The state of a late source: it reports nothing for an unknown reason (silent), or was not read for one of the others.
SourceStatus = Literal["late", "silent", "paused", "needs_attention", "degraded"]
# The name of the source of events that the website posts to us.
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
    """A segment that explains a part of a change. An empty segment means that everything changed alike."""

    segment: list[Part]
    expected: float | None
    actual: float | None
    share_pct: float


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """The period that is judged, half-open."""

    start: At
    end: At


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the series to plot; `low` to `high` is the 95 % range, `low80` to `high80` the 80 % range."""

    at: At
    actual: float | None = None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    low80: float | None = None
    high80: float | None = None


class Evidence(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """The fields of every kind: the metric and segment, and the series to plot (the window and enough before it)."""

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
    """A figure that differs from its expectation.

    `return_period_days` is the number of days in which chance alone causes such a change in a figure about once; 3652
    stands for anything rarer. `is_good` says whether the change is good for the company, and is null if that is open to
    doubt. `low` to `high` is the 95 % range. If the change `is_mild`, it is the 80 % range: such a change may lie
    within the 95 % range, and is reported if more alerts are wanted than there is other news.
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
        """Refuse NaN and infinities: JSON would store them as null, which could not be read back."""
        if known(self.expected) is None or known(self.actual) is None:
            message = "a change needs what was expected and what came"
            raise ValueError(message)


class Anomaly(Change, frozen=True, kw_only=True, tag="anomaly"):
    """The actual and expected sum of the window; for a ratio, its value."""


class LevelShift(Change, frozen=True, kw_only=True, tag="level_shift"):
    """The usual figure of a step since the window's start, and that of the time before."""

    insight_type: ClassVar[InsightType] = "trend"


class Range(msgspec.Struct, frozen=True, kw_only=True):
    """The range in which a figure probably lies."""

    low: float | None
    high: float | None


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """The data missing for advice: how much of `what` (leads, conversions, days, spend) exists and is needed."""

    have: float
    need: float
    what: str = "leads"


class BudgetAdvice(Evidence, frozen=True, kw_only=True, tag="budget_advice"):
    """Advice about a campaign's budget.

    `step_pct` is the change of the daily spend to make now, between -20 and 20. `confidence`, from 0 to 1, comes from
    the analytics service. Costs and returns cover the window of `days` days; `cpl_usual` and `roas_usual` are those of
    the whole platform. Returns are null if no contracts are recorded. `held_by` is the reason to leave the budget as it
    is. `expected_range` (leads a day) and `expected_cpl` are what to expect after the step. The series shows
    `series_metric`: the leads so far, and those that the same spend brings on the whole platform.
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
    """The projected end of a running goal. The window is its period; the series has its past and its coming days.

    `expected` is the most likely total, `expected_range` its 80 % range, and `so_far` the sum of whole days.
    `needed_a_day` is what reaches the target from today on (for a budget, what may be spent), and `usual_a_day` is the
    mean of the last four weeks.
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
    """A source of figures that is late, so that its figures after `since` are not judged."""

    source: str
    since: At
    status: SourceStatus = "late"
    metric: str = "sessions"
    unit: Unit = "count"
    grain: Grain = "hour"
    metrics: list[str] = []


AnyEvidence = Anomaly | LevelShift | BudgetAdvice | GoalOutlook | LateSource


def known(value: float | None) -> float | None:
    """Return the figure, or None if it is None, NaN or infinite."""
    return value if value is not None and math.isfinite(value) else None
