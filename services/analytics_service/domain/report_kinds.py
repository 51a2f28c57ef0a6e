"""The kinds of report, and the columns of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

ReportKind = Literal["campaigns", "platforms", "days", "campaign-days"]
ReportFormat = Literal["csv", "xlsx", "parquet"]

_FIGURES: Final = ("leads", "contracts", "revenue", "spend", "impressions", "clicks")
_CAMPAIGN: Final = ("platform", "campaign_ref", "campaign_name")


@dataclass(frozen=True)
class Report:
    """A report: its title, and the columns that its rows are grouped by."""

    title: str
    grouped_by: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of a row."""
        return (*self.grouped_by, *_FIGURES)


REPORTS: Final[Mapping[ReportKind, Report]] = {
    "campaigns": Report("Campaigns, and leads without a campaign per platform", _CAMPAIGN),
    "platforms": Report("Platforms", ("platform",)),
    "days": Report("Days with leads or ads", ("day",)),
    "campaign-days": Report("Campaigns, day by day", ("day", *_CAMPAIGN)),
}
