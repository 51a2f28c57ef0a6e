"""What can be wrong with a request to the insights service, or with what it asks of others."""

from common.problem import Conflict, NotFound, Unavailable, Unprocessable


class InsightNotFound(NotFound):
    """No such insight in this tenant."""

    type = "insight-not-found"
    title = "Insight not found"


class ChartNotFound(NotFound):
    """The insight rests on evidence of a kind that this version does not know."""

    type = "chart-not-found"
    title = "The insight has no chart"


class InsightOver(Conflict):
    """What the insight told of is not so any more, so it cannot be opened again by hand."""

    type = "insight-over"
    title = "The insight has ended by itself"


class DeclaredEventNotFound(NotFound):
    """No such declared event in this tenant."""

    type = "declared-event-not-found"
    title = "Declared event not found"


class DaysInvalid(Unprocessable):
    """The first and the last day make no range."""

    type = "dates-invalid"
    title = "The dates are not a range"


class RecipientTwice(Unprocessable):
    """A recipient stands among the settings more than once."""

    type = "recipient-twice"
    title = "A recipient stands there twice"


class ForecastNotOfChannel(Unprocessable):
    """The metric is not known by the day of the channel or platform that is named."""

    type = "metric-not-of-channel"
    title = "The metric is not known of this channel"


class RecipientUnknown(Unprocessable):
    """Nobody of the tenant who may read insights has that address."""

    type = "recipient-unknown"
    title = "The recipient is nobody who may read insights"


class FiguresAway(Unavailable):
    """The figures that the answer rests on cannot be asked for at the moment."""

    type = "figures-away"
    title = "The figures are away for the moment"


class AnalyticsAway(Exception):
    """The analytics service cannot be reached, or says that it cannot answer now."""


class AnalyticsRefused(Exception):
    """The analytics service answered otherwise than its contract says."""
