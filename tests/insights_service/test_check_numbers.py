import pytest

from services.insights_service.domain.evidence.shapes import AnyEvidence, Window
from services.insights_service.domain.words.check_numbers import Allowed, check_numbers
from services.insights_service.domain.words.check_wording import check_wording
from services.insights_service.domain.words.describe import Words, describe
from services.insights_service.domain.words.language import language
from tests.insights_service.told import EVERY_KIND, LEVEL, REASONS, UNJUDGED, VND_REVENUE, advice, anomaly, part

CHICAGO, SAIGON = "America/Chicago", "Asia/Ho_Chi_Minh"
ANOMALY = anomaly(reasons=REASONS)
NUMBERED = anomaly(segment=[part("campaign", "Search 2024 · 50% off"), part("product", "15")])

RIGHT: list[tuple[str, str, AnyEvidence]] = [
    ("en", "Meta leads in Omaha since 10 AM on Nov 22: 3, expected 42", ANOMALY),
    ("en", "3 leads came, 41.7 were expected (31–54 is usual), a fall of 92.8 percent", ANOMALY),
    ("en", "Since November 22nd, 10:00 a.m. (10:00), 22 Nov 2026: 3 of 42", ANOMALY),
    ("en", "On Sunday, Nov 22, 3 leads; “Spring sale” brought 1 instead of 38, 96% of it", ANOMALY),
    ("en", "No numbers at all", ANOMALY),
    ("en", "“Search 2024 · 50% off” brought 3 of “15”", NUMBERED),
    ("en", "3 years is how rare by chance such revenue is: VND 3,100,000", VND_REVENUE),
    ("en", "Nov 18–21: ₫3.1M, not ₫8.41 million; VND 3,100,000 instead of ₫8,412,345", VND_REVENUE),
    (
        "en",
        "$4.10 a lead, not USD 7.35; a return of 4.2x; 9.4 to 14.2 leads a day, 20% more, in 30 days",
        advice(),
    ),
    ("en", "93.4% sure: $4.10 a lead, not $7.35", advice(confidence=0.934)),
    ("vi", "Chỉ có 3 lead, dự kiến 41,7 (khoảng 42), giảm 93% kể từ 23:00 ngày 22/11/2026", ANOMALY),
    ("vi", "Từ 23h ngày 22 tháng 11, tức 11 giờ đêm, có 3 lead", ANOMALY),
    ("vi", "Doanh thu 3,1 triệu đồng (3.100.000 ₫) thay vì 8,41 triệu ₫, từ 18/11 đến 21/11", VND_REVENUE),
    ("vi", "Mới có 9/30 chuyển đổi, tức 9 trên 30", UNJUDGED),
    ("vi", "4,10 US$ thay vì 7,35 USD, gấp 4,2 lần, tăng từ 40,00 US$ lên 48 US$", advice()),
    ("vi", "Từ 3/11 còn 25 thay vì 40, 10 năm chưa đến một lần", LEVEL),
    ("vi", "Còn 25 lead mỗi ngày thay vì 40 từ ngày 3/11", LEVEL),
]
WRONG: list[tuple[str, str, AnyEvidence]] = [
    ("en", "4 leads instead of 42", ANOMALY),
    ("en", "3 leads instead of 40", ANOMALY),
    ("en", "30 leads", ANOMALY),
    ("en", "3 leads instead of 420", ANOMALY),
    ("en", "7% of the leads", ANOMALY),
    ("en", "a fall of 93", ANOMALY),
    ("en", "42 leads instead of about 3", ANOMALY),
    ("en", "“Spring sale” brought 38 instead of 1", ANOMALY),
    ("en", "$3 instead of $42", ANOMALY),
    ("en", "3 instead of 41,7", ANOMALY),
    ("en", "3 leads in 2025", ANOMALY),
    ("en", "3 leads until 4 PM", ANOMALY),
    ("en", "3 leads, 3 of them new, and 3 old, and 3 more", ANOMALY),
    ("en", "$4.10 a lead, later $3.40", advice()),
    ("en", "3 leads on Nov 23", ANOMALY),
    ("en", "3 leads on December 22", ANOMALY),
    ("en", "3 leads since 11 AM", ANOMALY),
    ("en", "3 leads since 10 PM", ANOMALY),
    ("en", "3 leads since 10:30", ANOMALY),
    ("en", "3 leads on Monday", ANOMALY),
    ("en", "99% sure", ANOMALY),
    ("en", "94% sure: $4.10 a lead", advice()),
    ("en", "Once in 6 years", VND_REVENUE),
    ("en", "3 leads are 3 years", VND_REVENUE),
    ("en", "Leads: 10 of 40", LEVEL),
    ("vi", "30 năm một lần", VND_REVENUE),
    ("en", "-3 leads", ANOMALY),
    ("en", "3 leads, half of them from 7 ads", ANOMALY),
    ("en", "٣ leads and ½", ANOMALY),
    ("en", "3x42", ANOMALY),
    ("en", "3 leads in Q4", ANOMALY),
    ("en", "“Search 2025 · 50% off” brought 3", NUMBERED),
    ("en", "15 leads instead of 42", NUMBERED),
    ("en", "3 leads, 50% off", NUMBERED),
    ("en", "₫3.1B instead of ₫8.41M", VND_REVENUE),
    ("en", "$3.1M instead of ₫8.41M", VND_REVENUE),
    ("en", "₫3M instead of ₫8M", VND_REVENUE),
    ("en", "€4.10 a lead", advice()),
    ("en", "4.10% a lead", advice()),
    ("en", "10 of 30 conversions", UNJUDGED),
    ("vi", "Doanh thu 3.1 triệu ₫", VND_REVENUE),
    ("vi", "Doanh thu 31 triệu ₫", VND_REVENUE),
    ("vi", "Doanh thu 3,1 tỷ ₫", VND_REVENUE),
    ("vi", "4.10 US$ mỗi lead", advice()),
    ("vi", "3 lead kể từ ngày 24/11", ANOMALY),
    ("vi", "3 lead từ 10 giờ sáng", ANOMALY),
    ("vi", "3 lead từ ngày 22 tháng 12", ANOMALY),
    ("vi", "8/30 chuyển đổi", UNJUDGED),
    ("vi", "3 lead vào thứ hai", anomaly(window=Window(start="2026-11-22T02:00:00Z", end="2026-11-22T03:00:00Z"))),
]


