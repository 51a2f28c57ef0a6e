"""Marketing's rules, checked with figures computed by hand."""

from datetime import date
from decimal import Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.rounding import rounded
from services.analytics_service.domain.categorise_campaigns import categorise_campaigns
from services.analytics_service.domain.find_anomalies import find_anomalies
from services.analytics_service.domain.lead_rate import lead_rates
from services.analytics_service.domain.mature_days import mature_days
from services.analytics_service.domain.ratio import percent, ratio
from services.analytics_service.domain.recommend_budget import recommend_budget
from services.analytics_service.domain.share_out import share_out
from services.analytics_service.store.campaigns import CampaignBaseline, CampaignTotals
from services.analytics_service.store.day_range import DateRange
from tests.analytics_service.marketing_answers import gamma_below

WEEK = DateRange(date(2024, 5, 1), date(2024, 5, 10))


@given(st.lists(st.integers(min_value=0, max_value=10**9), max_size=40))
def test_shares_add_up_to_a_hundred_and_none_is_off_by_a_tenth(counts: list[int]) -> None:
    shares, total = share_out(counts), sum(counts)
    assert sum(shares) == (100 if total else 0)
    for count, share in zip(counts, shares, strict=True):
        exact = Fraction(100 * count, total) if total else Fraction(0)
        assert abs(Fraction(share) - exact) < Fraction(1, 10)
        assert share == share.quantize(Decimal("0.1"))
        assert share == 0 or count
    by_count = sorted(zip(counts, shares, strict=True))
    assert [share for _, share in by_count] == sorted(shares)


@pytest.mark.parametrize(
    ("counts", "shares"),
    [
        ([1, 1, 1], ["33.4", "33.3", "33.3"]),
        ([2, 1, 0], ["66.7", "33.3", "0"]),
        ([5, 1], ["83.3", "16.7"]),
        ([1999, 1], ["100.0", "0.0"]),
        ([0, 0], ["0", "0"]),
        ([], []),
    ],
)
def test_left_over_tenths_go_to_the_largest_remainders(counts: list[int], shares: list[str]) -> None:
    assert share_out(counts) == [Decimal(share) for share in shares]


@pytest.mark.parametrize(
    ("answered", "expected"),
    [
        (ratio(Decimal("0.005"), 1), "0.01"),
        (ratio(Decimal("-0.005"), 1), "-0.01"),
        (ratio(1, 3), "0.33"),
        (ratio(5, 0), "0"),
        (ratio(Decimal(5), Decimal("0.00")), "0"),
        (ratio(Decimal(f"{10**40}.125"), 1), f"{10**40}.13"),
        (percent(1, 2000), "0.1"),
        (percent(3, 2), "150"),
        (percent(Decimal(f"{10**1200}.5"), 100), f"{10**1200}.5"),
        (rounded(Decimal("2.675")), "2.68"),
        (rounded(Decimal(f"-{10**1200}.005")), f"-{10**1200}.01"),
        (rounded(Fraction(-8, 3), 1), "-2.7"),
    ],
)
def test_ratios_are_rounded_half_away_from_zero_and_never_divide_by_zero(answered: Decimal, expected: str) -> None:
    assert answered == Decimal(expected)


@pytest.mark.parametrize("small", [Decimal("-0.004"), Fraction(-1, 300), Decimal("-0.000")])
def test_what_rounds_to_zero_has_no_sign(small: Decimal | Fraction) -> None:
    assert str(rounded(small)) == "0.00"


@pytest.mark.parametrize(
    ("today", "lag", "end"),
    [
        (date(2024, 5, 20), 10, 10),
        (date(2024, 5, 20), 12, 8),
        (date(2024, 5, 11), 10, 1),
        (date(2024, 5, 10), 10, None),
    ],
)
def test_days_are_mature_once_the_lag_has_passed(today: date, lag: int, end: int | None) -> None:
    assert mature_days(WEEK, today, lag) == (end and DateRange(WEEK.start, date(2024, 5, end)))


def baseline(leads: int, spend: int, before: int, spent: int, *, of: int = 30, since: int = 30) -> CampaignBaseline:
    return CampaignBaseline("meta", "a/1", "One", leads, Decimal(spend), before, Decimal(spent), of, since)


