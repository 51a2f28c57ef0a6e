"""A day's sessions and their searches, counted from event rows."""

from collections import defaultdict
from typing import Any

from services.analytics_service.domain.recount.day_rows import SEARCHES, DayRows, task_key
from services.analytics_service.domain.recount.lead_kind import channel_by_rules
from services.analytics_service.domain.recount.lines import lines_of, name_of, product_of
from services.analytics_service.domain.recount.visit_origin import Origin, origin_of
from services.analytics_service.store.event_tables import canonical
from services.analytics_service.store.marketing_tables import Rows
from services.analytics_service.store.raw_events import Event
from services.analytics_service.store.raw_rows import Rules


def sessions_of(day: DayRows) -> Rows:
    """Return the rows of table `session`."""
    return {key: _session(day, key, rows) for key, rows in day.own_sessions()}


def channel_of_visit(origin: Origin, rules: Rules) -> str:
    """Return the channel that the rules give this source, medium and campaign."""
    return channel_by_rules(*((part or "").lower() for part in origin), rules=rules)


def _session(day: DayRows, key: tuple[str, str], rows: list[Event]) -> tuple[Any, ...]:
    first, last = rows[0], rows[-1]
    u, origin = day.u_of(first) or "", origin_of(rows)
    return (
        *(day.raw.day, first.ts, first.event_id, last.ts),
        *(first.user_id, u, first.location_id, day.location_of(first)),
        *(last.user_id, last.location_id, day.location_of(last)),
        sum(row.kind == "page_view" for row in rows),
        any(row.kind == "purchase" for row in rows),
        _viewed(rows),
        *day.visits_around(u, first),
        task_key("repeat-visits", *key),
        *origin,
        channel_of_visit(origin, day.raw.rules),
    )


def _viewed(rows: list[Event]) -> str | None:
    views: dict[str, dict[str, Any]] = {}
    for row in rows:
        for line in lines_of(row.items) if row.kind == "view_item" else ():
            if (product := product_of(line)) is not None:
                micros = int(row.ts.timestamp()) * 1_000_000 + row.ts.microsecond
                seen = views.setdefault(product, {"item_id": product, "item_name": "", "views": 0, "first_us": micros})
                seen["views"] += 1
                seen["item_name"] = max(seen["item_name"], name_of(line) or "")
    return canonical([{**seen, "item_name": seen["item_name"] or None} for seen in views.values()] or None)


def searches_of(day: DayRows) -> Rows:
    """Return the rows of table `session_search`."""
    found: Rows = {}
    for key, rows in day.sessions.items():
        for term, searches in _by_term(rows).items():
            if day.raw.day_of(searches[0].ts) == day.raw.day:
                found[(*key, term)] = _search(day, key, term, searches, rows)
    return found


def _search(day: DayRows, key: tuple[str, str], term: str, searches: list[Event], rows: list[Event]) -> tuple[Any, ...]:
    first = searches[0]
    failed = sum(row.kind == "no_search_results" for row in searches)
    after = {row.kind for row in rows if row.ts >= first.ts}
    outcome = "unsuccessful"
    if failed:
        outcome = "no_results"
    elif "purchase" in after:
        outcome = "converted"
    elif after & {"view_item", "add_to_cart"}:
        outcome = "engaged"
    return (
        *(day.raw.day, first.ts, searches[-1].ts),
        *(first.user_id, day.u_of(first), first.location_id, day.location_of(first)),
        *(len(searches), failed, outcome, task_key("search-analysis", *key, term)),
    )


def _by_term(rows: list[Event]) -> dict[str, list[Event]]:
    """Group a session's searches by term. A prefix of the next term (type-ahead) counts as that term."""
    searches = [row for row in rows if row.kind in SEARCHES and row.search_term is not None]
    found: dict[str, list[Event]] = defaultdict(list)
    term = next_term = ""
    for row in reversed(searches):
        typed = row.search_term or ""
        term = term if found and next_term.startswith(typed) else typed
        next_term = typed
        found[term].append(row)
    return {term: rows_of_term[::-1] for term, rows_of_term in found.items()}
