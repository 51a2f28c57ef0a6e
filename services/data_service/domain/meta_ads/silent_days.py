"""What Meta said of a day once and no longer says."""

from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from services.data_service.domain.meta_ads.account import PLATFORM, Account
from services.data_service.store.ad_figures import FiguresKey
from services.data_service.store.ad_performance import AdDay

_NOTHING = Decimal(0)


class Silence(NamedTuple):
    """`zeros` restate campaigns that are gone from a day that Meta still tells of.

    `doubted` counts, by day, those of days of which it tells nothing at all any more: such an answer does not show that
    it covers the day.
    """

    zeros: list[AdDay]
    doubted: Mapping[date, int]


def silence(account: Account, told: Mapping[FiguresKey, str], said: AbstractSet[FiguresKey]) -> Silence:
    """What a whole answer leaves out; `told` are the names of campaigns with figures of those days, `said` its rows."""
    missing = [(key, name) for key, name in told.items() if key not in said]
    days = {key.day for key in said}
    zeros = [_zero(account, key, name) for key, name in missing if key.day in days]
    return Silence(zeros, _by_day(key for key, _ in missing if key.day not in days))


def _by_day(keys: Iterable[FiguresKey]) -> Mapping[date, int]:
    return Counter(key.day for key in keys)


def _zero(account: Account, key: FiguresKey, name: str) -> AdDay:
    return AdDay(
        platform=PLATFORM,
        account_id=account.account_id,
        campaign_id=key.campaign_id,
        day=key.day,
        campaign_name=name,
        impressions=0,
        clicks=0,
        spend=_NOTHING,
        conversions=_NOTHING,
        revenue=_NOTHING,
        currency=account.currency,
        extra={"no_longer_told": True},
    )
