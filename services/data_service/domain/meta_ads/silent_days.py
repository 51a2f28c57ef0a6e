"""Figures of a day that Meta reported once and no longer reports."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from services.data_service.domain.meta_ads.account import PLATFORM, Account
from services.data_service.store.ads.ad_figures import FiguresKey
from services.data_service.store.ads.ad_performance import AdDay

_NOTHING = Decimal(0)


class Unsaid(NamedTuple):
    """The stored figures of a chunk's days that have not been reported again so far.

    `campaigns` are those with missing days, `days` the days with any row. Both hold days as bits, the chunk's first day
    lowest. They are stored with every page, so that a job that continues in the middle has them too.
    """

    campaigns: dict[str, int]
    days: int = 0

    def but(self, said: Iterable[FiguresKey], first: date) -> "Unsaid":
        """The state after a page."""
        campaigns, days = dict(self.campaigns), self.days
        for key in said:
            bit = _bit(key.day, first)
            days |= bit
            if left := campaigns.pop(key.campaign_id, 0) & ~bit:
                campaigns[key.campaign_id] = left
        return Unsaid(campaigns, days)


def all_unsaid(told: Iterable[FiguresKey], first: date) -> Unsaid:
    """The state before a chunk's first page, from the campaigns and days that have figures."""
    campaigns: dict[str, int] = defaultdict(int)
    for key in told:
        campaigns[key.campaign_id] |= _bit(key.day, first)
    return Unsaid(dict(campaigns))


class Silence(NamedTuple):
    """`zeros` restate campaigns that are gone from a day for which Meta still reports others.

    `doubted` counts campaigns by day, for days without any row: such an answer does not show that it covers the day.
    """

    zeros: list[AdDay]
    doubted: Mapping[date, int]


def silence(account: Account, told: Mapping[FiguresKey, str], unsaid: Unsaid, first: date) -> Silence:
    """What a complete answer left out; `told` are the names of the campaigns with stored figures of those days."""
    zeros: list[AdDay] = []
    doubted: dict[date, int] = defaultdict(int)
    for key, name in told.items():
        bit = _bit(key.day, first)
        if not unsaid.campaigns.get(key.campaign_id, 0) & bit:
            continue
        if unsaid.days & bit:
            zeros.append(_zero(account, key, name))
        else:
            doubted[key.day] += 1
    return Silence(zeros, doubted)


def _bit(day: date, first: date) -> int:
    return 1 << (day - first).days


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
