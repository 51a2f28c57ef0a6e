import io
import math
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from services.insights_service.domain.charts.draw_chart import draw_chart
from services.insights_service.domain.charts.draw_png import draw_png
from services.insights_service.domain.charts.scales import hour_ticks, value_ticks
from services.insights_service.domain.charts.text import text_width, wrapped
from services.insights_service.domain.evidence.shapes import AnyEvidence, Point, Window
from services.insights_service.domain.evidence.written import at
from tests.insights_service.told import EVERY_KIND, LEVEL, VND_REVENUE, advice, anomaly, part

SVG = "{http://www.w3.org/2000/svg}"
START = datetime(2026, 11, 20, 22, tzinfo=UTC)


def _hours(count: int = 48, **changed: Any) -> list[Point]:
    """Return hourly points with 60 an hour, and nothing in the last six hours."""
    points: list[Point] = []
    for hour in range(count):
        given: dict[str, Any] = {"actual": 60 if hour < count - 6 else 0, "expected": 60, "low": 45, "high": 75}
        points.append(Point(at=at(START + timedelta(hours=hour)), **{**given, **changed}))
    return points


def _drop(**changed: Any) -> AnyEvidence:
    window = Window(start=at(START + timedelta(hours=42)), end=at(START + timedelta(hours=48)))
    return anomaly(**{"window": window, "series": _hours(), **changed})


def _drawn(
    evidence: AnyEvidence, language: str = "en", currency: str = "USD", zone: str = "America/Chicago"
) -> ET.Element:
    return ET.fromstring(draw_chart(evidence, language, currency, zone))  # noqa: S314 -- made here


def _texts(drawn: ET.Element) -> list[str]:
    return [(text.text or "").replace("\u00a0", " ") for text in drawn.iter(f"{SVG}text")]


def _paths(drawn: ET.Element, stroke: str) -> list[str]:
    return [path.get("d", "") for path in drawn.iter(f"{SVG}path") if path.get("stroke") == stroke]


ACTUAL, EXPECTED = "#0B655A", "#64788A"


def test_a_chart_has_a_title_and_description_for_screen_readers():
    drawn = _drawn(_drop())
    assert drawn.get("role") == "img"
    named = {element.get("id"): element.text for element in drawn if element.tag in {f"{SVG}title", f"{SVG}desc"}}
    assert list(named) == (drawn.get("aria-labelledby") or "").split()
    title, description = named.values()
    assert (title or "").startswith("Leads from Meta in Omaha: 3 instead of about 42")
    assert "The usual range is 31 to 54." in (description or "")


def test_labels_use_the_tenants_language_time_zone_and_currency():
    texts = _texts(_drawn(_drop()))
    assert texts[1:7] == ["Leads an hour · Central Time", "0", "20", "40", "60", "80"]
    assert {"Nov 21", "6 AM", "12 PM"} <= set(texts)
    texts = _texts(_drawn(_drop(), "vi", "VND", "Asia/Ho_Chi_Minh"))
    assert {"Số lead mỗi giờ · Giờ Việt Nam", "Thực tế", "Khoảng 95%", "22/11", "6:00"} <= set(texts)
    days = [
        Point(at=at(date(2026, 11, 1) + timedelta(days=n)), actual=9e6, expected=8e6, low=6e6, high=1e7)
        for n in range(21)
    ]
    texts = _texts(_drawn(anomaly(**_fields(VND_REVENUE), series=days), "vi"))
    assert {"0 ₫", "5 triệu ₫", "10 triệu ₫", "21/11", "14/11"} <= set(texts)


def _fields(evidence: Any) -> dict[str, Any]:
    return {name: getattr(evidence, name) for name in evidence.__struct_fields__ if name != "series"}


