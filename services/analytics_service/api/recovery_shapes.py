"""What the closed loop's answer looks like, for the OpenAPI document."""

from datetime import date

from pydantic import BaseModel

from services.analytics_service.api.shapes import Unconverted
from services.analytics_service.store.task_kinds import TaskKind


class Range(BaseModel):
    """The range asked for, both ends included."""

    start_date: date
    end_date: date


class Recovered(BaseModel):
    """Follow-ups, how many were recovered (`recovery_rate`: in percent), and the revenue of that."""

    tasks: int
    recovered: int
    recovery_rate: float
    revenue: float


class RecoveredOfBranch(Recovered):
    """Of a branch; `location_id` is null for what was worked and lies at none."""

    location_id: str | None
    location_name: str | None


class RecoveredOfRep(Recovered):
    """Of who first worked the tasks, else of whom they were emailed to; the name only while mapped to a branch."""

    sales_rep_email: str
    sales_rep_name: str | None


class RecoveredOfReason(Recovered):
    """Of one kind of task: why the customer was followed up."""

    reason: TaskKind


class RecoveredOfDay(Recovered):
    """Of the tasks first emailed or worked on a day."""

    dt: date


class HoldOutSide(BaseModel):
    """One side of a hold-out; `rate` in percent."""

    customers: int
    tasks: int
    recovered: int
    rate: float


class Lift(BaseModel):
    """How many points more is recovered of those emailed than of those held out, and the 95 % interval."""

    points: float
    low: float
    high: float


class HoldOut(BaseModel):
    """Who was emailed while customers were held out, beside those; `share_pct` of the tasks were held out.

    `lift` is null where a side has under 30 customers. Both are measured from the email (or from where it would have
    been), apart from who worked what, so that they differ from the totals.
    """

    share_pct: float
    emailed: HoldOutSide
    held_out: HoldOutSide
    lift: Lift | None


class RecoveryAnswer(BaseModel):
    """The closed loop; every list adds up to `totals`. `hold_out` is null where nobody was held out."""

    period: Range
    currency: str
    totals: Recovered
    by_branch: list[RecoveredOfBranch]
    by_rep: list[RecoveredOfRep]
    by_reason: list[RecoveredOfReason]
    daily: list[RecoveredOfDay]
    unconverted: Unconverted
    hold_out: HoldOut | None
