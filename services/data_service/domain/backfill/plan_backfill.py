"""Planning a backfill: what it will take, what of it is lost for ever, and the pieces that it is read in."""

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
# Of a kind that says nothing of itself.
_DAYS_A_PIECE: Final = 7
# The roads by which a kind's events come, or better ones (services/data_service/store/events/record_events.py).
_ROADS: Final = {GA4: (1, 2), WOOCOMMERCE: (5,)}

# The kinds of job that go through such plans.
BACKFILL_JOBS: Final = {kind: f"backfill.{kind}" for kind in SYNC_JOBS}


@dataclass(frozen=True)
class PlannedBackfill:
    """A range of one source's days. `reckoned` is None where its kind cannot say what it takes."""

    access: SourceAccess
    first: date
    last: date
    reckoned: BackfillPlan | None
    present: list[date]
    pieces: list[Piece]

    @property
    def readable_days(self) -> int:
        """Days that will be asked for."""
        return sum(piece.days for piece in self.pieces if piece.state == "waiting")

    @property
    def expected_seconds(self) -> float | None:
        """Until it is through: the calls, and the hours or days that the vendor's allowance spreads them over."""
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
    """How many hours and days of a vendor's allowance something takes, and the seconds of waiting between them."""

    hours: int
    days: int

    @property
    def seconds(self) -> float:
        """At most: the first hour and the first day have begun already."""
        return max((self.hours - 1) * 3600.0, (self.days - 1) * 86400.0)


async def plan_backfill(access: SourceAccess, first: date, last: date) -> PlannedBackfill:
    """What reading a range of one source's days takes. Calls the vendor only where its kind's `plan` must.

    Raises:
        SourceNotRead: sources of this kind only receive.
        SourcePaused, SourceNeedsAttention: nothing is read from it for now.
        VendorError: from the kind's own plan.
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
    """Let pass only a source that may be asked: who asks again with refused credentials is locked out.

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
    """Whose numbers a source reads: what a plan is made of, and only good for."""
    account = source.config.get(SOURCE_KINDS[source.kind].account)
    return None if account is None else str(account)


def spread(quota: QuotaNeed) -> Spread:
    """The hours and days that an allowance spreads its need over, this hour and this day included."""
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
    """Newest first; the days of which nothing is left are pieces of their own, which nobody asks for."""
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
