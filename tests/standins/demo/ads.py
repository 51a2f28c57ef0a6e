"""The demo's ad account: each day's figures are drawn from the day itself, so that they are the same at every start."""

import random
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.standins.meta_ads.made import made_account, made_figures
from tests.standins.meta_ads.world import AdAccount, actions

DAYS = 400
_COUNTED = ("impressions", "clicks", "inline_link_clicks", "reach")


def demo_account(zone: str, at: datetime) -> AdAccount:
    """An account with its last `DAYS` days."""
    today = at.astimezone(ZoneInfo(zone)).date()
    first = today - timedelta(days=DAYS)
    account = made_account(campaigns=5, first=first, last=first - timedelta(days=1), name="Demo Supply Co.")
    account.timezone_name = zone
    for back in range(1, DAYS):
        _tell(account, today - timedelta(days=back), 1.0)
    go_on(account, at)
    return account


def go_on(account: AdAccount, at: datetime) -> None:
    """Say what today has brought until now; yesterday's last word too."""
    there = at.astimezone(ZoneInfo(account.timezone_name))
    _tell(account, there.date() - timedelta(days=1), 1.0)
    _tell(account, there.date(), (there.hour * 60 + there.minute) / 1440)


def _tell(account: AdAccount, day: Any, share: float) -> None:
    for campaign in account.campaigns:
        whole = made_figures(random.Random(f"{campaign['id']} {day}"))
        account.figures[campaign["id"], day.isoformat()] = whole if share >= 1 else _part_of(whole, share)


def _part_of(whole: dict[str, Any], share: float) -> dict[str, Any]:
    part = {name: str(int(int(whole[name]) * share)) for name in _COUNTED}
    part["spend"] = f"{float(whole['spend']) * share:.2f}"
    bought = {one["action_type"]: int(int(one["value"]) * share) for one in whole["actions"]}
    worth = {kind: f"{number * 48.5:.2f}" for kind, number in bought.items() if kind != "link_click"}
    return whole | part | {"actions": actions(bought), "action_values": actions(worth)}
