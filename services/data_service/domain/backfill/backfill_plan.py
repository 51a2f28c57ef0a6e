"""What a backfill will take and lose, as the source's kind reckons it: filled in by `domain/<kind>/`."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Lost:
    """Something of the range that nobody can bring back, in one sentence.

    `first` and `last` (both inclusive) are the days of which nothing at all is left: they are not asked for. None
    where it concerns every day, or only a part of what a day held (rows under a threshold, say).
    """

    text: str
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class QuotaNeed:
    """What the range takes of a vendor's allowance, in the vendor's unit ('tokens', 'calls').

    `left_this_hour` and `left_today` are what may be spent now, by the ledger or by what the vendor said last; None:
    there is no such limit, or it is not known.
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

    `requests` are calls to the vendor, `seconds` how long they take without waiting for an allowance; both are
    estimates. A piece is `days_per_piece` days, read by one `sync(run)` with `run.days`: as few as keep a lost piece
    cheap, as many as the vendor answers at once.
    """

    requests: int
    seconds: float
    days_per_piece: int = 1
    quota: QuotaNeed | None = None
    lost: tuple[Lost, ...] = ()
