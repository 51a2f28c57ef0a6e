"""What a campaign had, as figures and ratios (definitions.md): money and ratios with 2 decimals, half away from zero.

`revenue` and `conversions` are the platform's own claims: what contracts brought is analytics' to say. Money in
another currency than the tenant's is converted at its day's rate; without one it is in no sum, and in `unconverted`.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from common.db.jsonb import number
from common.rounding import rounded
from services.data_service.store.ads.campaign_figures import CampaignFigures

_NOTHING: Final = CampaignFigures(0, 0, Decimal(0), Decimal(0), Decimal(0), 0, 0, [], {})


def metrics_of(figures: CampaignFigures | None) -> dict[str, Any]:
    """The contract's metrics; a ratio whose denominator is 0 is 0, and so is everything where there are no figures."""
    of = figures or _NOTHING
    return {
        "impressions": of.impressions,
        "clicks": of.clicks,
        "spend": _rounded(of.spend),
        "revenue": _rounded(of.revenue),
        "conversions": number(of.conversions),
        "roi": _ratio(100 * (Fraction(of.revenue) - Fraction(of.spend)), of.spend),
        "ctr": _ratio(100 * of.clicks, of.impressions),
        # (of the days whose money is known: clicks that another currency paid for would make it look cheap)
        "cpc": _ratio(of.spend, of.money_clicks),
        "unconverted": {
            "rows": of.unconverted_rows,
            "by_currency": of.by_currency,
            "days": of.unconverted_days,
        },
    }


def daily_metrics(figures: Mapping[date, CampaignFigures], first: date, count: int) -> list[dict[str, Any]]:
    """One row for each of `count` days from the first, those without figures too: `{date, …the metrics}`."""
    days = [first + timedelta(days=number) for number in range(count)]
    return [{"date": day, **metrics_of(figures.get(day))} for day in days]


def _ratio(part: Decimal | Fraction | int, whole: Decimal | int) -> Decimal | int:
    return _rounded(Fraction(part) / Fraction(whole)) if whole else 0


def _rounded(value: Decimal | Fraction) -> Decimal | int:
    return number(rounded(value)) or 0