def test_the_marked_window_covers_its_steps():
    drawn = _drawn(_drop())
    shade = next(rect for rect in drawn.iter(f"{SVG}rect") if rect.get("fill") == "#FCF1E3")
    left, width = float(shade.get("x", "")), float(shade.get("width", ""))
    dots = [float(circle.get("cx", "")) for circle in drawn.iter(f"{SVG}circle")]
    assert len(dots) == 6
    assert all(left < dot < left + width for dot in dots)
    lines = next(group for group in drawn.iter(f"{SVG}g") if group.get("stroke") == "#DCE2E8")
    plot = left + width - float(lines[0].get("d", "").split()[0][1:])
    assert width / plot == pytest.approx(6 / 48, abs=0.001)


def test_lines_are_interrupted_where_steps_are_missing():
    points = _hours()
    for hour in (10, 11, 20):
        points[hour] = Point(at=points[hour].at, actual=math.nan, expected=60)
    # A missing step, hours that come twice, and points out of order.
    points = [*points[31:], *points[:30], *points[:5]]
    drawn = _drawn(_drop(series=points))
    assert _paths(drawn, ACTUAL)[0].count("M") == 4
    assert _paths(drawn, EXPECTED)[0].count("M") == 2
    assert "nan" not in ET.tostring(drawn, encoding="unicode").lower()


def test_a_range_without_an_upper_end_reaches_the_top_of_the_chart():
    ends = [{"high": 75} if hour % 3 else {"high": None} for hour in range(48)]
    series = [Point(at=at(START + timedelta(hours=n)), actual=60, expected=60, low=45, **ends[n]) for n in range(48)]
    [fill] = [path.get("d", "") for path in _drawn(_drop(series=series)).iter(f"{SVG}path") if "Z" in path.get("d", "")]
    assert fill.count("M") == 1
    heights = [float(place.split()[1]) for place in re.findall(r"[\d.]+ [\d.]+", fill)][:48]
    assert all((heights[hour] == min(heights)) == (hour % 3 == 0) for hour in range(48))


def test_a_point_without_neighbours_is_drawn_as_a_dot():
    drawn = _drawn(_drop(series=_hours(1)))
    assert len(list(drawn.iter(f"{SVG}circle"))) == 2
    # Only the sign in the legend is drawn.
    assert [path for path in _paths(drawn, ACTUAL) if "h18" not in path] == []