# The range has ten days and the baseline thirty, so a third of the baseline's sum is the same pace.
@pytest.mark.parametrize(
    ("campaign", "found"),
    [
        (baseline(10, 100, 30, 300), {}),
        (baseline(10, 150, 30, 300), {"spike_cpl": "medium", "spike_spend": "medium"}),
        (baseline(10, 149, 30, 300), {}),
        (baseline(10, 200, 30, 300), {"spike_cpl": "high", "spike_spend": "high"}),
        (baseline(5, 100, 30, 300), {"spike_cpl": "high", "drop_leads": "medium"}),
        (baseline(6, 60, 30, 300), {}),
        (baseline(2, 20, 30, 300), {"drop_leads": "high"}),
        # Without leads there is no cost per lead.
        (baseline(0, 0, 30, 300), {"drop_leads": "high"}),
        # The baseline has too few days or leads; spikes of spend need no leads.
        (baseline(0, 900, 30, 300, of=6), {}),
        (baseline(0, 900, 30, 300, of=7), {"drop_leads": "high", "spike_spend": "high"}),
        (baseline(0, 900, 9, 300), {"spike_spend": "high"}),
        (baseline(0, 100, 10, 300), {"drop_leads": "high"}),
        (baseline(0, 900, 9, 0), {}),
        # What it had on ten days alone was had in thirty.
        (baseline(10, 100, 10, 100, of=10), {"spike_spend": "high"}),
        (baseline(5, 50, 10, 100, of=10), {"spike_spend": "medium"}),
        # It began ten days before: ten days against ten. A lead a day, as before; half as many; a quarter.
        (baseline(10, 100, 10, 100, of=10, since=10), {}),
        (baseline(5, 100, 10, 100, of=7, since=10), {"spike_cpl": "high", "drop_leads": "medium"}),
        (baseline(10, 150, 40, 100, since=10), {"spike_cpl": "high", "spike_spend": "medium", "drop_leads": "high"}),
        (baseline(10, 149, 10, 100, of=10, since=10), {}),
        # Refunded spend.
        (baseline(10, -5, 30, 300), {}),
        (baseline(10, 5, 30, -300), {}),
    ],
)
def test_an_anomaly_is_a_deviation_from_the_campaigns_own_pace(
    campaign: CampaignBaseline, found: dict[str, str]
) -> None:
    rows = find_anomalies([campaign], WEEK)
    assert {row["anomaly_type"]: row["severity"] for row in rows} == found
    for row in rows:
        assert row["baseline_cpl"] == ratio(campaign.baseline_spend, campaign.baseline_leads)


def totals(name: str, leads: int, contracts: int, revenue: int, spend: int = 0) -> CampaignTotals:
    return CampaignTotals("meta", f"a/{name}" if name else "", name, leads, contracts, Decimal(revenue), Decimal(spend))


def test_campaigns_with_contracts_are_categorised_by_the_medians_of_all_of_them() -> None:
    campaigns = [
        totals("often and much", 10, 5, 900),
        totals("often, little", 10, 3, 10),
        totals("seldom, many", 100, 10, 500),
        totals("seldom, few", 9, 1, 20),
        totals("usual", 10, 2, 100),
        totals("", 1000, 900, 10**6),
        totals("none signed", 1000, 0, 0),
    ]
    rows = categorise_campaigns(campaigns, None)
    assert [(row["performance_category"], row["campaign_name"]) for row in rows] == [
        ("high_performer", "often and much"),
        ("high_performer", "usual"),
        ("medium_performer", "often, little"),
        ("volume_driver", "seldom, many"),
        ("needs_attention", "seldom, few"),
    ]
    assert (rows[4]["conversion_rate"], rows[3]["avg_contract_value"]) == (Decimal("11.1"), 50)
    assert categorise_campaigns(campaigns, ["google"]) == []
    assert categorise_campaigns(campaigns[5:], None) == []


def test_a_campaign_with_as_many_leads_as_the_median_is_a_volume_driver() -> None:
    rows = categorise_campaigns([totals("often", 10, 5, 100), totals("seldom", 10, 1, 100)], None)
    assert [row["performance_category"] for row in rows] == ["high_performer", "volume_driver"]


