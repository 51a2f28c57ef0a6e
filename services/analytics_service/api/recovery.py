"""The closed loop: follow-ups, the purchases that came after them, and how much the emails contributed."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from common.http.context import context_of
from services.analytics_service.api.callers import TaskWorker
from services.analytics_service.api.etagged import etagged
from services.analytics_service.api.quality_header import dropped_header
from services.analytics_service.api.query import Day, LocationId
from services.analytics_service.api.recovery_shapes import RecoveryAnswer
from services.analytics_service.domain.date_range import date_range
from services.analytics_service.domain.lift import lift, share
from services.analytics_service.domain.task_change import lies_within
from services.analytics_service.errors import BranchNotYours
from services.analytics_service.store.day_range import DateRange
from services.analytics_service.store.recovery import Arm, Recovered, get_hold_out, get_recovery
from services.analytics_service.store.tenants import get_currency, today

router = APIRouter(tags=["tasks"], prefix="/analytics/tasks")

# A follow-up counts purchases of the 14 days after it, so a shorter range would be mostly incomplete.
DEFAULT_DAYS = 30
REASONS = ("cart-abandonment", "search-analysis", "repeat-visits")


@router.get(
    "/recovery",
    summary="Results of follow-ups",
    response_model=None,
    responses={200: {"model": RecoveryAnswer}},
)
async def recovery(
    request: Request, caller: TaskWorker, start_date: Day = None, end_date: Day = None, location_id: LocationId = None
) -> Response:
    """Carts, searches and repeat visits that were emailed or worked in the range, and the purchases that followed.

    A follow-up is recovered if its customer buys within 14 days; a purchase counts once, for the latest follow-up.
    The figures of the last 14 days are not complete yet. If customers were held out of the emails, `hold_out` compares
    their rate with that of the others: the difference is the effect of the emails. Reps get their own branches only.
    """
    own = caller.readable_branches
    if location_id is not None and not lies_within(location_id, own):
        raise BranchNotYours
    locations = own if location_id is None else (location_id,)
    async with context_of(request).db.of(caller, readonly=True) as connection:
        days = date_range(start_date, end_date, await today(connection, caller.tenant_id), days=DEFAULT_DAYS)
        currency = await get_currency(connection, caller.tenant_id)
        found = await get_recovery(connection, caller.tenant_id, days, locations)
        emailed, held_out = await get_hold_out(connection, caller.tenant_id, days, locations)
        quality = await dropped_header(connection, caller.tenant_id, days.start)
    answer = {
        "period": {"start_date": days.start, "end_date": days.end},
        "currency": currency,
        "totals": _figures(found.total),
        "by_branch": _listed(found.parts["branch"], "location_id", "location_name"),
        "by_rep": _listed(found.parts["rep"], "sales_rep_email", "sales_rep_name"),
        "by_reason": _complete(REASONS, found.parts["reason"], "reason"),
        "daily": _complete(_days_of(days), found.parts["day"], "dt"),
        "unconverted": {
            "rows": found.unconverted_rows,
            "by_currency": found.unconverted or {},
            "days": found.unconverted_days,
        },
        "hold_out": _compared(emailed, held_out),
    }
    return etagged(request, answer, quality)


def _figures(group: Recovered) -> dict[str, Any]:
    return {
        "tasks": group.tasks,
        "recovered": group.recovered,
        "recovery_rate": share(group.recovered, group.tasks),
        "revenue": group.revenue,
    }


def _listed(groups: list[Recovered], key: str, name: str) -> list[dict[str, Any]]:
    return [{key: group.group, name: group.name, **_figures(group)} for group in groups]


def _complete(values: Iterable[Any], groups: list[Recovered], key: str) -> list[dict[str, Any]]:
    """Return one entry for each value, in the given order; values without tasks get zeros."""
    by_value = {group.group: group for group in groups}
    return [{key: value, **_figures(by_value.get(value, Recovered(value, None, 0, 0, 0)))} for value in values]


def _days_of(days: DateRange) -> list[Any]:
    return [days.start + timedelta(days=n) for n in range((days.end - days.start).days + 1)]


def _compared(emailed: Arm, held_out: Arm) -> dict[str, Any] | None:
    """Return both sides of the hold-out and the lift, or None if there was no hold-out."""
    if not emailed.tasks and not held_out.tasks:
        return None
    found = lift(emailed, held_out)
    return {
        "share_pct": share(held_out.tasks, emailed.tasks + held_out.tasks),
        "emailed": _side(emailed),
        "held_out": _side(held_out),
        "lift": found._asdict() if found else None,
    }


def _side(arm: Arm) -> dict[str, Any]:
    return {
        "customers": arm.customers,
        "tasks": arm.tasks,
        "recovered": arm.recovered,
        "rate": share(arm.recovered, arm.tasks),
    }
