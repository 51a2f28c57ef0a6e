"""A row of Meta's insights → a campaign's daily figures."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from services.data_service.domain.meta_ads.account import PLATFORM, Account
from services.data_service.sources.meta_ads.fields import INSIGHT_FIELDS
from services.data_service.sources.vendor import VendorAway
from services.data_service.store.ads.ad_performance import AdDay

# Meta counts a purchase under several action types; the first of these that a row has includes the others.
PURCHASES = ("omni_purchase", "purchase", "offsite_conversion.fb_pixel_purchase", "onsite_web_purchase")
_KNOWN = frozenset(INSIGHT_FIELDS) | {"date_start", "date_stop"}
_EXTRA = ("objective", "attribution_setting", "inline_link_clicks", "reach", "frequency")


def ad_day(row: dict[str, Any], account: Account) -> AdDay:
    """Parse a row. `extra` has the action type that Meta's conversions are counted under, and all actions.

    Raises:
        VendorAway: the row lacks its campaign or day, covers several days, or has a figure that is not a number.
    """
    day = _day(row)
    actions, values = _by_type(row, "actions"), _by_type(row, "action_values")
    counted = next((name for name in PURCHASES if name in actions or name in values), None)
    extra = {name: value for name, value in row.items() if name in _EXTRA or name not in _KNOWN}
    if actions:
        extra["actions"] = {name: str(number) for name, number in actions.items()}
    if values:
        extra["action_values"] = {name: str(number) for name, number in values.items()}
    if counted:
        extra["conversions_are"] = counted
    return AdDay(
        platform=PLATFORM,
        account_id=account.account_id,
        campaign_id=str(row["campaign_id"]),
        day=day,
        campaign_name=str(row.get("campaign_name") or row["campaign_id"]),
        impressions=int(_number(row, "impressions")),
        clicks=int(_number(row, "clicks")),
        spend=_number(row, "spend"),
        conversions=actions.get(counted or "", Decimal(0)),
        revenue=values.get(counted or "", Decimal(0)),
        currency=str(row.get("account_currency") or account.currency),
        extra=extra or None,
    )


def unknown_fields(rows: Iterable[dict[str, Any]]) -> set[str]:
    """Fields that were not requested; `extra` keeps them."""
    return {name for row in rows for name in row.keys() - _KNOWN}


def _day(row: dict[str, Any]) -> date:
    try:
        if row["date_start"] == row["date_stop"] and row["campaign_id"]:
            return date.fromisoformat(row["date_start"])
    except (KeyError, TypeError, ValueError):
        pass
    raise VendorAway("Meta sent a row of figures without its campaign or day")


def _by_type(row: dict[str, Any], field: str) -> dict[str, Decimal]:
    """Numbers by action type, under the account's own attribution setting (`value`)."""
    listed = row.get(field) or []
    return {str(one["action_type"]): _number(one, "value") for one in listed if "action_type" in one}


def _number(row: dict[str, Any], field: str) -> Decimal:
    """A figure, 0 if absent."""
    value = row.get(field)
    if value in (None, ""):
        return Decimal(0)
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        reason = f"Meta sent a figure that is no number: {field}"
        raise VendorAway(reason)
    return number
