"""`data.user.erased.v1`: a person is being erased; whoever has something of them erases it too."""

from uuid import UUID

from common.events.envelope import Contract


class UserErased(Contract, frozen=True, kw_only=True):
    """An erasure whose rows in the data service have gone.

    Who it is stands in data.erasure as long as the erasure is at work: an event is kept, and so names nobody.
    `batch_id` is named in `analytics.day.refreshed.v1` once no answer includes them.
    """

    TYPE = "data.user.erased.v1"

    erasure_id: UUID
    batch_id: UUID
