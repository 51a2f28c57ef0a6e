"""Present the page that a rep sees after an action on a customer's tasks, or after its undo."""

from dataclasses import dataclass
from datetime import date, datetime

from services.email_service.domain.build_report import Customer
from services.email_service.domain.link_tokens import with_action
from services.email_service.domain.present_customer import clipped, mailto_url, tel_url
from services.email_service.domain.present_task_page import ReportedCustomer
from services.email_service.store.task_work import TaskId, TaskState

_DONE = {"done": "Marked as done", "not_reached": "Marked as not reached", "not_mine": "Marked as not yours"}
_AFTER = {
    "done": "It leaves the list of open tasks.",
    "not_reached": "The branch sees that you tried.",
    "not_mine": "The branch sees that it needs somebody else.",
}


@dataclass(frozen=True, slots=True)
class SavedPage:
    """The confirmation of an action or of its undo, with the next customer to call."""

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


def saved_page(
    reported: ReportedCustomer,
    action: str,
    at: datetime,
    until: date | None,
    left_open: int,
    undo: str,
    following: Customer | None,
) -> SavedPage:
    """Present the confirmation of an action, with a button to undo it and the next customer to call."""
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
        next_url=_contact_url(following) if following else "",
    )


def undone_page(reported: ReportedCustomer, at: datetime) -> SavedPage:
    """Present the confirmation that an action was undone."""
    formats = reported.formats
    when = f"on {formats.named_day(formats.local(at).date())}, at {formats.clock(at)}."
    after = f"{clipped(reported.customer.name)} is as it was before."
    back = with_action(reported.token, "choose")
    return SavedPage(clipped(reported.customer.name), reported.eyebrow, "Undone", when, after, "", back, "", "", "")


def next_to_call(reported: ReportedCustomer, states: dict[TaskId, TaskState]) -> Customer | None:
    """Return the next customer to call after this one: the first without a worked task, or None."""
    for customer in reported.report.to_call:
        if customer.number > reported.customer.number:
            worked = [states.get((task.kind, task.task_key)) for task in customer.tasks]
            if all(state is None or state.status == "open" for state in worked):
                return customer
    return None


def _contact_url(customer: Customer) -> str:
    contact = customer.contact
    phone = contact.cell_phone or contact.office_phone
    return tel_url(phone) if phone else mailto_url(contact.email or "")
