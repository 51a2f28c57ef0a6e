"""The texts of a task's page: before the action, after it, and if someone else was faster."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
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
    dialled,
    written_to,
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
_DONE = {"done": "Marked as done", "not_reached": "Marked as not reached", "not_mine": "Marked as not yours"}
_AFTER = {
    "done": "It leaves the list of open tasks.",
    "not_reached": "The branch sees that you tried.",
    "not_mine": "The branch sees that it needs somebody else.",
}
_STATES = {
    "open": "open",
    "done": "done",
    "not_reached": "not reached",
    "snoozed": "snoozed",
    "dismissed": "not theirs",
}


@dataclass(frozen=True, slots=True)
class TaskLine:
    """A task with its checkbox."""

    number: int
    label: str
    detail: str
    value: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class SnoozeLine:
    """A day to snooze until."""

    days: int
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class TaskPage:
    """The page that asks."""

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
class SavedPage:
    """The page that says what happened."""

    title: str
    eyebrow: str
    done: str
    when: str
    after: str
    undo: str
    back_url: str
    next_name: str
    next_phone: str
    next_url: str


@dataclass(frozen=True, slots=True)
class ReportedCustomer:
    """A customer of a report that was sent, its tasks numbered as the page numbers them."""

    report: Report
    customer: Customer
    formats: Formats
    token: str

    @property
    def ids(self) -> list[TaskId]:
        """(kind, key) of each task, in the page's order."""
        return [(task.kind, task.task_key) for task in self.customer.tasks]

    @property
    def eyebrow(self) -> str:
        """`Omaha branch · Monday, April 29`."""
        return f"{clipped(self.report.branch.name)} branch · {self.formats.named_day(self.report.day)}"


def report_again(sent: SentReport, company: str) -> Report:
    """The report as sent, from its snapshot, without customers who cannot be reached."""
    branch = Branch.called(sent.branch_code, sent.branch_name, company, sent.rep_name, sent.rep_email)
    customers = tuple(
        Customer(number, reported[0][1].user_key, tuple(task for _, task in reported))
        for number, group in groupby(sent.tasks, key=itemgetter(0))
        if (reported := list(group))
    )
    return Report(branch, sent.report_date, sent.as_of, customers, ())


def ask_page(
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
    """The page before the action; all tasks are ticked unless `chosen` names some."""
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


def saved_page(
    reported: ReportedCustomer,
    action: str,
    at: datetime,
    until: date | None,
    left_open: int,
    undo: str,
    following: Customer | None,
) -> SavedPage:
    """The page after the action, with undo and the next call."""
    formats = reported.formats
    local = formats.local(at)
    done = f"Snoozed until {formats.named_day(until)}" if until else _DONE[action]
    after = "It comes back to the list of open tasks then." if until else _AFTER[action]
    if left_open:
        after += f" {left_open} of {len(reported.customer.tasks)} stay as they were."
    return SavedPage(
        title=clipped(reported.customer.name),
        eyebrow=reported.eyebrow,
        done=done,
        when=f"on {formats.named_day(local.date())}, at {formats.clock(at)}.",
        after=after,
        undo=undo,
        back_url="",
        next_name=clipped(following.name) if following else "",
        next_phone=(following.contact.cell_phone or following.contact.office_phone or "") if following else "",
        next_url=_way_to(following) if following else "",
    )


def undone_page(reported: ReportedCustomer, at: datetime) -> SavedPage:
    """The page after an action was undone."""
    formats = reported.formats
    when = f"on {formats.named_day(formats.local(at).date())}, at {formats.clock(at)}."
    after = f"{clipped(reported.customer.name)} is as it was before."
    back = with_action(reported.token, "choose")
    return SavedPage(clipped(reported.customer.name), reported.eyebrow, "Undone", when, after, "", back, "", "", "")


def worked_words(worked: dict[TaskId, TaskState], count: int, formats: Formats, who: str = "") -> str:
    """Say who worked these tasks, of `count` on the page, how and when; of several the latest. `who` is the rep."""
    at, state = max(
        ((found.worked_at, found) for found in worked.values() if found.worked_at is not None), key=itemgetter(0)
    )
    day = formats.named_day(formats.local(at).date())
    said = _STATES.get(state.status, state.status)
    what = "this" if len(worked) >= count else "part of this"
    return f"{who or state.worked_by} already marked {what} as {said} on {day}, at {formats.clock(at)}."


def next_to_call(reported: ReportedCustomer, states: dict[TaskId, TaskState]) -> Customer | None:
    """The next customer of the report, after this one, of whom no task is worked yet."""
    for customer in reported.report.to_call:
        if customer.number > reported.customer.number:
            worked = [states.get((task.kind, task.task_key)) for task in customer.tasks]
            if all(state is None or state.status == "open" for state in worked):
                return customer
    return None


def _way_to(customer: Customer) -> str:
    contact = customer.contact
    phone = contact.cell_phone or contact.office_phone
    return dialled(phone) if phone else written_to(contact.email or "")


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
