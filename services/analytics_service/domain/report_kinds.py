"""Which reports there are, and what a row of each tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

ReportKind = Literal["campaigns", "platforms", "days", "campaign-days"]
ReportFormat = Literal["csv", "xlsx", "parquet"]

_FIGURES: Final = ("leads", "contracts", "revenue", "spend", "impressions", "clicks")
_CAMPAIGN: Final = ("platform", "campaign_ref", "campaign_name")


@dataclass(frozen=True)
class Report:
    """A report: its title, and what its rows are told apart by."""

    title: str
    by: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """What stands in a row."""
        return (*self.by, *_FIGURES)


REPORTS: Final[Mapping[ReportKind, Report]] = {
    "campaigns": Report("Campaigns, and per platform what belongs to none", _CAMPAIGN),
    "platforms": Report("Platforms", ("platform",)),
    "days": Report("Days with leads or ads", ("day",)),
    "campaign-days": Report("Campaigns, day by day", ("day", *_CAMPAIGN)),
}
