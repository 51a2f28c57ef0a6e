"""Confirm an email address, or move an account to a new one, by a link that was mailed to the address."""

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
    answer_done,
    dead_link_page,
    form_page,
    signed_out_notice,
)
from services.auth_service.api.passwords import LinkToken, TokenInQuery
from services.auth_service.api.small_body import described
from services.auth_service.domain.change_email import Proof, ask_to_verify, verify_email
from services.auth_service.domain.mailed_links import VERIFY_EMAIL
from services.auth_service.domain.new_password import TypedPassword
from services.auth_service.domain.random_token import hash_of_token
from services.auth_service.sign_in_guard import guard_of
from services.auth_service.store import mailed_links

router = APIRouter(tags=["passwords"])
_VERIFY_PATH = "/auth/email/verify"


class VerifiedByLink(BaseModel):
    """The token of the mailed link. `current_password` proves that the account is yours if the link moves the account
    to a new address and you send no access token.
    """

    model_config = ConfigDict(extra="forbid")

    token: LinkToken
    current_password: TypedPassword | None = None


async def mail_link_to_own(context: ServiceContext, caller: Identity, email: str, current_password: str) -> None:
    """Mail a confirmation link to an address, for `PATCH /auth/me {email, current_password}`.

    The address becomes the account's when the link is used.

    Raises:
        PasswordNotOwn, TooManyAttempts, TooManySignIns
    """
    guard = guard_of(context)
    try:
        await ask_to_verify(context, guard.throttle, caller, email, current_password, address_var.get())
    except Problem as problem:
        guard.note("email.change-asked", problem, caller.email, has_account=True)
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
    """Make the address that the link was mailed to the account's address. The link works once, within 24 hours.

    If this moves the account to a new address, also send the account's access token (`Authorization`) or its
    `current_password`: 401 without either, 403 with another account's token. All other sessions of the account then
    end. A JSON body is answered with 204, a posted form with an HTML page.
    """

    async def act(body: VerifiedByLink) -> Notice:
        await _verify(context, body, await _caller_of(request, context))
        return signed_out_notice(context, "Your address is confirmed", "You sign in with it from now on.")

    async def show_again(values: dict[str, str], warning: str) -> HTMLResponse:
        return await _page(context, values.get("token", ""), warning)

    return await answer_done(request, VerifiedByLink, act, show_again)


@router.get(
    _VERIFY_PATH, summary="The page to confirm an email address", response_class=HTMLResponse, responses=PAGE_ANSWERS
)
async def show_confirmation(context: Context, token: TokenInQuery = "") -> HTMLResponse:
    """Show a page that asks for confirmation. Opening it changes nothing."""
    return await _page(context, token)


async def _caller_of(request: Request, context: ServiceContext) -> Identity | None:
    """Return the identity of the access token, or None without one.

    Credentials are optional on this path, but invalid ones are refused.
    """
    if "authorization" in request.headers or "x-api-key" in request.headers:
        return await context.auth.identity(request.headers.raw)
    return None


async def _verify(context: ServiceContext, body: VerifiedByLink, caller: Identity | None) -> None:
    guard, link = guard_of(context), await _link_of(context, body.token)
    password = body.current_password.get_secret_value() if body.current_password else None
    try:
        verified = await verify_email(
            context, guard.throttle, body.token, link, Proof(caller, None if caller else password), address_var.get()
        )
    except Problem as problem:
        guard.note("email.verified", problem, link.account_email if link else "")
        raise
    await make_known(context, AccessChange(accounts=[verified.account_id], sessions=verified.sessions))


async def _link_of(context: ServiceContext, token: str) -> mailed_links.Link | None:
    async with context.db.connection() as conn:
        return await mailed_links.find_link(conn, hash_of_token(token), VERIFY_EMAIL.name)


async def _page(context: ServiceContext, token: str, warning: str = "") -> HTMLResponse:
    link = await _link_of(context, token)
    if link is None:
        return dead_link_page()
    if not link.moves:
        return form_page("verify_email", FormPage(title="Confirm your email address", token=token, email=link.email))
    page = FormPage(
        title="Move this account to your address?",
        token=token,
        email=link.email,
        account_email=link.account_email,
        warning=warning,
    )
    return form_page("move_account", page)
