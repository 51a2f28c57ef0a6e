import re
import unicodedata
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from msgspec import structs

from scripts.update_messages import LANGUAGES, catalogue_path, is_told, messages_of_code, updated
from services.insights_service.domain.anomalies.judged_series import METRICS
from services.insights_service.domain.anomalies.ratio_metrics import RATIO_METRICS
from services.insights_service.domain.evidence.shapes import AnyEvidence, Missing, Part, Reason, Window
from services.insights_service.domain.words.describe import describe
from services.insights_service.domain.words.ended import late_source_ended
from services.insights_service.domain.words.facts import times_of
from services.insights_service.domain.words.language import language
from services.insights_service.domain.words.metrics import metric_name
from tests.insights_service.told import (
    EVERY_KIND,
    GOAL,
    LATE,
    LEVEL,
    META,
    NIGHT,
    OMAHA,
    OVERSPENT,
    REASONS,
    SILENT_ADS,
    UNJUDGED,
    VND_REVENUE,
    WORSE,
    advice,
    anomaly,
    part,
)

CHICAGO, SAIGON = "America/Chicago", "Asia/Ho_Chi_Minh"
TITLES = [
    (anomaly(), "Leads from Meta in Omaha: 3 instead of about 42 since 10 AM"),
    (
        anomaly(window=NIGHT, is_ongoing=False, segment=[]),
        "Leads: 3 instead of about 42 from 9 PM on Nov 21 to 3 AM on Nov 22",
    ),
    (anomaly(is_ongoing=False, segment=[]), "Leads: 3 instead of about 42 from 10 AM to 4 PM on Nov 22"),
    (VND_REVENUE, "Online revenue in Quận 1: ₫3.1M instead of about ₫8.41M from Nov 18 to Nov 21"),
    (LEVEL, "Leads in Omaha: 25 a day on average instead of 40 since Nov 3"),
    (advice(), "Raise the budget of “Search · Valves” by 20%: $4.10 a lead, overall $7.35"),
    (WORSE, "Lower the budget of “Prospecting” (Meta) by 20%: $19.52 a lead, overall $7.35"),
    (UNJUDGED, "Too early to judge “Search · Valves” (Google): 9 of 30 conversions needed"),
    (LATE, "Google Analytics is late: no data since 10 AM on Nov 22"),
    (SILENT_ADS, "TikTok Ads: no spend since Nov 18 – the ads have ended, or data are missing"),
    (GOAL, "Leads from Nov 1 to Nov 30: probably 830 to 910 of 1,000"),
    (OVERSPENT, "Ad spend on Meta from Nov 1 to Nov 30: probably $1,102 to $1,302, $1,000 planned"),
]
TITLES_IN_VIETNAMESE = [
    (anomaly(), "Số lead từ Meta tại Omaha: 3 thay vì khoảng 42 kể từ 23:00 ngày 22/11"),
    (VND_REVENUE, "Doanh thu online tại Quận 1: 3,1 triệu ₫ thay vì khoảng 8,41 triệu ₫"),
    (LEVEL, "Số lead tại Omaha: trung bình 25 mỗi ngày thay vì 40 kể từ ngày 3/11"),
    (advice(), "Tăng 20% ngân sách “Search · Valves”: mỗi lead 4,10 US$, mức chung 7,35 US$"),
    (UNJUDGED, "Chưa đủ dữ liệu để đánh giá “Search · Valves” (Google): mới có 9/30 chuyển đổi"),
    (LATE, "Google Analytics chậm dữ liệu: chưa có số liệu kể từ 23:00 ngày 22/11"),
    (SILENT_ADS, "TikTok Ads: không có chi phí kể từ ngày 18/11 – đã dừng hoặc thiếu dữ liệu"),
    (GOAL, "Số lead từ 1/11 đến 30/11: có thể đạt 830 đến 910 trên 1.000"),
]
HOSTILE = [
    "{0} {names} %s %(x)d {{}} ${y}",
    "A “quoted” 'name' \"with\" <b>tags</b> & ;",
    "line\nend\r\ttab\x00nul\ud800",
    "שלום \u202eturned עולם",
    "👨‍👩‍👧‍👦 " * 30,
    "Ế" * 500,
    "word " * 100,
    "",
    "   ",
]


