"""A tenant's settings changed."""

from typing import ClassVar

from common.events.envelope import Contract


class TenantChanged(Contract, frozen=True, kw_only=True):
    """`changed` names the settings that have another value now, nested ones with a dot.

    For example `["time_zone", "google_analytics_config.location_source"]`.
    """

    TYPE: ClassVar[str] = "auth.tenant.changed.v1"

    changed: list[str]
