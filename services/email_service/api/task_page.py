"""Serve the page behind the links to tasks in a report: a GET only shows it, a POST acts.

There is no sign-in: whoever has the link may use it.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from common.clock import now
from common.http.context import Context, ServiceContext
from common.http.forms import form_fields
from common.pages import PAGE_ANSWERS, mail_headers, page_response
from services.email_service.domain.open_link import LinkDead, Opened, open_link
from services.email_service.domain.present_saved_page import next_to_call, saved_page, undone_page
from services.email_service.domain.present_task_page import ReportedCustomer, form_page, worked_notice
from services.email_service.domain.read_form import TaskForm, read_form
from services.email_service.domain.render_report import TEMPLATES
from services.email_service.domain.show_full_list import show_full_list
from services.email_service.domain.work_tasks import (
    Page,
    Work,
    states_set_by_others,
    states_set_by_rep,
    undo_work,
    wait_until_shown,
    work_tasks,
)
from services.email_service.store.task_work import TaskId, TaskState, task_states

router = APIRouter(
    prefix="/email", tags=["links in reports"], default_response_class=HTMLResponse, responses=PAGE_ANSWERS
)


@router.get("/t/{token}", summary="The page of a customer's tasks, or the full list")
async def show(token: str, context: Context) -> HTMLResponse:
    """Show a form to record the outcome of a customer's tasks, or the full list. Opening the page changes nothing."""
    try:
        opened = await open_link(context.db, token, ("customer", "list"), now())
    except LinkDead as dead:
        return answer("notice", dead.notice, dead.status)
    if opened.link.purpose == "list":
        return HTMLResponse(show_full_list(context.settings, opened), headers=mail_headers())
    reported = opened.reported()
    action = opened.action if reported.customer.to_call or opened.action in ("done", "not_mine") else "choose"
    states = await _states(context, opened, reported.ids)
    others = states_set_by_others(states, _rep(opened), opened.report.sent_at)
    own = states_set_by_rep(states, _rep(opened))
    # People open the same mail several times, so the page may be about tasks that they have already worked.
    count = len(reported.ids)
    own_work = f"{worked_notice(own, count, reported.formats, 'You')} What you choose now replaces that." if own else ""
    warning = worked_notice(others, count, reported.formats) if others else own_work
    return answer("task_form", form_page(reported, action, _today(reported), warning=warning, anyway=bool(others)))


@router.post("/t/{token}", summary="Work a customer's tasks")
async def act(token: str, request: Request, context: Context) -> HTMLResponse:
    """Mark a customer's tasks as done, not reached, snoozed (`days` 1, 3 or 7) or not mine, or undo an action.

    Form fields: `do` (the action), `task` (task numbers on the page; all tasks if omitted), `days`, `note`, and `undo`
    (the id of an action). The answer is a page that says what happened. If somebody else has changed the tasks in the
    meantime, nothing changes and the page shows their state (409).
    """
    try:
        opened = await open_link(context.db, token, ("customer",), now())
    except LinkDead as dead:
        return answer("notice", dead.notice, dead.status)
    reported = opened.reported()
    form = read_form(await form_fields(request), opened.action, len(reported.customer.tasks))
    if form.undo is not None:
        return await _undo(context, opened, reported, form.undo)
    if form.action == "choose" or not form.chosen:
        missing = "Choose at least one of them." if form.action != "choose" else "Choose what became of it."
        page = form_page(reported, form.action, _today(reported), warning=missing, note=form.note, chosen=form.chosen)
        return answer("task_form", page, 422)
    return await _act(context, opened, reported, form)


async def _act(context: ServiceContext, opened: Opened, reported: ReportedCustomer, form: TaskForm) -> HTMLResponse:
    tasks = [reported.ids[number - 1] for number in form.chosen]
    until = _today(reported) + timedelta(days=form.days) if form.action == "snooze" else None
    work = Work(form.action, tasks, form.note or None, until)
    done = await work_tasks(context.db, _page(opened), work, opened.report.sent_at, anyway=form.anyway)
    if done.others:
        warning = worked_notice(done.others, len(tasks), reported.formats) + " Nothing was changed."
        page = form_page(
            reported,
            form.action,
            _today(reported),
            warning=warning,
            anyway=True,
            note=form.note,
            chosen=form.chosen,
            days=form.days,
        )
        return answer("task_form", page, 409)
    context.wake_relay()
    await wait_until_shown(context.db, opened.link.tenant_id, tasks, done.at)
    all_tasks = [(task.kind, task.task_key) for customer in opened.report.to_call for task in customer.tasks]
    next_customer = next_to_call(reported, await _states(context, opened, all_tasks))
    left_open = len(reported.customer.tasks) - len(tasks)
    return answer(
        "task_saved", saved_page(reported, form.action, done.at, until, left_open, str(done.action_id), next_customer)
    )


async def _undo(context: ServiceContext, opened: Opened, reported: ReportedCustomer, action_id: UUID) -> HTMLResponse:
    undone = await undo_work(context.db, _page(opened), action_id)
    if undone.others:
        warning = worked_notice(undone.others, len(reported.ids), reported.formats) + " Nothing was changed."
        return answer("task_form", form_page(reported, "choose", _today(reported), warning=warning, anyway=True), 409)
    context.wake_relay()
    await wait_until_shown(context.db, opened.link.tenant_id, undone.tasks, undone.at)
    return answer("task_saved", undone_page(reported, undone.at))


def answer(template: str, page: Any, status: int = 200) -> HTMLResponse:
    """Render a page with the common headers of all pages."""
    return page_response(TEMPLATES, template, page, status)


async def _states(context: ServiceContext, opened: Opened, tasks: list[TaskId]) -> dict[TaskId, TaskState]:
    tenant_id = opened.link.tenant_id
    async with context.db.tenant(tenant_id, readonly=True) as connection:
        return await task_states(connection, tenant_id, tasks)


def _page(opened: Opened) -> Page:
    link = opened.link
    return Page(link.tenant_id, link.delivery_id, link.customer_no or 0, _rep(opened))


def _rep(opened: Opened) -> str:
    return opened.report.branch.rep_email


def _today(reported: ReportedCustomer) -> date:
    return reported.formats.local(now()).date()
