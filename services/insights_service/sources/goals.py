"""The goals of a tenant, as the analytics service answers them."""

from datetime import date
from typing import NamedTuple
from uuid import UUID

import msgspec

from common.http.context import ServiceContext
from services.insights_service.sources.analytics_api import asked, odd_answer

_PAGE = 500
# What lies further ahead nobody can set as a goal, nor forecast.
_MOST_YEARS = 5


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    """A goal and what is reached of it up to now; of one with a `channel`, of that channel or platform."""

    id: str
    name: str
    metric: str
    channel: str | None
    target: float
    period_start: date
    period_end: date
    current: float


class UnseenGoal(NamedTuple):
    """A goal that cannot be looked at, and why."""

    id: str
    name: str
    error: Exception


class _Named(msgspec.Struct, frozen=True, kw_only=True):
    """As much of a goal as there has to be to say which one is odd."""

    id: str
    name: str = ""


class _Goals(msgspec.Struct, frozen=True, kw_only=True):
    data: list[msgspec.Raw]


_page = msgspec.json.Decoder(_Goals)
_goal, _named = msgspec.json.Decoder(Goal), msgspec.json.Decoder(_Named)


async def get_goals(service: ServiceContext, tenant_id: UUID) -> tuple[list[Goal], list[UnseenGoal]]:
    """Those that end last, 500 at most: others are over, or so far away that nobody works for them.

    Raises:
        AnalyticsAway, AnalyticsRefused: as they are named; the latter also where it does not say which goal is odd.
    """
    path = f"/api/goals/{tenant_id}"
    goals, odd = list[Goal](), list[UnseenGoal]()
    for row in (await asked(service, tenant_id, path, {"limit": str(_PAGE)}, _page)).data:
        try:
            goals.append(_within_years(_goal.decode(row)))
        except ValueError as error:
            odd.append(_odd(row, path, error))
    return goals, odd


def _within_years(goal: Goal) -> Goal:
    if goal.period_end.year - goal.period_start.year > _MOST_YEARS:
        message = f"a period from {goal.period_start} to {goal.period_end}"
        raise ValueError(message)
    return goal


def _odd(row: msgspec.Raw, path: str, error: ValueError) -> UnseenGoal:
    odd = odd_answer(path, error)
    try:
        named = _named.decode(row)
    except msgspec.DecodeError:
        raise odd from error
    return UnseenGoal(named.id, named.name, odd)
