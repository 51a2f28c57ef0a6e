"""The demo's ad account: each day's figures are drawn from the day itself, so that they are the same at every start."""

import random
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.standins.meta_ads.made import made_account, made_figures
from tests.standins.meta_ads.world import actions

DAYS = 400
_COUNTED = ("impressions", "clicks", "inline_link_clicks", "reach")
_MINUTES_A_DAY = 1440


class DemoAds:
    """An account with its last `DAYS` days; `go_on` tells it what today has brought until now."""

    def __init__(self, account_id: str, zone: str, at: datetime) -> None:
        today = at.astimezone(ZoneInfo(zone)).date()
        first = today - timedelta(days=DAYS)
        nothing_yet = first - timedelta(days=1)
        self.account = made_account(
            account_id,
            f"token-of-{account_id}",
            campaigns=5,
            first=first,
            last=nothing_yet,
            name="Demo Supply Co.",
            timezone_name=zone,
        )
        for back in range(1, DAYS):
            self._tell(today - timedelta(days=back), 1.0)
        self.go_on(at)

    def go_on(self, at: datetime) -> None:
        """Today's share of its figures, and yesterday's last word."""
        there = at.astimezone(ZoneInfo(self.account.timezone_name))
        self._tell(there.date() - timedelta(days=1), 1.0)
        self._tell(there.date(), (there.hour * 60 + there.minute) / _MINUTES_A_DAY)

    def _tell(self, day: date, share: float) -> None:
        for campaign in self.account.campaigns:
            whole = made_figures(random.Random(f"{campaign['id']} {day}"))
            self.account.figures[campaign["id"], day.isoformat()] = whole if share >= 1 else _part_of(whole, share)


def _part_of(whole: dict[str, Any], share: float) -> dict[str, Any]:
    part = {name: str(int(int(whole[name]) * share)) for name in _COUNTED}
    part["spend"] = f"{float(whole['spend']) * share:.2f}"
    bought = {one["action_type"]: int(int(one["value"]) * share) for one in whole["actions"]}
    worth = {kind: f"{number * 48.5:.2f}" for kind, number in bought.items() if kind != "link_click"}
    return whole | part | {"actions": actions(bought), "action_values": actions(worth)}
