"""What a sync asks of one ad account; each call runs in a thread, since the client library blocks."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from services.data_service.sources.meta_ads.fields import (
    ACCOUNT_FIELDS,
    CHILD_STATUSES,
    INSIGHT_FIELDS,
    OBJECT_FIELDS,
    STATUSES,
)
from services.data_service.sources.meta_ads.refusals import TooMuchData
from services.data_service.sources.vendor import VendorAway
from services.data_service.sources.vendor_threads import in_vendor_thread

if TYPE_CHECKING:
    from services.data_service.sources.meta_ads.graph import Edge, GraphApi, Page

_VENDOR = "meta"
# Fewer where Meta says that it is too much: an ad can be a long read.
OBJECTS_PER_PAGE = (500, 100, 25)
ROWS_PER_PAGE = 1_000
_EDGES = {"campaign": "campaigns", "adset": "adsets", "ad": "ads"}


class ReportState(NamedTuple):
    """How far an asynchronous report is; `error` is (code, subcode) of one that failed."""

    status: str
    percent: int
    error: tuple[int, int]

    @property
    def is_done(self) -> bool:
        """Whether its rows can be read: only both together say so."""
        return self.status == "Job Completed" and self.percent == 100  # noqa: PLR2004 -- per cent

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.status in ("Job Failed", "Job Skipped")


@asynccontextmanager
async def reading(graph_url: str, account_id: str, token: str) -> AsyncGenerator["AccountReader"]:
    """An ad account to read, by its number with or without `act_`."""
    api = await in_vendor_thread(_VENDOR, _api, graph_url, token)
    try:
        yield AccountReader(api, f"act_{digits(account_id)}")
    finally:
        api.close()


def digits(account_id: str) -> str:
    """An account's number as insights write it."""
    return account_id.strip().removeprefix("act_")


def _api(graph_url: str, token: str) -> "GraphApi":
    from services.data_service.sources.meta_ads.graph import GraphApi  # noqa: PLC0415 -- takes memory and a second

    return GraphApi(graph_url, token)


class AccountReader:
    """One ad account. Every method may raise a `VendorError` (sources/vendor.py)."""

    def __init__(self, api: "GraphApi", node_id: str) -> None:
        from services.data_service.sources.meta_ads import graph  # noqa: PLC0415 -- imported by now

        self._graph, self._api, self._node_id = graph, api, node_id

    async def account(self) -> dict[str, Any]:
        """The account's own fields."""
        account = self._graph.AdAccount(self._node_id, api=self._api)
        read = await in_vendor_thread(_VENDOR, account.api_get, fields=list(ACCOUNT_FIELDS))
        return read.export_all_data()

    async def permissions(self) -> dict[str, str]:
        """What the token may do: `{"ads_read": "granted", …}`."""
        answer = await in_vendor_thread(_VENDOR, self._api.call, "GET", ("me", "permissions"))
        listed = (answer.json() or {}).get("data", [])
        return {str(one.get("permission")): str(one.get("status")) for one in listed if isinstance(one, dict)}

    async def objects(self, level: str, updated_since: int | None = None) -> "AsyncIterator[Page]":
        """The account's campaigns, ad sets or ads, deleted ones too; those changed after an instant (seconds)."""
        params: dict[str, Any] = {"effective_status": list(CHILD_STATUSES[level])}
        if updated_since is not None:
            changed = {"field": f"{level}.updated_time", "operator": "GREATER_THAN", "value": updated_since}
            params["filtering"] = [changed]
        after = None
        for limit in OBJECTS_PER_PAGE:
            edge = self._edge(self._node_id, _EDGES[level], OBJECT_FIELDS[level], {**params, "limit": limit}, after)
            try:
                async for page in _pages(edge):
                    after = page.after
                    yield page
            except TooMuchData:
                continue
            return
        raise TooMuchData

    def insights(self, first: date, last: date, after: str | None = None) -> "AsyncIterator[Page]":
        """A row for each campaign and day, asked for at once."""
        return _pages(self._edge(self._node_id, "insights", INSIGHT_FIELDS, _question(first, last), after))

    async def start_report(self, first: date, last: date) -> str:
        """Have Meta gather the rows of many days; gives the report's id."""
        account = self._graph.AdAccount(self._node_id, api=self._api)
        asked = _question(first, last)
        run = await in_vendor_thread(_VENDOR, account.get_insights_async, fields=list(INSIGHT_FIELDS), params=asked)
        report = (run or {}).get("report_run_id")
        if not report:
            raise VendorAway("Meta took the question for a report and did not say the report's number")
        return str(report)

    async def report_state(self, report_id: str) -> ReportState:
        """How far a report is."""
        run = self._graph.AdReportRun(report_id, api=self._api)
        fields = ["async_status", "async_percent_completion", "error_code", "error_subcode"]
        read = await in_vendor_thread(_VENDOR, run.api_get, fields=fields)
        error = (int(read.get("error_code") or 0), int(read.get("error_subcode") or 0))
        return ReportState(str(read.get("async_status")), int(read.get("async_percent_completion") or 0), error)

    def report(self, report_id: str, after: str | None = None) -> "AsyncIterator[Page]":
        """The rows of a report that is done."""
        return _pages(self._edge(report_id, "insights", INSIGHT_FIELDS, {"limit": ROWS_PER_PAGE}, after))

    def _edge(
        self, node_id: str, edge: str, fields: tuple[str, ...], params: dict[str, Any], after: str | None = None
    ) -> "Edge":
        return self._graph.Edge(
            target_objects_class=self._graph.AdsInsights,
            fields=list(fields),
            params={**params, **({"after": after} if after else {})},
            include_summary=False,
            api=self._api,
            node_id=node_id,
            endpoint=edge,
        )


def _question(first: date, last: date) -> dict[str, Any]:
    return {
        "level": "campaign",
        "time_increment": "1",
        "time_range": {"since": first.isoformat(), "until": last.isoformat()},
        "filtering": [{"field": "campaign.effective_status", "operator": "IN", "value": list(STATUSES)}],
        "limit": ROWS_PER_PAGE,
    }


async def _pages(edge: "Edge") -> "AsyncIterator[Page]":
    while (page := await in_vendor_thread(_VENDOR, edge.next_page)) is not None:
        yield page
