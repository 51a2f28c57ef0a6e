"""How strange each value of a series is, judged by its own past; one threshold serves all series.

Days are judged by their level, from four weeks on. Where hours of the week explain most of a series, it is judged
against that season; else, and until there are weeks enough, from several sides at once. The score of a row rests on
that row and those before it. It is 0 where there is nothing to tell, about 2 for what comes by chance once in a month
of hours, in some months of days, or in a history of as many points as the one so far, and 1 more for each ten times
rarer. An episode is told once, when it begins.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from services.insights_service.domain.arrays import Bools, Floats
from services.insights_service.domain.detection.calendar import DAY, Days, Rows, by_days, readable, steps_a_day
from services.insights_service.domain.detection.day_detector import days_surprise
from services.insights_service.domain.detection.episodes import Manner, told_from, told_once
from services.insights_service.domain.detection.given import as_many, as_numbers
from services.insights_service.domain.detection.season import season_of
from services.insights_service.domain.detection.seasonal_detector import seasonal_surprise
from services.insights_service.domain.detection.views_detector import LEAST, views_surprise

_BY_HOURS = 4  # steps a day: fewer have no course of the day, and are judged as days
_WEEKS = 21  # days before a season may judge
_MERIT = 0.4  # of the variance must be the season's
_HOLD, _HOLD_ROWS = 1_800, 3  # seconds, and rows, that an alarm without a season may wait for its full height
_QUIET_ROWS, _LINGER_ROWS = 100, 20  # after an alarm without a season; of a season, two days and half a day
_WIDER, _TINY = 1.25, 8  # series share a calendar so much longer than the longest, which is at most so many of each
_PARTS = 3  # of a series, of which the views look at one, two or all
_MARGIN = 14 * 86_400  # seconds before the last rows: an earlier alarm may still keep them quiet


class _Judged(NamedTuple):
    """Per row how surprising it is by the season, and whether the season has the word."""

    surprise: Floats
    seasonal: Bools


def detect(values: ArrayLike, timestamps: ArrayLike, *, expected: ArrayLike | None = None) -> Floats:
    """Scores of a series, one per row; on dates that are `expected` to deviate (holidays, sales) nothing is scored.

    Values that are no numbers are holes, as are rows without a moment.

    Raises:
        ValueError: as detect_many.
    """
    return detect_many([values], [timestamps], expected=expected)[0]


def detect_many(
    values: Sequence[ArrayLike],
    timestamps: Sequence[ArrayLike],
    *,
    expected: ArrayLike | None = None,
    last: int | None = None,
    least: float | None = None,
) -> list[Floats]:
    """The same of many series at once, for a fraction of the time where they have the same timestamps.

    With `last` only so many last rows are scored and the rest are 0: with the same scores, but where an episode lasts
    for more than two weeks. With `least` what is milder than is mostly told is told too from there on, where nothing
    else is told near it.

    Raises:
        ValueError: what cannot be read as numbers, moments or dates, or not as many of one as of the other.
    """
    values, timestamps = as_many(values, "values"), as_many(timestamps, "timestamps")
    _check(len(values), len(timestamps), last)
    with np.errstate(all="ignore"):
        given = [as_numbers(one) for one in values]
        read = [readable(one, stamps, expected) for one, stamps in zip(given, timestamps, strict=True)]
        judged = _by_season(read)
        needed = [_views_needed(rows, one, last) for rows, one in zip(read, judged, strict=True)]
        views = _by_views(read, needed)
        return [
            _scores(len(one), rows, season, view, last, least)
            for one, rows, season, view in zip(given, read, judged, views, strict=True)
        ]


def _check(many: int, timestamps: int, last: object) -> None:
    if many != timestamps:
        message = f"timestamps must be as many as values: {timestamps} and {many} series"
        raise ValueError(message)
    if last is not None and not (isinstance(last, (int, np.integer)) and last >= 0):
        raise ValueError("last must be a whole number of rows, at least 0")


def _by_season(read: Sequence[Rows]) -> list[_Judged]:
    """Series of like days go together, on one calendar: before its first day a series has nothing."""
    judged = [_Judged(np.zeros(len(rows.values)), np.zeros(len(rows.values), dtype=bool)) for rows in read]
    laid = [
        (place, by_days(rows, steps))
        for place, rows in enumerate(read)
        if (steps := steps_a_day(rows.step)) and (steps < _BY_HOURS or _spans_weeks(rows))
    ]
    for first, until, members in _on_calendars(laid):
        steps = members[0][1].cells.shape[1]
        cells = np.full((len(members), until - first, steps), np.nan)
        for row, (_, days) in zip(cells, members, strict=True):
            row[_span(days, first)] = days.cells
        weekday = (first + 3) % 7
        found = _of_days(cells, weekday) if steps < _BY_HOURS else _of_hours(cells, weekday, members, first)
        for (place, days), surprise, speaks in zip(members, *found, strict=True):
            own, there = _span(days, first), days.rows >= 0
            judged[place].surprise[days.rows[there]] = surprise[own][there]
            judged[place].seasonal[days.rows[there]] = speaks[own][there]
    return judged


def _spans_weeks(rows: Rows) -> bool:
    return bool(rows.seconds[-1] // DAY - rows.seconds[0] // DAY >= _WEEKS)


def _of_days(cells: Floats, first_weekday: int) -> _Judged:
    seen = days_surprise(cells, first_weekday)
    return _Judged(seen.surprise, seen.judged)


def _of_hours(cells: Floats, first_weekday: int, members: Sequence[tuple[int, Days]], first: int) -> _Judged:
    season = season_of(cells, first_weekday)
    speaks = season.merit > _MERIT
    for word, (_, days) in zip(speaks, members, strict=True):
        word[: days.first_day - first + _WEEKS] = False
    surprise, heard = np.zeros_like(cells), np.flatnonzero(speaks.any(axis=1))
    surprise[heard] = seasonal_surprise(season, heard)
    return _Judged(surprise, np.broadcast_to(speaks[:, :, None], cells.shape))


def _on_calendars(laid: Sequence[tuple[int, Days]]) -> list[tuple[int, int, list[tuple[int, Days]]]]:
    """First day, the day after the last, and which: of one step, about within the longest, and not tiny in it."""
    calendars = list[tuple[int, int, list[tuple[int, Days]]]]()
    for one in sorted(laid, key=lambda one: (one[1].cells.shape[1], -len(one[1].cells))):
        days = one[1]
        for number, (first, until, members) in enumerate(calendars):
            longest = members[0][1].cells
            union = min(first, days.first_day), max(until, days.first_day + len(days.cells))
            fits = longest.shape[1] == days.cells.shape[1] and len(longest) <= _TINY * len(days.cells)
            if fits and union[1] - union[0] <= _WIDER * len(longest):
                calendars[number] = (*union, [*members, one])
                break
        else:
            calendars.append((days.first_day, days.first_day + len(days.cells), [one]))
    return calendars


def _span(days: Days, first: int) -> slice:
    return slice(days.first_day - first, days.first_day - first + len(days.cells))


def _views_needed(rows: Rows, judged: _Judged, last: int | None) -> int:
    """How many first rows the views must look at: up to the last one that no season judges, in whole parts of all, so
    that many series go together.
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


