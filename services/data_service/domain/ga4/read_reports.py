"""Reading whole reports of a property: page by page, five at a time, within its token quota."""

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
    """The report changed between two of its pages."""


class ReportReader:
    """Reads a property's reports, spending its tokens."""

    def __init__(self, client: Ga4Client, tokens: Tokens) -> None:
        self._client = client
        self._tokens = tokens

    async def read(self, reports: Sequence[Report]) -> dict[str, WholeReport]:
        """Read each report whole, by name.

        Raises:
            QuotaSpent: the next call may exceed the quota.
            VendorAway: for example if pages do not fit together.
        """
        for _ in range(_TRIES):
            try:
                return await self._read(reports)
            except _Changed:
                continue
        raise VendorAway("GA4's numbers changed each time between the pages of a report.")

    async def _read(self, reports: Sequence[Report]) -> dict[str, WholeReport]:
        pages: dict[str, _Pages] = {report.name: _Pages(len(report.dimensions)) for report in reports}
        waiting = [(report, 0) for report in reports]
        while waiting:
            batch, waiting = waiting[:MOST_REPORTS], waiting[MOST_REPORTS:]
            for (report, _), page in zip(batch, await self._pay_and_read(batch), strict=True):
                of_report = pages[report.name]
                of_report.add(page)
                if (offset := of_report.next_offset()) is not None:
                    waiting.append((report, offset))
        return {name: of_report.whole() for name, of_report in pages.items()}

    async def _pay_and_read(self, batch: Sequence[tuple[Report, int]]) -> list[Page]:
        taken = await self._tokens.take(len(batch))
        pages: list[Page] = []
        try:
            pages = await self._client.pages(batch)
        finally:
            await taken.settle(pages)
        return pages


class _Pages:
    """The pages of a report, each of which begins with the last row of the page before.

    Rows are sorted, so a different first row shows that rows before it were added or removed meanwhile. The row count
    alone would not show one added and one removed row, and a row between them would be missed.
    """

    def __init__(self, dimensions: int) -> None:
        self._dimensions = dimensions
        self._rows: list[tuple[str, ...]] = []
        self._pages: list[Page] = []

    def add(self, page: Page) -> None:
        """Add the next page.

        Raises:
            _Changed: it does not continue where the page before ended.
            VendorAway: it is empty although the report has more rows.
        """
        if self._pages:
            if page.row_count != self._pages[0].row_count:
                raise _Changed
            if page.rows and page.rows[0][: self._dimensions] != self._rows[-1][: self._dimensions]:
                raise _Changed
        new = page.rows[1:] if self._pages else page.rows
        self._rows.extend(new)
        # Its rows are in the whole report now.
        self._pages.append(page._replace(rows=[]))
        if not new and len(self._rows) < page.row_count:
            reason = f"GA4 gave {len(self._rows)} of a report's {page.row_count} rows and then none."
            raise VendorAway(reason)

    def next_offset(self) -> int | None:
        """The offset of the next page; None if complete."""
        return None if len(self._rows) >= self._pages[0].row_count else len(self._rows) - 1

    def whole(self) -> WholeReport:
        """All pages as one report."""
        first = self._pages[0]
        return WholeReport(self._rows, first.currency, first.time_zone, merged(page.flags for page in self._pages))


def merged(told: Iterable[Flags]) -> Flags:
    """The flags of several answers combined: the smallest sample, all withheld metrics."""
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
