"""The reasons of what is shown, as whoever tells of it takes them."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from services.insights_service.domain.evidence.shapes import Reason


class Reasons(NamedTuple):
    """By cause where what is shown comes from, and which other one says the same already."""

    by_cause: Mapping[str, list[Reason]]
    repeats: Mapping[str, str]


NO_REASONS: Final = Reasons({}, {})
