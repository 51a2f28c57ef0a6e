"""The reference of marketing's calls, computed in the simplest way: raw rows, then facts, then answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, NamedTuple
from urllib.parse import urlsplit

Range = tuple[date, date]
Platforms = frozenset[str] | None


@dataclass(frozen=True)
class Lead:
    """A row of data.lead; '' is absent, `platform` is an override."""

    lead_id: str
    day: date
    utm_source: str = ""
    utm_medium: str = ""
    utm_campaign: str = ""
    utm_id: str = ""
    gclid: str = ""
    fbclid: str = ""
    referrer: str = ""
    product_id: str = ""
    product_name: str = ""
    location_id: str = ""
    is_paid: bool | None = None
    platform: str = ""


@dataclass(frozen=True)
class Contract:
    """A row of data.contract; currency '' is the tenant's."""

    contract_id: str
    lead_id: str
    day: date
    amount: Decimal
    currency: str = ""
    status: str = "signed"


@dataclass(frozen=True)
class AdDay:
    """A row of data.ad_performance."""

    platform: str
    account_id: str
    campaign_id: str
    name: str
    day: date
    spend: Decimal
    impressions: int = 0
    clicks: int = 0
    currency: str = ""


@dataclass(frozen=True)
class Campaign:
    """A campaign of the ads, by account and id; `words` are all names that it ever had."""

    platform: str
    ref: str
    campaign_id: str
    name: str
    words: frozenset[str]
    first_day: date


@dataclass(frozen=True)
class Fact:
    """A lead, or a day's ads of a campaign, in the form that marketing sums; `campaign` '' is none."""

    day: date
    platform: str
    campaign: str
    leads: int = 0
    paid: int = 0
    source: str = ""
    product_id: str = ""
    product_name: str = ""
    location_id: str = ""
    contracts: int = 0
    revenue: Decimal = Decimal(0)
    spend: Decimal = Decimal(0)
    impressions: int = 0
    clicks: int = 0


@dataclass
class Books:
    """A company's raw rows, and the rules for a lead's platform: by source and by host name."""

    leads: list[Lead] = field(default_factory=list[Lead])
    contracts: list[Contract] = field(default_factory=list[Contract])
    ads: list[AdDay] = field(default_factory=list[AdDay])
    currency: str = "USD"
    rates: Mapping[tuple[str, date], Decimal] = field(default_factory=dict[tuple[str, date], Decimal])
    sources: Mapping[str, str] = field(default_factory=dict[str, str])
    hosts: Mapping[str, str] = field(default_factory=dict[str, str])
    paid_media: frozenset[str] = frozenset()

    def campaigns(self) -> list[Campaign]:
        """Return the campaigns of the ads, each with its name of its last day."""
        days: dict[tuple[str, str], list[AdDay]] = defaultdict(list)
        for ad in sorted(self.ads, key=lambda ad: ad.day):
            days[ad.platform, f"{ad.account_id}/{ad.campaign_id.lower()}"].append(ad)
        return [
            Campaign(
                *key,
                of_it[-1].campaign_id.lower(),
                of_it[-1].name,
                frozenset(ad.name.lower() for ad in of_it),
                of_it[0].day,
            )
            for key, of_it in days.items()
        ]

    def facts(self) -> list[Fact]:
        """Return every lead and every day's ads as facts."""
        campaigns = self.campaigns()
        signed: dict[str, list[Contract]] = defaultdict(list)
        for contract in self.contracts:
            if contract.status == "signed":
                signed[contract.lead_id].append(contract)
        return [self._lead_fact(lead, signed[lead.lead_id], campaigns) for lead in self.leads] + [
            Fact(
                ad.day,
                ad.platform,
                f"{ad.account_id}/{ad.campaign_id.lower()}",
                spend=self.converted(ad.spend, ad.currency, ad.day),
                impressions=ad.impressions,
                clicks=ad.clicks,
            )
            for ad in self.ads
        ]

    def converted(self, amount: Decimal, currency: str, day: date) -> Decimal:
        """Return the amount in the tenant's currency; 0 if there is no rate."""
        own = currency.upper() in {"", self.currency}
        return amount if own else amount * self.rates.get((currency.upper(), day), Decimal(0))

    def _lead_fact(self, lead: Lead, signed: list[Contract], campaigns: Iterable[Campaign]) -> Fact:
        platform = self.platform(lead)
        paid = bool(lead.gclid or lead.fbclid or lead.is_paid or lead.utm_medium.lower() in self.paid_media)
        return Fact(
            lead.day,
            platform,
            _campaign_of(lead, [campaign for campaign in campaigns if campaign.platform == platform]),
            leads=1,
            paid=int(paid),
            source=lead.utm_source.lower(),
            product_id=lead.product_id,
            product_name=lead.product_name,
            location_id=lead.location_id,
            contracts=len(signed),
            revenue=sum((self.converted(one.amount, one.currency, one.day) for one in signed), Decimal(0)),
        )

    def platform(self, lead: Lead) -> str:
        """Return the lead's `dominant_platform`: the first rule that holds."""
        source = lead.utm_source.lower()
        if lead.platform:
            return lead.platform
        if lead.gclid or lead.fbclid:
            return "google" if lead.gclid else "meta"
        if source:
            return self.sources.get(source) or self._family(source) or source
        return self._family((urlsplit(lead.referrer).hostname or "").lower()) or "direct"

    def _family(self, host: str) -> str | None:
        return next((self.hosts[part] for part in host.split(".")[:-1] if part in self.hosts), None)


