"""What the jobs about aggregates are called. Both have days, `date_from` to `date_to`; a check also whether to `mend`."""

from typing import Final

REBUILD_AGGREGATES_KIND: Final = "rebuild-aggregates"
CHECK_AGGREGATES_KIND: Final = "check-aggregates"
