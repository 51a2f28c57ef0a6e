"""The demo's GA4 property: visits told in the rows of GA4's BigQuery export by a file, each when its time comes.

"GA4 BigQuery Export schema": support.google.com/analytics/answer/7029846
"""

import gzip
import json
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tests.standins.ga4.held import HeldProperty

AD_DAYS = 60
_CUSTOM = frozenset({"customUser:client_id", "customUser:crm_id", "customUser:branch", "customEvent:ga_session_id"})
_DIMENSION_OF = {
    "page_location": "pageLocation",
    "page_title": "pageTitle",
    "search_term": "searchTerm",
    "no_search_results_term": "searchTerm",
    "transaction_id": "transactionId",
    "ga_session_id": "customEvent:ga_session_id",
}
_CHANNEL_OF = {"cpc": "Paid Search", "organic": "Organic Search", "email": "Email", "paid_social": "Paid Social"}
_CAMPAIGNS = (("9001", "Search: water heaters"), ("9002", "Search: pipe and fittings"))


class DemoVisits:
    """`go_on` tells the property what has happened until now."""

    def __init__(self, property_id: str, rows: Path, zone: str, at: datetime) -> None:
        self.held = HeldProperty(property_id, time_zone=zone, custom_dimensions=_CUSTOM)
        with gzip.open(rows, "rt", encoding="utf-8") as lines:
            self._coming: list[dict[str, Any]] = [json.loads(line) for line in lines]
        self._coming.sort(key=lambda row: int(row["event_timestamp"]), reverse=True)
        self._advertised: date | None = None
        self.go_on(at)

    def go_on(self, at: datetime) -> None:
        """Take in the visits that have been, and each day's advertising once that day has begun."""
        while self._coming and _moment_of(self._coming[-1]) <= at:
            self._take(self._coming.pop())
        today = at.astimezone(ZoneInfo(self.held.time_zone)).date()
        day = self._advertised or today - timedelta(days=AD_DAYS)
        while day < today:
            day += timedelta(days=1)
            self._advertise(day)
        self._advertised = today

    def _take(self, row: dict[str, Any]) -> None:
        params = {one["key"]: next(iter(one["value"].values())) for one in row["event_params"]}
        dimensions = {_DIMENSION_OF[name]: value for name, value in params.items() if name in _DIMENSION_OF}
        items = [{**item, "quantity": int(item["quantity"])} for item in row["items"]]
        self.held.add_event(
            _moment_of(row),
            row["event_name"],
            {
                **dimensions,
                "customUser:client_id": row["user_pseudo_id"],
                "customUser:crm_id": row.get("user_id") or "",
                "customUser:branch": row["user_properties"][0]["value"]["string_value"],
                "sessionDefaultChannelGroup": _CHANNEL_OF.get(row["traffic_source"]["medium"], "Direct"),
            },
            value=float(params.get("value", 0)),
            items=items,
        )

    def _advertise(self, day: date) -> None:
        for campaign in _CAMPAIGNS:
            drawn = random.Random(f"{campaign} {day}")
            clicks = drawn.randrange(20, 70)
            cost = round(clicks * drawn.uniform(0.6, 1.4), 2)
            self.held.add_ad_day(
                day, "555-000-1111", campaign, cost=cost, clicks=clicks, impressions=clicks * drawn.randrange(20, 45)
            )


def _moment_of(row: dict[str, Any]) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(row["event_timestamp"]))
