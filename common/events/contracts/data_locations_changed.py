"""`data.locations.changed.v1`: branches are new or described differently."""

from common.events.envelope import Contract


class LocationsChanged(Contract, frozen=True, kw_only=True):
    """The locations whose row was inserted or changed, at most 10,000 in one event."""

    TYPE = "data.locations.changed.v1"

    location_ids: list[str]
