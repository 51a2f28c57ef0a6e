"""Budget advice as recommendations."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from services.insights_service.domain.advise import advise
from services.insights_service.sources.analytics_api import BudgetAdvice
from services.insights_service.store.finding import Found
from tests.insights_service.conftest import campaign


def advised(*rows: dict[str, Any]) -> list[Found]:
    read = msgspec.json.decode(msgspec.json.encode(rows), type=list[BudgetAdvice])
    return list(advise(read, "EUR", Decimal(1)).found)


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
    assert found.evidence["step_pct"] == step
    assert found.evidence["next_daily_spend"] == 40 * (1 + Decimal(step) / 100)


def test_a_recommendation_says_what_to_do_what_to_expect_and_why() -> None:
    [found] = advised(campaign("scale"))
    assert found.description == (
        "Raise its daily spend by 20 %, from 40.00 to 48.00 EUR, and look again: 2.40 to 4.00 leads a day are to be"
        " expected then. 80 leads."
    )
    assert found.evidence["expected_cpl"] == {"low": Decimal("12.00"), "high": Decimal("20.00")}
    assert (found.score, found.impact) == (Decimal("0.97"), Decimal("280.00"))


@pytest.mark.parametrize(
    ("more", "missing", "says"),
    [
        ({"leads_needed": 9, "spend_needed": 3600}, {"have": 3, "need": 9, "what": "leads"}, "3 of 9 leads needed"),
        (
            {"leads_cur": 0, "spend_needed": 3600},
            {"have": 1200, "need": 3600, "what": "spend"},
            "1200 of 3600 spend needed",
        ),
        ({}, None, "3 leads."),
    ],
)
def test_what_is_not_sure_says_what_is_missing(more: dict[str, Any], missing: Any, says: str) -> None:
    [found] = advised(campaign("monitor", **more))
    assert found.evidence["missing"] == missing
    assert found.description.startswith(says)
    assert (found.is_shown, found.severity) == (False, "low")


def test_campaigns_without_names_and_of_one_name_are_told_apart() -> None:
    rows = [campaign("pause", campaign_ref=ref, campaign_name=None) for ref in ("a/1", "a/2")]
    rows += [campaign("pause", campaign_ref="a/1", platform="google"), campaign("scale", campaign_ref="a/1")]
    found = advised(*rows)
    assert len({one.cause for one in found}) == 4
    assert found[0].title == "Spend less on a/1 (meta)"
    assert advised() == []
