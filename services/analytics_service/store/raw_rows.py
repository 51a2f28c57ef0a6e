"""The raw rows that marketing's tables are counted from, as the data service stores them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Lead:
    """A row of data.lead; absent values are None."""

    lead_id: str
    created_day: date
    created_at: datetime | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_id: str | None = None
    google_click: bool = False
    meta_click: bool = False
    referrer: str | None = None
    product_id: str | None = None
    product_name: str | None = None
    location_id: str | None = None
    is_paid: bool | None = None
    platform: str | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """A row of data.contract."""

    contract_id: str
    lead_id: str
    signed_day: date
    amount: Decimal
    currency: str | None = None
    status: str = "signed"


@dataclass(frozen=True, slots=True)
class AdDay:
    """A row of data.ad_performance."""

    platform: str
    account_id: str
    campaign_id: str
    day: date
    campaign_name: str
    impressions: int = 0
    clicks: int = 0
    spend: Decimal = Decimal(0)
    conversions: Decimal = Decimal(0)
    revenue: Decimal = Decimal(0)
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Campaign:
    """A row of data.campaign; `external_id` None: created by hand."""

    platform: str
    account_id: str
    external_id: str | None
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AdObject:
    """An ad set or ad of Meta (data.ad_object) and the campaign that it belongs to."""

    object_id: str
    campaign_id: str


@dataclass(frozen=True)
class ChannelRule:
    """A row of analytics.channel_rule; a matcher that is None always matches."""

    channel: str
    source_category: str | None
    source_pattern: str | None
    medium_pattern: str | None
    campaign_pattern: str | None


@dataclass(frozen=True)
class Rules:
    """The rules by which leads get their platform and channel."""

    platform_of_source: Mapping[str, str]
    platform_of_name: Mapping[str, str]
    paid_media: frozenset[str]
    category_of_source: Mapping[str, str | None]
    channels: Sequence[ChannelRule]


@dataclass
class RawRows:
    """One tenant's rows, of all days or of some whole months.

    `campaign_names` are ad rows of all time, two for each name that a campaign had. `rates` are by day and currency, in
    the tenant's currency.
    """

    zone: ZoneInfo
    currency: str
    rules: Rules
    leads: list[Lead] = field(default_factory=list[Lead])
    contracts: list[Contract] = field(default_factory=list[Contract])
    ads: list[AdDay] = field(default_factory=list[AdDay])
    campaign_names: list[AdDay] = field(default_factory=list[AdDay])
    campaigns: list[Campaign] = field(default_factory=list[Campaign])
    ad_objects: list[AdObject] = field(default_factory=list[AdObject])
    rates: Mapping[tuple[date, str], Decimal] = field(default_factory=dict[tuple[date, str], Decimal])

    def rate(self, day: date, currency: str | None) -> Decimal | None:
        """Return what one unit of a currency is worth on a day in the tenant's; None: no rate."""
        code = (currency or self.currency).upper()
        return Decimal(1) if code == self.currency else self.rates.get((day, code))
