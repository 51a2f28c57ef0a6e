"""`data.users.changed.v1`: contacts or home locations of users are new or different."""

from common.events.envelope import Contract


class UsersChanged(Contract, frozen=True, kw_only=True):
    """The users whose row was inserted or changed, at most 10,000 in one event."""

    TYPE = "data.users.changed.v1"

    user_ids: list[str]
