"""The state of each goal: probably missed or met, open, over, or unknown for lack of its days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from services.insights_service.domain.goals.project_goals import Projection, is_running, project
from services.insights_service.domain.told_days import ToldDays
from services.insights_service.domain.words.ended import GoalState
from services.insights_service.sources.goals import Goal, UnseenGoal

# If more days than this are not reported yet, the goal is not projected.
MOST_UNTOLD: Final = timedelta(days=7)
# The metric of a goal and its channel, None for the whole company.
MetricKey = tuple[str, str | None]


class Stand(NamedTuple):
    """The state of a goal, and its projection if there is one."""

    goal: Goal
    state: GoalState
    projection: Projection | None = None


def stands_of(
    goals: Sequence[Goal], histories: Mapping[MetricKey, list[float] | Exception], today: date, told: ToldDays
) -> list[Stand | UnseenGoal]:
    """Return the state of each goal, or an `UnseenGoal` if its days could not be read or its projection fails."""
    stands = list[Stand | UnseenGoal]()
    for goal in goals:
        history = histories[goal.metric, goal.channel]
        if isinstance(history, Exception):
            stands.append(UnseenGoal(goal.id, goal.name, history))
            continue
        try:
            stands.append(_stand(goal, history, today, told))
        except Exception as error:  # noqa: BLE001 -- the caller reports it
            stands.append(UnseenGoal(goal.id, goal.name, error))
    return stands


def _stand(goal: Goal, history: list[float], today: date, told: ToldDays) -> Stand:
    """Project a goal from the days that are reported; last days that are not count as days to come."""
    if told.kept_from is not None and goal.period_start < told.kept_from:
        # Days that were removed are answered as zeros, so the sum so far is not known.
        return Stand(goal, "removed")
    end = told.end(goal.metric, goal.channel, history)
    if today - end > MOST_UNTOLD or not is_running(goal, end):
        return Stand(goal, "unreported")
    projection = project(goal, history[: len(history) - (today - end).days], end)
    return Stand(goal, (projection and projection.outlook) or "open", projection)
