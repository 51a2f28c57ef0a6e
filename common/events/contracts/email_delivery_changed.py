"""`email.delivery.changed.v1`: a report counts as sent or held customers out, or tells of something no longer."""

from uuid import UUID

import msgspec

from common.events.envelope import Contract


class DeliveryChanged(Contract, frozen=True, kw_only=True):
    """What the report told or held out counts otherwise now; `task_keys` are tasks of which reports tell no longer."""

    TYPE = "email.delivery.changed.v1"

    delivery_id: UUID | None = None
    task_keys: list[str] = msgspec.field(default_factory=list[str])