def _by_views(read: Sequence[Rows], needed: Sequence[int]) -> list[Floats]:
    """Series with the same timestamps go together."""
    surprise = [np.zeros(len(rows.values)) for rows in read]
    groups: dict[tuple[int, bytes], list[int]] = {}
    for place, (rows, many) in enumerate(zip(read, needed, strict=True)):
        if many:
            groups.setdefault((many, rows.seconds[:many].tobytes()), []).append(place)
    for (many, _), members in groups.items():
        rows = read[members[0]]
        first = Rows(rows.places[:many], rows.seconds[:many], rows.values[:many], rows.step)
        found = views_surprise(first, np.array([read[place].values[:many] for place in members]))
        for place, one in zip(members, found, strict=True):
            surprise[place][:many] = one
    return surprise


def _scores(length: int, rows: Rows, judged: _Judged, views: Floats, last: int | None, least: float | None) -> Floats:
    """Alarms, put back at the places of their rows."""
    surprise = np.nan_to_num(np.where(judged.seasonal, judged.surprise, views), posinf=0.0)
    steps = steps_a_day(rows.step)
    wait = min(_HOLD_ROWS, int(_HOLD // rows.step)) if rows.step > 0 else 0
    manners = (
        Manner(wait, _QUIET_ROWS, _LINGER_ROWS, least=LEAST, times=1.2, plus=1.0),
        Manner(
            wait,
            max(2 * steps, 7),
            max(steps // 2, 3),
            least=1.4,
            times=1.2 if wait else 1.0,
            plus=1.0 if wait else 0.5,
        ),
    )
    scores = np.zeros(length)
    if least is None:
        scores[rows.places] = told_once(surprise, judged.seasonal, manners)
    else:
        scores[rows.places] = told_from(surprise, judged.seasonal, manners, least)
    if last is not None:
        scores[: max(length - last, 0)] = 0.0
    return scores