def _campaign_of(lead: Lead, campaigns: list[Campaign]) -> str:
    by_id = [campaign for campaign in campaigns if lead.utm_id and campaign.campaign_id == lead.utm_id.lower()]
    word = lead.utm_campaign.lower()
    by_name = [campaign for campaign in campaigns if word and word in campaign.words]
    meant = by_id or by_name
    if not meant:
        return ""
    return min(meant, key=lambda one: (not by_id and one.name.lower() != word, one.first_day, one.ref)).ref


class Sums(NamedTuple):
    """The sums of facts."""

    leads: int
    paid: int
    contracts: int
    revenue: Decimal
    spend: Decimal
    impressions: int
    clicks: int

    @property
    def cpl(self) -> Decimal:
        return ratio(self.spend, self.leads)

    @property
    def roas(self) -> Decimal:
        return ratio(self.revenue, self.spend)


def summed(facts: Iterable[Fact]) -> Sums:
    """Sum the facts."""
    rows = list(facts)
    return Sums(
        sum(row.leads for row in rows),
        sum(row.paid for row in rows),
        sum(row.contracts for row in rows),
        sum((row.revenue for row in rows), Decimal(0)),
        sum((row.spend for row in rows), Decimal(0)),
        sum(row.impressions for row in rows),
        sum(row.clicks for row in rows),
    )


def within(facts: Iterable[Fact], days: Range, platforms: Platforms) -> list[Fact]:
    """Return the facts of the range and the platforms."""
    return [
        fact for fact in facts if days[0] <= fact.day <= days[1] and (platforms is None or fact.platform in platforms)
    ]


def grouped(facts: Iterable[Fact], key: Callable[[Fact], Hashable]) -> dict[Any, list[Fact]]:
    """Group the facts by `key`."""
    groups: dict[Any, list[Fact]] = defaultdict(list)
    for fact in facts:
        groups[key(fact)].append(fact)
    return groups


def ratio(part: Decimal | int, whole: Decimal | int, digits: int = 2) -> Decimal:
    """Return the ratio, rounded half away from zero; 0 if the whole is 0."""
    if not whole:
        return Decimal(0)
    exact = Fraction(part) / Fraction(whole) * 10**digits
    away = int(abs(exact) + Fraction(1, 2))
    return Decimal(away if exact >= 0 else -away).scaleb(-digits)


def money(amount: Decimal) -> Decimal:
    """Round to two decimals, half away from zero."""
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def days_of(days: Range) -> list[date]:
    """Return each day of a range."""
    return [days[0] + timedelta(n) for n in range((days[1] - days[0]).days + 1)]