def test_a_chart_of_advice_compares_leads_so_far_with_the_whole_platforms():
    days = [Point(at=at(date(2026, 10, 1) + timedelta(n)), actual=n // 3, expected=n) for n in range(30)]
    window = Window(start="2026-10-01", end="2026-10-31")
    drawn = _drawn(advice(action="pause", step_pct=-20, series=days, window=window))
    assert {"Leads so far", "“Search · Valves”", "What the same spend brings on all of Google"} <= set(_texts(drawn))
    # The window is not marked, because it is all that is shown.
    assert not {"Time in question", "Actual", "Expected"} & set(_texts(drawn))
    ends = [[float(part) for part in path.rsplit("L", 1)[1].split()] for path in _lines(drawn)]
    assert (ends[0][0], ends[0][1] < ends[1][1]) == (ends[1][0], True)
    assert {"Số lead cộng dồn"} <= set(_texts(_drawn(advice(series=days), "vi")))


def _lines(drawn: ET.Element) -> list[str]:
    """Return the drawn lines of expected and of actual values."""
    return [path for stroke in (EXPECTED, ACTUAL) for path in _paths(drawn, stroke) if "h18" not in path]


def test_a_chart_without_a_series_says_so():
    for evidence in EVERY_KIND.values():
        assert "There is no series to draw." in _texts(_drawn(evidence))


@pytest.mark.parametrize(
    "changed",
    [
        {"actual": 0, "expected": 0, "low": 0, "high": 0},
        {"actual": -50, "expected": 10, "low": -1e12, "high": 1e12},
        {"actual": None, "expected": None, "low": None, "high": None},
        {"actual": 1e14, "expected": 1e-9, "low": math.inf, "high": math.nan},
        {"actual": 0.001, "expected": 0.002, "low": 0, "high": 0.003},
    ],
    ids=["zeros", "refunds", "nothing known", "huge", "tiny"],
)
@pytest.mark.parametrize(
    ("metric", "unit"), [("leads", "count"), ("revenue", "money"), ("ctr", "ratio"), ("roas", "ratio")]
)
def test_nothing_is_drawn_outside_the_chart(changed: dict[str, Any], metric: str, unit: str):
    drawn = _drawn(_drop(metric=metric, unit=unit, series=_hours(**changed)))
    height, width = float(drawn.get("height", "")), float(drawn.get("width", ""))
    for path in drawn.iter(f"{SVG}path"):
        for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path.get("d", "").replace(" L", "L")):
            assert 0 <= float(x) <= width
            assert 0 <= float(y) <= height
    labels = _texts(next(group for group in drawn.iter(f"{SVG}g") if group.get("text-anchor") == "end"))
    assert len(labels) == len(set(labels))


def test_names_are_escaped_in_the_document():
    name = "</text><script>alert(1)</script> & {{ x }} \x00 “שלום” 😀"
    drawn = _drawn(_drop(segment=[part("campaign", name)], metric="own <b>"))
    assert not list(drawn.iter(f"{SVG}script"))
    assert any("</text><script>" in text for text in _texts(drawn))


def test_a_png_shows_the_same_chart_with_vietnamese_letters():
    svg = draw_chart(_drop(), "vi", "VND", "Asia/Ho_Chi_Minh")
    drawn = ET.fromstring(svg)  # noqa: S314 -- made here
    picture = Image.open(io.BytesIO(draw_png(svg))).convert("RGB")
    assert picture.size == (2 * int(drawn.get("width", "")), 2 * int(drawn.get("height", "")))
    colours = {colour for _, colour in picture.getcolors(1 << 20) or []}
    assert {(0x0B, 0x65, 0x5A), (0xFC, 0xF1, 0xE3), (0xFF, 0xFF, 0xFF)} <= colours
    # Each of these letters has its own shape, so none is drawn as the font's replacement for missing letters.
    shapes = [_ink(letter) for letter in "ắằẳẵặấầẩẫậềểễệốồổỗộớờởỡợứừửữựđĐƠƯ₫×–…“”·\ue123"]
    assert len(set(shapes)) == len(shapes)


def _ink(letter: str) -> bytes:
    text = f'<text x="2" y="18" font-size="16">{letter}</text>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24">{text}</svg>'
    return Image.open(io.BytesIO(draw_png(svg))).tobytes()


def test_day_labels_are_counted_back_from_the_newest():
    days = [Point(at=at(date(2026, 9, 1) + timedelta(days=n)), actual=40, expected=40) for n in range(82)]
    texts = _texts(_drawn(LEVEL.__class__(**_fields(LEVEL), series=days)))
    assert texts[-8:-3] == ["Sep 26", "Oct 10", "Oct 24", "Nov 7", "Nov 21"]


def test_hour_ticks_follow_the_local_clock():
    zone = ZoneInfo("Europe/Berlin")
    # The night on which clocks go back, on a day of 25 hours.
    start = datetime(2026, 10, 24, 18, tzinfo=zone)
    ticks = hour_ticks(start, start + timedelta(hours=24), most=9)
    assert [tick.hour for tick in ticks] == [18, 21, 0, 3, 6, 9, 12, 15, 18]
    assert [tick.timestamp() for tick in ticks] == sorted({tick.timestamp() for tick in ticks})


def test_value_ticks_are_round():
    assert value_ticks(0, 75, 1) == [0, 20, 40, 60, 80]
    assert value_ticks(0, 1, 1) == [0, 1]
    assert value_ticks(0, 0, 1) == [0, 1]
    assert value_ticks(-120, 700, 1) == [-500, 0, 500, 1000]
    assert value_ticks(0, 0.4, 0.01) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])


def test_long_titles_break_between_words_and_are_cut():
    lines = wrapped("word " * 60, 15, 300)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert all(text_width(line, 15) <= 300 for line in lines)
    assert [text_width(line, 15) <= 300 for line in wrapped("W" * 500, 15, 300)] == [True]
