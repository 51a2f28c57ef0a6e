from decimal import Decimal
from time import process_time

import pytest

from services.data_service.domain.ads.ad_account import canonical_account
from services.data_service.domain.csv_files import ad_days
from services.data_service.domain.csv_files.ad_days import AdDays, TooManyCampaignDays
from services.data_service.domain.csv_files.read_row import Row
from services.data_service.domain.files.rejection import Rejected

VALUES = ("2026-03-01", "meta", "11", "Spring", "10", "1", "2.5", "", "0", "0", "USD")
NAMES = (
    *("day", "platform", "campaign_id", "campaign_name", "impressions", "clicks", "spend", "account_id"),
    *("conversions", "revenue", "currency"),
)


def said(**said: str | None) -> list[str | None]:
    """The values of one campaign's day that says something else."""
    return list((dict(zip(NAMES, VALUES, strict=True)) | said).values())


def add(days: AdDays, line: int, **said: str) -> None:
    """Add a row of one campaign's day that says something else of it."""
    values = dict(zip(NAMES, VALUES, strict=True)) | said
    days.add(line, Row(list(values.values()), {"ad set": str(line), "goal": "sales"}), [*values.values(), str(line)])


def test_a_day_is_the_sum_of_its_rows_and_knows_their_lines():
    days = AdDays()
    add(days, 2, campaign_id="Spring")
    add(days, 3, campaign_id="SPRING", spend="0.5")
    add(days, 4, day="2026-02-28", account_id="act_17")
    row, other = days.rows()
    assert (row.campaign_id, row.spend, row.impressions, row.extra) == ("Spring", 3, 20, {"goal": "sales"})
    assert [(line.line, line.cells[-1]) for line in row.lines] == [(2, "2"), (3, "3")]
    assert (other.day, other.account_id) == ("2026-02-28", "17")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"currency": "EUR"}, "its currency is EUR"),
        ({"account_id": "17"}, "it names an account, unlike"),
        ({"impressions": "999999999999999"}, "impressions of its campaign and day"),
        ({"spend": "999999999999999"}, "spend of its campaign and day"),
    ],
)
def test_a_row_that_does_not_go_together_with_its_day_is_rejected(said: dict[str, str], why: str):
    days = AdDays()
    add(days, 2)
    with pytest.raises(Rejected, match=why):
        add(days, 3, **said)
    [row] = days.rows()
    assert (row.spend, len(row.lines)) == (2.5, 1)


def test_the_same_row_again_is_no_part():
    days = AdDays()
    add(days, 2)
    add(days, 2)
    assert days.rows()[0].spend == Decimal("2.5")


@pytest.mark.parametrize(
    ("readable", "refused"),
    [
        ({"campaign_id": "SPRING"}, {"2026-03-01 Spring"}),
        ({"day": None}, {"2026-03-01 Spring", "2026-03-02 Spring"}),
        ({"campaign_id": None}, {"2026-03-01 Spring", "2026-03-01 Autumn"}),
        # A name tells of a campaign, whichever it is; without one the row is of none.
        ({"campaign_id": ""}, {"2026-03-01 Spring", "2026-03-01 Autumn"}),
        ({"campaign_id": "", "campaign_name": ""}, set[str]()),
        ({"day": None, "campaign_id": None}, set[str]()),
        ({"platform": "google"}, set[str]()),
        ({"platform": None}, {"2026-03-01 Spring"}),
        # The rows name no account, and may be of this one.
        ({"account_id": "act_17"}, {"2026-03-01 Spring"}),
    ],
)
def test_a_rejected_line_refuses_what_it_may_be_part_of(readable: dict[str, str | None], refused: set[str]):
    days = AdDays()
    for line, (day, campaign) in enumerate((("01", "Spring"), ("02", "Spring"), ("01", "Autumn"), ("02", "Autumn")), 2):
        add(days, line, day=f"2026-03-{day}", campaign_id=campaign)
    assert days.refuse_day_of(7, said(**{"campaign_id": "Spring"} | readable)) == (
        bool(refused) or "platform" in readable
    )
    assert {f"{row.day} {row.campaign_id}" for row in days.rows() if "line 7" in row.refusal} == refused


def test_a_rejected_line_of_another_account_leaves_a_day_as_it_is():
    days = AdDays()
    add(days, 2, account_id="111")
    for line, account in ((3, "222"), (4, "act_111"), (5, "")):
        assert days.refuse_day_of(line, said(account_id=account))
        (row,) = days.rows()
        assert bool(row.refusal) == (line > 3), account


def test_rejected_lines_count_among_what_is_held(monkeypatch: pytest.MonkeyPatch):
    days = AdDays()
    monkeypatch.setattr(ad_days, "MAX_HELD_BYTES", 10_000)
    with pytest.raises(TooManyCampaignDays):
        for line in range(100):
            days.refuse_day_of(line, said(campaign_id=f"C{line}"))


def test_many_rows_of_one_day_take_no_longer_each():
    days, began = AdDays(), process_time()
    for line in range(10_000):
        add(days, line)
    # (looking each up among all before it took half a minute)
    assert process_time() - began < 5
    assert days.rows()[0].impressions == 100_000


def test_more_than_is_held_at_once_is_to_be_split(monkeypatch: pytest.MonkeyPatch):
    days = AdDays()
    monkeypatch.setattr(ad_days, "MAX_HELD_BYTES", 10_000)
    with pytest.raises(TooManyCampaignDays, match="split it by month"):
        for line in range(100):
            add(days, line)


def test_letters_beyond_latin_count_as_they_are_held(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ad_days, "MAX_HELD_BYTES", 10_000)
    add(AdDays(), 2, campaign_name="x" * 4_000)
    with pytest.raises(TooManyCampaignDays):
        add(AdDays(), 2, campaign_name="x" * 4_000 + "😀")


def test_of_a_long_row_no_more_is_held_than_a_reject_keeps():
    days = AdDays()
    add(days, 2, campaign_name="x" * 60_000)
    rejected = days.rows()[0].lines[0].rejected("refused")
    assert rejected.original == ["2026-03-01", "meta", "11"]
    assert rejected.reason == "refused (of its 12 cells the first 3 are kept)"


@pytest.mark.parametrize(
    ("written", "told"),
    [("act_17", "17"), ("ACT_17", "17"), ("17", "17"), ("123-456-7890", "1234567890"), ("a-b", "a-b"), ("", "")],
)
def test_an_accounts_id_is_one_however_it_is_written(written: str, told: str):
    assert canonical_account(written) == told
