"""Google's own client. Imported by the first sync only: with gRPC it is tens of MB, more than a service at rest needs.

Every call blocks; sources/ga4/client.py makes them in a thread.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, Final, TypeVar

import grpc
from google.analytics.data_v1beta import BetaAnalyticsDataClient
from google.analytics.data_v1beta.services.beta_analytics_data.transports import (
    BetaAnalyticsDataGrpcTransport,
    BetaAnalyticsDataRestTransport,
)
from google.analytics.data_v1beta.types import (
    BatchRunReportsRequest,
    DateRange,
    Dimension,
    Filter,
    FilterExpression,
    GetMetadataRequest,
    Metric,
    OrderBy,
    RunReportRequest,
)
from google.auth.credentials import AnonymousCredentials
from google.oauth2 import service_account

from services.data_service.sources.cut_off import CutOff
from services.data_service.sources.ga4.refusals import CredentialsRefused, vendor_error_of
from services.data_service.sources.ga4.report import ROWS_A_PAGE, KnownNames, Page, Quota, Report, Tokens
from services.data_service.sources.vendor import NeedsAttention

_T = TypeVar("_T")
_SECONDS: Final = 120.0
_SCOPES: Final = ("https://www.googleapis.com/auth/analytics.readonly",)
# A key file names where tokens are fetched; whoever uploads one must not choose an address for us to call.
_TOKENS: Final = "https://oauth2.googleapis.com/token"
_UNBOUNDED: Final = (("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1))


class GoogleClient:
    """An open channel to the Data API.

    `endpoint` is '' for Google's own gRPC, https://… for its REST where a network lets nothing else out, and for a
    stand-in, which gets no key, host:port (gRPC) or http://host:port (REST).
    """

    def __init__(self, endpoint: str, credentials: str) -> None:
        scheme, is_rest, host = endpoint.rpartition("://")
        self._cut_off: CutOff | None = None
        if is_rest:
            key = _credentials_of(credentials) if scheme == "https" else AnonymousCredentials()
            transport = BetaAnalyticsDataRestTransport(host=host, url_scheme=scheme, credentials=key)
            # (gRPC ends a call that takes too long; here the library's time-out begins anew with every byte)
            self._cut_off = CutOff()
            transport._session.mount(f"{scheme}://", self._cut_off)  # pyright: ignore[reportPrivateUsage] # noqa: SLF001 -- no other way to it
            self._client = BetaAnalyticsDataClient(transport=transport)
        elif host:
            channel = grpc.insecure_channel(host, options=_UNBOUNDED)
            self._client = BetaAnalyticsDataClient(transport=BetaAnalyticsDataGrpcTransport(channel=channel))
        else:
            self._client = BetaAnalyticsDataClient(credentials=_credentials_of(credentials))

    def close(self) -> None:
        """Close the channel."""
        self._client.transport.close()

    def pages(self, property_id: str, wanted: Sequence[tuple[Report, int]]) -> list[Page]:
        """A page of each of up to five reports, from the row that stands beside it."""
        request = BatchRunReportsRequest(
            property=f"properties/{property_id}", requests=[request_of(report, offset) for report, offset in wanted]
        )
        answer = self._in_time(lambda: self._client.batch_run_reports(request, timeout=_SECONDS))
        # The messages themselves: reading rows through their wrappers takes ten times as long.
        return [_page_of(report) for report in type(answer).pb(answer).reports]

    def known_names(self, property_id: str) -> KnownNames:
        """What its reports may name."""
        request = GetMetadataRequest(name=f"properties/{property_id}/metadata")
        answer = self._in_time(lambda: self._client.get_metadata(request, timeout=_SECONDS))
        return KnownNames(
            frozenset(dimension.api_name for dimension in answer.dimensions),
            frozenset(metric.api_name for metric in answer.metrics),
            frozenset(dimension.api_name for dimension in answer.dimensions if dimension.custom_definition),
        )

    def _in_time(self, call: Callable[[], _T]) -> _T:
        try:
            with self._cut_off.after(_SECONDS) if self._cut_off else nullcontext():
                return call()
        except Exception as error:
            meant = vendor_error_of(error)
            if meant is None:
                raise
            raise meant from error


def _credentials_of(text: str) -> service_account.Credentials:
    """The service account's credentials.

    Raises:
        NeedsAttention: it is not a service account's key file.
    """
    try:
        key: dict[str, Any] = json.loads(text)
        info = {name: key[name] for name in ("client_email", "private_key")}
        return service_account.Credentials.from_service_account_info(info | {"token_uri": _TOKENS}, scopes=_SCOPES)
    except (ValueError, KeyError, TypeError):
        raise NeedsAttention(
            "The stored credentials are not a service account's key: store the JSON file that Google Cloud gave for it."
        ) from None


def request_of(report: Report, offset: int) -> RunReportRequest:
    """A report as Google is asked for it, from a row on."""
    return RunReportRequest(
        dimensions=[Dimension(name=name) for name in report.dimensions],
        metrics=[Metric(name=name) for name in report.metrics],
        date_ranges=[DateRange(start_date=report.first.isoformat(), end_date=report.last.isoformat())],
        dimension_filter=_filter_of(report),
        # Pages fit together only in an order that is one for all rows.
        order_bys=[OrderBy(dimension=OrderBy.DimensionOrderBy(dimension_name=name)) for name in report.dimensions],
        offset=offset,
        limit=ROWS_A_PAGE,
        return_property_quota=True,
    )


def _filter_of(report: Report) -> FilterExpression | None:
    names = report.only_events or report.but_events
    if not names:
        return None
    listed = FilterExpression(
        filter=Filter(
            field_name="eventName", in_list_filter=Filter.InListFilter(values=list(names), case_sensitive=True)
        )
    )
    return listed if report.only_events else FilterExpression(not_expression=listed)


def _page_of(report: Any) -> Page:
    quota = report.property_quota
    return Page(
        rows=[
            (*(cell.value for cell in row.dimension_values), *(cell.value for cell in row.metric_values))
            for row in report.rows
        ],
        row_count=report.row_count,
        currency=report.metadata.currency_code,
        time_zone=report.metadata.time_zone,
        flags=_flags_of(report.metadata),
        quota=Quota(
            *(
                Tokens(one.consumed, one.remaining)
                for one in (quota.tokens_per_hour, quota.tokens_per_project_per_hour, quota.tokens_per_day)
            )
        )
        if report.HasField("property_quota")
        else None,
    )


def _flags_of(metadata: Any) -> dict[str, dict[str, Any]]:
    """What Google says of the numbers: ResponseMetaData, …/data/v1/rest/v1beta/ResponseMetaData."""
    flags: dict[str, dict[str, Any]] = {}
    if metadata.sampling_metadatas:
        flags["sampled"] = {
            "read": sum(one.samples_read_count for one in metadata.sampling_metadatas),
            "of": sum(one.sampling_space_size for one in metadata.sampling_metadatas),
        }
    if metadata.subject_to_thresholding:
        flags["thresholded"] = {}
    if metadata.data_loss_from_other_row:
        flags["other_row"] = {}
    if restricted := metadata.schema_restriction_response.active_metric_restrictions:
        flags["restricted"] = {"metrics": sorted(one.metric_name for one in restricted)}
    return flags


__all__ = ["CredentialsRefused", "GoogleClient"]
