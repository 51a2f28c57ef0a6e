"""`data.source.changed.v1`: a connected source fares otherwise than before."""

from typing import Literal
from uuid import UUID

from common.events.envelope import Contract


class SourceChanged(Contract, frozen=True, kw_only=True):
    """What became of a source: it is read again, its vendor does not answer, a person must act, or it was paused.

    `reason` says why in plain words; '' where it is active.
    """

    TYPE = "data.source.changed.v1"

    source_id: UUID
    kind: str
    name: str
    status: Literal["active", "degraded", "needs_attention", "paused"]
    reason: str
