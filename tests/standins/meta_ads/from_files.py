"""Ad accounts out of plain files: one shop's Meta exports, and the shapes of a warehouse of insights."""

import csv
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.standins.meta_ads.world import AdAccount, Node, actions

Rows = list[dict[str, str]]


def shop_account(folder: Path, account_id: str = "2001") -> AdAccount:
    """The account in `meta_ads_{campaigns,ad_sets,ads,ad_insights}.csv`; figures of ads are summed by campaign."""
    account = AdAccount(account_id, f"token-of-{account_id}", "One shop")
    for row in _rows(folder / "meta_ads_campaigns.csv"):
        budget = str(int(Decimal(row["daily_budget"]) * 100))
        more = {"objective": row["objective"], "daily_budget": budget, "start_time": _time(row["created_at"])}
        account.campaigns.append(_object(row["campaign_id"], row, **more))
    for row in _rows(folder / "meta_ads_ad_sets.csv"):
        more = {"campaign_id": row["campaign_id"], "optimization_goal": row["optimization_goal"]}
        account.adsets.append(_object(row["ad_set_id"], row, **more))
    for row in _rows(folder / "meta_ads_ads.csv"):
        account.ads.append(_object(row["ad_id"], row, adset_id=row["ad_set_id"]))
    summed: dict[tuple[str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in _rows(folder / "meta_ads_ad_insights.csv"):
        for name in ("impressions", "clicks", "spend", "reported_conversions", "reported_conversion_value"):
            summed[row["campaign_id"], row["date_day"]][name] += Decimal(row[name])
    for (campaign_id, day), numbers in summed.items():
        purchases = actions({"purchase": numbers["reported_conversions"]})
        values = actions({"purchase": numbers["reported_conversion_value"]})
        row = {name: str(numbers[name]) for name in ("impressions", "clicks", "spend")}
        account.figures[campaign_id, day] = {**row, "actions": purchases, "action_values": values}
    return account


def warehouse_account(folder: Path) -> AdAccount:
    """The account in `facebook_ads_basic_ad_{data,actions_data,action_values_data}.csv` and its objects' histories.

    An ad's campaign is what its latest history says; one without a history has a campaign of its own. A day of an ad
    that has actions alone shows nothing else.
    """
    ads = _latest(_rows(folder / "facebook_ads_ad_history_data.csv"))
    account = AdAccount(next(iter(ads.values()))["account_id"], "token-of-a-warehouse", "A warehouse's")
    for row in _latest(_rows(folder / "facebook_ads_campaign_history_data.csv")).values():
        account.campaigns.append(_object(row["id"], {"name": row["name"], "status": "ACTIVE", "created_at": ""}))
    for row in _rows(folder / "facebook_ads_basic_ad_data.csv"):
        chosen = {name: row[name] for name in ("impressions", "inline_link_clicks", "spend", "reach")}
        _day_of_ad(account, ads, row).update({**chosen, "clicks": row["inline_link_clicks"]})
    for kind in ("actions", "action_values"):
        for row in _rows(folder / f"facebook_ads_basic_ad_{kind}_data.csv"):
            _day_of_ad(account, ads, row).setdefault(kind, []).append(_action(row))
    return account


def _day_of_ad(account: AdAccount, ads: dict[str, dict[str, str]], row: dict[str, str]) -> Node:
    """What the campaign of a row's ad has on the row's day."""
    ad_id = row["ad_id"]
    campaign_id = ads[ad_id]["campaign_id"] if ad_id in ads else f"of-{ad_id}"
    if campaign_id not in (one["id"] for one in account.campaigns):
        made = {"name": campaign_id, "status": "ARCHIVED", "created_at": ""}
        account.campaigns.append(_object(campaign_id, made))
    return account.figures.setdefault((campaign_id, row["date"]), {"impressions": "0", "clicks": "0", "spend": "0"})


def _action(row: dict[str, str]) -> Node:
    # The names that the API has for attribution windows, beside `value`.
    windows = {"7d_click": row.get("_7_d_click", ""), "1d_view": row.get("_1_d_view", "")}
    said = {"value": row["value"], **windows}
    return {"action_type": row["action_type"], **{name: value for name, value in said.items() if value}}


def _object(object_id: str, row: dict[str, str], **more: Any) -> Node:
    status = row["status"].upper()
    return {
        "id": object_id,
        "name": row["name"],
        "status": status,
        "effective_status": status,
        "updated_time": _time(row["created_at"] or "2026-01-01 00:00:00"),
        **more,
    }


def _latest(rows: Rows) -> dict[str, dict[str, str]]:
    return {row["id"]: row for row in sorted(rows, key=lambda one: one["_fivetran_synced"])}


def _time(written: str) -> str:
    return written.replace(" ", "T") + "-0800"


def _rows(path: Path) -> Rows:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
