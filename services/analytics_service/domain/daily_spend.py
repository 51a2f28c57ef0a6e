"""What campaigns spend a day by now, which what is judged of them is too old to say."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction

from common.rounding import rounded
from services.analytics_service.store.campaigns import SpendLately


def daily_spend(lately: Sequence[SpendLately]) -> Callable[[str, str], Decimal | None]:
    """Of a platform and a campaign of it; 0 of one that has ended.

    None where its whole platform spent nothing: that may not have been told yet.
    """
    told = {one.platform for one in lately}
    spent = {(one.platform, one.campaign_ref): rounded(Fraction(one.spend) / one.days) for one in lately}

    def of(platform: str, campaign_ref: str) -> Decimal | None:
        return spent.get((platform, campaign_ref), Decimal(0)) if platform in told else None

    return of
