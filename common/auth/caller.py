"""Who makes the request in hand, as far as it was proved: for what is counted and written down of it afterwards."""

from contextvars import ContextVar
from typing import Literal, NamedTuple
from uuid import UUID


class Caller(NamedTuple):
    """An account or an API key; `tenant_id` where it is a member of the tenant meant (a key always is of its own)."""

    kind: Literal["account", "api-key"]
    id: UUID
    name: str
    tenant_id: UUID | None


# None: nobody, or nobody who could be told from a stranger.
caller_var: ContextVar[Caller | None] = ContextVar("caller", default=None)
