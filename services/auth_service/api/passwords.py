"""Reset a forgotten password: mail a link, and set a new password with it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from common.auth.access_changes import AccessChange
from common.http.context import Context, ServiceContext
from common.logging import address_var
from common.pages import PAGE_ANSWERS, Notice
from common.problem import Problem
from services.auth_service.api.access_word import make_known
from services.auth_service.api.link_pages import (
    PAGE_OF_FORM,
    FormPage,
    answer_done,
    dead_link_page,
    form_page,
    signed_out_notice,
)
from services.auth_service.api.small_body import described, json_body
from services.auth_service.domain.account_mail_kinds import MAIL_RESET_PASSWORD
from services.auth_service.domain.email_address import folded
from services.auth_service.domain.mailed_links import RESET_PASSWORD
from services.auth_service.domain.new_password import NewPassword
from services.auth_service.domain.random_token import hash_of_token
from services.auth_service.domain.reset_password import reset_password
from services.auth_service.sign_in_guard import guard_of
from services.auth_service.store import mailed_links
from services.auth_service.store.mail_jobs import queue_mail

router = APIRouter(tags=["passwords"])

LinkToken = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_-]*$")]
TokenInQuery = Annotated[str, Query(description="the token of the mailed link", max_length=200)]
_RESET_PATH = "/auth/password/reset"


class ForgottenPassword(BaseModel):
    """The email address of the account whose password is forgotten."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(min_length=1, max_length=254, pattern=r"^[^\x00]*$")]


class NewPasswordByLink(BaseModel):
    """The token of the mailed link, and the new password: 12 to 128 characters and not easy to guess."""

    model_config = ConfigDict(extra="forbid")

    token: LinkToken
    password: NewPassword


class MailOnItsWay(BaseModel):
    """A message to show. It is the same for every email address."""

    detail: str


@router.post(
    "/auth/password/forgot",
    status_code=202,
    summary="Request a link to reset a password",
    openapi_extra=described(ForgottenPassword),
)
async def forgot_password(request: Request, context: Context) -> MailOnItsWay:
    """Mail a link that works once, within an hour, if the email address has an account. The answer is the same if not.

    More than five requests an hour for one mailbox from one network are answered with 429. Over all networks, a mailbox
    is sent at most five links an hour and twenty a day; beyond that, only if it has no link that still works.
    """
    body = await json_body(request, ForgottenPassword)
    email, guard = folded(body.email), guard_of(context)
    try:
        await guard.throttle.ask_for_link(address_var.get(), email)
    except Problem as problem:
        guard.note("password.forgotten", problem, email)
        raise
    async with context.db.connection() as conn, conn.transaction():
        await queue_mail(conn, MAIL_RESET_PASSWORD, email=email)
    return MailOnItsWay(detail="If there is an account with this email, a link is on its way to it.")


@router.post(
    _RESET_PATH,
    status_code=204,
    response_model=None,
    responses=PAGE_OF_FORM,
    summary="Choose a new password",
    openapi_extra=described(NewPasswordByLink, form=True),
)
async def choose_password(request: Request, context: Context) -> Response:
    """Set a new password with the token of the mailed link.

    This ends all sessions of the account, and mails a notice of the change to its address. It also clears the failed
    sign-ins that would lock the account out from the network where the link was used. A JSON body is answered with
    204, a posted form with an HTML page.
    """

    async def act(body: NewPasswordByLink) -> Notice:
        await _reset(context, body)
        text = "Every device has been signed out. Sign in with the new password."
        return signed_out_notice(context, "Your password is changed", text)

    async def show_again(values: dict[str, str], warning: str) -> HTMLResponse:
        return await _page(context, values.get("token", ""), warning)

    return await answer_done(request, NewPasswordByLink, act, show_again)


@router.get(
    _RESET_PATH, summary="The page to choose a new password", response_class=HTMLResponse, responses=PAGE_ANSWERS
)
async def show_password_form(context: Context, token: TokenInQuery = "") -> HTMLResponse:
    """Show a page that asks for the new password. Opening it changes nothing."""
    return await _page(context, token)


async def _reset(context: ServiceContext, body: NewPasswordByLink) -> None:
    guard = guard_of(context)
    try:
        async with guard.throttle.attempt(address_var.get()) as attempt:
            done = await reset_password(context, body.token, body.password.get_secret_value())
            attempt.succeeded = True
    except Problem as problem:
        guard.note("password.reset", problem)
        raise
    await guard.throttle.note_proof(address_var.get(), done.email)
    await make_known(context, AccessChange(accounts=[done.account_id], sessions=done.sessions))


async def _page(context: ServiceContext, token: str, warning: str = "") -> HTMLResponse:
    async with context.db.connection() as conn:
        link = await mailed_links.find_link(conn, hash_of_token(token), RESET_PASSWORD.name)
    if link is None:
        return dead_link_page()
    page = FormPage(title="Choose a new password", token=token, email=link.email, eyebrow=link.email, warning=warning)
    return form_page("reset_password", page)
