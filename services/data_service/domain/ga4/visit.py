"""User, device and visit of an event, and the tenant's custom dimensions: the columns of every report of events."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from services.data_service.domain.events.location_rule import LocationRule
from services.data_service.domain.ga4.dimensions import PERSON, visit_names
from services.data_service.domain.values import id_of, text_of

_GEO: Final = "geo."
_OF_USERS: Final = "customUser:"


class Visit(NamedTuple):
    """The event columns of a visit; `extra` is by kind (params, user_properties, geo), without absent values."""

    user_pseudo_id: str
    user_id: str
    session_id: str
    location_id: str
    extra: dict[str, dict[str, Any]]


class VisitReader:
    """Reads the visit of a row, by the tenant's dimensions and its rule for locations."""

    def __init__(self, custom_dimensions: dict[str, str], rule: LocationRule) -> None:
        self.names = visit_names(custom_dimensions)
        self._rule = rule
        self._places = [(name, *_place_of(name, custom_dimensions[name])) for name in self.names if name not in PERSON]

    def read(self, row: Mapping[str, str]) -> Visit:
        """The visit of a row.

        Raises:
            Rejected: an id is too long.
        """
        extra: dict[str, dict[str, Any]] = {}
        for column, kind, name in self._places:
            if value := text_of(row[column], column):
                extra.setdefault(kind, {})[name] = value
        return Visit(
            id_of(row.get("user_pseudo_id"), "user_pseudo_id"),
            id_of(row.get("user_id"), "user_id"),
            id_of(row.get("ga_session_id"), "ga_session_id"),
            self._rule.resolve(extra.get("params", {}), extra.get("user_properties", {}), extra.get("geo", {})),
            extra,
        )


def _place_of(name: str, dimension: str) -> tuple[str, str]:
    """The place of a custom dimension in `extra`, as in an export."""
    if name.startswith(_GEO):
        return "geo", name.removeprefix(_GEO)
    return ("user_properties", name) if dimension.startswith(_OF_USERS) else ("params", name)
