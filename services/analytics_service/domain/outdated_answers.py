"""Which events change answers that may be kept, and of which days."""

from collections.abc import Collection

from common.answers.answers import ChangedBy
from common.events.contracts.analytics_day_refreshed import DayRefreshed
from common.events.contracts.auth_tenant_changed import TenantChanged
from common.events.contracts.data_locations_changed import LocationsChanged


def _refreshed(event: DayRefreshed) -> Collection[str]:
    return event.days


def _any(_: object) -> None:
    """A zone or currency is another one, or a branch is called otherwise: any day may show it."""


# Whatever else a kept answer shows must be told by one of these, or be listed here.
CHANGED_BY: ChangedBy = {DayRefreshed: _refreshed, TenantChanged: _any, LocationsChanged: _any}
