"""Google's answers to the agencies' reports, in Google's form again.

Whoever recorded them (analytics.usa.gov) kept what was asked (`query`) and each row's values, text for text and in
order, but gave the columns names of their own and wrote days with dashes. Form: "Method: properties.batchRunReports",
developers.google.com/analytics/devguides/reporting/data/v1/rest/v1beta/properties/batchRunReports
"""

import json
from typing import Any


def names_asked(query: dict[str, Any]) -> tuple[list[str], list[str]]:
    """The dimensions and metrics of a query."""
    dimensions, metrics = ([one["name"] for one in query.get(kind, [])] for kind in ("dimensions", "metrics"))
    return dimensions, metrics


def wire_body(recorded: dict[str, Any]) -> bytes:
    """The body of a batch with this one report."""
    dimensions, metrics = names_asked(recorded["query"])
    rows = [list(row.values()) for row in recorded["data"]]
    if "date" in dimensions:
        at = dimensions.index("date")
        rows = [[*row[:at], row[at].replace("-", ""), *row[at + 1 :]] for row in rows]
    report = {
        "dimensionHeaders": [{"name": name} for name in dimensions],
        "metricHeaders": [
            {"name": name, "type": "TYPE_INTEGER" if all(row[at].isdecimal() for row in rows) else "TYPE_FLOAT"}
            for at, name in enumerate(metrics, len(dimensions))
        ],
        "rows": [
            {
                "dimensionValues": [{"value": value} for value in row[: len(dimensions)]],
                "metricValues": [{"value": value} for value in row[len(dimensions) :]],
            }
            for row in rows
        ],
        "rowCount": len(rows),
        "metadata": {"currencyCode": "USD", "timeZone": "America/New_York"},
        "kind": "analyticsData#runReport",
    }
    told = {"reports": [report], "kind": "analyticsData#batchRunReports"}
    return json.dumps(told, indent=2, ensure_ascii=False).encode()
