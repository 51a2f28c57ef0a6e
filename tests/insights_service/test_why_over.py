"""What stood out and is not found any more: each end is said as it is, in the company's language."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.insights_service.domain.anomalies.episode import Episode
from services.insights_service.domain.anomalies.judged_series import JudgedSeries, Key
from services.insights_service.domain.anomalies.series_grid import days_between
from services.insights_service.domain.anomalies.told_before import series_cause
from services.insights_service.domain.anomalies.why_over import Looked, why_over
from services.insights_service.domain.words.ended import Over, anomaly_ended
from services.insights_service.store.candidates import Standing

FIRST, DAYS = datetime(2026, 8, 1, tzinfo=UTC), 100
GRID = days_between(FIRST.date(), (FIRST + timedelta(DAYS)).date(), ZoneInfo("UTC"))
MERGED = "not reported separately any more: another insight has the same cause"
BRANCH = ("leads", "branch", "N")
COMPANY, SPRING, CPL = ("leads", "company", ""), ("leads", "campaign", "meta a/S"), ("cpl", "campaign", "meta a/S")


def series(*of: str, known: int = DAYS, hidden: tuple[int, int] = (0, 0)) -> JudgedSeries:
    """Leads or spend of so many known days, of which some are hidden; of a branch they have halved for nine days."""
    values = np.full(DAYS, 20.0)
    values[DAYS - 9 :] *= 0.5 if of[1] == "branch" else 1.0
    values[known:] = np.nan
    values[slice(*hidden)] = np.nan
    return JudgedSeries(of[0], of[1], of[2], of[2], values)


def stood(of: Key, start: int, end: int = 0) -> Standing:
    """A drop from and until so many days ago."""
    cause = f"{series_cause(of, 'day', 'down')}:{start}"
    segment = {"platform": "meta", "campaign": of[2]} if of[1] == "campaign" else {}
    starts, ends = GRID.begin(DAYS - start), GRID.begin(DAYS - end).date().isoformat()
    return Standing(cause, True, starts, ends, "down", segment, is_ongoing=not end)


def drop(start: int) -> Episode:
    """Of the company, that goes on."""
    usual = np.full(DAYS, 40.0)
    return Episode(series(*COMPANY), GRID, DAYS - start, DAYS, True, 5.0, 0, usual, usual - 5, usual + 5)


@pytest.mark.parametrize(
    ("was", "known", "found", "of_ends", "hidden", "why", "said"),
    [
        (stood(COMPANY, 9, 4), DAYS, [], [], 0, "back", "over: the figures have been as expected again since Nov 5"),
        (stood(COMPANY, 14), DAYS, [], [], 0, "level", "over: it has gone on for so long that it is the new normal"),
        (stood(SPRING, 9, 5), 95, [], [], 0, "campaign", "over: the campaign has ended, and its figures with it"),
        (stood(CPL, 9, 5), 95, [], [], 0, "campaign", "over: the campaign has ended, and its figures with it"),
        (stood(COMPANY, 4), DAYS, [], [drop(4)], 0, "campaign", ""),
        (stood(COMPANY, 4), DAYS, [drop(4)], [], 0, "merged", MERGED),
        (stood(COMPANY, 4), DAYS, [], [], 4, "declared", ""),
        # Of a campaign that is late with all else it is not said that it ended.
        (stood(SPRING, 4), 95, [], [], -5, "late", "not judged any more: its data are late"),
        # It seemed over, and is not: nobody is told that the figures came back.
        (stood(BRANCH, 9, 4), DAYS, [], [], 0, None, ""),
        # The figures were restated, or it is not among the largest any more.
        (stood(COMPANY, 4), DAYS, [], [], 0, None, "over: with the latest figures it does not stand out any more"),
        (stood(("leads", "branch", "S"), 4), DAYS, [], [], 0, None, ""),
    ],
)  # fmt: skip
def test_each_end_has_its_own_words(
    was: Standing,
    known: int,
    found: list[Episode],
    of_ends: list[Episode],
    hidden: int,
    why: str | None,
    said: str,
) -> None:
    told = DAYS + min(hidden, 0)
    of_campaign = [series(metric, *SPRING[1:], known=known) for metric in ("leads", "spend")]
    kept = [series(metric, "company", "", known=told) for metric in ("leads", "spend")] + of_campaign
    kept.append(series(*BRANCH))
    usual = [series(*one.key, known=one.known_until, hidden=(DAYS - max(hidden, 0), DAYS)) for one in kept]
    over = why_over([was], set(), [Looked(GRID, kept, usual, found, of_ends)]).get(was.cause)
    assert (over and over.why) == why
    if said:
        assert anomaly_ended("en", "UTC", over) == said
    assert why_over([was], {was.cause}, [Looked(GRID, kept, usual, found, of_ends)]) == {}


def test_words_are_in_the_companys_language() -> None:
    assert anomaly_ended("vi", "UTC", Over("back", "2026-11-05")).endswith("kể từ ngày 5/11")
