"""Where in the days that it set out to read a sync is: kept with the rows, so that the same job goes on there."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from services.data_service.domain.meta_ads.due_days import Days
from services.data_service.domain.meta_ads.silent_days import Unsaid
from services.data_service.domain.sync_run import SyncRun

# Days that are asked for together, fewer where Meta says that it is too much.
CHUNKS = (30, 7, 1)
STREAM = "insights.reading"


@dataclass(frozen=True)
class Place:
    """The next chunk, and within it the report that Meta made, the page that follows and what did not come so far."""

    next_day: date
    size: int = CHUNKS[0]
    report: str | None = None
    after: str | None = None
    unsaid: Unsaid | None = None

    def chunk(self, days: Days) -> Days:
        """The days that are read next."""
        return Days(self.next_day, min(days.last, self.next_day + timedelta(days=self.size - 1)))

    def behind(self, chunk: Days) -> "Place":
        """After a chunk that was read wholly."""
        return Place(chunk.last + timedelta(days=1), self.size)

    def smaller_than(self, chunk: Days) -> "Place | None":
        """The same days in smaller chunks; None where one day is too much."""
        size = next((size for size in CHUNKS if size < chunk.length), None)
        return None if size is None else Place(self.next_day, size)

    def from_its_start(self) -> "Place":
        """The chunk anew."""
        return Place(self.next_day, self.size)


async def place_of(run: SyncRun, days: Days) -> Place:
    """Where this job's earlier attempt was in the same days, else their beginning."""
    kept: dict[str, Any] | None = await run.position(STREAM)
    if kept is None or kept["job"] != str(run.job.job_id) or kept["days"] != _written(days):
        return Place(days.first)
    unsaid = kept["unsaid"] and Unsaid(*kept["unsaid"])
    return Place(date.fromisoformat(kept["next_day"]), kept["size"], kept["report"], kept["after"], unsaid)


def position_of(run: SyncRun, days: Days, place: Place) -> dict[str, Any]:
    """A place as it is kept."""
    return {
        "job": str(run.job.job_id),
        "days": _written(days),
        "next_day": place.next_day.isoformat(),
        "size": place.size,
        "report": place.report,
        "after": place.after,
        "unsaid": place.unsaid,
    }


def _written(days: Days) -> list[str]:
    return [day.isoformat() for day in days]
