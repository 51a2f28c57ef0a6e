"""The shape of the closed loop's answer, for the OpenAPI document."""

from datetime import date

from pydantic import BaseModel

from services.analytics_service.api.shapes import Unconverted
from services.analytics_service.store.task_kinds import TaskKind


class Range(BaseModel):
    """The range asked for, both ends included."""

    start_date: date
    end_date: date


class Recovered(BaseModel):
    """Follow-ups, how many of them were recovered (`recovery_rate`: in percent), and the revenue recovered."""

    tasks: int
    recovered: int
    recovery_rate: float
    revenue: float


class RecoveredOfBranch(Recovered):
    """The follow-ups of a branch; `location_id` is null for worked tasks without a branch."""

    location_id: str | None
    location_name: str | None


class RecoveredOfRep(Recovered):
    """The follow-ups of a rep: who first worked the task, else who was emailed it.

    `sales_rep_name` is null if the rep is no longer mapped to a branch.
    """

    sales_rep_email: str
    sales_rep_name: str | None


class RecoveredOfReason(Recovered):
    """The follow-ups of one kind of task, which is the reason to contact the customer."""

    reason: TaskKind


class RecoveredOfDay(Recovered):
    """The follow-ups that were first emailed or worked on a day."""

    dt: date


class HoldOutSide(BaseModel):
    """One side of a hold-out; `rate` is in percent."""

    customers: int
    tasks: int
    recovered: int
    rate: float


class Lift(BaseModel):
    """How many percentage points the emailed side's rate is higher than the held-out side's, with its 95 % interval."""

    points: float
    low: float
    high: float


class HoldOut(BaseModel):
    """Customers who were emailed compared with those held out; `share_pct` percent of the tasks were held out.

    `lift` is null if a side has fewer than 30 customers. Both sides are measured from the time of the email (or when it
    would have been sent), whoever worked the task, so they differ from the totals.
    """

    share_pct: float
    emailed: HoldOutSide
    held_out: HoldOutSide
    lift: Lift | None


class RecoveryAnswer(BaseModel):
    """The closed loop. Every list adds up to `totals`. `hold_out` is null if nobody was held out."""

    period: Range
    currency: str
    totals: Recovered
    by_branch: list[RecoveredOfBranch]
    by_rep: list[RecoveredOfRep]
    by_reason: list[RecoveredOfReason]
    daily: list[RecoveredOfDay]
    unconverted: Unconverted
    hold_out: HoldOut | None
