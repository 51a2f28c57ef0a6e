"""How each goal stands: as good as missed or met, open, over, or of figures that nobody knows yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from services.insights_service.domain.goals.project_goals import Projection, is_running, project
from services.insights_service.domain.told_days import ToldDays
from services.insights_service.domain.words.ended import GoalState
from services.insights_service.sources.goals import Goal, UnseenGoal

# Where so many days are not told, nobody knows where a goal stands.
MOST_UNTOLD: Final = timedelta(days=7)
# What a goal is of: a metric and, perhaps, a channel.
Of = tuple[str, str | None]


class Stand(NamedTuple):
    """How a goal stands, and where it will probably end, where that was reckoned."""

    goal: Goal
    state: GoalState
    projection: Projection | None = None


def stands_of(
    goals: Sequence[Goal], histories: Mapping[Of, list[float] | Exception], today: date, told: ToldDays
) -> list[Stand | UnseenGoal]:
    """Of each by itself; where its days could not be asked for or something breaks, why."""
    stands = list[Stand | UnseenGoal]()
    for goal in goals:
        history = histories[goal.metric, goal.channel]
        if isinstance(history, Exception):
            stands.append(UnseenGoal(goal.id, goal.name, history))
            continue
        try:
            stands.append(_stand(goal, history, today, told))
        except Exception as error:  # noqa: BLE001 -- it is told of by whoever asked
            stands.append(UnseenGoal(goal.id, goal.name, error))
    return stands


def _stand(goal: Goal, history: list[float], today: date, told: ToldDays) -> Stand:
    """By the days that are told: what is missing of the last ones is to come as well."""
    end = told.end(goal.metric, goal.channel, history)
    if today - end > MOST_UNTOLD or not is_running(goal, end):
        return Stand(goal, "untold")
    projection = project(goal, history[: len(history) - (today - end).days], end)
    return Stand(goal, (projection and projection.outlook) or "open", projection)
