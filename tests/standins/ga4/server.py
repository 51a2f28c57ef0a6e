"""google.analytics.data.v1beta.BetaAnalyticsData over plain-text gRPC, in the service's own message types."""

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
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
from tests.standins.ga4.filters import fields_of
from tests.standins.ga4.held import HeldProperty

_SERVICE = "google.analytics.data.v1beta.BetaAnalyticsData"
# "You can send up to 5 requests in a batch": …/data/v1/rest/v1beta/properties/batchRunReports
_MOST_REPORTS = 5
METHODS: dict[str, tuple[Any, Any]] = {
    "RunReport": (RunReportRequest, RunReportResponse),
    "BatchRunReports": (BatchRunReportsRequest, BatchRunReportsResponse),
    "GetMetadata": (GetMetadataRequest, Metadata),
}
_UNBOUNDED = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


class Refused(Exception):
    """The call ends with this status."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


class Ga4Standin:
    """The server; `properties` and `faults` may be changed while it runs. rest.py speaks JSON for it."""

    def __init__(self, *properties: HeldProperty, port: int = 0) -> None:
        self.properties = {held.property_id: held for held in properties}
        self.faults = Faults()
        # For who measures: the same question is answered as before, without working it out again.
        self.repeats_itself = False
        self._answered: dict[bytes, RunReportResponse] = {}
        self._server = grpc.server(ThreadPoolExecutor(8), options=_UNBOUNDED)
        handlers = {
            method: grpc.unary_unary_rpc_method_handler(
                partial(self._serve, method), request_deserializer=asks.deserialize, response_serializer=says.serialize
            )
            for method, (asks, says) in METHODS.items()
        }
        self._server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, handlers),))
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

    def answer(self, method: str, request: Any) -> Any:
        """What a call is answered.

        Raises:
            Refused: it is not.
        """
        fault = self.faults.next(method)
        if self.faults.slow_by:
            time.sleep(self.faults.slow_by)
        if fault is not None:
            raise Refused(fault)
        answers = {"RunReport": self._single, "BatchRunReports": self._reports, "GetMetadata": self._metadata}
        answer = answers[method](request)
        self.faults.answered()
        return answer

    def _serve(self, method: str, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return self.answer(method, request)
        except Refused as refused:
            context.abort(refused.fault.code, refused.fault.message)

    def _single(self, request: RunReportRequest) -> RunReportResponse:
        return self._report(request.property, request)

    def _reports(self, request: BatchRunReportsRequest) -> BatchRunReportsResponse:
        if len(request.requests) > _MOST_REPORTS:
            raise Refused(invalid(f"Requests are limited to {_MOST_REPORTS} reports in a batch."))
        reports = [self._report(request.property, one) for one in request.requests]
        return BatchRunReportsResponse(reports=reports, kind="analyticsData#batchRunReports")

    def _metadata(self, request: GetMetadataRequest) -> Metadata:
        """What a report of this property may name (…/data/v1/rest/v1beta/properties/getMetadata)."""
        held = self._property(request.name.removesuffix("/metadata"))
        custom = [DimensionMetadata(api_name=name, custom_definition=True) for name in held.custom_dimensions]
        return Metadata(
            name=request.name,
            dimensions=[*(DimensionMetadata(api_name=name) for name in DIMENSIONS), *custom],
            metrics=[MetricMetadata(api_name=name) for name in METRICS],
        )

    def _report(self, of_property: str, request: RunReportRequest) -> RunReportResponse:
        held = self._property(of_property)
        names = [dimension.name for dimension in request.dimensions]
        metrics = [metric.name for metric in request.metrics]
        filtered = [name for name in fields_of(request.dimension_filter) if name not in names]
        if wrong := what_is_wrong(names, metrics, held.custom_dimensions, filtered):
            raise Refused(invalid(wrong))
        if dry := held.quota.exhausted():
            raise Refused(Fault(grpc.StatusCode.RESOURCE_EXHAUSTED, dry))
        report = self._worked_out(held, request)
        quota = held.quota.take()
        if request.return_property_quota:
            report.property_quota = quota
        return report

    def _worked_out(self, held: HeldProperty, request: RunReportRequest) -> RunReportResponse:
        if not self.repeats_itself:
            return make_report(held, request, self.faults.most_rows or MOST_ROWS)
        question = held.property_id.encode() + RunReportRequest.serialize(request)
        if question not in self._answered:
            self._answered[question] = make_report(held, request)
        return self._answered[question]

    def _property(self, name: str) -> HeldProperty:
        held = self.properties.get(name.removeprefix("properties/"))
        if held is None:
            raise Refused(PERMISSION_DENIED)
        return held


def invalid(message: str) -> Fault:
    """What GA4 says of a request that it does not understand."""
    return Fault(grpc.StatusCode.INVALID_ARGUMENT, message)
