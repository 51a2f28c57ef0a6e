"""Errors of the insights service: problems that its API answers, and failures of the analytics service."""

from common.problem import Conflict, NotFound, Unavailable, Unprocessable


class InsightNotFound(NotFound):
    """The tenant has no such insight."""

    type = "insight-not-found"
    title = "Insight not found"


class ChartNotFound(NotFound):
    """The insight's evidence is of a kind that this version does not know."""

    type = "chart-not-found"
    title = "The insight has no chart"


class InsightOver(Conflict):
    """The insight has ended because its finding does not hold any more, so it cannot be opened again by hand."""

    type = "insight-over"
    title = "The insight has ended by itself"


class DeclaredEventNotFound(NotFound):
    """The tenant has no such declared event."""

    type = "declared-event-not-found"
    title = "Declared event not found"


class DaysInvalid(Unprocessable):
    """The first and the last day are not a valid range."""

    type = "dates-invalid"
    title = "The dates are not a valid range"


class RecipientTwice(Unprocessable):
    """The settings contain a recipient more than once."""

    type = "recipient-twice"
    title = "A recipient is given twice"


class ForecastNotOfChannel(Unprocessable):
    """The metric has no daily values for the given channel or platform."""

    type = "metric-not-of-channel"
    title = "The metric is not available for this channel"


class RecipientUnknown(Unprocessable):
    """No member of the tenant who may read insights has this address."""

    type = "recipient-unknown"
    title = "The recipient is not a member who may read insights"


class FiguresAway(Unavailable):
    """The figures that the answer needs cannot be read from the analytics service at the moment."""

    type = "figures-away"
    title = "The figures are not available at the moment"


class AnalyticsAway(Exception):
    """The analytics service cannot be reached, or answers that it is unavailable."""


class AnalyticsRefused(Exception):
    """The analytics service refused a call, or its answer does not match its contract."""
