"""Determine the location of an event by the tenant's setting `location_source`."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from services.data_service.domain.values import id_of

# The job that applies a changed rule to stored events.
RESOLVE_JOB: Final = "resolve-locations"
_GEO: Final = frozenset({"country", "region", "city"})


class LocationRule(NamedTuple):
    """`place` is `event_param`, `user_property`, `geo`, or '' for no rule; `name` the key within it."""

    place: str = ""
    name: str = ""

    def resolve(self, params: Mapping[str, Any], user_properties: Mapping[str, Any], geo: Mapping[str, Any]) -> str:
        """Return the location of one event, '' if it has none."""
        if self.place == "event_param":
            value = params.get(self.name)
        elif self.place == "user_property":
            value = user_properties.get(self.name)
        elif self.place == "geo":
            value = geo.get(self.name)
        else:
            return ""
        return id_of(value, "location") if value is not None else ""


def read_rule(location_source: str | None) -> LocationRule:
    """Read `event_param:NAME`, `user_property:NAME` or `geo.country|region|city`; anything else is no rule."""
    if not location_source:
        return LocationRule()
    place, colon, name = location_source.partition(":")
    if colon and name and place in ("event_param", "user_property"):
        return LocationRule(place, name)
    place, _, name = location_source.partition(".")
    if place == "geo" and name in _GEO:
        return LocationRule("geo", name)
    return LocationRule()
