"""Sums a day's follow-ups."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

from services.analytics_service.domain.recount.lines import exact
from services.analytics_service.store.event_tables import EVENT_TABLES, canonical
from services.analytics_service.store.marketing_tables import Rows

_COLUMNS = (*EVENT_TABLES["follow_up"].keys, *EVENT_TABLES["follow_up"].others)


def follow_up_totals(follow_ups: Rows) -> Rows:
    """Return the rows of table `follow_up_total`, from those of `follow_up`."""
    sums: dict[tuple[Any, ...], list[Any]] = {}
    for key, values in follow_ups.items():
        follow_up = dict(zip(_COLUMNS, (*key, *values), strict=True))
        if follow_up["is_compared"]:
            continue
        row = sums.setdefault(
            (follow_up["day"], follow_up["location_id"] or "", follow_up["rep"], follow_up["kind"]),
            [0, 0, Fraction(0), []],
        )
        row[0] += 1
        row[1] += follow_up["is_recovered"]
        row[2] += Fraction(follow_up["revenue"])
        row[3] += json.loads(follow_up["unconverted"] or "[]", parse_float=Decimal)
    return {
        key: (tasks, recovered, exact(revenue), canonical(unconverted or None))
        for key, (tasks, recovered, revenue, unconverted) in sums.items()
    }
