"""Detect the totals that exports put among their rows; they are not figures of a campaign and day."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from services.data_service.domain.csv_files.kinds import CAMPAIGN_PERFORMANCE
from services.data_service.domain.csv_files.numbers import NOTHING
from services.data_service.domain.csv_files.plan import FilePlan
from services.data_service.domain.csv_files.presets import GENERIC

_MATCHED_CHARACTERS: Final = 30
_TOTAL: Final = re.compile(
    r"((grand |sub-? ?)?total(e?s|e)?|totaal|tổng|gesamt|summe|suma|итого|всего)\b", re.IGNORECASE
)


class TotalRows:
    """Tells the totals of one file from its rows."""

    def __init__(self, kind_name: str, plan: FilePlan) -> None:
        self._is_ads = kind_name == CAMPAIGN_PERFORMANCE
        self._is_export = plan.preset != GENERIC
        places = {column.name: column.place for column in plan.columns if column.place >= 0}
        self._campaign_places = [places[name] for name in ("campaign_id", "campaign_name") if name in places]
        self._key_places = [places[name] for name in ("campaign_id", "date") if name in places]
        self._day_place = places.get("date", -1)

    def holds(self, fields: Sequence[str]) -> bool:
        """Whether a record is a total.

        Either its first non-empty cell says so and it lacks a campaign or a day (a campaign may be called "Total
        care"), or it comes from a known export and has neither a campaign id nor a name, as in Meta's summary row.
        """
        if not self._is_ads:
            return False
        cells = [field.strip() for field in fields]
        first = next((place for place, cell in enumerate(cells) if cell), -1)
        if first >= 0 and _TOTAL.match(unicodedata.normalize("NFC", cells[first][:_MATCHED_CHARACTERS])):
            lacks = any(place >= len(cells) or cells[place] in NOTHING for place in self._key_places)
            return lacks or first == self._day_place
        return self._is_export and all(
            place >= len(cells) or cells[place] in NOTHING for place in self._campaign_places
        )
