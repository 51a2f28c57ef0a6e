"""What came of a day's follow-ups, summed."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

from services.analytics_service.domain.recount.lines import exact
from services.analytics_service.store.event_tables import EVENT_TABLES, canonical
from services.analytics_service.store.marketing_tables import Rows

_COLUMNS = (*EVENT_TABLES["follow_up"].keys, *EVENT_TABLES["follow_up"].others)


def follow_up_totals(follow_ups: Rows) -> Rows:
    """The rows of `follow_up_total`, from those of `follow_up`."""
    sums: dict[tuple[Any, ...], list[Any]] = {}
    for key, values in follow_ups.items():
        one = dict(zip(_COLUMNS, (*key, *values), strict=True))
        if one["is_compared"]:
            continue
        row = sums.setdefault((one["day"], one["location_id"] or "", one["rep"], one["kind"]), [0, 0, Fraction(0), []])
        row[0] += 1
        row[1] += one["is_recovered"]
        row[2] += Fraction(one["revenue"])
        row[3] += json.loads(one["unconverted"] or "[]", parse_float=Decimal)
    return {
        key: (tasks, recovered, exact(revenue), canonical(unconverted or None))
        for key, (tasks, recovered, revenue, unconverted) in sums.items()
    }
