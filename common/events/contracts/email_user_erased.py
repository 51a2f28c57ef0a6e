"""`email.user.erased.v1`: what the email service had of a person has gone."""

from uuid import UUID

from common.events.envelope import Contract


class UserErased(Contract, frozen=True, kw_only=True):
    """The email service's part of an erasure; `counts` is how many rows went, by table."""

    TYPE = "email.user.erased.v1"

    erasure_id: UUID
    counts: dict[str, int]
