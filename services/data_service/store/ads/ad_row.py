"""A campaign's day from a file, as the file's reader passes it on."""

from decimal import Decimal

import msgspec

from services.data_service.store.files.rejected_line import RejectedLine


class FileLine(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A line of a file, kept in case its day is refused.

    `cells` are joined by NUL, which no cell contains; `note` says which are left out.
    """

    line: int
    cells: str
    note: str = ""

    def rejected(self, reason: str) -> RejectedLine:
        """The line as a reject."""
        return RejectedLine(self.line, f"{reason}{self.note}", self.cells.split("\0"))


class AdRow(msgspec.Struct, frozen=True, array_like=True):
    """Sums of the file's rows of one campaign and day, and their `lines`.

    `extra` holds the other columns on which all of the rows agree. With a `refusal` (the reason) the day is not
    recorded and its lines become rejects.
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
    lines: list[FileLine]
    refusal: str = ""
