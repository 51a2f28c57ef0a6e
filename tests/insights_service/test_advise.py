"""Budget advice as recommendations."""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.insights_service.domain.advise import advise
from services.insights_service.sources.analytics_api import BudgetAdvice
from services.insights_service.store.alert_settings import AlertSettings
from services.insights_service.store.campaign_days import CampaignDay
from services.insights_service.store.finding import Found
from services.insights_service.store.tenants import Tenant
from tests.insights_service.conftest import campaign

FIRST = date(2026, 3, 5)


def advised(*rows: dict[str, Any], country: str | None = "US", days: Sequence[CampaignDay] = ()) -> list[Found]:
    read = msgspec.json.decode(msgspec.json.encode(rows), type=list[BudgetAdvice])
    tenant = Tenant("EUR", "UTC", country, date(2026, 5, 4))
    return list(advise(read, {("meta", "a/Spring"): days}, tenant, AlertSettings()).found)


def rests_on(found: Found) -> dict[str, Any]:
    return msgspec.json.decode(found.evidence)


@pytest.mark.parametrize(
    ("action", "more", "step"),
    [
        ("pause", {}, -20),
        ("scale", {}, 20),
        # (its leads are an eighth cheaper than the platform's: no more than that)
        ("scale", {"cpl_cur": 30, "cpl_usual": 33.75}, Decimal("12.5")),
        ("scale", {"cpl_cur": 0}, 20),
        ("monitor", {}, 0),
    ],
)
def test_a_step_is_towards_the_aim_and_a_fifth_of_the_daily_spend_at_most(
    action: str, more: dict[str, Any], step: Decimal | int
) -> None:
    [found] = advised(campaign(action, **more))
    assert rests_on(found)["step_pct"] == step
    assert rests_on(found)["next_daily_spend"] == float(40 * (1 + Decimal(step) / 100))


def test_a_recommendation_says_what_to_do_what_to_expect_and_why() -> None:
    [found] = advised(campaign("scale"))
    assert found.title == "Raise the budget of “Spring” (Meta) by 20%: €15.00 a lead, overall €30.00"
    assert "Raise the budget by 20% (from €40.00 to €48.00 a day) now" in found.description
    assert "Expect 2.4 to 4 leads a day then." in found.description
    assert rests_on(found)["expected_cpl"] == {"low": 12, "high": 20}
    assert (found.score, found.impact) == (Decimal("0.97"), Decimal("280.00"))


def test_days_that_are_judged_are_named_and_the_step_is_of_what_is_spent_now() -> None:
    [found] = advised(campaign("scale", daily_spend=90))
    assert "unpaid leads included, €30.00 (from Mar 5 to Apr 3; newer leads may still sign)." in found.description
    assert "Return on ad spend: 1.5×, on all of Meta 1.2×." in found.description
    assert "(from €90.00 to €108 a day)" in found.description
    # (nobody tells what is spent now: what was spent then)
    [found] = advised(campaign("scale", daily_spend=None))
    assert "(from €40.00 to €48.00 a day)" in found.description


def test_its_leads_so_far_are_shown_beside_those_that_the_same_spend_brings_on_the_platform() -> None:
    days = [CampaignDay(FIRST + timedelta(n), 2 * n, 60.0) for n in range(0, 30, 3)]
    [found] = advised(campaign("scale"), days=days)
    series = rests_on(found)["series"]
    assert [(one["at"], one["actual"], one["expected"]) for one in (series[0], series[4], series[29])] == [
        ("2026-03-05", 0, 2),
        ("2026-03-09", 6, 4),
        ("2026-04-03", 270, 20),
    ]
    # (of a platform without leads nobody knows what spend brings)
    [found] = advised(campaign("pause", cpl_usual=0), days=days)
    assert {one["expected"] for one in rests_on(found)["series"]} == {None}


