"""Unsubscribe from the daily email: the one-click POST of RFC 8058, and a page for people who follow the link."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from common import audit
from common.clock import now
from common.http.context import Context, ServiceContext
from common.http.forms import form_fields
from common.pages import PAGE_ANSWERS, Notice
from services.email_service.api.task_page import answer
from services.email_service.domain.open_link import LinkDead, Opened, open_link
from services.email_service.store.reps import has_stopped, set_stopped

router = APIRouter(
    prefix="/email", tags=["links in reports"], default_response_class=HTMLResponse, responses=PAGE_ANSWERS
)


@router.get("/unsubscribe/{token}", summary="Ask whether to stop the emails")
async def ask(token: str, context: Context) -> HTMLResponse:
    """Show a page with one button to unsubscribe. Opening it changes nothing."""
    try:
        opened = await open_link(context.db, token, ("unsubscribe",), now())
    except LinkDead as dead:
        return answer("notice", dead.notice, dead.status)
    branch = opened.report.branch
    async with context.db.tenant(opened.link.tenant_id, readonly=True) as conn:
        stopped = await has_stopped(conn, opened.link.tenant_id, branch.code, branch.rep_email)
    return answer("notice", _stopped(opened) if stopped else _question(opened))


@router.post("/unsubscribe/{token}", summary="Stop the emails")
async def stop(token: str, request: Request, context: Context) -> HTMLResponse:
    """Stop the branch's emails to this rep immediately; with the form field `resume=1`, resume them."""
    try:
        opened = await open_link(context.db, token, ("unsubscribe",), now())
    except LinkDead as dead:
        return answer("notice", dead.notice, dead.status)
    resumed = "resume" in await form_fields(request)
    await _set(context, opened, stopped=not resumed)
    return answer("notice", _resumed(opened) if resumed else _stopped(opened))


async def _set(context: ServiceContext, opened: Opened, *, stopped: bool) -> None:
    branch = opened.report.branch
    async with context.db.tenant(opened.link.tenant_id) as conn:
        if await has_stopped(conn, opened.link.tenant_id, branch.code, branch.rep_email) == stopped:
            return
        await set_stopped(conn, opened.link.tenant_id, branch.code, branch.rep_email, stopped=stopped)
        action = "report-mail.stopped" if stopped else "report-mail.resumed"
        # Whoever has the link is not identified, so the actor is unknown; the target is the recipient of the mails.
        detail = {"branch_code": branch.code}
        await audit.record(
            conn, "email", opened.link.tenant_id, "unknown", action, target=branch.rep_email, detail=detail
        )
    context.wake_relay()


def _question(opened: Opened) -> Notice:
    branch = opened.report.branch
    text = f"{branch.rep_email} will get no more reports of {branch.name}. The tasks stay in the list."
    return Notice("Stop this daily email?", text, f"{branch.name} branch", "Stop the emails")


def _stopped(opened: Opened) -> Notice:
    branch = opened.report.branch
    text = f"{branch.rep_email} gets no more reports of {branch.name}."
    return Notice("The emails have stopped", text, f"{branch.name} branch", "Send them again", "resume", quiet=True)


def _resumed(opened: Opened) -> Notice:
    branch = opened.report.branch
    text = f"{branch.rep_email} gets the reports of {branch.name} again, from the next one on."
    return Notice("The emails come again", text, f"{branch.name} branch")
