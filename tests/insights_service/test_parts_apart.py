"""What of one week's changes is one cause, and what has a cause of its own."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.group_causes import group_causes
from services.insights_service.domain.anomalies.judged_series import JudgedSeries
from services.insights_service.domain.anomalies.parts_apart import parts_apart
from services.insights_service.domain.anomalies.series_grid import days_between
from services.insights_service.domain.anomalies.told_before import finding_of

DAYS, WEEK = 60, 7
GRID = days_between(date(2026, 9, 1), date(2026, 9, 1) + timedelta(DAYS), ZoneInfo("UTC"))


def leads(dimension: str, member: str, usual: float, came: float, *, score: float = 9.0) -> Episode:
    """The leads of a series in the last week, instead of the usual number a day."""
    values = np.full(DAYS, usual)
    values[-WEEK:] = came
    series = JudgedSeries("leads", dimension, member, member, values)
    expected = np.full(WEEK, usual)
    return Episode(series, GRID, DAYS - WEEK, DAYS, True, score, DAYS - WEEK, expected, expected * 0.9, expected * 1.1)


def causes(*episodes: Episode) -> list[list[str]]:
    findings = [finding_of(one, one.score) for one in episodes]
    groups = parts_apart(group_causes(findings), episodes, findings, 3.0)
    return [[episodes[index].series.member_id for index in group] for group in groups]


def test_two_parts_that_fell_together_by_chance_are_two_causes() -> None:
    campaign, branch = leads("campaign", "meta /stopped", 30, 0, score=12), leads("branch", "Leeds", 40, 12)
    assert causes(campaign, leads("company", "", 250, 192), branch) == [["meta /stopped", ""], ["Leeds"]]


def test_parts_that_fell_as_the_company_did_are_one_cause_with_what_it_comes_from() -> None:
    channel, branches = leads("channel", "paid", 100, 0, score=12), [leads("branch", name, 50, 30) for name in "ABCDE"]
    assert len(causes(channel, leads("company", "", 250, 150), *branches)) == 1


def test_what_is_hardly_surprising_has_no_cause_of_its_own() -> None:
    campaign, branch = leads("campaign", "meta /stopped", 30, 0), leads("branch", "Leeds", 40, 12, score=2.9)
    assert len(causes(campaign, leads("company", "", 250, 192), branch)) == 1


def test_what_belongs_to_a_part_goes_with_it() -> None:
    campaign, branch = leads("campaign", "meta /stopped", 30, 0, score=12), leads("branch", "Leeds", 40, 12)
    again = leads("branch", "Leeds", 40, 12, score=1.5)
    assert causes(campaign, leads("company", "", 250, 192), branch, again)[1:] == [["Leeds", "Leeds"]]