def test_budget_moves_from_certainly_dear_to_certainly_cheap_campaigns() -> None:
    # 300 leads for 3,000: a lead costs 10, and a unit spent brings 2.
    campaigns = [
        totals("dear", 20, 1, 500, 1000),
        totals("usual", 80, 9, 2000, 1000),
        totals("cheap", 190, 9, 3500, 990),
        totals("hardly begun", 0, 0, 0, 10),
        totals("free", 5, 0, 0, 0),
        totals("", 5, 0, 0, 0),
    ]
    said = {row["campaign_name"]: row for row in recommend_budget(campaigns, 25)}
    assert {name: row["action"] for name, row in said.items()} == {
        "dear": "pause", "cheap": "scale", "usual": "monitor", "hardly begun": "monitor"
    }  # fmt: skip
    assert list(said)[:2] == ["dear", "cheap"]
    assert (said["dear"]["cpl_cur"], said["dear"]["roas_cur"], said["dear"]["confidence"]) == (50, Decimal("0.5"), 1)
    assert said["hardly begun"]["confidence"] < Decimal("0.6")
    assert said["dear"]["reason"] == (
        "20 leads and 1 contract in 25 days for 1000.00: 50.00 a lead. On all of meta a lead costs 10.00."
        " With a probability of over 99 % this campaign's leads cost over 1.3 times as much, and its ROAS, 0.50, is"
        " below the 2.00 of all of meta."
    )
    assert said["cheap"]["reason"].endswith(
        "With a probability of over 99 % this campaign's leads cost less than 1/1.3 of that,"
        " and its ROAS, 3.54, is above the 2.00 of all of meta."
    )
    assert said["hardly begun"]["reason"].startswith(
        "0 leads and 0 contracts in 25 days for 10.00. On all of meta a lead costs 10.00. "
    )


@pytest.mark.parametrize(
    ("campaigns", "days", "confidence", "says"),
    [
        (
            [totals("dear, worth it", 20, 9, 9000, 1000), totals("cheap, worthless", 200, 0, 0, 1000)],
            25,
            1,
            (
                "With a probability of over 99 % this campaign's leads cost over 1.3 times as much, but its ROAS, 9.00,"
                " is above the 4.50 of all of meta: no reason to pause it."
            ),
        ),
        (
            [totals("cheap, worthless", 200, 0, 0, 1000), totals("dear, worth it", 20, 9, 9000, 1000)],
            25,
            1,
            "of that, but its ROAS, 0.00, is below the 4.50 of all of meta: no reason to scale it.",
        ),
        (
            [totals("alone", 1, 1, 10, 400)],
            1,
            Decimal("0.22"),
            (
                "1 lead and 1 contract in 1 day for 400.00: 400.00 a lead. On all of meta a lead costs 400.00. With"
                " a probability of 22 % this campaign's leads cost about as much (within a factor of 1.3), of 33 %"
                " more, of 46 % less. To pause or scale it, 90 % for more or for less is needed; its ROAS, 0.03, is"
                " that of all of meta."
            ),
        ),
        (
            [totals("nothing", 0, 0, 0, 400)],
            2,
            0,
            (
                "0 leads and 0 contracts in 2 days for 400.00. All of meta has no lead for 400.00."
                " There is no cost per lead to compare with."
            ),
        ),
        (
            [totals("just above", 1, 1, 800_001, 400_000), totals("the other", 1, 1, 800_000, 400_000)],
            2,
            Decimal("0.30"),
            "; its ROAS, 2.00, is just above the 2.00 of all of meta.",
        ),
    ],
)
def test_a_reason_to_leave_a_campaign_gives_its_evidence_and_the_unmet_condition(
    campaigns: list[CampaignTotals], days: int, confidence: Decimal, says: str
) -> None:
    (found,) = (row for row in recommend_budget(campaigns, days) if row["campaign_name"] == campaigns[0].campaign_name)
    assert (found["action"], found["confidence"]) == ("monitor", confidence)
    assert (found["held_by"] == "return") == ("no reason to" in says)
    assert found["reason"].endswith(says), found["reason"]


def test_without_signed_contracts_leads_alone_decide() -> None:
    campaigns = [totals("dear", 20, 0, 0, 1000), totals("usual", 80, 0, 0, 1000), totals("cheap", 190, 0, 0, 990)]
    rows = {row["campaign_name"]: row for row in recommend_budget(campaigns, 25)}
    actions = {"dear": "pause", "cheap": "scale", "usual": "monitor"}
    assert {name: row["action"] for name, row in rows.items()} == actions
    assert rows["dear"]["reason"].endswith("and its ROAS, 0.00, is that of all of meta.")


