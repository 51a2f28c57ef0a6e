"""`data.users.changed.v1`: contacts or home locations of users are new or different."""

from uuid import UUID

from common.events.envelope import Contract


class UsersChanged(Contract, frozen=True, kw_only=True):
    """The users whose row was inserted or changed, at most 10,000 in one event.

    `batch_id` is named in `analytics.day.refreshed.v1` once every answer places these users' events by their new home.
    """

    TYPE = "data.users.changed.v1"

    user_ids: list[str]
    batch_id: UUID | None = None
