"""Goals of a tenant, read from the analytics service."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

import msgspec

from common.http.context import ServiceContext
from services.insights_service.sources.analytics_api import asked, odd_answer

_PAGE = 500
# A longer period is not a plausible goal and cannot be forecast.
_MOST_YEARS = 5


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """A goal and its `current` sum up to now; with a `channel`, it counts for that channel or platform only."""

    id: str
    name: str
    metric: str
    channel: str | None
    target: float
    period_start: date
    period_end: date
    current: float


class UnseenGoal(NamedTuple):
    """A goal that cannot be looked at, and the error that prevents it."""

    id: str
    name: str
    error: Exception


class _Named(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that are needed to name a goal that is otherwise invalid."""

    id: str
    name: str = ""


class _Goals(msgspec.Struct, frozen=True, kw_only=True):
    data: list[msgspec.Raw]


_page = msgspec.json.Decoder(_Goals)
_goal, _named = msgspec.json.Decoder(Goal), msgspec.json.Decoder(_Named)


async def get_goals(service: ServiceContext, tenant_id: UUID) -> tuple[list[Goal], list[UnseenGoal]]:
    """Return the 500 goals that end last, and the goals that are invalid. More goals than that are not read.

    Raises:
        AnalyticsAway: the analytics service is unavailable.
        AnalyticsRefused: it refused the call, or its answer does not match its contract so far that a goal cannot even
            be named.
    """
    path = f"/api/goals/{tenant_id}"
    goals, invalid = list[Goal](), list[UnseenGoal]()
    for row in (await asked(service, tenant_id, path, {"limit": str(_PAGE)}, _page)).data:
        try:
            goals.append(_within_years(_goal.decode(row)))
        except ValueError as error:
            invalid.append(_invalid(row, path, error))
    return goals, invalid


def _within_years(goal: Goal) -> Goal:
    if goal.period_end.year - goal.period_start.year > _MOST_YEARS:
        message = f"a period from {goal.period_start} to {goal.period_end}"
        raise ValueError(message)
    return goal


def _invalid(row: msgspec.Raw, path: str, error: ValueError) -> UnseenGoal:
    refused = odd_answer(path, error)
    try:
        named = _named.decode(row)
    except msgspec.DecodeError:
        raise refused from error
    return UnseenGoal(named.id, named.name, refused)
