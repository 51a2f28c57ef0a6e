"""The present daily spend of campaigns. The days that recommendations are based on are too old to show it."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction

from common.rounding import rounded
from services.analytics_service.store.campaigns import RecentSpend


def daily_spend(recent: Sequence[RecentSpend]) -> Callable[[str, str], Decimal | None]:
    """Return a function from platform and campaign_ref to the campaign's daily spend.

    It returns 0 for a campaign that has ended, and None if the whole platform spent nothing: its spend may not have
    been reported yet.
    """
    platforms = {campaign.platform for campaign in recent}
    per_day = {
        (campaign.platform, campaign.campaign_ref): rounded(Fraction(campaign.spend) / campaign.days)
        for campaign in recent
    }

    def spend_per_day(platform: str, campaign_ref: str) -> Decimal | None:
        return per_day.get((platform, campaign_ref), Decimal(0)) if platform in platforms else None

    return spend_per_day