def test_reasons_say_that_the_return_is_unknown_without_contracts() -> None:
    campaigns = [totals("dear", 20, 0, 0, 1000), totals("usual", 80, 0, 0, 1000), totals("cheap", 190, 0, 0, 990)]
    rows = {row["campaign_name"]: row for row in recommend_budget(campaigns, 25, knows_contracts=False)}
    assert rows["dear"]["reason"] == (
        "20 leads in 25 days for 1000.00: 50.00 a lead. On all of meta a lead costs 10.31. With a probability of over"
        " 99 % this campaign's leads cost over 1.3 times as much, and its return is unknown, since no contracts are"
        " recorded."
    )
    assert rows["usual"]["reason"].endswith("is needed; its return is unknown, since no contracts are recorded.")
    assert not any("ROAS" in row["reason"] for row in rows.values())
    assert {row["roas_cur"] for row in rows.values()} == {0}


def test_a_recommendation_has_the_expected_leads_and_the_spend_needed_to_be_sure() -> None:
    campaigns = [
        totals("usual", 80, 9, 2000, 1000),
        totals("cheap", 190, 9, 3500, 990),
        totals("rather dear", 3, 0, 0, 60),
        totals("not one", 0, 0, 0, 10),
        totals("dear, worth it", 4, 1, 900, 80),
    ]
    whole = sum(one.leads for one in campaigns) / float(sum(one.spend for one in campaigns))
    rows = {row["campaign_name"]: row for row in recommend_budget(campaigns, 25)}
    for campaign, rate in zip(campaigns, lead_rates(campaigns), strict=True):
        row, spend = rows[campaign.campaign_name], float(campaign.spend)
        assert (row["campaign_ref"], row["days"]) == (campaign.campaign_ref, 25)
        assert rate.below(float(row["leads_low"]) / spend) == pytest.approx(0.1, abs=0.01)
        assert rate.above(float(row["leads_high"]) / spend) == pytest.approx(0.1, abs=0.01)
        if row["spend_needed"] is not None:
            more = float(row["spend_needed"]) - spend
            sure = rate.after(more * campaign.leads / spend, more).below(whole / 1.3)
            assert sure == pytest.approx(0.9, abs=0.001)
    needed = {name: (row["leads_needed"], row["spend_needed"] is not None) for name, row in rows.items()}
    assert {name: row["held_by"] for name, row in rows.items()} == {
        "usual": None, "cheap": None, "rather dear": "certainty", "not one": "certainty", "dear, worth it": "return",
    }  # fmt: skip
    assert {row["roas_usual"] for row in rows.values()} == {Decimal("2.99")}
    # None for a campaign as dear as the others, nor for one that is dear but has a good return.
    assert needed == {
        "usual": (None, False), "cheap": (None, False), "rather dear": (5, True), "not one": (None, True),
        "dear, worth it": (None, False),
    }  # fmt: skip


@pytest.mark.parametrize(
    "campaigns",
    [
        [totals("alone", 40, 1, 10, 400)],
        [totals("as good", 40, 1, 10, 400), totals("as the other", 20, 1, 10, 200)],
        [totals("no leads", 0, 0, 0, 400), totals("at all", 0, 0, 0, 1)],
        [totals("spent", 0, 0, 0, 400), totals("given back", 0, 0, 0, -400)],
        [totals("all of it", 5, 0, 0, 10**15), totals("next to nothing", 0, 0, 0, 1)],
    ],
)
def test_campaigns_that_do_not_differ_are_left_as_they_are(campaigns: list[CampaignTotals]) -> None:
    rows = recommend_budget(campaigns, 10)
    assert {row["action"] for row in rows} == {"monitor"}
    assert all(0 <= row["confidence"] <= 1 for row in rows)
    assert all(0 <= row["leads_low"] <= row["leads_high"] for row in rows)
    assert "return" not in {row["held_by"] for row in rows}


def test_probabilities_are_those_of_the_gamma_distribution() -> None:
    random = Random(1)
    for _ in range(20):
        few = [totals(str(n), random.randrange(40), 0, 0, random.randrange(1, 900)) for n in range(4)]
        for rate in lead_rates(few):
            for at in (0.01, 0.1, 0.5):
                assert rate.below(at) == pytest.approx(gamma_below(rate.shape, rate.spend * at), abs=1e-9)
                assert rate.below(at) + rate.above(at) == pytest.approx(1)
