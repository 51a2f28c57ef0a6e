"""A look that remembers the one before tells the same as one that does not, and judges only what is new."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.insights_service.domain.anomalies import raise_alarms as judging
from services.insights_service.domain.anomalies.judge import Judged, judge, tell
from services.insights_service.domain.anomalies.judged_series import Read
from services.insights_service.domain.anomalies.readers import readers_of
from services.insights_service.domain.anomalies.remembered import Remembered
from services.insights_service.domain.anomalies.series_grid import days_between, hours_between
from services.insights_service.store.alert_settings import AlertSettings
from services.insights_service.store.candidates import PastFindings
from services.insights_service.store.series import Coverage, SeriesRow

TODAY = date(2026, 3, 30)
FIRST_DAY, FIRST_HOUR = TODAY - timedelta(240), TODAY - timedelta(70)
PAST = PastFindings([], [], [], None)
BY_HOUR, BY_DAY = (("company", ""), ("channel", "email")), (("company", ""), ("branch", "N"), ("branch", "S"))


def read_at(hour: int, days: Any, hours: Any) -> tuple[Read, datetime]:
    """What is read of these figures when so many hours of today are over."""
    moment = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC) + timedelta(hours=hour)
    coverage = Coverage("UTC", None, "EUR", moment, None, None, [])
    zone = ZoneInfo("UTC")
    grids = hours_between(FIRST_HOUR, moment, zone), days_between(FIRST_DAY, moment.date(), zone)
    rows = rows_of(BY_HOUR, hours, len(grids[0])), rows_of(BY_DAY, days, len(grids[1]))
    return Read(coverage, grids, rows, [], PAST, readers_of(AlertSettings(), PAST, {}, {})), moment


def rows_of(names: Sequence[tuple[str, str]], values: Any, steps: int) -> list[SeriesRow]:
    """Of each name a part of the same values."""
    return [
        SeriesRow("sessions", *name, name[1], list(range(steps)), (values[:steps] // part).astype(float).tolist())
        for part, name in enumerate(names, start=1)
    ]


def told(judged: Judged) -> Any:
    """What comes of a look."""
    return tell(judged), judged.candidates


def test_what_is_remembered_changes_nothing_and_only_what_is_new_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    course = 60 + 40 * np.sin(np.arange(72 * 24) * np.pi / 12)
    hours, days = rng.poisson(course), rng.poisson(1500, 242)
    hours[70 * 24 - 9 : 70 * 24 - 3] //= 8
    days[237:240] //= 3
    late = days.copy()
    late[238] = 1500
    gone = hours.copy()
    gone[70 * 24 + 4 :] = 0
    looked = list[str]()
    find_alarms = judging.find_alarms

    def counting(values: Any, stamps: Any, **more: Any) -> Any:
        if values:
            looked.append("day" if np.diff(stamps[0][:2])[0] == np.timedelta64(1, "D") else "hour")
        return find_alarms(values, stamps, **more)

    remembered = Remembered()
    judged = list[list[str]]()
    seen = list[int]()
    for hour, of_days, of_hours in (
        (3, days, hours),
        (4, days, hours),
        (4, late, hours),  # a row of the day before yesterday came late
        (5, late, hours),
        (5, days, gone),  # nothing came in this hour
        (24, days, hours),
    ):
        looked.clear()
        with monkeypatch.context() as patch:
            patch.setattr(judging, "find_alarms", counting)
            found = judge(*read_at(hour, of_days, of_hours), remembered)
        judged.append(sorted(looked))
        assert told(found) == told(judge(*read_at(hour, of_days, of_hours)))
        seen.append(len(found.drawn))
    assert judged == [["day", "hour"], ["hour"], ["day"], ["hour"], [], ["day", "hour"]]
    assert min(seen[:5]) > 0


def test_the_memory_has_an_end_and_gives_up_what_was_asked_longest_ago() -> None:
    rng = np.random.default_rng(4)
    remembered, size = Remembered(most_bytes=1_500), list[int]()
    for _ in range(5):
        judge(*read_at(2, rng.poisson(1500, 242), np.zeros(72 * 24)), remembered)
        size.append(remembered.size)
    assert max(size) <= 1_500
    assert size[-1] == pytest.approx(1_500, abs=1_000)
