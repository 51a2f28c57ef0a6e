"""What looks over two weeks tell together: a new level once, and nothing of clocks that are put back or forward."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.insights_service.domain.anomalies.judge import judge, tell
from services.insights_service.domain.anomalies.judged_series import Read
from services.insights_service.domain.anomalies.readers import readers_of
from services.insights_service.domain.anomalies.series_grid import days_between, hours_between
from services.insights_service.store.alert_settings import AlertSettings
from services.insights_service.store.candidates import Candidate, PastFindings, Standing
from services.insights_service.store.finding import Found
from services.insights_service.store.series import Coverage
from tests.insights_service.made_series import hours_of_a_shop
from tests.insights_service.test_judge import row, told

FIRST = datetime(2026, 6, 1, tzinfo=UTC)
HOURS, DAYS = 35, 120


class Looks:
    """Looks at one company that remember what the ones before found, as the database does."""

    def __init__(self, visits: Any, first: datetime = FIRST, zone: str = "UTC") -> None:
        self.visits = visits
        self.first = first
        self.zone = ZoneInfo(zone)
        self.candidates = list[Candidate]()
        self.kept = dict[str, Found]()
        self.events = list[tuple[datetime, str]]()

    def look(self, moment: datetime) -> None:
        today = moment.astimezone(self.zone).date()
        hours = hours_between(today - timedelta(HOURS), moment, self.zone)
        days = days_between(today - timedelta(DAYS), today, self.zone)
        daily = np.array([self._between(days.begin(n), days.begin(n + 1)).sum() for n in range(len(days))])
        rows = (
            [row("sessions", "company", "", self._between(hours.begin(0), moment)[: len(hours)])],
            [row("sessions", "company", "", daily), row("sessions", "branch", "N", np.round(daily * 0.4))],
        )
        coverage = Coverage(str(self.zone), None, "EUR", moment, None, None, [])
        past = PastFindings(self.candidates, [at for at, _ in self.events], self._before(), FIRST)
        readers = readers_of(AlertSettings(), past, {}, {})
        judged = judge(Read(coverage, (hours, days), rows, [], past, readers), moment)
        known = {one.cause for one in self.candidates}
        self.candidates += [one for one in judged.candidates if one.cause not in known]
        self._keep(tell(judged, {}), moment)

    def _between(self, since: datetime, until: datetime) -> Any:
        first, last = ((moment - self.first) // timedelta(hours=1) for moment in (since, until))
        return self.visits[first:last]

    def _before(self) -> list[Standing]:
        return [
            Standing(
                one.cause,
                one.is_shown,
                one.starts_at or FIRST,
                told(one)["window"]["end"],
                told(one)["direction"],
                {part["dimension"]: part["members"][0]["id"] for part in told(one)["segment"]},
            )
            for one in self.kept.values()
        ]

    def _keep(self, found: list[Found], moment: datetime) -> None:
        shown = {one.cause for one in self.kept.values() if one.is_shown}
        self.events += [(moment, one.title) for one in found if one.is_shown and one.cause not in shown]
        self.kept = {cause: one for cause, one in self.kept.items() if one.is_shown} | {one.cause: one for one in found}


def test_a_new_level_is_one_insight_with_one_event_and_then_usual() -> None:
    start = FIRST + timedelta(days=DAYS + 1, hours=9)
    visits = hours_of_a_shop(np.random.default_rng(9), 24 * (DAYS + 18))
    visits[(start - FIRST) // timedelta(hours=1) :] *= 1.6
    looks = Looks(np.round(visits))
    for hours in (1, 2, 3, 12, 24, *range(48, 15 * 24, 24)):
        looks.look(start + timedelta(hours=hours))
    assert len(looks.events) == 1
    # By the day it is found later, when by the hour it is usual already: that is kept, and told to nobody.
    shown, echo = sorted(looks.kept.values(), key=lambda one: not one.is_shown)
    assert (told(shown)["grain"], shown.starts_at, told(echo)["grain"], echo.is_shown) == ("hour", start, "day", False)


@pytest.mark.parametrize("today", [date(2026, 3, 30), date(2026, 10, 26)])
def test_clocks_that_are_put_forward_or_back_are_no_news(today: date) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    moment = datetime(today.year, today.month, today.day, 9, tzinfo=berlin)
    since = moment.astimezone(UTC) - timedelta(days=DAYS + 2)
    local = [(since + timedelta(hours=n)).astimezone(berlin) for n in range(24 * (DAYS + 2))]
    course = 60 * (1.2 - np.cos(2 * np.pi * np.arange(24) / 24))
    visits = np.random.default_rng(3).poisson([course[at.hour] for at in local]).astype(float)
    looks = Looks(visits, since, "Europe/Berlin")
    looks.look(moment.astimezone(UTC))
    assert looks.kept == {}
