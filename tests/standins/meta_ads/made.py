"""An ad account of the stand-in's own making: the same seed gives the same account."""

import random
from datetime import date, timedelta
from typing import Any

from tests.standins.meta_ads.world import AdAccount, Node, actions

_NAMES = ("Prospecting", "Retargeting", "Brand", "Catalogue", "Leads")


def made_account(
    account_id: str = "1001",
    token: str = "token-of-1001",  # noqa: S107 -- the stand-in's own
    *,
    campaigns: int = 3,
    first: date,
    last: date,
    seed: int = 7,
    **fields: Any,
) -> AdAccount:
    """`campaigns` campaigns, each with an ad set of two ads, and figures for every day from `first` to `last`."""
    drawn = random.Random(seed)
    account = AdAccount(account_id, token, **fields)
    for number in range(1, campaigns + 1):
        campaign_id = f"{account_id}{number:04}"
        account.campaigns.append(_campaign(campaign_id, number, first))
        adset_id = f"{campaign_id}1"
        account.adsets.append(_child(adset_id, f"Ad set {number}", campaign_id=campaign_id))
        account.ads += [
            _child(f"{adset_id}{one}", f"Ad {number}.{one}", campaign_id=campaign_id, adset_id=adset_id)
            for one in (1, 2)
        ]
        for offset in range((last - first).days + 1):
            day = (first + timedelta(days=offset)).isoformat()
            account.figures[campaign_id, day] = made_figures(drawn)
    return account


def made_figures(drawn: random.Random) -> Node:
    """One day of a campaign, as an insights row says it."""
    impressions = drawn.randint(200, 4_000)
    clicks = drawn.randint(2, impressions // 20)
    purchases = drawn.randint(0, clicks // 4 + 1)
    return {
        "objective": "OUTCOME_SALES",
        "impressions": str(impressions),
        "clicks": str(clicks),
        "inline_link_clicks": str(clicks - 1),
        "spend": f"{clicks * drawn.uniform(0.2, 0.9):.2f}",
        "reach": str(impressions - drawn.randint(0, 150)),
        "actions": actions({"link_click": clicks - 1, "purchase": purchases, "omni_purchase": purchases}),
        "action_values": actions({"omni_purchase": f"{purchases * 48.5:.2f}", "purchase": f"{purchases * 48.5:.2f}"}),
    }


def _campaign(campaign_id: str, number: int, first: date) -> Node:
    return {
        "id": campaign_id,
        "account_id": campaign_id[:-4],
        "name": f"{_NAMES[number % len(_NAMES)]} {number}",
        "objective": "OUTCOME_SALES",
        "status": "ACTIVE",
        "effective_status": "ACTIVE",
        "daily_budget": "3000",
        "start_time": f"{first.isoformat()}T09:00:00-0800",
        "updated_time": f"{first.isoformat()}T09:00:00-0800",
    }


def _child(child_id: str, name: str, **parents: str) -> Node:
    return {
        "id": child_id,
        "name": name,
        "status": "ACTIVE",
        "effective_status": "ACTIVE",
        "updated_time": "2026-01-15T09:00:00-0800",
        **parents,
    }
