"""The kinds of the aggregate jobs. The first two take days (`date_from`, `date_to`); a check also takes `mend`."""

from typing import Final

REBUILD_AGGREGATES_KIND: Final = "rebuild-aggregates"
CHECK_AGGREGATES_KIND: Final = "check-aggregates"
DROP_AGED_KIND: Final = "drop-aged-aggregates"
