"""The events that outdate cached answers, and the days whose answers each of them outdates."""

from collections.abc import Collection

from common.answers.answers import ChangedBy
from common.events.contracts.analytics_day_refreshed import DayRefreshed
from common.events.contracts.auth_tenant_changed import TenantChanged
from common.events.contracts.data_locations_changed import LocationsChanged


def _refreshed(event: DayRefreshed) -> Collection[str]:
    return event.days


def _any(_: object) -> None:
    """Return None (any day): a new time zone, currency or branch name can change the answers of all days."""


# A cached answer may only show data whose changes are announced by one of these events. Add an event for other data.
CHANGED_BY: ChangedBy = {DayRefreshed: _refreshed, TenantChanged: _any, LocationsChanged: _any}
