"""A campaign of Meta's → one of /api/campaigns."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from services.data_service.domain.meta_ads.account import PLATFORM, Account
from services.data_service.store.ads.campaigns import PlatformCampaign

# Budgets are in the currency's smallest unit, and these currencies have none below 1: "Currencies",
# developers.facebook.com/docs/marketing-api/currencies
_WITHOUT_CENTS = frozenset({"CLP", "COP", "CRC", "HUF", "ISK", "IDR", "JPY", "KRW", "PYG", "TWD", "VND"})
_ENDED = ("ARCHIVED", "DELETED")


def platform_campaign(node: dict[str, Any], account: Account) -> PlatformCampaign:
    """Parse a campaign; dates are days of the account, the budget is per day or for the campaign's lifetime.

    A campaign whose ad sets have the budgets has none of its own.
    """
    start, end = _day(node.get("start_time"), account), _day(node.get("stop_time"), account)
    kind = next((kind for kind in ("daily", "lifetime") if _amount(node.get(f"{kind}_budget"))), None)
    settings = {
        "currency": account.currency,
        "budget_is": kind,
        "objective": node.get("objective"),
        "effective_status": node.get("effective_status"),
    }
    return PlatformCampaign(
        platform=PLATFORM,
        account_id=account.account_id,
        external_id=str(node["id"]),
        name=str(node.get("name") or "").strip() or str(node["id"]),
        status=_status(node, end, account.today()),
        budget=_budget(node.get(f"{kind}_budget"), account.currency) if kind else None,
        start_date=start,
        end_date=end if start is None or end is None or end >= start else None,
        settings={name: value for name, value in settings.items() if value is not None},
    )


def _status(node: dict[str, Any], end: date | None, today: date) -> str:
    status = node.get("effective_status") or node.get("status")
    if status in _ENDED or (end is not None and end < today):
        return "completed"
    return "paused" if status == "PAUSED" else "active"


def _budget(value: Any, currency: str) -> Decimal:
    return Decimal(_amount(value)) / (1 if currency in _WITHOUT_CENTS else 100)


def _amount(value: Any) -> int:
    return int(value) if str(value or "").isdigit() else 0


def _day(value: Any, account: Account) -> date | None:
    """The account's day of a time; Meta uses 1970 for none."""
    try:
        day = datetime.fromisoformat(str(value)).astimezone(account.zone).date() if value else None
    except ValueError:
        return None
    return day if day is not None and day.year > 1970 else None  # noqa: PLR2004 -- the epoch
