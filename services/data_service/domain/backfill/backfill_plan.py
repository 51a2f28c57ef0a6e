"""Estimates of what a backfill takes, and what it cannot recover; `domain/<kind>/plan.py` makes them."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Lost:
    """Something in the range that cannot be recovered, described in one sentence.

    `first` and `last` (both included) are days of which nothing is left; they are not requested. Both are None if
    every day is concerned, or only a part of each day (such as rows under a threshold).
    """

    text: str
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class QuotaNeed:
    """What the range takes of a vendor's quota, in the vendor's unit ('tokens', 'calls').

    `left_this_hour` and `left_today` are what may be spent now, according to the ledger or the vendor's last answer.
    None means that there is no such limit, or that it is unknown.
    """

    unit: str
    needed: int
    per_hour: int | None = None
    per_day: int | None = None
    left_this_hour: int | None = None
    left_today: int | None = None


@dataclass(frozen=True)
class BackfillPlan:
    """What reading a range of days takes.

    `requests` (calls to the vendor) and `seconds` (without waiting for quota) are estimates. A piece is
    `days_per_piece` days, read by one `sync(run)` with `run.days`: few enough that repeating a piece is cheap, and as
    many as the vendor answers in one request.
    """

    requests: int
    seconds: float
    days_per_piece: int = 1
    quota: QuotaNeed | None = None
    lost: tuple[Lost, ...] = ()