def _wrong(code: str, text: str, evidence: AnyEvidence) -> str | None:
    zone = SAIGON if code == "vi" else CHICAGO
    template = "\n".join(describe(evidence, code, "USD", zone))
    return check_numbers(text, template, Allowed(evidence, language(code), "USD", zone))


@pytest.mark.parametrize(("code", "text", "evidence"), RIGHT, ids=[f"{code} {text}" for code, text, _ in RIGHT])
def test_what_the_evidence_holds_may_be_said(code: str, text: str, evidence: AnyEvidence):
    assert _wrong(code, text, evidence) is None


@pytest.mark.parametrize(("code", "text", "evidence"), WRONG, ids=[f"{code} {text}" for code, text, _ in WRONG])
def test_what_it_does_not_hold_may_not(code: str, text: str, evidence: AnyEvidence):
    assert _wrong(code, text, evidence) is not None


@pytest.mark.parametrize("code", ["en", "vi"])
@pytest.mark.parametrize(
    "evidence", [ANOMALY, VND_REVENUE, advice(), UNJUDGED], ids=["anomaly", "money", "advice", "none"]
)
def test_no_digit_can_be_another(code: str, evidence: AnyEvidence):
    zone = SAIGON if code == "vi" else CHICAGO
    template = describe(evidence, code, "USD", zone)
    allowed = Allowed(evidence, language(code), "USD", zone)
    for field, text in enumerate(template):
        for place, digit in enumerate(text):
            if digit.isdigit():
                other = str((int(digit) + 1 + place % 9) % 10)
                changed = [*template]
                changed[field] = text[:place] + other + text[place + 1 :]
                assert check_wording(Words(*changed), template, allowed) is not None, changed[field]


@pytest.mark.parametrize("code", ["en", "vi"])
def test_our_own_words_pass(code: str):
    for evidence in EVERY_KIND.values():
        zone = SAIGON if code == "vi" else CHICAGO
        for text in describe(evidence, code, "USD", zone):
            assert _wrong(code, text, evidence) is None, text
