"""A property as the stand-in holds it: facts with dimensions and metrics, and what GA4 says of its own numbers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests.standins.ga4.quota import TokenQuota


@dataclass(frozen=True)
class Fact:
    """Something that adds to reports: its day, what it is by dimension, what it adds by metric."""

    day: date
    dimensions: Mapping[str, str]
    metrics: Mapping[str, float]


@dataclass
class HeldProperty:
    """One GA4 property. Its facts may be changed at any time: the next report says what they say then."""

    property_id: str
    time_zone: str = "America/Chicago"
    currency: str = "USD"
    custom_dimensions: frozenset[str] = frozenset()
    facts: list[Fact] = field(default_factory=list[Fact])
    quota: TokenQuota = field(default_factory=TokenQuota)
    # What its clock says, which need not be ours: what comes after that has not happened yet. Without one it is our
    # clock that says what day it is, and all facts are told.
    clock: Callable[[], datetime] | None = None
    # Days whose reports are sampled ("About data sampling", support.google.com/analytics/answer/13331292): events read,
    # and events there are; under thresholds ("Data thresholds", …/answer/9383630); with rows lumped together
    # ("About the (other) row", …/answer/13208658).
    sampled: dict[date, tuple[int, int]] = field(default_factory=dict[date, tuple[int, int]])
    thresholded: set[date] = field(default_factory=set[date])
    with_other_row: set[date] = field(default_factory=set[date])

    def now(self) -> datetime:
        """What time it is where the property is."""
        return (self.clock() if self.clock else datetime.now(UTC)).astimezone(ZoneInfo(self.time_zone))

    def told_facts(self) -> list[Fact]:
        """What has happened by now."""
        if self.clock is None:
            return self.facts
        minute = f"{self.now():%Y%m%d%H%M}"
        return [one for one in self.facts if one.dimensions.get("dateHourMinute", f"{one.day:%Y%m%d}") <= minute]

    def add_event(
        self,
        at: datetime,
        name: str,
        dimensions: Mapping[str, str] | None = None,
        *,
        count: int = 1,
        value: float = 0,
        items: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """A hit that the property got, `count` times alike; `value` and the items' are of each."""
        local = at.astimezone(ZoneInfo(self.time_zone))
        of_event = {
            "date": f"{local:%Y%m%d}",
            "dateHour": f"{local:%Y%m%d%H}",
            "dateHourMinute": f"{local:%Y%m%d%H%M}",
            "hour": f"{local:%H}",
            "eventName": name,
            **(dimensions or {}),
        }
        metrics: dict[str, float] = {"eventCount": count, "eventValue": value * count}
        if name == "session_start":
            metrics |= {"sessions": count, "engagedSessions": count}
        if name == "page_view":
            metrics["screenPageViews"] = count
        if name == "purchase":
            revenue = value * count
            metrics |= {"purchaseRevenue": revenue, "totalRevenue": revenue}
            metrics |= {"ecommercePurchases": count, "keyEvents": count}
        self.facts.append(Fact(local.date(), of_event, metrics))
        self.facts.extend(
            Fact(local.date(), of_event | _named(item), _item_metrics(name, item, count)) for item in items
        )

    def add_sessions(self, day: date, count: int, channel: str = "") -> None:
        """Sessions of a day of which no event is told."""
        dimensions = {"date": f"{day:%Y%m%d}", "sessionDefaultChannelGroup": channel}
        self.facts.append(Fact(day, dimensions, {"sessions": count, "engagedSessions": count}))

    def add_ad_day(
        self, day: date, customer_id: str, campaign: tuple[str, str], *, cost: float, clicks: int, impressions: int
    ) -> None:
        """What a linked Google Ads campaign (id, name) had on a day."""
        dimensions = {
            "date": f"{day:%Y%m%d}",
            "sessionGoogleAdsCustomerId": customer_id,
            "sessionGoogleAdsCampaignId": campaign[0],
            "sessionGoogleAdsCampaignName": campaign[1],
        }
        metrics = {"advertiserAdCost": cost, "advertiserAdClicks": clicks, "advertiserAdImpressions": impressions}
        self.facts.append(Fact(day, dimensions, metrics))

    def forget(self, which: Callable[[Fact], bool]) -> None:
        """Take facts back, as a restatement does."""
        self.facts = [fact for fact in self.facts if not which(fact)]


def _named(item: Mapping[str, Any]) -> dict[str, str]:
    return {"itemId": str(item.get("item_id", "")), "itemName": str(item.get("item_name", ""))}


def _item_metrics(name: str, item: Mapping[str, Any], count: int) -> dict[str, float]:
    quantity = item.get("quantity", 1) * count
    if name == "view_item":
        return {"itemsViewed": quantity}
    if name == "add_to_cart":
        return {"itemsAddedToCart": quantity}
    if name == "purchase":
        return {"itemsPurchased": quantity, "itemRevenue": quantity * item.get("price", 0)}
    return {}
