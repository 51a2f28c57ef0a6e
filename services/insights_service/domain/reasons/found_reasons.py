"""The reasons that were found for the alerts that are shown, as `anomalies` takes them."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from services.insights_service.domain.evidence.shapes import Reason


class Reasons(NamedTuple):
    """The reasons of each cause, and for causes that repeat another one, that other cause."""

    by_cause: Mapping[str, list[Reason]]
    repeats: Mapping[str, str]


NO_REASONS: Final = Reasons({}, {})