def _plain(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(("evidence", "title"), TITLES, ids=[title for _, title in TITLES])
def test_titles_say_what_where_and_how_much(evidence: AnyEvidence, title: str):
    assert _plain(describe(evidence, "en", "USD", CHICAGO).title) == title


@pytest.mark.parametrize(("evidence", "title"), TITLES_IN_VIETNAMESE, ids=[title for _, title in TITLES_IN_VIETNAMESE])
def test_titles_in_vietnamese(evidence: AnyEvidence, title: str):
    assert _plain(describe(evidence, "vi", "USD", SAIGON).title) == title


DESCRIPTION = """\
Leads from Meta in Omaha since 10 AM on Nov 22: 3 instead of about 42 (93% fewer). The usual range is 31 to 54. \
Chance alone moves a figure this far about once a year. The latest figures may still change.
Where it comes from: campaign “Spring sale” (1 instead of 38, 96% of the change); \
campaign “A” and “B” in Omaha (2 instead of 4, 5% of the change).
Check that the forms and lead ads still deliver and that no budget ran out."""
DESCRIPTION_IN_VIETNAMESE = """\
Số lead từ Meta tại Omaha kể từ 23:00 ngày 22/11: 3 thay vì khoảng 42 (giảm 93%). Mức thông thường: từ 31 đến 54. \
Nếu chỉ do ngẫu nhiên, một chỉ số biến động như vậy khoảng mỗi năm một lần. Số liệu mới nhất có thể còn thay đổi.
Thay đổi đến từ: chiến dịch “Spring sale” (1 thay vì 38, chiếm 96% mức thay đổi); \
chiến dịch “A” và “B” tại Omaha (2 thay vì 4, chiếm 5% mức thay đổi).
Kiểm tra form đăng ký và quảng cáo thu lead có còn hoạt động không, ngân sách có bị hết không."""
ADVICE = """\
A lead of campaign “Search · Valves” costs $4.10, on all of Google, unpaid leads included, $7.35 (last 30 days). \
Return on ad spend: 4.2×. We are 93% sure that its leads are cheaper than usual there.
Raise the budget by 20% (from $40.00 to $48.00 a day) now, no more in one step. Expect 9.4 to 14 leads a day then.
Look at its figures again before the next step."""
SILENCE = """\
No data have come from TikTok Ads since Nov 18.
Either its ads have ended, or their figures were not handed over: this cannot be told from here. \
Not judged until they are here: ad spend.
If its ads still run, import their latest days, or check how they get here."""


def test_a_description_says_how_sure_why_and_what_to_do():
    told = anomaly(reasons=REASONS, provisional=True)
    assert _plain(describe(told, "en", "USD", CHICAGO).description) == DESCRIPTION
    assert _plain(describe(told, "vi", "USD", SAIGON).description) == DESCRIPTION_IN_VIETNAMESE


@pytest.mark.parametrize(
    ("segment", "metric", "place", "place_in_vietnamese"),
    [
        ([OMAHA, part("product", "Pump")], "leads", "“Pump” in Omaha", "“Pump” tại Omaha"),
        ([part("channel", "paid-search"), part("product", "Pump")], "revenue", "“Pump” via paid search", None),
        ([part("source", "newsletter"), part("channel", "email")], "sessions", "email from newsletter", None),
        ([OMAHA, part("term", "thermal paste")], "failed_searches", "“thermal paste” in Omaha", None),
        ([META, part("campaign", "Spring")], "cpl", "campaign “Spring” on Meta", "chiến dịch “Spring” trên Meta"),
    ],
)
def test_a_crossing_is_named_as_people_say_it(
    segment: list[Part], metric: str, place: str, place_in_vietnamese: str | None
) -> None:
    told = anomaly(metric=metric, reasons=[Reason(segment=segment, expected=9, actual=1, share_pct=80)])
    assert f"Where it comes from: {place} (1 instead of 9, 80%" in describe(told, "en", "USD", CHICAGO).description
    if place_in_vietnamese is not None:
        said = describe(told, "vi", "USD", CHICAGO).description
        assert f"Thay đổi đến từ: {place_in_vietnamese} (1 thay vì 9, chiếm 80%" in said


def test_advice_says_what_a_step_brings_and_a_refusal_what_is_missing():
    assert _plain(describe(advice(), "en", "USD", CHICAGO).description) == ADVICE
    assert "9 of 30 conversions needed" in describe(UNJUDGED, "en", "USD", CHICAGO).description
    lacking = Missing(have=12.5, need=1000, what="spend")
    unspent = advice(action="monitor", missing=lacking, campaign_name=None, campaign_ref="a/7")
    title = "Too early to judge “a/7” (Google): $12.50 of $1,000 in spend needed"
    assert describe(unspent, "en", "USD", CHICAGO).title == title
    assert "sure" not in describe(UNJUDGED, "en", "USD", CHICAGO).description


def test_a_goal_says_up_to_which_day_it_is_told_what_came_so_far():
    # (the dashboard has today as well, and days that a source has told but may yet tell otherwise)
    assert "So far, up to Nov 21: 604, with 9 days left." in describe(GOAL, "en", "USD", CHICAGO).description
    assert "Đến hết ngày 21/11: 604, còn 9 ngày." in describe(GOAL, "vi", "USD", SAIGON).description
    told = times_of(GOAL, CHICAGO)
    assert (11, 21) in told.days


def test_of_ads_that_came_in_files_nobody_says_that_a_connection_failed():
    assert _plain(describe(SILENT_ADS, "en", "USD", CHICAGO).description) == SILENCE
    assert "Quảng cáo có thể đã kết thúc" in describe(SILENT_ADS, "vi", "USD", SAIGON).description


def test_it_is_said_since_when_a_late_source_tells_something_again():
    since, again = datetime(2026, 11, 20, 5, tzinfo=UTC), datetime(2026, 11, 22, 16, tzinfo=UTC)
    said = [
        late_source_ended("en-US", CHICAGO, since, again),
        late_source_ended("en-US", CHICAGO, since, None),
        # (midnight there: what is told by the day)
        late_source_ended("en-US", CHICAGO, since, since + timedelta(hours=1)),
        late_source_ended("vi", SAIGON, since, again),
    ]
    assert [one.replace("\xa0", " ").replace("\u202f", " ") for one in said] == [
        "data arrive again since 10 AM on Nov 22",
        "no data have come since 11 PM on Nov 19, and they are not waited for any more",
        "data arrive again since Nov 20",
        "dữ liệu đã về trở lại kể từ 23:00 ngày 22/11",
    ]


def test_what_the_evidence_lacks_is_not_said():
    bare = anomaly(
        **dict.fromkeys(("low", "high", "return_period_days", "change_pct", "window")), segment=[], metric="own_metric"
    )
    assert describe(bare, "en", "USD", CHICAGO) == (
        "Own metric: 3 instead of about 42",
        "Own metric: 3 instead of about 42.\nSee what changed there at that time.",
    )


@pytest.mark.parametrize(
    ("days", "often", "often_in_vietnamese"),
    [
        (6.0, None, None),
        (13.0, "about once a week.", "khoảng mỗi tuần một lần."),
        (29.0, "about once in two weeks.", "khoảng hai tuần một lần."),
        (179.0, "about once a month.", "khoảng mỗi tháng một lần."),
        (364.0, "about once in 6 months.", "khoảng 6 tháng một lần."),
        (1094.0, "about once a year.", "khoảng mỗi năm một lần."),
        (3649.0, "about once in 3 years.", "khoảng 3 năm một lần."),
        (3652.0, "at most once in 10 years.", "chưa đến một lần trong 10 năm."),
    ],
)
def test_how_often_chance_does_it_is_said_in_coarse_steps(
    days: float, often: str | None, often_in_vietnamese: str | None
) -> None:
    for told in (anomaly(return_period_days=days), structs.replace(LEVEL, return_period_days=days)):
        said, said_in_vietnamese = (describe(told, tag, "USD", CHICAGO).description for tag in ("en", "vi"))
        assert ("Chance alone" in said, "ngẫu nhiên" in said_in_vietnamese) == (often is not None,) * 2
        assert f"Chance alone moves a figure this far {often}" in said or often is None
        assert (
            often_in_vietnamese is None or f"một chỉ số biến động như vậy {often_in_vietnamese}" in said_in_vietnamese
        )


def test_no_part_is_said_to_have_more_than_all_of_the_change():
    pump = Reason(segment=[part("product", "Pump")], expected=1, actual=9, share_pct=111.2)
    alike = Reason(segment=[], expected=9, actual=17, share_pct=100)
    for reasons in ([pump], [pump, alike]):
        said = [describe(anomaly(reasons=reasons), tag, "USD", CHICAGO).description for tag in ("en", "vi")]
        assert "Where it comes from: “Pump” (9 instead of 1, all of the change)." in said[0]
        assert "Thay đổi đến từ: “Pump” (9 thay vì 1, chiếm toàn bộ mức thay đổi)." in said[1]
    most = describe(anomaly(reasons=[structs.replace(pump, share_pct=60), alike]), "en", "USD", CHICAGO).description
    assert "60% of the change); the rest from many parts." in most
    alone = describe(anomaly(reasons=[alike]), "en", "USD", CHICAGO).description
    assert "Where it comes from: many parts at once, none of which stands out." in alone


def test_a_rate_is_that_of_who_came_this_way():
    told = anomaly(metric="conversion_rate", unit="ratio", segment=[part("channel", "email")])
    assert describe(told, "en", "USD", CHICAGO).title.startswith("Conversion rate via email: 3% ")
    assert describe(told, "vi", "USD", CHICAGO).title.startswith("Tỷ lệ chuyển đổi qua email: 3% ")


@pytest.mark.parametrize(
    ("told", "figure", "usual"),
    [
        (
            anomaly(metric="spend", unit="money", actual=363.31, low=55.4927, high=362.9127),
            "$363.31",
            "$55.49 to $362.91",
        ),
        (structs.replace(VND_REVENUE, low=3_104_233), "₫3,100,000", "₫3,104,233 to ₫10.4M"),
        (anomaly(metric="conversion_rate", unit="ratio", actual=3.16, low=3.21, high=9), "3.16%", "3.21% to 9%"),
        (anomaly(actual=31, low=31.2), "31", "31.2 to 54"),
        (anomaly(actual=8, low=1, high=7.96), "8", "1 to 7.96"),
        (structs.replace(LEVEL, actual=30.6), "30.6 a day", "31 to 49 a day"),
        (anomaly(actual=31.2), "31", "31 to 54"),
    ],
)
def test_a_figure_beside_its_usual_range_does_not_look_like_an_end_of_it(
    told: AnyEvidence, figure: str, usual: str
) -> None:
    said = _plain(describe(told, "en", "USD", CHICAGO).description)
    assert f": {figure} " in said
    assert f"The usual range is {usual}." in said


def test_all_is_said_of_all_only():
    for change_pct, said in ((-100, "(100% fewer)"), (-99.7, "(over 99% fewer)"), (99.7, "(100% more)")):
        assert said in describe(anomaly(change_pct=change_pct), "en", "USD", CHICAGO).description
    assert "(" not in describe(anomaly(change_pct=0.2), "en", "USD", CHICAGO).description


def test_numbers_and_clocks_are_the_regions():
    told = anomaly(metric="revenue", unit="money", expected=1234.5, actual=99.5, segment=[])
    assert (
        _plain(describe(told, "en-GB", "GBP", "Europe/London").title)
        == "Online revenue: £99.50 instead of about £1,235 since 16:00"
    )
    assert (
        _plain(describe(told, "vi", "VND", "UTC").title) == "Doanh thu online: 100 ₫ thay vì khoảng 1.235 ₫ kể từ 16:00"
    )
    # No language that there is, no zone that there is: English, UTC.
    assert describe(told, "tlh-Latn-XX", "USD", "Mars/Olympus").title.endswith("since 4\u00a0PM")


def test_windows_end_where_days_do():
    def when(start: str, end: str) -> str:
        window = Window(start=start, end=end)
        title = describe(anomaly(window=window, is_ongoing=False, segment=[]), "vi", "USD", "Europe/Berlin").title
        return title.removeprefix("Số lead: 3 thay vì khoảng 42 ")

    assert when("2026-11-21T21:00:00Z", "2026-11-21T23:00:00Z") == "từ 22:00 đến 24:00 ngày 21/11"
    assert when("2026-11-20T23:00:00Z", "2026-11-21T23:00:00Z") == "ngày 21/11"
    # The hour that there is twice.
    assert when("2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z") == "từ 2:00 đến 2:00 ngày 25/10"
    assert when("2026-11-21", "2026-11-21") == "ngày 21/11"
    assert when("2026-11-19T23:00:00Z", "2026-11-21T23:00:00Z") == "từ 20/11 đến 21/11"
    assert when("2026-11-20T14:00:00Z", "2026-11-21T23:00:00Z") == "từ 15:00 ngày 20/11 đến 24:00 ngày 21/11"


def test_an_end_at_midnight_is_no_day_too_early_where_clocks_have_twelve_hours():
    def when(start: str, end: str) -> str:
        change = anomaly(window=Window(start=start, end=end), is_ongoing=False, segment=[])
        told = describe(change, "en-US", "USD", CHICAGO).description.partition(": 3 instead")[0]
        return told.removeprefix("Leads ").replace("\xa0", " ")

    assert when("2026-11-21T06:00:00Z", "2026-11-23T06:00:00Z") == "from Nov 21 to Nov 22"
    assert when("2026-11-22T04:00:00Z", "2026-11-22T06:00:00Z") == "from 10 PM on Nov 21 to 12 AM on Nov 22"
    assert when("2026-11-20T21:00:00Z", "2026-11-22T06:00:00Z") == "from 3 PM on Nov 20 to 12 AM on Nov 22"


def test_a_figure_is_never_cut():
    member = part("campaign", "Khuyến mãi cuối năm cho khách hàng thân thiết")
    told = {"metric": "failed_searches", "segment": [member, OMAHA], "expected": 21_345, "actual": 131_222}
    title = describe(anomaly(**told), "vi", "VND", SAIGON).title
    assert title == "Lượt tìm kiếm không có kết quả từ chiến dịch “Khuyến mãi…” tại Omaha: 131.222"


def test_everything_that_is_judged_has_a_name_in_vietnamese():
    vietnamese = language("vi")
    names = {metric: metric_name(vietnamese, metric) for metric in (*METRICS, *RATIO_METRICS)}
    strangers = {metric for metric, name in names.items() if name.lower() == metric.replace("_", " ")}
    # (acronyms that marketers there use)
    assert strangers <= {"cpl", "cpc", "ctr", "roas"}


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_names_are_text_and_nothing_else(name: str):
    for tag, evidence in product(
        ("en", "vi"),
        (anomaly(segment=[part("campaign", name), part("branch", name)]), advice(campaign_name=name, platform=name)),
    ):
        title, description = describe(evidence, tag, "USD", CHICAGO)
        assert len(title) <= 80
        assert "\n" not in title
        assert len(description) < 1000
        for text in (title, description):
            assert not [letter for letter in text if unicodedata.category(letter) in {"Cc", "Cs"} and letter != "\n"]
            assert text.count("\u2068") == text.count("\u2069")
            assert "\u202e" not in text
            assert "\u200d…" not in text


def test_who_somebody_is_is_not_told():
    named = [
        part("term", "jane.doe+x@example.com"),
        part("campaign", "call +1 (555) 010-0199", "0912 345 678", "id 23851234567890"),
    ]
    told = "\n".join(describe(anomaly(segment=named), "en", "USD", CHICAGO))
    assert not re.search(r"jane|example|555|0199|345 678", told)
    assert "23851234567890" in told


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_knows_every_message_of_the_code_with_the_same_places(code: str):
    catalogue = updated(code, messages_of_code())
    path = catalogue_path(code)
    assert path.read_text(encoding="utf-8").count("\nmsgid ") == len(catalogue) + 1, "run scripts/update_messages.py"
    assert [message.id for message in catalogue if message.id and not is_told(message)] == []
    for message in catalogue:
        forms = message.string if isinstance(message.string, tuple | list) else [message.string]
        wanted = message.id if isinstance(message.id, str) else message.id[1]
        for form in forms if message.id else []:
            assert sorted(re.findall(r"\{\w+\}", form or "")) == sorted(re.findall(r"\{\w+\}", wanted)), message.id


def test_plural_forms_are_the_languages_own():
    one, many = "last {days} day", "last {days} days"
    assert [language("en").count(one, many, n, days=str(n)) for n in (0, 1, 1.5, 2)] == [
        "last 0 days",
        "last 1 day",
        "last 1.5 days",
        "last 2 days",
    ]
    assert language("vi").count(one, many, 1, days="1") == "1 ngày gần nhất"


@pytest.mark.parametrize(("name", "tag"), list(product(EVERY_KIND, ("en", "vi", "en-GB"))))
def test_every_kind_has_a_title_that_fits(name: str, tag: str):
    title, description = describe(EVERY_KIND[name], tag, "USD", SAIGON)
    assert 10 < len(title) <= 80
    assert not re.search(r"[{}]|\bNone\b|\bnan\b| {2}", title + description)
    assert description.endswith(".")
