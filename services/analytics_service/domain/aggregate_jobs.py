"""What the jobs about aggregates are called; the first two have days (`date_from`, `date_to`), a check also `mend`."""

from typing import Final

REBUILD_AGGREGATES_KIND: Final = "rebuild-aggregates"
CHECK_AGGREGATES_KIND: Final = "check-aggregates"
DROP_AGED_KIND: Final = "drop-aged-aggregates"