@pytest.mark.parametrize("action", ["pause", "scale"])
def test_a_campaign_of_less_than_a_week_is_too_young_to_be_judged(action: str) -> None:
    days = [CampaignDay(FIRST + timedelta(n), 3, 60.0 if n else 0.0) for n in range(9)]
    [found] = advised(campaign(action), days=days[:7])
    assert (found.rule, found.is_shown, rests_on(found)["step_pct"]) == ("budget.monitor", False, 0)
    assert rests_on(found)["missing"] == {"have": 6, "need": 7, "what": "days"}
    assert found.title == "Too early to judge “Spring” (Meta): 6 of 7 days needed"
    [found] = advised(campaign(action), days=days[:8])
    assert found.rule == f"budget.{action}"


def test_a_campaign_whose_spend_is_too_young_for_contracts_needs_days_that_are_older() -> None:
    young: dict[str, Any] = {
        "leads_cur": 0, "contracts_cur": 0, "spend_cur": 0, "cpl_cur": 0, "roas_cur": 0, "confidence": 0,
        "held_by": "days", "leads_low": 0, "leads_high": 0, "daily_spend": 40,
    }  # fmt: skip
    # Alone, beside one that is judged, and on a platform that is not known either.
    for rows in ([], [campaign("pause", "Fall")], [campaign("monitor", **young, platform="google", cpl_usual=0)]):
        one, *_ = advised(campaign("monitor", **young), *rows)
        assert one.title == "Too early to judge “Spring” (Meta): 0 of 7 days needed"
        assert one.description.endswith("Leave the budget as it is until then.")
        assert (one.rule, one.is_shown, one.impact, one.impact_pct) == ("budget.monitor", False, 0, 0)
        assert rests_on(one)["missing"] == {"have": 0, "need": 7, "what": "days"}
        assert [rests_on(one)[name] for name in ("cpl", "expected_range", "expected_cpl")] == [None, None, None]
        assert (rests_on(one)["daily_spend"], rests_on(one)["next_daily_spend"]) == (40, 40)
    young["daily_spend"] = 0
    assert advised(campaign("monitor", **young)) == []


@pytest.mark.parametrize("daily_spend", [0, -3])  # (of which more is given back than is spent)
def test_a_campaign_that_spends_nothing_any_more_needs_no_advice(daily_spend: int) -> None:
    assert advised(*(campaign(action, daily_spend=daily_spend) for action in ("pause", "scale", "monitor"))) == []


def test_spend_without_a_lead_is_said_in_so_many_words() -> None:
    in_vain = campaign("pause", leads_cur=0, cpl_cur=0, roas_cur=0, leads_low=0)
    [found] = advised(in_vain)
    assert found.title == "Lower the budget of “Spring” (Meta) by 20%: €1,200 without a lead"
    assert found.description.startswith(
        "Campaign “Spring” has spent €1,200 without a lead, on all of Meta, unpaid leads included, one costs €30.00 "
        "(from Mar 5 to Apr 3; newer leads may still sign)."
        " We are"
    )
    [vietnamese] = advised(in_vain, country="VN")
    assert vietnamese.title == "Giảm 20% ngân sách “Spring” (Meta): chi 1.200\xa0€ mà không có lead"


def test_words_are_those_of_the_country() -> None:
    [vietnamese], [british], [of_nowhere] = (advised(campaign("scale"), country=one) for one in ("VN", "GB", None))
    assert (vietnamese.language, british.language, of_nowhere.language) == ("vi", "en-GB", "en")
    assert vietnamese.title != british.title == of_nowhere.title


