"""Whole reports of a property: page by page, five at a time, within its tokens."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from services.data_service.domain.ga4.tokens import Tokens
from services.data_service.sources.ga4.client import Ga4Client
from services.data_service.sources.ga4.report import MOST_REPORTS, Page, Report
from services.data_service.sources.vendor import VendorAway

_TRIES: Final = 3
Flags = dict[str, dict[str, Any]]


class WholeReport(NamedTuple):
    """All rows of a report."""

    rows: list[tuple[str, ...]]
    currency: str
    time_zone: str
    flags: Flags


class _Changed(Exception):
    """The report's numbers were restated between two of its pages."""


class ReportReader:
    """Reads a property's reports, paying with its tokens."""

    def __init__(self, client: Ga4Client, tokens: Tokens) -> None:
        self._client = client
        self._tokens = tokens

    async def read(self, reports: Sequence[Report]) -> dict[str, WholeReport]:
        """Each report whole, by its name.

        Raises:
            QuotaSpent: before a call that there may be no tokens for.
            VendorAway: pages that do not fit together, among others.
        """
        for _ in range(_TRIES):
            try:
                return await self._read(reports)
            except _Changed:
                continue
        raise VendorAway("GA4's numbers changed each time between the pages of a report.")

    async def _read(self, reports: Sequence[Report]) -> dict[str, WholeReport]:
        pages: dict[str, list[Page]] = {report.name: [] for report in reports}
        waiting = [(report, 0) for report in reports]
        while waiting:
            batch, waiting = waiting[:MOST_REPORTS], waiting[MOST_REPORTS:]
            for (report, _), page in zip(batch, await self._pay_and_read(batch), strict=True):
                of_report = pages[report.name]
                of_report.append(page)
                have = sum(len(one.rows) for one in of_report)
                if page.row_count != of_report[0].row_count:
                    raise _Changed
                if have < page.row_count:
                    if not page.rows:
                        reason = f"GA4 gave {have} of a report's {page.row_count} rows and then none."
                        raise VendorAway(reason)
                    waiting.append((report, have))
        for report in reports:
            _check_once(report, pages[report.name])
        return {name: _whole(of_report) for name, of_report in pages.items()}

    async def _pay_and_read(self, batch: Sequence[tuple[Report, int]]) -> list[Page]:
        taken = await self._tokens.take(len(batch))
        pages: list[Page] = []
        try:
            pages = await self._client.pages(batch)
        finally:
            await taken.settle(pages)
        return pages


def _check_once(report: Report, pages: Sequence[Page]) -> None:
    """No row stands on two pages: where one came and another went, their number has not changed."""
    if len(pages) > 1:
        named = {row[: len(report.dimensions)] for page in pages for row in page.rows}
        if len(named) < pages[0].row_count:
            raise _Changed


def _whole(pages: Sequence[Page]) -> WholeReport:
    return WholeReport(
        [row for page in pages for row in page.rows],
        pages[0].currency,
        pages[0].time_zone,
        merged(page.flags for page in pages),
    )


def merged(told: Iterable[Flags]) -> Flags:
    """Flags of several answers as those of one: of samples the smallest, of withheld metrics all."""
    flags: Flags = {}
    for one in told:
        for name, detail in one.items():
            before = flags.get(name, detail)
            if "metrics" in detail:
                flags[name] = {"metrics": sorted({*before["metrics"], *detail["metrics"]})}
            else:
                flags[name] = min(before, detail, key=_share)
    return flags


def _share(detail: dict[str, Any]) -> float:
    return detail["read"] / detail["of"] if detail.get("of") else 1.0
