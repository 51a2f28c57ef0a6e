"""Example rows of sessions with different origins, each with the channel that it must get."""

from typing import Any, NamedTuple

SHOP = "https://shop.example/a"


class Origin(NamedTuple):
    """A row's contents and its session's channel; `of_user` is the channel of the user's first session only."""

    page_location: str | None = None
    extra: dict[str, Any] | None = None
    channel: str | None = None
    of_user: str | None = None


ORIGINS = {
    "": Origin(),
    "own page": Origin(SHOP, {"params": {"page_referrer": "https://www.shop.example/b"}}),
    "mail": Origin(f"{SHOP}?utm_source=news&utm_medium=email", channel="email"),
    "ad": Origin(f"{SHOP}?gclid=abc", {"params": {"source": "google", "medium": "organic"}}, "paid-search"),
    "facebook": Origin(
        SHOP, {"collected_traffic_source": {"manual_source": "facebook", "manual_medium": "cpc"}}, "paid-social"
    ),
    "search": Origin(SHOP, {"params": {"page_referrer": "https://www.google.com/"}}, "organic-search"),
    "partner": Origin(None, {"params": {"page_referrer": "https://partner.example/list"}}, "referral"),
    "odd": Origin(f"{SHOP}?utm_source=newsletter&utm_medium=blast", channel="unassigned"),
    "Spring": Origin(f"{SHOP}?utm_source=google&utm_medium=cpc&utm_campaign=SPRING", channel="paid-search"),
    "Sale": Origin(f"{SHOP}?utm_source=fb&utm_medium=paid_social&utm_campaign=77", channel="paid-social"),
    "known to come directly": Origin(
        None, {"session_traffic_source_last_click": {"manual_campaign": {"source": "(direct)"}}}, "direct"
    ),
    "first came by bing": Origin(
        SHOP, {"traffic_source": {"source": "bing", "medium": "organic"}}, None, "organic-search"
    ),
}
