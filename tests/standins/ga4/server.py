"""google.analytics.data.v1beta.BetaAnalyticsData over plain-text gRPC, in the service's own message types."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

import grpc
from google.analytics.data_v1beta.types import (
    BatchRunReportsRequest,
    BatchRunReportsResponse,
    DimensionMetadata,
    GetMetadataRequest,
    Metadata,
    MetricMetadata,
    RunReportRequest,
    RunReportResponse,
)

from tests.standins.ga4.catalogue import DIMENSIONS, METRICS, what_is_wrong
from tests.standins.ga4.evaluate import MOST_ROWS, make_report
from tests.standins.ga4.faults import PERMISSION_DENIED, Fault, Faults
from tests.standins.ga4.held import HeldProperty

_SERVICE = "google.analytics.data.v1beta.BetaAnalyticsData"
# "You can send up to 5 requests in a batch": …/data/v1/rest/v1beta/properties/batchRunReports
_MOST_REPORTS = 5
_UNBOUNDED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class Refused(Exception):
    """The call ends with this status."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Ga4Standin:
    """The server; `properties` and `faults` may be changed while it runs."""

    def __init__(self, *properties: HeldProperty, port: int = 0) -> None:
        self.properties = {held.property_id: held for held in properties}
        self.faults = Faults()
        self._server = grpc.server(ThreadPoolExecutor(8), options=_UNBOUNDED)
        self._server.add_generic_rpc_handlers(
            (
                grpc.method_handlers_generic_handler(
                    _SERVICE,
                    {
                        "RunReport": _handler(self._run_report, RunReportRequest, RunReportResponse),
                        "BatchRunReports": _handler(
                            self._batch_run_reports, BatchRunReportsRequest, BatchRunReportsResponse
                        ),
                        "GetMetadata": _handler(self._get_metadata, GetMetadataRequest, Metadata),
                    },
                ),
            )
        )
        self.port = self._server.add_insecure_port(f"127.0.0.1:{port}")

    @property
    def endpoint(self) -> str:
        """As GA4_ENDPOINT names it."""
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop(None).wait()

    def _run_report(self, request: RunReportRequest, context: grpc.ServicerContext) -> RunReportResponse:
        return self._answer("RunReport", context, lambda: self._report(request.property, request))

    def _batch_run_reports(self, request: BatchRunReportsRequest, context: grpc.ServicerContext) -> Any:
        def make() -> BatchRunReportsResponse:
            if len(request.requests) > _MOST_REPORTS:
                raise Refused(_invalid(f"Requests are limited to {_MOST_REPORTS} reports in a batch."))
            reports = [self._report(request.property, one) for one in request.requests]
            return BatchRunReportsResponse(reports=reports, kind="analyticsData#batchRunReports")

        return self._answer("BatchRunReports", context, make)

    def _get_metadata(self, request: GetMetadataRequest, context: grpc.ServicerContext) -> Metadata:
        """What a report of this property may name (…/data/v1/rest/v1beta/properties/getMetadata)."""

        def make() -> Metadata:
            held = self._property(request.name.removesuffix("/metadata"))
            custom = [DimensionMetadata(api_name=name, custom_definition=True) for name in held.custom_dimensions]
            return Metadata(
                name=request.name,
                dimensions=[*(DimensionMetadata(api_name=name) for name in DIMENSIONS), *custom],
                metrics=[MetricMetadata(api_name=name) for name in METRICS],
            )

        return self._answer("GetMetadata", context, make)

    def _report(self, of_property: str, request: RunReportRequest) -> RunReportResponse:
        held = self._property(of_property)
        names = [dimension.name for dimension in request.dimensions]
        metrics = [metric.name for metric in request.metrics]
        if wrong := what_is_wrong(names, metrics, held.custom_dimensions):
            raise Refused(_invalid(wrong))
        if dry := held.quota.exhausted():
            raise Refused(Fault(grpc.StatusCode.RESOURCE_EXHAUSTED, dry))
        report = make_report(held, request, self.faults.most_rows or MOST_ROWS)
        quota = held.quota.take()
        if request.return_property_quota:
            report.property_quota = quota
        return report

    def _property(self, name: str) -> HeldProperty:
        held = self.properties.get(name.removeprefix("properties/"))
        if held is None:
            raise Refused(PERMISSION_DENIED)
        return held

    def _answer(self, method: str, context: grpc.ServicerContext, make: Any) -> Any:
        fault = self.faults.next(method)
        if self.faults.slow_by:
            time.sleep(self.faults.slow_by)
        try:
            if fault is not None:
                raise Refused(fault)
            return make()
        except Refused as refused:
            context.abort(refused.fault.code, refused.fault.message)


def _handler(answer: Any, request: Any, response: Any) -> Any:
    return grpc.unary_unary_rpc_method_handler(
        answer, request_deserializer=request.deserialize, response_serializer=response.serialize
    )


def _invalid(message: str) -> Fault:
    return Fault(grpc.StatusCode.INVALID_ARGUMENT, message)
