"""Remarks on invalid hits, with the vendor's codes."""

from enum import StrEnum
from typing import NamedTuple


class Code(StrEnum):
    """The vendor's validation codes ("Validate events", ValidationCode)."""

    VALUE_INVALID = "VALUE_INVALID"
    VALUE_REQUIRED = "VALUE_REQUIRED"
    NAME_INVALID = "NAME_INVALID"
    NAME_RESERVED = "NAME_RESERVED"
    VALUE_OUT_OF_BOUNDS = "VALUE_OUT_OF_BOUNDS"
    EXCEEDED_MAX_ENTITIES = "EXCEEDED_MAX_ENTITIES"
    NAME_DUPLICATED = "NAME_DUPLICATED"


class Remark(NamedTuple):
    """One problem of a hit. `event` is the index of the event concerned, None for the whole hit.

    `is_fatal` remarks keep the event out, or the hit. The others do so only where the sender asks for strictness:
    they name limits of the vendor's reports, which cost nothing here.
    """

    field_path: str
    description: str
    code: Code
    event: int | None = None
    is_fatal: bool = True

    def message(self) -> dict[str, str]:
        """Return the remark as the vendor's validation server does."""
        return {"fieldPath": self.field_path, "description": self.description, "validationCode": self.code.value}
