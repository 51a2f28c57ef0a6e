import pytest

from services.insights_service.domain.words.check_numbers import Allowed
from services.insights_service.domain.words.check_wording import check_wording
from services.insights_service.domain.words.describe import Words, describe
from services.insights_service.domain.words.language import language
from tests.insights_service.told import EVERY_KIND, LATE, REASONS, anomaly, part

CHICAGO, SAIGON = "America/Chicago", "Asia/Ho_Chi_Minh"
TITLE = "Leads from Meta in Omaha: 3 instead of about 42 since 10 AM"
DESCRIPTION = "There were 3 leads from Meta in Omaha since 10 AM on Nov 22, where about 42 is usual. Check the forms."
TIEU_DE = "Số lead từ Meta tại Omaha: 3 thay vì khoảng 42 kể từ 23:00"
MO_TA = "Từ 23:00 ngày 22/11 chỉ có 3 lead từ Meta tại Omaha, thay vì khoảng 42. Nên kiểm tra form đăng ký."

WRONG = {
    "length": [
        (TITLE + " and that is really not what anybody expected", DESCRIPTION),
        ("", DESCRIPTION),
        (TITLE, " "),
        (TITLE, DESCRIPTION * 12),
        (TITLE.replace(": ", ":\n"), DESCRIPTION),
    ],
    "markup": [
        (TITLE, DESCRIPTION + " See https://example.com"),
        (TITLE, f"<b>{DESCRIPTION}</b>"),
        (TITLE, f"**{DESCRIPTION}**"),
        (TITLE, DESCRIPTION + " jane@example"),
        (TITLE, DESCRIPTION + "\u202e"),
        (TITLE, DESCRIPTION + "\x00"),
    ],
    "number 1": [("Leads from Meta in Omaha: 1 instead of about 42 since 10 AM", DESCRIPTION)],
    "beside another": [(TITLE, "There was 1 lead instead of the usual 42 in Omaha, and it is from Meta.")],
    "number 3": [(TITLE, DESCRIPTION + " It was 3 instead of 42.")],
    "number 38": [("Leads from Meta in Omaha: 3 instead of about 38 since 10 AM", DESCRIPTION)],
    "number 7": [(TITLE, DESCRIPTION + " That is 7 in all.")],
    "name Denver": [(TITLE, DESCRIPTION + " It is the same in Denver.")],
    "name Facebook": [(TITLE, DESCRIPTION + " Facebook had an outage.")],
    "name iOS": [(TITLE, DESCRIPTION + " The iOS ads are to blame.")],
    "quotes": [(TITLE, DESCRIPTION + " It is campaign “summer sale”.")],
    "figure left out": [("Leads from Meta in Omaha have changed since 10 AM", "See what is the matter with it.")],
    "name left out": [("Leads from Meta: 3 instead of about 42 since 10 AM", DESCRIPTION)],
    "direction": [(TITLE, DESCRIPTION + " Leads rose."), (TITLE, DESCRIPTION + " That is growth.")],
    "how often": [
        (TITLE, DESCRIPTION + " By chance that happens once a month."),
        (TITLE, DESCRIPTION + " By chance that happens once in a century."),
    ],
    "relative day": [(TITLE, DESCRIPTION + " It began yesterday."), (TITLE, DESCRIPTION + " See last week.")],
    "language": [
        (TITLE, "Il y a 3 leads de Meta à Omaha."),
        ("3 Leads Meta Omaha", "42 Leads Meta Omaha."),
        (TITLE, DESCRIPTION + " 客户很少。"),
        (TITLE, "“" * 50),
        (TITLE, "a a a a"),
        (TITLE, DESCRIPTION + " Número of leads."),
    ],
}
WRONG_IN_VIETNAMESE = {
    "direction": [(TIEU_DE, MO_TA + " Lượng lead tăng.")],
    "how often": [(TIEU_DE, MO_TA + " Ngẫu nhiên thì mỗi thập kỷ một lần.")],
    "relative day": [(TIEU_DE, MO_TA + " Bắt đầu từ hôm qua.")],
    "language": [("Meta Omaha: 3, 42", "Leads in Omaha from Meta: 3, usual is 42.")],
    "name left out": [("Số lead tại Omaha: 3 thay vì khoảng 42 kể từ 23:00", MO_TA)],
    "name Sài": [(TIEU_DE, MO_TA + " Ở khu vực Sài Gòn cũng vậy.")],
}


def _judged(title: str, description: str, code: str = "en", **changed: object) -> str | None:
    evidence, zone = anomaly(reasons=REASONS, **changed), CHICAGO if code == "en" else SAIGON
    template = describe(evidence, code, "USD", zone)
    return check_wording(Words(title, description), template, Allowed(evidence, language(code), "USD", zone))


def test_a_plain_wording_may_stand():
    assert _judged(TITLE, DESCRIPTION) is None
    assert _judged(TIEU_DE, MO_TA, "vi") is None
    assert _judged(TITLE, DESCRIPTION + " Chance does that once a year.") is None
    assert _judged(TITLE, DESCRIPTION + " Chance does that once in 10 years.", return_period_days=3652.0) is None
    assert _judged(TIEU_DE, MO_TA + " Ngẫu nhiên thì 3 năm mới một lần.", "vi", return_period_days=1500.0) is None
    assert _judged("Only 3 leads from Meta in Omaha since 10 AM, instead of 42", DESCRIPTION) is None


@pytest.mark.parametrize(
    ("code", "wrong", "worded"),
    [
        (code, wrong, worded)
        for code, told in (("en", WRONG), ("vi", WRONG_IN_VIETNAMESE))
        for wrong, wordings in told.items()
        for worded in wordings
    ],
)
def test_a_wording_that_says_anything_else_may_not(code: str, wrong: str, worded: tuple[str, str]):
    assert _judged(*worded, code) == wrong


@pytest.mark.parametrize("tag", ["en", "vi", "en-GB", "en-DE", "en-ZA", "en-CH", "en-IN", "en-AU", "en-SE"])
def test_our_own_words_may_stand_as_every_country_writes_them(tag: str):
    large = anomaly(metric="revenue", unit="money", expected=123_456, actual=1234.4, low=99.25, high=987_654_321)
    for name, evidence in {**EVERY_KIND, "large": large}.items():
        zone = SAIGON if tag == "vi" else CHICAGO
        template = describe(evidence, tag, "EUR", zone)
        allowed = Allowed(evidence, language(tag), "EUR", zone)
        assert check_wording(template, template, allowed) is None, (name, template)


@pytest.mark.parametrize(
    "name", ["שלום 7", "a|b*c_d #1 <x>", "“quoted” name 12", "2024", "Ω 50% {x}", "e@x.de or 0912345678", ""]
)
def test_names_may_be_anything(name: str):
    evidence = anomaly(segment=[part("campaign", name)])
    template = describe(evidence, "en", "USD", CHICAGO)
    assert check_wording(template, template, Allowed(evidence, language("en"), "USD", CHICAGO)) is None


def test_a_late_source_is_called_by_its_name():
    template = describe(LATE, "en", "USD", CHICAGO)
    title, description = (text.replace("Google Analytics", "The source") for text in template)
    allowed = Allowed(LATE, language("en"), "USD", CHICAGO)
    assert check_wording(Words(title, description), template, allowed) == "name left out"
