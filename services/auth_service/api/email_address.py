"""Proving who reads a mailbox, by the link that was mailed there."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict

from common.auth.access_changes import AccessChange
from common.auth.tokens import Identity
from common.http.context import Context, ServiceContext
from common.logging import address_var
from common.pages import PAGE_ANSWERS, Notice
from common.problem import Problem
from services.auth_service.api.access_word import make_known
from services.auth_service.api.link_pages import (
    PAGE_OF_FORM,
    FormPage,
    answer_form,
    dead_link_page,
    form_page,
    signed_out_notice,
)
from services.auth_service.api.passwords import LinkToken, TokenInQuery
from services.auth_service.api.small_body import described, is_form, json_body
from services.auth_service.domain.change_email import ask_to_verify, verify_email
from services.auth_service.domain.mailed_links import VERIFY_EMAIL, token_hash
from services.auth_service.sign_in_guard import guard_of
from services.auth_service.store import mailed_links

router = APIRouter(tags=["passwords"])
_VERIFY_PATH = "/auth/email/verify"


class VerifiedByLink(BaseModel):
    """The token of the link that was mailed."""

    model_config = ConfigDict(extra="forbid")

    token: LinkToken


async def mail_link_to_own(context: ServiceContext, caller: Identity, email: str, current_password: str) -> None:
    """For `PATCH /auth/me {email, current_password}`: mail a link to the address, which becomes the account's by it.

    Raises:
        PasswordNotOwn, TooManyAttempts, TooManySignIns
    """
    guard = guard_of(context)
    try:
        await ask_to_verify(context, guard.throttle, caller, email, current_password, address_var.get())
    except Problem as problem:
        guard.note("email.change-asked", problem, caller.email)
        raise


@router.post(
    _VERIFY_PATH,
    status_code=204,
    response_model=None,
    responses=PAGE_OF_FORM,
    summary="Confirm an email address",
    openapi_extra=described(VerifiedByLink, form=True),
)
async def confirm_email(request: Request, context: Context) -> Response:
    """Take the address that the link was mailed to for the account's; the link works once, within 24 hours.

    A form is answered with a page.
    """
    if not is_form(request):
        await _verify(context, await json_body(request, VerifiedByLink))
        return Response(status_code=204)

    async def act(body: VerifiedByLink) -> Notice:
        await _verify(context, body)
        return signed_out_notice(context, "Your address is confirmed", "You sign in with it from now on.")

    async def again(values: dict[str, str], _warning: str) -> HTMLResponse:
        return await _page(context, values.get("token", ""))

    return await answer_form(request, VerifiedByLink, act, again)


@router.get(
    _VERIFY_PATH, summary="The page to confirm an email address", response_class=HTMLResponse, responses=PAGE_ANSWERS
)
async def show_confirmation(context: Context, token: TokenInQuery = "") -> HTMLResponse:
    """Ask for the confirmation; nothing changes."""
    return await _page(context, token)


async def _verify(context: ServiceContext, body: VerifiedByLink) -> None:
    guard = guard_of(context)
    try:
        async with guard.throttle.attempt(address_var.get()) as attempt:
            account_id = await verify_email(context, body.token)
            attempt.succeeded = True
    except Problem as problem:
        guard.note("email.verified", problem)
        raise
    await make_known(context, AccessChange(accounts=[account_id]))


async def _page(context: ServiceContext, token: str) -> HTMLResponse:
    async with context.db.pool.acquire() as conn:
        link = await mailed_links.find_link(conn, token_hash(token), VERIFY_EMAIL.name)
    if link is None:
        return dead_link_page()
    return form_page("verify_email", FormPage(title="Confirm your email address", token=token, email=link.email))
