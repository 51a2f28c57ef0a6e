"""Present the page that asks a rep what became of a customer's tasks, with a notice if they were worked already."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter

from services.email_service.domain.build_report import Branch, Customer, Report
from services.email_service.domain.formats import Formats, listed
from services.email_service.domain.link_tokens import with_action
from services.email_service.domain.present_customer import (
    CALL_ACTIONS,
    ORDER_ACTIONS,
    Link,
    clipped,
)
from services.email_service.domain.work_tasks import SNOOZE_DAYS
from services.email_service.store.branch_task import CART, REPEAT, SEARCH, BranchTask
from services.email_service.store.sent_reports import SentReport
from services.email_service.store.task_work import TaskId, TaskState

_QUESTIONS = {
    "choose": "{}",
    "done": "Mark {} as done?",
    "not_reached": "Mark {} as not reached?",
    "snooze": "Snooze {}?",
    "not_mine": "Is {} not yours?",
}
_BUTTONS = {"done": "Mark as done", "not_reached": "Mark as not reached", "snooze": "Snooze", "not_mine": "Not mine"}
_STATES = {
    "open": "open",
    "done": "done",
    "not_reached": "not reached",
    "snoozed": "snoozed",
    "dismissed": "not theirs",
}


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task of the customer: one checkbox of the form."""

    number: int
    label: str
    detail: str
    value: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class SnoozeLine:
    """A day until which the tasks can be snoozed: one option of the form."""

    days: int
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class TaskPage:
    """The form for an action. `anyway` lets the rep overwrite what somebody else has set."""

    title: str
    eyebrow: str
    action: str
    button: str
    tasks: list[TaskLine]
    snoozes: list[SnoozeLine]
    actions: list[Link]
    note: str
    warning: str
    anyway: bool


@dataclass(frozen=True, slots=True)
class ReportedCustomer:
    """A customer of a sent report. The page numbers the tasks in this order, from 1."""

    report: Report
    customer: Customer
    formats: Formats
    token: str

    @property
    def ids(self) -> list[TaskId]:
        """Return the (kind, key) of each task, in the page's order."""
        return [(task.kind, task.task_key) for task in self.customer.tasks]

    @property
    def eyebrow(self) -> str:
        """Return the line above the title: `Omaha branch · Monday, April 29`."""
        return f"{clipped(self.report.branch.name)} branch · {self.formats.named_day(self.report.day)}"


def rebuild_report(sent: SentReport, company: str) -> Report:
    """Rebuild a sent report from its snapshot, without the customers who cannot be reached."""
    branch = Branch.with_short_name(sent.branch_code, sent.branch_name, company, sent.rep_name, sent.rep_email)
    customers = tuple(
        Customer(number, reported[0][1].user_key, tuple(task for _, task in reported))
        for number, group in groupby(sent.tasks, key=itemgetter(0))
        if (reported := list(group))
    )
    return Report(branch, sent.report_date, sent.as_of, customers, ())


def form_page(
    reported: ReportedCustomer,
    action: str,
    today: date,
    *,
    warning: str = "",
    anyway: bool = False,
    note: str = "",
    chosen: list[int] | None = None,
    days: int = SNOOZE_DAYS[0],
) -> TaskPage:
    """Present the form for an action. All tasks are ticked, unless `chosen` holds the numbers of those that are."""
    formats = reported.formats
    labels = CALL_ACTIONS if reported.customer.to_call else ORDER_ACTIONS
    return TaskPage(
        title=_QUESTIONS[action].format(clipped(reported.customer.name)),
        eyebrow=reported.eyebrow,
        action=action,
        button=_BUTTONS.get(action, "") + (" anyway" if anyway else ""),
        tasks=[
            _task_line(number, task, formats, chosen=chosen is None or number in chosen)
            for number, task in enumerate(reported.customer.tasks, 1)
        ],
        snoozes=[_snooze_line(number, today, formats, days) for number in SNOOZE_DAYS] if action == "snooze" else [],
        actions=[Link(label, with_action(reported.token, name)) for name, label in labels if name != action],
        note=note,
        warning=warning,
        anyway=anyway,
    )


def worked_notice(worked: dict[TaskId, TaskState], count: int, formats: Formats, who: str = "") -> str:
    """Say who has worked these tasks, what they set and when. If several were worked, the latest counts.

    Args:
        worked: the states of the worked tasks.
        count: the number of tasks on the page, so that the notice can say whether only a part was worked.
        formats: how the tenant's readers write days and times.
        who: replaces the name of the person; `You` for the rep who reads the page.
    """
    at, state = max(
        ((state.worked_at, state) for state in worked.values() if state.worked_at is not None), key=itemgetter(0)
    )
    day = formats.named_day(formats.local(at).date())
    status = _STATES.get(state.status, state.status)
    what = "this" if len(worked) >= count else "part of this"
    return f"{who or state.worked_by} already marked {what} as {status} on {day}, at {formats.clock(at)}."


def _task_line(number: int, task: BranchTask, formats: Formats, *, chosen: bool) -> TaskLine:
    value = formats.money(task.value, task.currency) if task.value is not None else ""
    return TaskLine(number, _label(task), _detail(task, formats), value, chosen)


def _label(task: BranchTask) -> str:
    if task.kind == SEARCH:
        return f"Search “{clipped(task.search_term or '')}”, no results"
    if task.kind == REPEAT:
        return "Repeat visits"
    noun = "Cart" if task.kind == CART else "Order"
    names = [clipped(line.name) for line in task.lines]
    if not names:
        return noun
    more = f" and {len(names) - 2} more" if len(names) > 2 else ""  # noqa: PLR2004 -- two names fit on a phone
    shown = ", ".join(names[:2]) if more else listed(names)
    return f"{noun}: {shown}{more}"


def _detail(task: BranchTask, formats: Formats) -> str:
    if task.kind == REPEAT and task.visit_days:
        return formats.days(list(task.visit_days))
    return formats.weekday_clock(task.last_activity_at)


def _snooze_line(number: int, today: date, formats: Formats, chosen: int) -> SnoozeLine:
    day = formats.named_day(today + timedelta(days=number))
    words = {1: f"Tomorrow, {day}", 7: f"In a week, {day}"}
    return SnoozeLine(number, words.get(number, f"In {number} days, {day}"), number == chosen)
