"""A campaign's day out of a file, as its reader hands it over."""

from decimal import Decimal

import msgspec


class AdRow(msgspec.Struct, frozen=True, array_like=True):
    """Sums of the file's rows of one campaign and day.

    `extra` holds the further columns on which all of the rows agree. `latest_name` is what the file calls the campaign
    on its last day. `line` and `cells` are those of the first row, in case the day is refused.
    """

    day: str
    platform: str
    campaign_id: str
    campaign_name: str
    impressions: int
    clicks: int
    spend: Decimal
    account_id: str
    conversions: Decimal
    revenue: Decimal
    currency: str
    extra: dict[str, str]
    latest_name: str
    line: int
    cells: str  # joined by U+001F

    @property
    def original(self) -> list[str]:
        """The first row's cells."""
        return self.cells.split("\x1f")
