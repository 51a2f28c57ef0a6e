"""What can be asked of the stand-in's properties, and what cannot be asked together.

Names: "Dimensions & Metrics", developers.google.com/analytics/devguides/reporting/data/v1/api-schema
"""

from collections.abc import Collection, Iterator
from itertools import chain

ITEM_DIMENSIONS = ("itemId", "itemName")
AD_DIMENSIONS = ("sessionGoogleAdsCustomerId", "sessionGoogleAdsCampaignId", "sessionGoogleAdsCampaignName")
DIMENSIONS = (
    *("date", "dateHour", "dateHourMinute", "hour", "eventName", "pageLocation", "pageTitle", "searchTerm"),
    *("transactionId", "country", "region", "city", "deviceCategory", "operatingSystem", "browser", "language"),
    *("sessionSource", "sessionSourceMedium", "sessionDefaultChannelGroup"),
    *("yearMonth", "hostName", "pagePath", "unifiedScreenName", "operatingSystemVersion", "mobileDeviceModel"),
    *ITEM_DIMENSIONS,
    *AD_DIMENSIONS,
)
ITEM_METRICS = ("itemsViewed", "itemsAddedToCart", "itemsPurchased", "itemRevenue")
AD_METRICS = ("advertiserAdCost", "advertiserAdClicks", "advertiserAdImpressions")
METRICS = (
    *("eventCount", "eventValue", "purchaseRevenue", "totalRevenue", "sessions", "engagedSessions", "keyEvents"),
    *("screenPageViews", "ecommercePurchases", "activeUsers", "engagementRate", "userEngagementDuration"),
    *ITEM_METRICS,
    *AD_METRICS,
)
WHOLE_METRICS = frozenset(METRICS) - {
    *("eventValue", "purchaseRevenue", "totalRevenue", "itemRevenue", "advertiserAdCost", "keyEvents"),
    *("engagementRate", "userEngagementDuration"),
}


def what_is_wrong(
    dimensions: Collection[str], metrics: Collection[str], registered: Collection[str], filtered: Collection[str] = ()
) -> str | None:
    """Why a report cannot be made, as GA4 says it with INVALID_ARGUMENT; `filtered`: what it is only filtered by.

    Limits of 9 dimensions and 10 metrics: "Method: properties.runReport", …/data/v1/rest/v1beta/properties/runReport.
    Item dimensions go with item metrics only: "Schema compatibility changes",
    …/data/v1/announcements/20221201-compatibility-changes; ads' metrics want a campaign's dimension beside them.
    """
    unknown = (name for name in filtered if name not in DIMENSIONS and name not in registered)
    said = (f"Field {name} is not a valid dimension. {_LIST}" for name in unknown)
    return next(chain(_faults(dimensions, metrics, registered), said), None)


def _faults(dimensions: Collection[str], metrics: Collection[str], registered: Collection[str]) -> Iterator[str]:
    for what, names, most in (("dimensions", dimensions, 9), ("metrics", metrics, 10)):
        if len(names) > most:
            yield f"Requests are limited to {most} {what}. This request is for {len(names)} {what}."
    for name in dimensions:
        if name not in DIMENSIONS and name not in registered:
            yield f"Field {name} is not a valid dimension. {_LIST}"
    for name in metrics:
        if name not in METRICS:
            yield f"Field {name} is not a valid metric. {_LIST}"
    has_items = any(name in ITEM_DIMENSIONS or name.startswith("customItem:") for name in dimensions)
    for name in metrics:
        if has_items and name not in ITEM_METRICS:
            yield f"Please remove {name} to make the request compatible. {_INCOMPATIBLE}"
        if name in AD_METRICS and not any(dimension in AD_DIMENSIONS for dimension in dimensions):
            yield f"Please add sessionCampaignName to make the request compatible for example. {_INCOMPATIBLE}"


_LIST = (
    "For a list of valid dimensions and metrics, see"
    " https://developers.google.com/analytics/devguides/reporting/data/v1/api-schema"
)
_INCOMPATIBLE = (
    "The request's dimensions & metrics are incompatible. To learn more, see"
    " https://ga-dev-tools.google/ga4/dimensions-metrics-explorer/"
)
