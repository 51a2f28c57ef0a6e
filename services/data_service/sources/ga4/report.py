"""What is asked of a property and what it answers, without Google's types."""

from datetime import date
from typing import Any, Final, NamedTuple

# "Requests are allowed up to 9 dimensions", "up to 5 requests" in a batch, "a maximum of 250,000 rows": runReport and
# batchRunReports, developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties
MOST_DIMENSIONS: Final = 9
MOST_REPORTS: Final = 5
# Fewer than they allow: five reports of one answer are in memory together.
ROWS_A_PAGE: Final = 50_000


class Report(NamedTuple):
    """A report over days (both inclusive, the property's); of some event names only, or of all but some."""

    name: str
    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    first: date
    last: date
    only_events: tuple[str, ...] = ()
    but_events: tuple[str, ...] = ()


class Tokens(NamedTuple):
    """Of one allowance: what the report took and what it left."""

    consumed: int
    remaining: int


class Quota(NamedTuple):
    """The allowances of a property after a report."""

    hour: Tokens
    project_hour: Tokens
    day: Tokens


class Page(NamedTuple):
    """A piece of a report: rows of its dimensions, then its metrics, all text.

    `row_count` is of the whole report. `flags` is what Google says of these numbers: `sampled` {read, of},
    `thresholded`, `other_row`, `restricted` {metrics}.
    """

    rows: list[tuple[str, ...]]
    row_count: int
    currency: str
    time_zone: str
    flags: dict[str, dict[str, Any]]
    quota: Quota | None


class KnownNames(NamedTuple):
    """What reports of a property may name; `registered` are its own (custom) dimensions."""

    dimensions: frozenset[str]
    metrics: frozenset[str]
    registered: frozenset[str]
