"""Anomaly scores for the values of a series, judged by its own past. One threshold serves all series.

Daily series are judged by their level, from four weeks on. A finer series is judged against its weekly season if that
explains most of its variance. Any other series, and one with too few weeks, is judged by several views at once.

The score of a row depends only on that row and the rows before it. It is 0 if there is nothing to report. It is about
2 for what chance brings once in a month of hours, in some months of days, or in a history as long as the series has so
far, and 1 more for each tenfold rarity. An episode is reported once, when it begins.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from services.insights_service.domain.arrays import Bools, Floats
from services.insights_service.domain.detection.calendar import DAY, Days, Rows, by_days, readable, steps_a_day
from services.insights_service.domain.detection.day_detector import days_surprise
from services.insights_service.domain.detection.episodes import Alarms, Manner, alarms_of, with_milder
from services.insights_service.domain.detection.given import as_many, as_numbers
from services.insights_service.domain.detection.season import season_of
from services.insights_service.domain.detection.seasonal_detector import seasonal_surprise
from services.insights_service.domain.detection.views_detector import LEAST, views_surprise

_FEWEST_STEPS = 4  # Steps a day from which a series has a daily profile; series with fewer are judged as days.
_FIRST_DAYS = 21  # Days before the season may judge.
_LEAST_MERIT = 0.4  # Share of the variance that the season has to explain.
_HOLD, _HOLD_ROWS = 1_800, 3  # Seconds and rows that an alarm of the views may wait for its peak.
_QUIET_ROWS, _LINGER_ROWS = 100, 20  # Rows of silence after an alarm of the views, and while its episode lasts.
# Series share a calendar if it is at most this much longer than the longest of them, and if that one is at most this
# many times as long as each of the others.
_MOST_STRETCH, _MOST_TIMES_LONGER = 1.25, 8
_PARTS = 3  # A series has this many parts, of which the views look at one, two or all.
_MARGIN = 14 * 86_400  # Seconds before the last rows, in which an earlier alarm may still keep them quiet.


class _Judged(NamedTuple):
    """The surprise of each row as a rise and as a fall, by its level or its season, and whether these judge it."""

    rises: Floats
    falls: Floats
    seasonal: Bools


def detect(values: ArrayLike, timestamps: ArrayLike, *, expected: ArrayLike | None = None) -> Floats:
    """Score each row of a series; rows on `expected` dates (holidays, sales) get 0.

    Values that are not numbers, and rows without a valid time, are gaps.

    Raises:
        ValueError: as in `detect_many`.
    """
    return detect_many([values], [timestamps], expected=expected)[0]


def detect_many(
    values: Sequence[ArrayLike],
    timestamps: Sequence[ArrayLike],
    *,
    expected: ArrayLike | None = None,
    last: int | None = None,
) -> list[Floats]:
    """Score many series at once, in a fraction of the time if they have the same timestamps.

    With `last`, only that many last rows are scored and the rest are 0. The scores are the same, except in an episode
    that lasts for more than two weeks.

    Raises:
        ValueError: the arguments are not numbers, times or dates, or `values` and `timestamps` differ in length.
    """
    return [one.heights for one in find_alarms(values, timestamps, expected=expected, last=last)]


def find_alarms(
    values: Sequence[ArrayLike],
    timestamps: Sequence[ArrayLike],
    *,
    expected: ArrayLike | None = None,
    last: int | None = None,
    least: float | None = None,
) -> list[Alarms]:
    """Find the alarms of many series with their directions; their heights are the scores of `detect_many`.

    With `least`, milder deviations are reported too, from that surprise on, unless another one is reported near them.
    """
    values, timestamps = as_many(values, "values"), as_many(timestamps, "timestamps")
    _check(len(values), len(timestamps), last)
    with np.errstate(all="ignore"):
        numbers = [as_numbers(series) for series in values]
        read = [readable(series, stamps, expected) for series, stamps in zip(numbers, timestamps, strict=True)]
        judged = _judge_by_season(read, least)
        needed = [_views_needed(rows, each, last) for rows, each in zip(read, judged, strict=True)]
        views = _judge_by_views(read, needed)
        return [
            _alarms(len(series), rows, season, view, last, least)
            for series, rows, season, view in zip(numbers, read, judged, views, strict=True)
        ]


def _check(values: int, timestamps: int, last: object) -> None:
    if values != timestamps:
        message = f"timestamps must be as many as values: {timestamps} and {values} series"
        raise ValueError(message)
    if last is not None and not (isinstance(last, (int, np.integer)) and last >= 0):
        raise ValueError("last must be a whole number of rows, at least 0")


def _judge_by_season(read: Sequence[Rows], least: float | None) -> list[_Judged]:
    """Judge series of similar days together on one calendar, in which a series is empty before its first day."""
    judged = [_no_surprise(len(rows.values)) for rows in read]
    laid_out = [
        (place, by_days(rows, steps))
        for place, rows in enumerate(read)
        if (steps := steps_a_day(rows.step)) and (steps < _FEWEST_STEPS or _spans_weeks(rows))
    ]
    for first, until, members in _group_by_calendar(laid_out):
        steps = members[0][1].cells.shape[1]
        cells = np.full((len(members), until - first, steps), np.nan)
        for row, (_, days) in zip(cells, members, strict=True):
            row[_span(days, first)] = days.cells
        weekday = (first + 3) % 7
        found = (
            _judge_days(cells, weekday, least)
            if steps < _FEWEST_STEPS
            else _judge_hours(cells, weekday, members, first)
        )
        for (place, days), *found_in in zip(members, *found, strict=True):
            own, filled = _span(days, first), days.rows >= 0
            for by_row, by_day in zip(judged[place], found_in, strict=True):
                by_row[days.rows[filled]] = by_day[own][filled]
    return judged


def _no_surprise(rows: int) -> _Judged:
    return _Judged(np.zeros(rows), np.zeros(rows), np.zeros(rows, dtype=bool))


def _spans_weeks(rows: Rows) -> bool:
    return bool(rows.seconds[-1] // DAY - rows.seconds[0] // DAY >= _FIRST_DAYS)


def _judge_days(cells: Floats, first_weekday: int, least: float | None) -> _Judged:
    found = days_surprise(cells, first_weekday, least)
    return _Judged(found.rises, found.falls, found.judged)


def _judge_hours(cells: Floats, first_weekday: int, members: Sequence[tuple[int, Days]], first: int) -> _Judged:
    season = season_of(cells, first_weekday)
    is_seasonal = season.merit > _LEAST_MERIT
    for own_days, (_, days) in zip(is_seasonal, members, strict=True):
        own_days[: days.first_day - first + _FIRST_DAYS] = False
    rises, falls = np.zeros_like(cells), np.zeros_like(cells)
    seasonal = np.flatnonzero(is_seasonal.any(axis=1))
    rises[seasonal], falls[seasonal] = seasonal_surprise(season, seasonal)
    return _Judged(rises, falls, np.broadcast_to(is_seasonal[:, :, None], cells.shape))


def _group_by_calendar(laid_out: Sequence[tuple[int, Days]]) -> list[tuple[int, int, list[tuple[int, Days]]]]:
    """Group series of one step and similar span, each group with its first day and the day after its last."""
    calendars = list[tuple[int, int, list[tuple[int, Days]]]]()
    for entry in sorted(laid_out, key=lambda each: (each[1].cells.shape[1], -len(each[1].cells))):
        days = entry[1]
        for number, (first, until, members) in enumerate(calendars):
            longest = members[0][1].cells
            union = min(first, days.first_day), max(until, days.first_day + len(days.cells))
            fits = longest.shape[1] == days.cells.shape[1] and len(longest) <= _MOST_TIMES_LONGER * len(days.cells)
            if fits and union[1] - union[0] <= _MOST_STRETCH * len(longest):
                calendars[number] = (*union, [*members, entry])
                break
        else:
            calendars.append((days.first_day, days.first_day + len(days.cells), [entry]))
    return calendars


def _span(days: Days, first: int) -> slice:
    return slice(days.first_day - first, days.first_day - first + len(days.cells))


def _views_needed(rows: Rows, judged: _Judged, last: int | None) -> int:
    """Return how many first rows the views have to look at: up to the last row that the season does not judge.

    The number is rounded up to whole parts of the series, so that more series can be judged together.
    """
    if last is not None:
        recent = rows.seconds >= (rows.seconds[-1] - _MARGIN if len(rows.seconds) else 0)
        recent[-last:] = True
        if bool(judged.seasonal[recent].all()):
            return 0
    open_rows = np.flatnonzero(~judged.seasonal)
    if not len(open_rows):
        return 0
    part = len(rows.values) // _PARTS + 1
    return min((int(open_rows[-1]) // part + 1) * part, len(rows.values))


def _judge_by_views(read: Sequence[Rows], needed: Sequence[int]) -> list[Floats]:
    """Judge the rows by views, those of series with the same timestamps together."""
    surprise = [np.zeros(len(rows.values)) for rows in read]
    groups: dict[tuple[int, bytes], list[int]] = {}
    for place, (rows, count) in enumerate(zip(read, needed, strict=True)):
        if count:
            groups.setdefault((count, rows.seconds[:count].tobytes()), []).append(place)
    for (count, _), members in groups.items():
        rows = read[members[0]]
        first = Rows(rows.places[:count], rows.seconds[:count], rows.values[:count], rows.step)
        found = views_surprise(first, np.array([read[place].values[:count] for place in members]))
        for place, found_surprise in zip(members, found, strict=True):
            surprise[place][:count] = found_surprise
    return surprise


def _alarms(length: int, rows: Rows, judged: _Judged, views: Floats, last: int | None, least: float | None) -> Alarms:
    """Turn surprise into one alarm for each episode, at the places of the rows among all that were given."""
    rises, falls = (
        np.nan_to_num(np.where(judged.seasonal, one, views), posinf=0.0) for one in (judged.rises, judged.falls)
    )
    manners = _manners(rows.step)
    if least is None:
        found = alarms_of(rises, falls, judged.seasonal, manners)
    else:
        found = with_milder(rises, falls, judged.seasonal, manners, least)
    placed = Alarms(np.zeros(length), np.zeros(length))
    for all_rows, judged_rows in zip(placed, found, strict=True):
        all_rows[rows.places] = judged_rows
        if last is not None:
            all_rows[: max(length - last, 0)] = 0.0
    return placed


def _manners(step: float) -> tuple[Manner, Manner]:
    """How alarms of the views, and of the season or days, are reported in series of such steps, in seconds."""
    steps = steps_a_day(step)
    wait = min(_HOLD_ROWS, int(_HOLD // step)) if step > 0 else 0
    views_manner = Manner(wait, _QUIET_ROWS, _LINGER_ROWS, least=LEAST, times=1.2, plus=1.0)
    # An alarm of the season is followed by two days of silence, and by half a day more while the episode lasts.
    season_manner = Manner(
        wait,
        max(2 * steps, 7),
        max(steps // 2, 3),
        least=1.4,
        times=1.2 if wait else 1.0,
        plus=1.0 if wait else 0.5,
        turn=1.9 if steps < _FEWEST_STEPS else 2.4,
    )
    return views_manner, season_manner
