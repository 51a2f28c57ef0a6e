"""Lists as the API answers them: filtered, in order, page by page.

Parameters: https://woocommerce.github.io/woocommerce-rest-api-docs/#list-all-orders; paging and its headers:
https://woocommerce.github.io/woocommerce-rest-api-docs/#pagination.
"""

import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

_FIELDS = {"date": "date_created", "modified": "date_modified"}
_WINDOWS = {
    "after": ("date_created", 1),
    "before": ("date_created", -1),
    "modified_after": ("date_modified", 1),
    "modified_before": ("date_modified", -1),
}
_NOT_ANY = ("trash", "auto-draft")
MOST_PER_PAGE = 100


class InvalidParam(ValueError):
    """A parameter that the API refuses; its name."""


class Page(NamedTuple):
    """One page, and how much there is in all."""

    records: list[dict[str, Any]]
    total: int
    pages: int
    number: int


def page_of(
    records: Iterable[dict[str, Any]],
    asked: Mapping[str, str],
    *,
    sorts_by: str = "_gmt",
    hidden: Collection[str] = (),
) -> Page:
    """The page that was asked for, by the times with that ending; 'any' leaves `hidden` out. Raises InvalidParam."""
    per_page, number = _whole(asked, "per_page", 10), _whole(asked, "page", 1)
    if per_page > MOST_PER_PAGE:
        raise InvalidParam("per_page")
    suffix = "_gmt" if asked.get("dates_are_gmt") == "true" else ""
    found = [record for record in records if _matches(record, asked, suffix, hidden)]
    orderby = asked.get("orderby", "date")
    if orderby not in ("date", "modified", "id"):
        raise InvalidParam("orderby")
    by_time = _FIELDS.get(orderby)
    found.sort(
        key=lambda record: (record[by_time + sorts_by] if by_time else "", record["id"]),
        reverse=asked.get("order", "desc") == "desc",
    )
    first = int(asked.get("offset") or (number - 1) * per_page)
    return Page(found[first : first + per_page], len(found), math.ceil(len(found) / per_page), number)


def _matches(record: dict[str, Any], asked: Mapping[str, str], suffix: str, hidden: Collection[str]) -> bool:
    if (include := asked.get("include")) and str(record["id"]) not in include.split(","):
        return False
    if "status" in record:
        statuses = asked.get("status", "any").split(",")
        if (
            not ("any" in statuses and record["status"] not in (*_NOT_ANY, *hidden))
            and record["status"] not in statuses
        ):
            return False
    for name, (field, side) in _WINDOWS.items():
        if name in asked:
            told, limit = record[field + suffix], asked[name]
            # Both ends are exclusive.
            if (told <= limit) if side > 0 else (told >= limit):
                return False
    return True


def _whole(asked: Mapping[str, str], name: str, default: int) -> int:
    text = asked.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise InvalidParam(name)
    return int(text)
