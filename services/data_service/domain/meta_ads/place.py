"""The position of a sync within its days, stored with the rows, so that the same job continues there."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from services.data_service.domain.meta_ads.due_days import Days
from services.data_service.domain.meta_ads.silent_days import Unsaid
from services.data_service.domain.syncs.sync_run import SyncRun

# Days requested together; fewer if Meta says that it is too much.
CHUNKS = (30, 7, 1)
_STREAM = "insights.reading"
_AHEAD = "insights.today.reading"


class Report(NamedTuple):
    """An asynchronous report of Meta's, and when it was requested."""

    number: str
    ordered_at: datetime


@dataclass(frozen=True)
class Place:
    """The next chunk of days, its report, its next page, and the figures that are still missing from it.

    `lost` counts the chunk's lost reports.
    """

    next_day: date
    size: int = CHUNKS[0]
    report: Report | None = None
    after: str | None = None
    unsaid: Unsaid | None = None
    lost: int = 0

    def chunk(self, days: Days) -> Days:
        """The days to read next."""
        return Days(self.next_day, min(days.last, self.next_day + timedelta(days=self.size - 1)))

    def behind(self, chunk: Days) -> "Place":
        """After a chunk that was read wholly."""
        return Place(chunk.last + timedelta(days=1), self.size)

    def smaller_than(self, chunk: Days) -> "Place | None":
        """The same days in smaller chunks; None if even one day is too much."""
        size = next((size for size in CHUNKS if size < chunk.length), None)
        return None if size is None else Place(self.next_day, size)

    def without_report(self) -> "Place":
        """The chunk again, by another report."""
        return Place(self.next_day, self.size, lost=self.lost + 1)


def stream_of(run: SyncRun, *, is_ahead: bool) -> str:
    """The stream under which a position is stored: one each for requested days, due days, and reading today first.

    A source has one sync at a time, but requested days are read beside it, by several jobs in turn.
    """
    if run.days is not None:
        return f"{_STREAM}.{run.job.job_id}"
    return _AHEAD if is_ahead else _STREAM


async def place_of(run: SyncRun, days: Days, *, is_ahead: bool) -> Place:
    """The stored position of this job's earlier attempt at the same days, else their beginning.

    Reading today first begins again once it has finished.
    """
    kept: dict[str, Any] | None = await run.position(stream_of(run, is_ahead=is_ahead))
    if kept is None or kept["job"] != str(run.job.job_id) or kept["days"] != _written(days):
        return Place(days.first)
    if is_ahead and date.fromisoformat(kept["next_day"]) > days.last:
        return Place(days.first)
    return Place(
        next_day=date.fromisoformat(kept["next_day"]),
        size=kept["size"],
        report=kept["report"] and Report(kept["report"][0], datetime.fromisoformat(kept["report"][1])),
        after=kept["after"],
        unsaid=kept["unsaid"] and Unsaid(*kept["unsaid"]),
        lost=kept["lost"],
    )


def position_of(run: SyncRun, days: Days, place: Place) -> dict[str, Any]:
    """A position in its stored form."""
    return {
        "job": str(run.job.job_id),
        "days": _written(days),
        "next_day": place.next_day.isoformat(),
        "size": place.size,
        "report": place.report and [place.report.number, place.report.ordered_at.isoformat()],
        "after": place.after,
        "unsaid": place.unsaid,
        "lost": place.lost,
    }


def _written(days: Days) -> list[str]:
    return [day.isoformat() for day in days]
