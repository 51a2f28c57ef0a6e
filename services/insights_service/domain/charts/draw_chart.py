"""An insight's chart as SVG: expected and actual values, their ranges, and the time in question marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from jinja2 import Environment, StrictUndefined, Template

from services.insights_service.domain.charts.legend import caption, plotted, signs
from services.insights_service.domain.charts.lines import Place, band, line, lone, runs
from services.insights_service.domain.charts.scales import Scale, day_ticks, hour_ticks, value_ticks
from services.insights_service.domain.charts.text import text_width, wrapped
from services.insights_service.domain.evidence.shapes import AnyEvidence, BudgetAdvice, Point, known
from services.insights_service.domain.words.describe import Words, describe
from services.insights_service.domain.words.figures import Figures
from services.insights_service.domain.words.language import Language
from services.insights_service.domain.words.language import language as language_of
from services.insights_service.domain.words.periods import Periods, local
from services.insights_service.domain.zones import zone_of

WIDTH: Final = 720
_MARGIN: Final = 24
_TITLE_SIZE, _LABEL_SIZE = 15.0, 12.0
_LINE_HEIGHT: Final = 21
_PLOT_HEIGHT: Final = 210
# A range extends the axis only up to this multiple of the span of actual and expected values beyond them. A wider
# one would flatten everything else.
_WIDEST_RANGE: Final = 3.0
_MOST_DOTS: Final = 12
_STEPS: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
_TEMPLATE: Final = Path(__file__).parents[2] / "templates" / "chart.svg"


class Label(NamedTuple):
    """A text at a position of an axis."""

    at: float
    text: str


class Key(NamedTuple):
    """An entry of the legend: its position, which sign it explains, and the text."""

    at: float
    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The edges of the plot, and its two scales."""

    left: float
    right: float
    top: float
    bottom: float
    times: Scale
    values: Scale

    def place(self, moment: float, value: float | None) -> Place | None:
        """Return the position of a value; None if it is unknown."""
        figure = known(value)
        if figure is None:
            return None
        # Only a range can reach beyond the axis. It is clipped here, because a clip path takes half of the rendering.
        return self.times.place(moment), min(max(self.values.place(figure), self.top), self.bottom)


def draw_chart(evidence: AnyEvidence, language: str, currency: str, time_zone: str) -> str:
    """Draw the chart as an SVG document.

    `language` is a tag such as `en-GB`, `currency` an ISO 4217 code used where the evidence has none, and `time_zone`
    an IANA name.
    """
    words = describe(evidence, language, currency, time_zone)
    return Chart(evidence, language_of(language), evidence.currency or currency, time_zone).render(words)


