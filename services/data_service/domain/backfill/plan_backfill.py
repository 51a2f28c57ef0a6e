"""Planning a backfill: what it takes, which days are lost, and the pieces that it is read in."""

from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from typing import Any, Final

from services.data_service.domain.backfill.backfill_plan import BackfillPlan, Lost, QuotaNeed
from services.data_service.domain.syncs.source_kinds import GA4, SOURCE_KINDS, SYNC_JOBS, WOOCOMMERCE
from services.data_service.domain.syncs.sync_run import SourceAccess
from services.data_service.errors import SourceNeedsAttention, SourceNotRead, SourcePaused
from services.data_service.store.syncs.backfill_pieces import Piece, days_present
from services.data_service.store.syncs.sources import Source

_ONE_DAY: Final = timedelta(days=1)
# For a kind without a `plan`.
_DAYS_A_PIECE: Final = 7
# The roads by which events of a kind arrive, and better ones (services/data_service/store/events/record_events.py).
_ROADS: Final = {GA4: (1, 2), WOOCOMMERCE: (5,)}

# The kinds of job that execute such plans.
BACKFILL_JOBS: Final = {kind: f"backfill.{kind}" for kind in SYNC_JOBS}


@dataclass(frozen=True)
class PlannedBackfill:
    """The plan for a range of days of one source. `reckoned` is None if its kind makes no estimates."""

    access: SourceAccess
    first: date
    last: date
    reckoned: BackfillPlan | None
    present: list[date]
    pieces: list[Piece]

    @property
    def readable_days(self) -> int:
        """How many days will be requested."""
        return sum(piece.days for piece in self.pieces if piece.state == "waiting")

    @property
    def expected_seconds(self) -> float | None:
        """The time for the calls, plus the waiting if the vendor's quota spreads them over hours or days."""
        if self.reckoned is None:
            return None
        return self.reckoned.seconds + (spread(self.reckoned.quota).seconds if self.reckoned.quota else 0.0)

    def answer(self) -> dict[str, Any]:
        """As `POST /data/backfill/plan` shows it."""
        plan = self.reckoned
        return {
            "source_id": self.access.source.source_id,
            "kind": self.access.source.kind,
            "start_date": self.first,
            "end_date": self.last,
            "days": (self.last - self.first).days + 1,
            "readable_days": self.readable_days,
            "pieces": sum(piece.state == "waiting" for piece in self.pieces),
            "requests": plan and plan.requests,
            "quota": plan and plan.quota and _quota_answer(plan.quota),
            "expected_seconds": self.expected_seconds,
            "lost": [
                {"start_date": lost.first, "end_date": lost.last, "reason": lost.text}
                for lost in (plan.lost if plan else ())
            ],
            "present": {
                "days": len(self.present),
                "first_day": self.present[0] if self.present else None,
                "last_day": self.present[-1] if self.present else None,
            },
        }


@dataclass(frozen=True)
class Spread:
    """Over how many hourly and daily quotas the work is spread."""

    hours: int
    days: int

    @property
    def seconds(self) -> float:
        """The longest waiting time; the first hour and the first day have already begun."""
        return max((self.hours - 1) * 3600.0, (self.days - 1) * 86400.0)


async def plan_backfill(access: SourceAccess, first: date, last: date) -> PlannedBackfill:
    """Plan the reading of a range of days (both included). Calls the vendor only if the kind's `plan` does.

    Raises:
        SourceNotRead: sources of this kind only receive.
        SourcePaused, SourceNeedsAttention: the source is not read at present.
        VendorError: from the kind's `plan`.
    """
    kind = SOURCE_KINDS[access.source.kind]
    if kind.sync is None:
        message = f"nothing is read from a source of kind {kind.name}: it only receives"
        raise SourceNotRead(message)
    refuse_to_read(access.source)
    plan = await kind.plan(access, first, last) if kind.plan else None
    async with access.service.db.tenant(access.tenant_id, readonly=True) as connection:
        present = await days_present(
            connection,
            access.tenant_id,
            access.source.source_id,
            _ROADS.get(access.source.kind, ()),
            (first, last),
            str(access.tenant.zone),
        )
    pieces = _pieces(access, first, last, plan)
    return PlannedBackfill(access, first, last, plan, present, pieces)


def refuse_to_read(source: Source) -> None:
    """Refuse a source that must not be called: repeated calls with rejected credentials get an account locked.

    Raises:
        SourcePaused, SourceNeedsAttention: with what to do.
    """
    if source.status == "paused":
        raise SourcePaused("the source is paused: set it active, then try again")
    if source.status == "needs_attention":
        message = (
            f"{source.reason.rstrip('.') or 'it was refused'}. Once that is done, have the source tested"
            f" (POST /data/sources/{source.source_id}/test), then try again"
        )
        raise SourceNeedsAttention(message)


def account_of(source: Source) -> str | None:
    """The vendor's account that a source reads; a plan is valid for this account only."""
    account = source.config.get(SOURCE_KINDS[source.kind].account)
    return None if account is None else str(account)


def spread(quota: QuotaNeed) -> Spread:
    """Over how many hours and days a quota spreads the work, the current ones included."""
    return Spread(
        _windows(quota.needed, quota.left_this_hour, quota.per_hour),
        _windows(quota.needed, quota.left_today, quota.per_day),
    )


def _windows(needed: int, left: int | None, per_window: int | None) -> int:
    if not per_window:
        return 1
    return 1 + max(0, ceil((needed - (per_window if left is None else left)) / per_window))


def _quota_answer(quota: QuotaNeed) -> dict[str, Any]:
    over = spread(quota)
    return {
        "unit": quota.unit,
        "needed": quota.needed,
        "per_hour": quota.per_hour,
        "per_day": quota.per_day,
        "left_this_hour": quota.left_this_hour,
        "left_today": quota.left_today,
        "hours": over.hours,
        "days": over.days,
    }


def _pieces(access: SourceAccess, first: date, last: date, plan: BackfillPlan | None) -> list[Piece]:
    """The pieces, newest first. Lost days are pieces of their own, which are not requested."""
    longest = plan.days_per_piece if plan else _DAYS_A_PIECE
    losses = plan.lost if plan else ()
    pieces: list[Piece] = []
    end = last
    while end >= first:
        start, reason = end, _why_lost(end, losses)
        while start > first and _why_lost(start - _ONE_DAY, losses) == reason:
            if reason is None and (end - start).days + 1 >= longest:
                break
            start -= _ONE_DAY
        state = "waiting" if reason is None else "lost"
        pieces.append(Piece(access.source.source_id, start, end, state, reason or ""))
        end = start - _ONE_DAY
    return pieces


def _why_lost(day: date, losses: tuple[Lost, ...]) -> str | None:
    for lost in losses:
        if lost.first is None and lost.last is None:
            continue
        if (lost.first or day) <= day <= (lost.last or day):
            return lost.text
    return None