@pytest.mark.parametrize(
    ("more", "title", "why"),
    [
        (
            {"held_by": "return", "leads_cur": 80, "cpl_cur": 15, "roas_cur": 0.4},
            "return on ad spend 0.4×, overall 1.2×",
            "its leads are cheaper, but its return on ad spend is below that of all of Meta (1.2×).",
        ),
        (
            {"held_by": "return", "roas_cur": 3},
            "return on ad spend 3×, overall 1.2×",
            "its leads cost more, but its return on ad spend is above that of all of Meta (1.2×).",
        ),
        # (below it by less than the figures show)
        (
            {"held_by": "return", "leads_cur": 80, "cpl_cur": 15, "roas_cur": 1.2},
            "return on ad spend 1.2×",
            "its leads are cheaper, but its return on ad spend is just below that of all of Meta.",
        ),
        (
            {"held_by": "certainty"},
            "not sure enough yet",
            "it is not sure enough yet that its leads cost more than usual there.",
        ),
        (
            {"held_by": "certainty", "leads_cur": 80, "cpl_cur": 15},
            "not sure enough yet",
            "it is not sure enough yet that its leads are cheaper than usual there.",
        ),
        (
            {"held_by": "cost", "cpl_cur": 32},
            "€32.00 a lead, overall €30.00",
            "its leads cost about as much as usual there.",
        ),
        (
            {"held_by": "leads", "leads_cur": 0, "cpl_cur": 0, "cpl_usual": 0},
            "€1,200 without a lead",
            "Meta brought no lead to compare with.",
        ),
        ({}, "€400 a lead, overall €30.00", ""),
    ],
)
def test_where_a_budget_is_to_be_left_the_words_say_what_decided(more: dict[str, Any], title: str, why: str) -> None:
    [found] = advised(campaign("monitor", **more))
    assert re.fullmatch(rf"Leave the budget of “Spring”( \(Meta\))? as it is: {re.escape(title)}", found.title)
    assert ("do not call for a change" in found.description) == (not why)
    assert found.description.endswith(why and f"Leave the budget as it is: {why}")
    [vietnamese] = advised(campaign("monitor", **more), country="VN")
    assert vietnamese.title.startswith("Giữ nguyên ngân sách “Spring”")
    assert "Nên giữ nguyên ngân sách" in vietnamese.description


def test_a_range_that_rounds_to_nothing_is_hardly_any_leads() -> None:
    [found] = advised(campaign("pause", leads_low=0, leads_high=1.4))
    assert "Expect hardly any leads then." in found.description
    [found] = advised(campaign("pause", leads_low=0, leads_high=6))
    assert "Expect 0 to 0.2 leads a day then." in found.description


def test_where_no_contract_is_recorded_nothing_is_said_of_returns() -> None:
    unknown: dict[str, Any] = {"roas_cur": 0, "contracts_cur": 0, "roas_usual": 0}
    [one, other] = advised(campaign("pause", **unknown), campaign("pause", "Fall", **unknown))
    assert "Return on ad spend" not in one.description + other.description
    assert [rests_on(one)[name] for name in ("roas", "roas_usual", "contracts")] == [None, None, None]
    # (another campaign has some: then none is nothing)
    [one, _] = advised(campaign("pause", **unknown), campaign("pause", "Fall"))
    assert "Return on ad spend: 0×, on all of Meta 0×." in one.description


@pytest.mark.parametrize(
    ("more", "missing", "title"),
    [
        (
            {"leads_needed": 9, "spend_needed": 3600},
            {"have": 3, "need": 9, "what": "leads"},
            "Too early to judge “Spring” (Meta): 3 of 9 leads needed",
        ),
        (
            {"leads_cur": 0, "spend_needed": 3600},
            {"have": 1200, "need": 3600, "what": "spend"},
            "Too early to judge “Spring” (Meta): €1,200 of €3,600 in spend needed",
        ),
        ({}, None, "Leave the budget of “Spring” (Meta) as it is: €400 a lead, overall €30.00"),
    ],
)
def test_what_is_not_sure_says_what_is_missing(more: dict[str, Any], missing: Any, title: str) -> None:
    [found] = advised(campaign("monitor", **more))
    assert (rests_on(found)["missing"], found.title) == (missing, title)
    assert (found.is_shown, found.severity) == (False, "low")


def test_campaigns_without_names_and_of_one_name_are_told_apart() -> None:
    rows = [campaign("pause", campaign_ref=ref, campaign_name=None) for ref in ("a/1", "a/2")]
    rows += [campaign("pause", campaign_ref="a/1", platform="google"), campaign("scale", campaign_ref="a/1")]
    found = advised(*rows)
    assert len({one.cause for one in found}) == 4
    assert "a/1" in found[0].title
    assert advised() == advised(campaign("monitor", spend_cur=0, leads_needed=None)) == []