class Chart:
    """A chart of one insight's evidence."""

    def __init__(self, evidence: AnyEvidence, language: Language, currency: str, time_zone: str) -> None:
        self._evidence = evidence
        self._language = language
        self._zone = zone_of(time_zone)
        self._periods = Periods(language, self._zone)
        self._caption = caption(evidence, language, time_zone)
        self._figures = Figures(language, *plotted(evidence), currency)
        self._step = _STEPS[evidence.grain]
        self._points = self._in_order()

    def render(self, words: Words) -> str:
        """Render the SVG document; the words are its title and description."""
        title = wrapped(words.title, _TITLE_SIZE * 1.05, WIDTH - 2 * _MARGIN)
        top = _MARGIN + len(title) * _LINE_HEIGHT + 62
        frame = self._frame(top)
        places = {name: self._line(frame, name) for name in ("actual", "expected", "low", "high", "low80", "high80")}
        half_step = frame.times.place(self._step.total_seconds() / 2) - frame.times.place(0)
        actual, expected = runs(places["actual"]), runs(places["expected"])
        wide, narrow = (
            band(places[low], _upper_edge(places[low], places[high], frame.top), half_step)
            for low, high in (("low", "high"), ("low80", "high80"))
        )
        window = self._window(frame)
        values = [Label(frame.values.place(value), text) for value, text in self._labelled(self._values())]
        drawn = {"actual": True, "expected": expected, "narrow": narrow, "wide": wide, "window": window}
        return _template().render(
            words=words,
            code=self._language.locale.language,
            width=WIDTH,
            height=top + _PLOT_HEIGHT + 44,
            title=title,
            caption=self._caption,
            frame=frame,
            window=window,
            wide=wide,
            narrow=narrow,
            expected=line(expected),
            actual=line(actual),
            dots=lone(actual) + self._judged_dots(frame, window),
            expected_dots=lone(expected),
            values=values,
            zero=frame.values.place(0),
            times=self._times(frame),
            keys=self._keys({sign for sign, content in drawn.items() if content}),
            nothing="" if actual or expected else self._language.say("There is no series to draw."),
        )

    def _in_order(self) -> list[tuple[float, Point | None]]:
        """Return each step's middle in seconds and its point, in order, with None where steps are missing."""
        half = self._step.total_seconds() / 2
        known_points = {local(point.at, self._zone).timestamp() + half: point for point in self._evidence.series}
        ordered: list[tuple[float, Point | None]] = []
        for moment in sorted(known_points):
            # The tolerance is for days of 25 hours.
            if ordered and moment - ordered[-1][0] > 3 * half:
                ordered.append((moment - half, None))
            ordered.append((moment, known_points[moment]))
        return ordered

    def _line(self, frame: Frame, name: str) -> list[Place | None]:
        return [frame.place(moment, getattr(point, name, None)) for moment, point in self._points]

    def _frame(self, top: float) -> Frame:
        values = self._values()
        left = _MARGIN + max(text_width(text, _LABEL_SIZE) for _, text in self._labelled(values)) + 10
        right, bottom = WIDTH - _MARGIN, top + _PLOT_HEIGHT
        half = self._step.total_seconds() / 2
        first, last = (self._points[0][0] - half, self._points[-1][0] + half) if self._points else (0, 1)
        return Frame(
            left, right, top, bottom, Scale(first, last, left, right), Scale(values[0], values[-1], bottom, top)
        )

    def _values(self) -> list[float]:
        points = [point for _, point in self._points if point is not None]
        values = [known(value) for point in points for value in (point.actual, point.expected)]
        figures = [value for value in values if value is not None] or [0.0]
        low, high = min(0.0, *figures), max(0.0, *figures)
        edges = [known(value) for point in points for value in (point.low, point.high)]
        reach = (high - low) * _WIDEST_RANGE
        inside = [value for value in edges if value is not None and low - reach <= value <= high + reach]
        # The axis goes below zero only if an actual or expected value does.
        lowest, highest = (min([low, *inside]) if low < 0 else 0.0), max([high, *inside])
        return value_ticks(lowest, highest, self._figures.least)

    def _labelled(self, values: list[float]) -> list[tuple[float, str]]:
        step = values[1] - values[0]
        return [(value, self._figures.tick(value, step)) for value in values]

    def _times(self, frame: Frame) -> list[Label]:
        if not self._points:
            return []
        start = datetime.fromtimestamp(frame.times.first, self._zone)
        end = datetime.fromtimestamp(frame.times.last, self._zone)
        if self._evidence.grain == "day":
            half = self._step.total_seconds() / 2
            days = day_ticks(start, end - self._step, most=8)
            return [Label(frame.times.place(day.timestamp() + half), self._periods.day(day)) for day in days]
        return [
            Label(frame.times.place(tick.timestamp()), self._clock(tick)) for tick in hour_ticks(start, end, most=9)
        ]

    def _clock(self, tick: datetime) -> str:
        """Label a tick with its clock time, or at midnight with its day."""
        return self._periods.clock(tick) if tick.hour or tick.minute else self._periods.day(tick)

    def _window(self, frame: Frame) -> tuple[float, float] | None:
        window = self._evidence.window
        # The chart of advice shows nothing but its window, so marking it would say nothing.
        if window is None or not self._points or isinstance(self._evidence, BudgetAdvice):
            return None
        first, last = (frame.times.place(local(edge, self._zone).timestamp()) for edge in (window.start, window.end))
        first, last = max(first, frame.left), min(last, frame.right)
        return (first, last) if last > first else None

    def _judged_dots(self, frame: Frame, window: tuple[float, float] | None) -> list[Place]:
        """Return the actual values within the time in question, to be drawn as dots if it has few steps."""
        if window is None:
            return []
        places = (frame.place(moment, point.actual) for moment, point in self._points if point is not None)
        dots = [place for place in places if place is not None and window[0] <= place[0] <= window[1]]
        return dots if len(dots) <= _MOST_DOTS else []

    def _keys(self, drawn: set[str]) -> list[Key]:
        keys: list[Key] = []
        at = float(_MARGIN)
        for sign, text in signs(self._evidence, self._language):
            if sign in drawn:
                keys.append(Key(at, sign, text))
                at += 24 + text_width(text, _LABEL_SIZE) + 18
        return keys


def _upper_edge(lower: Sequence[Place | None], upper: Sequence[Place | None], top: float) -> list[Place | None]:
    """Return `upper`, at the top of the plot where only the lower end is known: a cost may have no upper limit."""
    pairs = zip(lower, upper, strict=True)
    return [(low[0], top) if low is not None and high is None else high for low, high in pairs]


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["px"] = lambda number: f"{number:.1f}".removesuffix(".0")
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))
