"""What campaigns spend a day by now, which what is judged of them is too old to say."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction

from common.rounding import rounded
from services.analytics_service.store.campaigns import CampaignTotals
from services.analytics_service.store.day_range import DateRange


def daily_spend(campaigns: Sequence[CampaignTotals], days: DateRange) -> Callable[[str, str], Decimal | None]:
    """Of a platform and a campaign of it; 0 of one that has ended.

    None where its whole platform spent nothing: that may not have been told yet.
    """
    many = (days.end - days.start).days + 1
    told = {one.platform for one in campaigns if one.spend}
    spent = {(one.platform, one.campaign_ref): rounded(Fraction(one.spend) / many) for one in campaigns if one.spend}

    def of(platform: str, campaign_ref: str) -> Decimal | None:
        return spent.get((platform, campaign_ref), Decimal(0)) if platform in told else None

    return of
