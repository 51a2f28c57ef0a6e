"""Word hours, days and windows in a language and in the tenant's time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton

from services.insights_service.domain.evidence.shapes import GoalOutlook, Window
from services.insights_service.domain.evidence.written import is_day
from services.insights_service.domain.words.figures import HARD_SPACE, plain
from services.insights_service.domain.words.language import Language, message


def local(written: str, zone: ZoneInfo) -> datetime:
    """Convert a time of evidence to the tenant's time zone; a day becomes its midnight."""
    if is_day(written):
        return datetime.combine(date.fromisoformat(written), datetime.min.time(), tzinfo=zone)
    moment = datetime.fromisoformat(written)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(zone)


def last_counted_day(goal: GoalOutlook, zone: ZoneInfo) -> datetime | None:
    """Return the last day that a goal's `so_far` includes, from its days left; None if the window is unknown."""
    return local(goal.window.end, zone) - timedelta(days=goal.days_left + 1) if goal.window else None


@dataclass(frozen=True, slots=True)
class Periods:
    """Words moments and windows in one language and time zone."""

    language: Language
    zone: ZoneInfo

    def day(self, moment: datetime) -> str:
        """Format a day: `Nov 22`, `22/11`."""
        return self._written("Md" if self.language.code == "vi" else "MMMd", moment)

    def clock(self, moment: datetime) -> str:
        """Format a time of day: `10 AM`, `10:30 AM`, `10:00`."""
        if "a" not in str(self.language.locale.time_formats["short"].pattern):
            return self._written("Hm", moment)
        return self._written("hm" if moment.minute else "h", moment).replace(" ", HARD_SPACE)

    def since(self, written: str, *, by_day: bool = False, clock_only: bool = False) -> str:
        """Word a beginning: `since 10 AM on Nov 22`; `by_day`, `since Nov 22`; `clock_only`, `since 10 AM`."""
        moment = local(written, self.zone)
        if by_day or is_day(written):
            return self.language.say("since {day}", day=self.day(moment))
        if clock_only:
            return self.language.say("since {time}", time=self.clock(moment))
        return self.language.say("since {time} on {day}", time=self.clock(moment), day=self.day(moment))

    def during(self, window: Window) -> str:
        """Word a window: `on Nov 22`, `from Nov 18 to Nov 21`, `from 10 AM to 4 PM on Nov 22`, or with both days."""
        start, end = local(window.start, self.zone), local(window.end, self.zone)
        if is_day(window.start):
            last = max(start, end - timedelta(days=1))
            if last.date() == start.date():
                return self.language.say("on {day}", day=self.day(start))
            return self.language.say("from {first} to {last}", first=self.day(start), last=self.day(last))
        from_, to = self.clock(start), self._end_clock(end)
        last_day = end - timedelta(seconds=1)
        if start.time() == end.time() == time.min:
            if last_day.date() == start.date():
                return self.language.say("on {day}", day=self.day(start))
            return self.language.say("from {first} to {last}", first=self.day(start), last=self.day(last_day))
        # `12 AM` belongs to the day that it begins, but `24:00` to the day that it ends.
        ends = last_day if to == "24:00" else end
        if ends.date() == start.date():
            return self.language.say("from {start} to {end} on {day}", start=from_, end=to, day=self.day(start))
        first, last = self.day(start), self.day(ends)
        over_midnight = message("from {start} on {first} to {end} on {last}")
        return self.language.say(over_midnight, start=from_, first=first, end=to, last=last)

    def is_one_day(self, window: Window) -> bool:
        """Return whether a window lies within one day of the tenant."""
        start, end = local(window.start, self.zone), local(window.end, self.zone)
        return start.date() == (end - timedelta(seconds=1)).date()

    def _end_clock(self, moment: datetime) -> str:
        """Format the end of a window; with 24-hour clocks, midnight is `24:00` and not the next day's `00:00`."""
        shown = self.clock(moment)
        return "24:00" if shown in {"0:00", "00:00"} else shown

    def _written(self, skeleton: str, moment: datetime) -> str:
        return plain(format_skeleton(skeleton, moment, tzinfo=self.zone, locale=self.language.locale))
