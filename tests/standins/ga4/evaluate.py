"""Making a report from a property's facts: date ranges, filters, groups, order and page."""

import re
from collections.abc import Mapping
from datetime import date, timedelta

from google.analytics.data_v1beta.types import (
    DimensionHeader,
    DimensionValue,
    MetricHeader,
    MetricType,
    MetricValue,
    OrderBy,
    ResponseMetaData,
    Row,
    RunReportRequest,
    RunReportResponse,
    SamplingMetadata,
)

from tests.standins.ga4.catalogue import WHOLE_METRICS
from tests.standins.ga4.filters import holds, test_dimension, test_metric
from tests.standins.ga4.held import HeldProperty

# "If unspecified, 10,000 rows are returned", "a maximum of 250,000 rows per request": runReport's `limit`.
DEFAULT_LIMIT = 10_000
MOST_ROWS = 250_000
Grouped = dict[tuple[str, ...], list[float]]
_TYPES = {
    **dict.fromkeys(("keyEvents", "eventValue", "engagementRate"), MetricType.TYPE_FLOAT),
    "userEngagementDuration": MetricType.TYPE_SECONDS,
}


def make_report(held: HeldProperty, request: RunReportRequest, most_rows: int = MOST_ROWS) -> RunReportResponse:
    """The report; dimensions and metrics have been judged before."""
    dimensions = [dimension.name for dimension in request.dimensions]
    metrics = [metric.name for metric in request.metrics]
    days = [_days_of(held, given.start_date, given.end_date) for given in request.date_ranges]
    grouped = _group(held, request, dimensions, metrics, days)
    rows = [(key, sums) for key, sums in grouped.items() if request.keep_empty_rows or any(sums)]
    rows = [row for row in rows if holds(request.metric_filter, dict(zip(metrics, row[1], strict=True)), test_metric)]
    rows = _ordered(rows, list(request.order_bys), dimensions, metrics)
    limit = min(request.limit or DEFAULT_LIMIT, most_rows)
    return RunReportResponse(
        dimension_headers=[DimensionHeader(name=name) for name in dimensions],
        metric_headers=[MetricHeader(name=name, type_=_type_of(name)) for name in metrics],
        rows=[
            Row(
                dimension_values=[DimensionValue(value=value) for value in key],
                metric_values=[MetricValue(value=_written(name, sums[at])) for at, name in enumerate(metrics)],
            )
            for key, sums in rows[request.offset : request.offset + limit]
        ],
        row_count=len(rows),
        metadata=_metadata_of(held, days),
        kind="analyticsData#runReport",
    )


def _group(
    held: HeldProperty,
    request: RunReportRequest,
    dimensions: list[str],
    metrics: list[str],
    days: list[tuple[date, date]],
) -> Grouped:
    grouped: Grouped = {}
    for fact in held.told_facts():
        times = sum(first <= fact.day <= last for first, last in days)
        if not times or not any(name in fact.metrics for name in metrics):
            continue
        if not holds(request.dimension_filter, fact.dimensions, test_dimension):
            continue
        sums = grouped.setdefault(tuple(_value_of(fact.dimensions, name) for name in dimensions), [0.0] * len(metrics))
        for at, name in enumerate(metrics):
            sums[at] += fact.metrics.get(name, 0) * times
    return grouped


def _value_of(dimensions: Mapping[str, str], name: str) -> str:
    """ "(not set)" stands for what GA4 did not receive: support.google.com/analytics/answer/13504892."""
    return dimensions.get(name) or "(not set)"


def _days_of(held: HeldProperty, first: str, last: str) -> tuple[date, date]:
    today = held.now().date()

    def day_of(text: str) -> date:
        """ "YYYY-MM-DD", "NdaysAgo", "yesterday" or "today": DateRange, …/data/v1/rest/v1beta/DateRange."""
        if ago := re.fullmatch(r"(\d+)daysAgo", text):
            return today - timedelta(days=int(ago[1]))
        if text in ("today", "yesterday"):
            return today - timedelta(days=text == "yesterday")
        return date.fromisoformat(text)

    return day_of(first), day_of(last)


def _ordered(
    rows: list[tuple[tuple[str, ...], list[float]]], orders: list[OrderBy], dimensions: list[str], metrics: list[str]
) -> list[tuple[tuple[str, ...], list[float]]]:
    """By what is asked for; else by the first metric, most first."""
    if not orders:
        return sorted(rows, key=lambda row: (-row[1][0] if row[1] else 0, row[0]))
    for order in reversed(orders):
        if "metric" in order:
            at = metrics.index(order.metric.metric_name)
            rows = sorted(rows, key=lambda row, at=at: row[1][at], reverse=order.desc)
        else:
            at = dimensions.index(order.dimension.dimension_name)
            is_number = order.dimension.order_type == OrderBy.DimensionOrderBy.OrderType.NUMERIC
            rows = sorted(
                rows,
                key=lambda row, at=at, is_number=is_number: (
                    (float(row[0][at]) if is_number and row[0][at].isdigit() else 0),
                    row[0][at],
                ),
                reverse=order.desc,
            )
    return rows


def _metadata_of(held: HeldProperty, days: list[tuple[date, date]]) -> ResponseMetaData:
    """One sampling entry for each date range, where any is sampled: ResponseMetaData."""

    def within(day: date) -> bool:
        return any(first <= day <= last for first, last in days)

    sampled = [counts for day, counts in held.sampled.items() if within(day)]
    return ResponseMetaData(
        currency_code=held.currency,
        time_zone=held.time_zone,
        subject_to_thresholding=any(map(within, held.thresholded)),
        data_loss_from_other_row=any(map(within, held.with_other_row)),
        sampling_metadatas=[
            SamplingMetadata(
                samples_read_count=sum(read for read, _ in sampled),
                sampling_space_size=sum(space for _, space in sampled),
            )
        ]
        if sampled
        else [],
    )


def _type_of(metric: str) -> MetricType:
    if metric in WHOLE_METRICS:
        return MetricType.TYPE_INTEGER
    return _TYPES.get(metric, MetricType.TYPE_CURRENCY)


def _written(metric: str, number: float) -> str:
    """Every value is text: integers without a point, others as short as they can be."""
    whole = round(number)
    return str(whole) if metric in WHOLE_METRICS or number == whole else repr(round(number, 6))
